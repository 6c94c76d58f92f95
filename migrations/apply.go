package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"

	"github.com/communitybuilder/communitybuilder/internal/migrationlock"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// operator is what the revision table says about who applied a migration.
const operator = "communitybuilder"

// Apply brings db up to date with the directory and returns the migrations it
// applied, also when a later one failed. Processes that call it at once, or
// run the Atlas program, take turns, and each migration is applied once.
//
// Each file runs in a transaction of its own unless it says otherwise
// (`-- atlas:txmode none`), on a connection of its own, so that a SET in it
// reaches nothing else, and without the server's statement timeout. The pool
// must allow two connections, and db's driver must not limit how long it waits
// for an answer, or long statements are cut off.
//
// Before anything is applied it returns ErrChecksum if the directory is broken,
// ErrUnmanaged if another toolchain made the database's tables, ErrLocked if
// ctx ends while another process is at work, *ChangedError if a file is not the
// one that was applied, *OutOfOrderError if one was passed by, and
// *HalfAppliedError if an earlier attempt stopped where Apply can't tell what
// took effect. An attempt that the database itself stopped is gone on with. A
// migration that fails gives a *FileError.
func (d *Dir) Apply(ctx context.Context, db *sql.DB) ([]Migration, error) {
	c, err := d.load()
	if err != nil {
		return nil, err
	}
	// Most calls find nothing to do; they need no lock and no rights.
	if s, err := d.Status(ctx, db); err != nil {
		return nil, err
	} else if s.Managed && len(s.Pending) == 0 && s.Unfinished == nil {
		return nil, c.unchanged(s)
	}
	if db.Stats().MaxOpenConnections == 1 {
		return nil, ErrOneConnection
	}
	l, err := acquire(ctx, db)
	if err != nil {
		return nil, err
	}
	defer l.Release()
	s, err := d.Status(ctx, db) // again: another process may have been faster
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
	var applied []Migration
	for _, m := range s.Pending {
		if err := l.held(ctx); err != nil {
			return applied, err
		}
		if err := c.apply(ctx, db, c.file(m), start); err != nil {
			return applied, err
		}
		applied = append(applied, m)
	}
	return applied, nil
}

// verify refuses a state from which it is not safe to go on. It returns the
// revision that an earlier attempt left half applied, ready to go on with, or
// nil.
func (c *content) verify(ctx context.Context, db *sql.DB, s State) (*migrate.Revision, error) {
	if len(s.revisions) == 0 && s.Tables {
		return nil, ErrUnmanaged
	}
	var skipped []Migration
	for _, m := range s.Pending {
		if m.Version < s.Database {
			skipped = append(skipped, m)
		}
	}
	if len(skipped) > 0 {
		return nil, &OutOfOrderError{Database: s.Database, Skipped: skipped}
	}
	if err := c.unchanged(s); err != nil {
		return nil, err
	}
	if s.Unfinished == nil {
		return nil, nil
	}
	return c.resume(ctx, db, s.Unfinished)
}

// unchanged compares the sums that were recorded when the files were applied
// with those of the files now. A recorded error means that the Atlas program
// finished a file after a failure: the sum is then that of the first attempt.
func (c *content) unchanged(s State) error {
	for _, r := range s.revisions {
		f := c.file(Migration{Version: r.Version})
		if f == nil || r.Hash == "" || r.Error != "" || r.Applied != r.Total {
			continue
		}
		if now, err := c.sums.SumByName(f.Name()); err != nil || now != r.Hash {
			return &ChangedError{Migration: migrationOf(f), Recorded: r.Hash, Actual: now}
		}
	}
	return nil
}

// resume returns the half applied revision, made to fit the file as it is now,
// if the statements that ran are still the file's first ones and it was the
// database that refused the next, which then had no effect.
func (c *content) resume(ctx context.Context, db *sql.DB, half *HalfAppliedError) (*migrate.Revision, error) {
	f := c.file(half.Migration)
	if f == nil {
		half.why = "this module does not have it; apply with the module that does"
		return nil, half
	}
	r, err := readRevision(ctx, db, half.Version)
	if err != nil {
		return nil, err
	}
	stmts, err := f.Stmts()
	if err != nil {
		return nil, fmt.Errorf("migrations: %s: %w", f.Name(), err)
	}
	hashes := hashesOf(stmts)
	switch {
	case r.PartialHashes == nil && r.Applied > 0 && r.Applied == len(stmts):
		// The Atlas program drops the hashes once it has finished a file. Only
		// the total is wrong, which it never corrects when a file that failed
		// was given more or fewer statements.
		r.PartialHashes = hashes
	case r.Applied > len(stmts) || !slices.Equal(r.PartialHashes, hashes[:r.Applied]):
		half.why = "the statements that ran are not those of the file any more"
		return nil, half
	case r.Error == "":
		half.why = "the process or its connection ended while the next statement ran"
		return nil, half
	}
	r.Total, r.Error, r.ErrorStmt = len(stmts), "", ""
	r.Hash, err = c.sums.SumByName(f.Name())
	return r, err
}

// hashesOf returns the hashes with which the executor records the statements
// it has run. Each covers those before it.
func hashesOf(stmts []string) []string {
	hashes, h := make([]string, len(stmts)), sha256.New()
	for i, stmt := range stmts {
		h.Write([]byte(stmt))
		hashes[i] = "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return hashes
}

// file returns the file of m, or nil.
func (c *content) file(m Migration) *migrate.LocalFile {
	for _, f := range c.files {
		if f.Version() == m.Version {
			return f
		}
	}
	return nil
}

// apply runs one file.
func (c *content) apply(ctx context.Context, db *sql.DB, f *migrate.LocalFile, start *migrate.Revision) error {
	transactional, err := inTransaction(f)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrations: %s: %w", f.Name(), err)
	}
	defer discard(conn)
	if transactional {
		err = c.applyInTx(ctx, conn, f, start)
	} else {
		err = c.applyWithoutTx(ctx, db, conn, f, start)
	}
	if err == nil {
		return nil
	}
	e := &FileError{Migration: migrationOf(f), RolledBack: transactional, Err: err}
	var failed *migrate.StmtExecError
	if errors.As(err, &failed) {
		e.Stmt, e.Err = failed.Stmt.Text, failed.Err
	}
	return e
}

// applyInTx runs a file and its revision in one transaction. When it fails
// nothing is left, no revision either: the Atlas program would take such a row
// for the beginning of its own attempt and never correct its number of
// statements, so that a fixed file which has more or fewer could not be
// completed.
func (c *content) applyInTx(ctx context.Context, conn *sql.Conn, f *migrate.LocalFile, start *migrate.Revision) error {
	return inTx(ctx, conn, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(migrationlock.NoTimeouts, true)); err != nil {
			return err
		}
		// The executor writes the revision after every statement. Nobody sees
		// those before the commit, so only the last one is written.
		var last *migrate.Revision
		j := &journal{start: start, write: func(_ context.Context, r *migrate.Revision) error {
			last = r
			return nil
		}}
		if err := c.execute(ctx, tx, f, j); err != nil {
			return err
		}
		return writeRevision(ctx, tx, last)
	})
}

// applyWithoutTx runs a file statement by statement, and records each, so that
// a later attempt knows how far this one came.
func (c *content) applyWithoutTx(ctx context.Context, db *sql.DB, conn *sql.Conn, f *migrate.LocalFile, start *migrate.Revision) error {
	if _, err := conn.ExecContext(ctx, fmt.Sprintf(migrationlock.NoTimeouts, false)); err != nil {
		return err
	}
	var last *migrate.Revision
	write := func(_ context.Context, r *migrate.Revision) error {
		last = r
		// What happened is written down even when ctx has ended meanwhile and
		// has taken the connection with it.
		ctx := context.WithoutCancel(ctx)
		fn := func(tx *sql.Tx) error { return writeRevision(ctx, tx, r) }
		err := inTx(ctx, conn, fn)
		if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
			err = inTx(ctx, db, fn)
		}
		return err
	}
	err := c.execute(ctx, conn, f, &journal{start: start, write: write})
	if err != nil && last != nil && last.Error != "" && sqlstate.Of(err) == "" {
		// The server gave no answer, so it is not known whether the statement
		// took effect: the row must look like one of a process that died.
		last.Error, last.ErrorStmt = "", ""
		return errors.Join(err, write(ctx, last))
	}
	return err
}

// execute runs the statements of f on q with Atlas's executor.
func (c *content) execute(ctx context.Context, q interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, f *migrate.LocalFile, j *journal) error {
	drv, err := postgres.Open(q)
	if err != nil {
		return err
	}
	ex, err := migrate.NewExecutor(drv, c.dir, j, migrate.WithOperatorVersion(operator))
	if err != nil {
		return err
	}
	return ex.Execute(ctx, f)
}

// discard closes the connection for good instead of giving it back to the
// pool: a migration may have changed settings of its session.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = conn.Close()
}
