package migrations

import (
	"context"
	"database/sql"
	"errors"
)

// operator is what the revision table says about who applied a migration.
const operator = "communitybuilder"

// Apply brings db up to date with the directory and returns the migrations it
// applied, also when a later one failed. Processes that call it at once, or
// run the Atlas program, take turns, and each migration is applied once.
//
// Each file runs in a transaction of its own unless it says otherwise
// (`-- atlas:txmode none`), on a connection of its own, so that a SET in it
// reaches nothing else, in the schema public and without the server's statement
// timeout. The pool must allow two connections, and db's driver must not limit
// how long it waits for an answer, or long statements are cut off.
//
// Before anything is applied it returns ErrChecksum if the directory is broken,
// ErrConcurrently if a file to apply makes an index concurrently and does more
// besides, ErrUnmanaged if another toolchain made the database's tables,
// ErrLocked if ctx ends while another process is at work, a *ChangedError for
// every file that is not the one that was applied, *OutOfOrderError if one was
// passed by, and *HalfAppliedError if an earlier attempt stopped where Apply
// can't tell what took effect. An attempt that the database itself stopped is
// gone on with, and what is left of an index that it failed to make
// concurrently is dropped. A migration that fails gives a *FileError.
func (d *Dir) Apply(ctx context.Context, db *sql.DB) ([]Migration, error) {
	c, err := d.load()
	if err != nil {
		return nil, err
	}
	// Most calls find nothing to do; they need no lock and no rights.
	s, err := d.Status(ctx, db)
	if err != nil {
		return nil, err
	}
	if s.Managed && len(s.Pending) == 0 && s.Unfinished == nil {
		if err := asError(s.Changed); err != nil {
			return nil, err
		}
		return nil, c.record(ctx, db, s)
	}
	if db.Stats().MaxOpenConnections == 1 {
		return nil, ErrOneConnection
	}
	l, err := acquire(ctx, db)
	if err != nil {
		return nil, err
	}
	defer l.Release()
	s, err = d.Status(ctx, db) // again: another process may have been faster
	if err != nil {
		return nil, err
	}
	start, err := c.verify(ctx, db, s)
	if err != nil {
		return nil, err
	}
	if !s.Managed {
		if err := ensureTable(ctx, db); err != nil {
			return nil, err
		}
	}
	if err := c.record(ctx, db, s); err != nil {
		return nil, err
	}
	var applied []Migration
	for _, m := range s.Pending {
		if err := l.held(ctx); err != nil {
			return applied, err
		}
		switch err := c.apply(ctx, db, c.file(m.Version), start); {
		case errors.Is(err, errTaken):
			continue
		case err != nil:
			return applied, err
		}
		applied = append(applied, m)
	}
	return applied, nil
}

// A Step is a file that is to run.
type Step struct {
	Migration
	// SQL is the text of the file, comments included.
	SQL string
	// Transaction tells whether the file runs in a transaction of its own, else
	// each of its statements takes effect by itself.
	Transaction bool
	// Skip is the number of the file's statements that took effect in an earlier
	// attempt and do not run again.
	Skip int
	// Loses says which data an undo file loses, "" if none.
	Loses string
}

// Plan returns what [Dir.Apply] would run on db now, and the errors with which
// it would refuse to. It changes nothing.
func (d *Dir) Plan(ctx context.Context, db *sql.DB) ([]Step, error) {
	c, err := d.load()
	if err != nil {
		return nil, err
	}
	s, err := d.Status(ctx, db)
	if err != nil {
		return nil, err
	}
	start, err := c.verify(ctx, db, s)
	if err != nil {
		return nil, err
	}
	steps := make([]Step, len(s.Pending))
	for i, m := range s.Pending {
		f := c.file(m.Version)
		transaction, err := inTransaction(f)
		if err != nil {
			return nil, err
		}
		steps[i] = Step{Migration: m, SQL: string(f.Bytes()), Transaction: transaction}
		if start != nil && start.Version == m.Version {
			steps[i].Skip = start.Applied
		}
	}
	return steps, nil
}

// verify refuses a state from which it is not safe to go on, and files that can't
// be applied. It returns the attempt that stopped half way, ready to be gone on
// with, or nil.
func (c *content) verify(ctx context.Context, db *sql.DB, s State) (*attempt, error) {
	if len(s.revisions) == 0 && s.Tables {
		return nil, ErrUnmanaged
	}
	if skipped := s.Skipped(); len(skipped) > 0 {
		return nil, &OutOfOrderError{Database: s.Database, Skipped: skipped}
	}
	if err := asError(s.Changed); err != nil {
		return nil, err
	}
	for _, m := range s.Pending {
		if _, err := concurrentIndex(c.file(m.Version)); err != nil {
			return nil, err
		}
	}
	if s.Unfinished == nil {
		return nil, nil
	}
	return c.resume(ctx, db, s.Unfinished)
}
