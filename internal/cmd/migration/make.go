package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/devdb"
	"github.com/communitybuilder/communitybuilder/internal/migrationlint"
)

// A request is for a migration.
type request struct {
	Name, Why string
	answers   answers
	// ask puts a question to whoever asks for it; nil if nobody is there.
	ask func(question string) string
	// desired returns the schema that the migration leads to, afresh.
	desired func() (*schema.Schema, error)
}

// errNothing means that the directory leads to the desired schema already.
var errNothing = errors.New("nothing to do: the migrations lead to what the graph says")

// make writes the migration, which may take several files, and returns them in
// their order. It returns errNothing if there is nothing to do and
// *QuestionsError if something has to be answered first; it has written nothing
// then.
func (r *request) make(ctx context.Context, d directories, server string) (_ []*file, err error) {
	if err := migrationlint.NameError(r.Name); err != nil {
		return nil, fmt.Errorf("name: %w", err)
	}
	db, err := devdb.New(ctx, server)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	names := d.names()
	if err := db.Replay(ctx, os.DirFS(d.migrations()), names); err != nil {
		return nil, err
	}
	drv, err := postgres.Open(db)
	if err != nil {
		return nil, err
	}
	w := &work{request: r, db: db, drv: drv}
	renamed, changes, err := w.settle(ctx)
	if err != nil {
		return nil, err
	}
	if len(renamed) == 0 && len(changes) == 0 {
		return nil, errNothing
	}
	if r.Why == "" && r.ask != nil {
		r.Why = r.ask("What is it for?")
	}
	if r.Why == "" {
		return nil, errors.New(`why: say what the migration is for, in a sentence: why="…"`)
	}
	files, err := w.files(ctx, renamed, changes)
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(renamed) { // the files make them again
		for _, back := range s.reverse {
			if _, err := db.ExecContext(ctx, back); err != nil {
				return nil, err
			}
		}
	}
	version := ""
	if len(names) > 0 {
		version, _, _ = strings.Cut(names[len(names)-1], "_")
	}
	for _, f := range files {
		if version, err = next(version); err != nil {
			return nil, err
		}
		f.version = version
		if err := f.run(ctx, db); err != nil {
			return nil, err
		}
	}
	left, err := w.diff(ctx)
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("the migration does not lead to the desired schema: %s remain to be changed; "+
			"an expression has to be written as PostgreSQL prints it back", strings.Join(tablesOf(left), ", "))
	}
	return files, d.write(files)
}

// next returns the version of a new migration: the time, or the second after the
// latest version if that is later.
func next(latest string) (string, error) {
	if now := migrate.NewVersion(); now > latest {
		return now, nil
	}
	const layout = "20060102150405"
	at, err := time.Parse(layout, latest)
	if err != nil {
		return "", fmt.Errorf("the latest version is no time: %w", err)
	}
	return at.Add(time.Second).Format(layout), nil
}

// work is what is needed to make a migration.
type work struct {
	*request
	db  *devdb.Database
	drv migrate.Driver
}

func (w *work) diff(ctx context.Context) ([]schema.Change, error) {
	desired, err := w.desired()
	if err != nil {
		return nil, err
	}
	changes, err := dbschema.DiffTo(ctx, w.drv, desired)
	return withoutImplied(changes), err
}

// settle takes the renames that were answered, until every question is answered,
// and returns them and the changes that are left.
func (w *work) settle(ctx context.Context) (renamed []statement, changes []schema.Change, err error) {
	taken := map[string]bool{}
	for {
		for _, old := range renameOrder(w.answers[rename]) {
			if taken[old] {
				continue
			}
			s, err := w.rename(ctx, old, w.answers[rename][old])
			if err != nil {
				return nil, nil, err
			}
			taken[old] = true
			renamed = append(renamed, s)
		}
		if changes, err = w.diff(ctx); err != nil {
			return nil, nil, err
		}
		open := w.answers.questions(changes)
		if len(open) == 0 {
			return renamed, changes, nil
		}
		if w.ask == nil || !w.answered(open[0]) {
			return nil, nil, &QuestionsError{open}
		}
	}
}

// answered asks a question.
func (w *work) answered(q question) bool {
	text := q.Text + ".\n"
	for i, c := range q.Choices {
		text += fmt.Sprintf("  %d  %s\n", i+1, c)
	}
	reply := w.ask(text + "Which one (nothing to stop)?")
	for i, c := range q.Choices {
		if reply == fmt.Sprint(i+1) {
			kind, what, _ := strings.Cut(c, "=")
			return w.answers.add(answer(kind), strings.Trim(what, `"`)) == nil
		}
	}
	return false
}

// rename renames a column, Table.old, or a table in the database.
func (w *work) rename(ctx context.Context, old, name string) (statement, error) {
	table, column, ok := strings.Cut(old, ".")
	s := statement{
		comment: fmt.Sprintf("Rename table %q to %q", old, name),
		allowed: []string{"BC101"},
		cmd:     fmt.Sprintf("ALTER TABLE %q RENAME TO %q", old, name),
		reverse: []string{fmt.Sprintf("ALTER TABLE %q RENAME TO %q", name, old)},
	}
	if ok {
		s = statement{
			comment: fmt.Sprintf("Rename column %q of %q to %q", column, table, name),
			allowed: []string{"BC102"},
			cmd:     fmt.Sprintf("ALTER TABLE %q RENAME COLUMN %q TO %q", table, column, name),
			reverse: []string{fmt.Sprintf("ALTER TABLE %q RENAME COLUMN %q TO %q", table, name, column)},
		}
	}
	if _, err := w.db.ExecContext(ctx, s.cmd); err != nil {
		return statement{}, fmt.Errorf("rename %s=%s: %w", old, name, err)
	}
	return s, nil
}

// renameOrder returns the names with tables first: columns are named by the new
// names of their tables.
func renameOrder(renames map[string]string) []string {
	olds := slices.Sorted(maps.Keys(renames))
	slices.SortStableFunc(olds, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	return olds
}

func tablesOf(changes []schema.Change) []string {
	var names []string
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.AddTable:
			names = append(names, c.T.Name)
		case *schema.DropTable:
			names = append(names, c.T.Name)
		case *schema.ModifyTable:
			names = append(names, c.T.Name)
		}
	}
	return names
}
