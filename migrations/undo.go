package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"

	"ariga.io/atlas/sql/migrate"
)

// undos are the files that undo migrations, by version.
type undos map[string]*migrate.LocalFile

// undoDir is where they are, with a sum of their own: the Atlas program would
// apply what lies beside the migrations.
const undoDir = "undo"

func readUndos(fsys fs.FS) (undos, error) {
	sub, err := fs.Sub(fsys, undoDir)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	c, err := read(sub, undoDir+"/")
	if err != nil {
		return nil, err
	}
	u := undos{}
	for _, f := range c.files {
		u[f.Version()] = f
	}
	return u, nil
}

// Empty is the version of a database before its first migration.
const Empty = "0"

// PlanDown returns what [Dir.Down] would run on db now, and the errors with
// which it would refuse to, that of lost data excepted: Step.Loses tells it. It
// changes nothing.
func (d *Dir) PlanDown(ctx context.Context, db *sql.DB, to string) ([]Step, error) {
	c, err := d.load()
	if err != nil {
		return nil, err
	}
	u, err := d.undo()
	if err != nil {
		return nil, err
	}
	s, err := d.Status(ctx, db)
	if err != nil {
		return nil, err
	}
	newest := s.Database
	if s.Unfinished != nil {
		newest = s.Unfinished.Version
	}
	switch {
	case len(s.revisions) == 0 && s.Tables:
		return nil, ErrUnmanaged
	case to != Empty && c.file(to) == nil:
		return nil, &UnknownVersionError{Version: to}
	case len(s.revisions) > 0 && to > newest:
		return nil, &VersionError{Database: s.Database, Module: s.Module, Pending: s.Pending, Unknown: s.Unknown, Unfinished: s.Unfinished}
	}
	if err := asError(s.Changed); err != nil {
		return nil, err
	}
	if unknown := slices.DeleteFunc(slices.Clone(s.Unknown), func(m Migration) bool { return m.Version <= to }); len(unknown) > 0 {
		return nil, &VersionError{Database: s.Database, Module: s.Module, Unknown: unknown}
	}
	var steps []Step
	for _, f := range slices.Backward(c.files) {
		m := migrationOf(f)
		half := s.Unfinished != nil && s.Unfinished.Version == m.Version
		if m.Version <= to || len(s.revisions) == 0 || slices.Contains(s.Pending, m) && !half {
			continue
		}
		if half {
			// What a single concurrent statement left, its undo file takes away.
			if index, err := concurrentIndex(f); err != nil {
				return nil, err
			} else if index == nil {
				s.Unfinished.why = "its undo file is for a migration that was applied whole"
				return nil, s.Unfinished
			}
		}
		step, err := u.step(m)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// step returns how a migration is undone.
func (u undos) step(m Migration) (Step, error) {
	f := u[m.Version]
	if f == nil {
		return Step{}, &IrreversibleError{Migration: m, Reason: "it has no undo file"}
	}
	if why, ok := directive(f, irreversible); ok {
		return Step{}, &IrreversibleError{Migration: m, Reason: why}
	}
	transaction, err := inTransaction(f)
	if err != nil {
		return Step{}, err
	}
	if _, err := concurrentIndex(f); err != nil {
		return Step{}, err
	}
	lost, _ := directive(f, loses)
	return Step{Migration: m, SQL: string(f.Bytes()), Transaction: transaction, Loses: lost}, nil
}

// Down undoes the migrations of db that are newer than the version to, newest
// first, under the same lock as [Dir.Apply], and returns those that it undid,
// also when a later one failed. [Empty] is the version before the first. The
// revisions are taken away with them, so that Apply and the Atlas program go on
// from there.
//
// Each file of the directory undo runs in a transaction of its own unless it says
// otherwise. One that does may run again after an attempt that was cut short, so
// its statements say IF EXISTS.
//
// Before anything is undone it returns the errors of Apply about a broken
// directory, a changed file, a database of another toolchain and the lock,
// *UnknownVersionError if the directory has no such version, *VersionError if the
// database is older already or has migrations that the directory lacks,
// *IrreversibleError if one has no way back, and, unless loseData, *LossError if
// data would be lost. A file that fails gives a *FileError.
func (d *Dir) Down(ctx context.Context, db *sql.DB, to string, loseData bool) ([]Migration, error) {
	c, err := d.load()
	if err != nil {
		return nil, err
	}
	if db.Stats().MaxOpenConnections == 1 {
		return nil, ErrOneConnection
	}
	l, err := acquire(ctx, db)
	if err != nil {
		return nil, err
	}
	defer l.Release()
	steps, err := d.PlanDown(ctx, db, to)
	if err != nil {
		return nil, err
	}
	if losing := slices.DeleteFunc(slices.Clone(steps), func(s Step) bool { return s.Loses == "" }); len(losing) > 0 && !loseData {
		return nil, &LossError{Steps: losing}
	}
	u, err := d.undo()
	if err != nil {
		return nil, err
	}
	var undone []Migration
	for _, step := range steps {
		if err := l.held(ctx); err != nil {
			return undone, err
		}
		if err := c.undo(ctx, db, u[step.Version]); err != nil {
			return undone, err
		}
		undone = append(undone, step.Migration)
	}
	return undone, nil
}

// undo runs one undo file and takes the revision away.
func (c *content) undo(ctx context.Context, db *sql.DB, f *migrate.LocalFile) error {
	stmts, err := f.Stmts()
	if err != nil {
		return fmt.Errorf("migrations: %s/%s: %w", undoDir, f.Name(), err)
	}
	failed := ""
	exec := func(q interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}) error {
		for _, stmt := range stmts {
			if _, err := q.ExecContext(ctx, stmt); err != nil {
				failed = stmt
				return err
			}
		}
		return nil
	}
	forget := func(tx *sql.Tx) error { return c.forget(ctx, tx, f.Version()) }
	transactional, err := run(ctx, db, f, func(conn *sql.Conn) error {
		return inTx(ctx, conn, func(tx *sql.Tx) error {
			if err := prepareSession(ctx, tx, true); err != nil {
				return err
			}
			if err := exec(tx); err != nil {
				return err
			}
			return forget(tx)
		})
	}, func(conn *sql.Conn) error {
		for _, stmt := range stmts {
			if err := awaitEnd(ctx, conn, stmt); err != nil {
				return err
			}
		}
		index, err := concurrentIndex(f)
		if err != nil {
			return err
		}
		if index != nil {
			if err := index.clear(ctx, conn, false); err != nil {
				return err
			}
		}
		if err := exec(conn); err != nil {
			return err
		}
		return inTx(ctx, conn, forget)
	})
	if err != nil {
		return &FileError{Migration: migrationOf(f), Undo: true, Stmt: failed, RolledBack: transactional, Err: err}
	}
	return nil
}

// forget deletes the revision of a version. A database whose history began with
// that version, the ones before it being in place, now begins with the one
// before.
func (c *content) forget(ctx context.Context, tx *sql.Tx, version string) error {
	res, err := tx.ExecContext(ctx, `DELETE FROM `+revisionTable+` WHERE version = $1`, version)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, fmt.Errorf("%w: another process has undone it", ErrLockLost))
	}
	before := slices.IndexFunc(c.files, func(f *migrate.LocalFile) bool { return f.Version() == version }) - 1
	if before < 0 {
		return nil
	}
	var left bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM `+revisionTable+` WHERE version NOT LIKE '.%')`).Scan(&left)
	if err != nil || left {
		return err
	}
	return c.writeBaseline(ctx, tx, c.files[before])
}
