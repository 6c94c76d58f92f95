package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/devdb"
)

// directories are those of the module in which a migration has a file.
type directories struct{ root string }

func (d directories) migrations() string { return filepath.Join(d.root, "migrations") }
func (d directories) undo() string       { return filepath.Join(d.root, "migrations", "undo") }
func (d directories) steps() string {
	return filepath.Join(d.root, "internal", "catalogue", "versions")
}

// fileNames are those of migrations.
type fileNames []string

func (d directories) names() fileNames {
	paths, _ := filepath.Glob(filepath.Join(d.migrations(), "*.sql")) // the pattern is well-formed
	names := make(fileNames, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
	}
	return names
}

func (n fileNames) has(name string) bool { return slices.Contains(n, name) }

// A statement is one of a migration, with what takes it back.
type statement struct {
	comment string
	allowed []string // codes of lint that it breaks, for the migration's reason
	cmd     string
	reverse []string
	// loses says which data are lost when it is taken back, and irreversible why
	// it can't be.
	loses, irreversible string
}

// A file is a migration that is made.
type file struct {
	version, description string
	why, note            string // note is about this one of several files
	concurrently         bool   // its one statement is outside of a transaction
	stmts                []statement
	step                 []byte // what it changes in the catalogue
}

func (f *file) name() string { return f.version + "_" + f.description + ".sql" }

func (f *file) text() string {
	var b strings.Builder
	if f.concurrently {
		b.WriteString("-- atlas:txmode none\n\n")
	}
	b.WriteString(wrapped(f.why+" "+f.note) + "\n\n")
	for _, s := range f.stmts {
		for _, code := range s.allowed {
			fmt.Fprintf(&b, "-- atlas:nolint %s %s\n", code, strings.Join(strings.Fields(f.why), " "))
		}
		fmt.Fprintf(&b, "-- %s\n%s;\n", s.comment, s.cmd)
	}
	return b.String()
}

// undo is the text of the file that takes the migration back.
func (f *file) undo() string {
	var b strings.Builder
	if f.concurrently {
		b.WriteString("-- atlas:txmode none\n\n")
	}
	fmt.Fprintf(&b, "-- Take back %s.\n", f.name())
	var lost, never, stmts []string
	for _, s := range slices.Backward(f.stmts) {
		stmts = append(stmts, s.reverse...)
		if s.loses != "" && !slices.Contains(lost, s.loses) {
			lost = append(lost, s.loses)
		}
		if s.irreversible != "" && !slices.Contains(never, s.irreversible) {
			never = append(never, s.irreversible)
		}
	}
	switch {
	case len(never) > 0:
		fmt.Fprintf(&b, "-- communitybuilder:irreversible %s\n", strings.Join(never, ", "))
		return b.String()
	case len(lost) > 0:
		fmt.Fprintf(&b, "-- communitybuilder:loses %s\n", strings.Join(lost, ", "))
	case len(stmts) == 0:
		b.WriteString("-- Nothing to do: a rule that all rows keep goes with the migration that added it.\n")
	}
	b.WriteString("\n")
	for _, s := range stmts {
		b.WriteString(s + ";\n")
	}
	return b.String()
}

// wrapped is a text as a comment of lines of 80 characters.
func wrapped(text string) string {
	var b strings.Builder
	line := "--"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > 82 {
			b.WriteString(line + "\n")
			line = "--"
		}
		line += " " + word
	}
	return b.String() + line
}

// run runs the file on the database and notes what it does to the schema.
func (f *file) run(ctx context.Context, db *devdb.Database) error {
	before, err := catalogue.Read(ctx, db, "public")
	if err != nil {
		return err
	}
	for _, s := range f.stmts {
		if _, err := db.ExecContext(ctx, s.cmd); err != nil {
			return fmt.Errorf("%s can't be applied: %w\n%s", f.name(), err, s.cmd)
		}
	}
	after, err := catalogue.Read(ctx, db, "public")
	if err != nil {
		return err
	}
	f.step = catalogue.Step(before, after)
	return nil
}

// write adds the files to the directories and makes the sums anew.
func (d directories) write(files []*file) error {
	for _, f := range files {
		for path, text := range d.contents(f) {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return d.writeSums()
}

// contents are what a migration has in the directories, by path.
func (d directories) contents(f *file) map[string]string {
	return map[string]string{
		filepath.Join(d.migrations(), f.name()):    f.text(),
		filepath.Join(d.undo(), f.name()):          f.undo(),
		filepath.Join(d.steps(), f.version+".txt"): string(f.step),
	}
}

// remove takes what was written out of the directories.
func (d directories) remove(files []*file) error {
	for _, f := range files {
		for path := range d.contents(f) {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return d.writeSums()
}

// writeSums makes the sums of the migrations and of the undo files anew.
func (d directories) writeSums() error {
	for _, path := range []string{d.migrations(), d.undo()} {
		dir, err := migrate.NewLocalDir(path)
		if err != nil {
			return err
		}
		sum, err := dir.Checksum()
		if err != nil {
			return err
		}
		if err := migrate.WriteSumFile(dir, sum); err != nil {
			return err
		}
	}
	return nil
}
