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

// Dir is a directory of migration files. It is safe for concurrent use.
type Dir struct {
	load func() (*content, error)
}

// New returns the directory at the root of fsys. It is read once, when first
// used, and a fault in it is reported then.
func New(fsys fs.FS) *Dir {
	return &Dir{load: sync.OnceValues(func() (*content, error) { return read(fsys) })}
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

func read(fsys fs.FS) (*content, error) {
	c := &content{dir: &migrate.MemDir{}}
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
		if err := c.dir.WriteFile(name, b); err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
	}
	if err := checksumError(migrate.Validate(c.dir)); err != nil {
		return nil, err
	}
	files, err := c.dir.Files()
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	for _, f := range files {
		c.files = append(c.files, f.(*migrate.LocalFile))
	}
	c.sums, err = c.dir.Checksum()
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return c, nil
}

// checksumError says which file does not agree with atlas.sum, and why.
func checksumError(err error) error {
	var mismatch *migrate.ChecksumError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, migrate.ErrChecksumNotFound):
		return fmt.Errorf("%w: %s is missing; make it with `atlas migrate hash`", ErrChecksum, migrate.HashFileName)
	case errors.As(err, &mismatch):
		why := "was edited"
		switch mismatch.Reason {
		case migrate.ReasonAdded:
			why = "was added"
		case migrate.ReasonRemoved:
			why = "was removed"
		}
		return fmt.Errorf("%w: %s %s after the sum was made; restore it, or, if no database has it yet, run `atlas migrate hash`",
			ErrChecksum, mismatch.File, why)
	default:
		return fmt.Errorf("%w: %s can't be read: %w", ErrChecksum, migrate.HashFileName, err)
	}
}

func migrationOf(f migrate.File) Migration {
	return Migration{Version: f.Version(), Description: f.Desc()}
}

// inTransaction tells whether the file is to run in a transaction of its own,
// which it is unless it starts with the directive `-- atlas:txmode none` and
// an empty line. The executor leaves the directive to its caller.
func inTransaction(f *migrate.LocalFile) (bool, error) {
	switch modes := f.Directive("txmode"); {
	case len(modes) == 0, len(modes) == 1 && modes[0] == "file":
		return true, nil
	case len(modes) == 1 && modes[0] == "none":
		return false, nil
	default:
		return false, fmt.Errorf("migrations: %s: atlas:txmode must be file or none, once, not %q", f.Name(), modes)
	}
}
