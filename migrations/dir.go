package migrations

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"ariga.io/atlas/sql/migrate"
)

// Migration is one step of the schema's history.
type Migration struct {
	// Version is the part of the file's name that orders it, a UTC time such
	// as 20260131120000.
	Version string
	// Description is the rest of the file's name, in the imperative:
	// add_message_page_index. A name that starts with add_ promises that
	// programs which know nothing of the step keep working after it.
	Description string
}

// String returns the name of the migration's file.
func (m Migration) String() string {
	if m.Description == "" {
		return m.Version + ".sql"
	}
	return m.Version + "_" + m.Description + ".sql"
}

func (m Migration) additive() bool { return strings.HasPrefix(m.Description, "add_") }

// Dir is a directory of migration files, and of those that undo them in its
// directory undo. It is safe for concurrent use.
type Dir struct {
	load func() (*content, error)
	undo func() (undos, error)
}

// New returns the directory at the root of fsys. It is read once, when first
// used, and a fault in it is reported then.
func New(fsys fs.FS) *Dir {
	return &Dir{
		load: sync.OnceValues(func() (*content, error) { return read(fsys, "") }),
		undo: sync.OnceValues(func() (undos, error) { return readUndos(fsys) }),
	}
}

// Until returns the directory as it was when version was its newest.
func (d *Dir) Until(version string) *Dir {
	return &Dir{undo: d.undo, load: sync.OnceValues(func() (*content, error) {
		c, err := d.load()
		if err != nil {
			return nil, err
		}
		return c.until(version)
	})}
}

// Latest returns the newest version in the directory, or "" if it has none or
// can't be read.
func (d *Dir) Latest() string {
	c, err := d.load()
	if err != nil || len(c.files) == 0 {
		return ""
	}
	return c.files[len(c.files)-1].Version()
}

// content is a directory that has been read and found sound.
type content struct {
	dir   *migrate.MemDir
	files []*migrate.LocalFile // in the order of their names
	sums  migrate.HashFile
}

// read reads the directory at the root of fsys. Errors name its files with the
// prefix.
func read(fsys fs.FS, prefix string) (*content, error) {
	dir := &migrate.MemDir{}
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	for _, name := range append(names, migrate.HashFileName) {
		b, err := fs.ReadFile(fsys, name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == migrate.HashFileName:
			continue // an empty directory has none; anything else fails below
		case err != nil:
			return nil, fmt.Errorf("migrations: %w", err)
		}
		if err := dir.WriteFile(name, b); err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
	}
	if err := checksumError(migrate.Validate(dir), prefix); err != nil {
		return nil, err
	}
	return newContent(dir)
}

func newContent(dir *migrate.MemDir) (*content, error) {
	c := &content{dir: dir}
	files, err := dir.Files()
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	for _, f := range files {
		c.files = append(c.files, f.(*migrate.LocalFile))
	}
	c.sums, err = dir.Checksum()
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return c, nil
}

// until returns the content without the files after version. The sums of those
// before stay the same, since each covers what comes before it only.
func (c *content) until(version string) (*content, error) {
	dir := &migrate.MemDir{}
	for _, f := range c.files {
		if f.Version() > version {
			continue
		}
		if err := dir.WriteFile(f.Name(), f.Bytes()); err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
	}
	return newContent(dir)
}

// file returns the file of a version, or nil.
func (c *content) file(version string) *migrate.LocalFile {
	for _, f := range c.files {
		if f.Version() == version {
			return f
		}
	}
	return nil
}

// checksumError says which file does not agree with atlas.sum, and why.
func checksumError(err error, prefix string) error {
	var mismatch *migrate.ChecksumError
	hash := strings.TrimSuffix("atlas migrate hash --dir file://migrations/"+prefix, "/")
	switch {
	case err == nil:
		return nil
	case errors.Is(err, migrate.ErrChecksumNotFound):
		return fmt.Errorf("%w: %s is missing; make it with `%s`", ErrChecksum, prefix+migrate.HashFileName, hash)
	case errors.As(err, &mismatch):
		why := "was edited"
		switch mismatch.Reason {
		case migrate.ReasonAdded:
			why = "was added"
		case migrate.ReasonRemoved:
			why = "was removed"
		}
		return fmt.Errorf("%w: %s %s after the sum was made; restore it, or, if no database has it yet, run `%s`",
			ErrChecksum, prefix+mismatch.File, why, hash)
	default:
		return fmt.Errorf("%w: %s can't be read: %w", ErrChecksum, prefix+migrate.HashFileName, err)
	}
}

func migrationOf(f migrate.File) Migration {
	return Migration{Version: f.Version(), Description: f.Desc()}
}
