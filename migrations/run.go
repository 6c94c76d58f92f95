package migrations

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"

	"github.com/communitybuilder/communitybuilder/internal/migrationlock"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// apply runs one file, or returns errTaken.
func (c *content) apply(ctx context.Context, db *sql.DB, f *migrate.LocalFile, start *attempt) error {
	if start != nil && start.Version != f.Version() {
		start = nil
	}
	transactional, err := run(ctx, db, f, func(conn *sql.Conn) error {
		return c.applyInTx(ctx, conn, f, start)
	}, func(conn *sql.Conn) error {
		return c.applyWithoutTx(ctx, db, conn, f, start)
	})
	if err == nil || errors.Is(err, errTaken) {
		return err
	}
	e := &FileError{Migration: migrationOf(f), RolledBack: transactional, Err: err}
	var failed *migrate.StmtExecError
	if errors.As(err, &failed) {
		e.Stmt, e.Err = failed.Stmt.Text, failed.Err
	}
	return e
}

// run calls one of the functions, by what the file says, with a connection that
// nobody uses afterwards.
func run(ctx context.Context, db *sql.DB, f *migrate.LocalFile, inTx, withoutTx func(*sql.Conn) error) (transactional bool, err error) {
	transactional, err = inTransaction(f)
	if err != nil {
		return false, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return transactional, err
	}
	defer discard(conn)
	if transactional {
		return true, inTx(conn)
	}
	// Behind a pooler the session may live on. Asked now, it is most likely the
	// same one; more can't be done.
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "RESET ALL") }()
	if err := prepareSession(ctx, conn, false); err != nil {
		return false, err
	}
	return false, withoutTx(conn)
}

// inPublic makes unqualified names those of the schema public, whatever the
// role's search path says, for the transaction or for the session. It sets
// nothing where nothing needs to be set.
const inPublic = `
SELECT pg_catalog.set_config('search_path', 'public', %t)
WHERE pg_catalog.current_schema() IS DISTINCT FROM 'public'`

// prepareSession makes the settings with which files run, for the transaction if
// it is local, else for the session.
func prepareSession(ctx context.Context, q interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, local bool) error {
	for _, stmt := range []string{migrationlock.NoTimeouts, inPublic} {
		if _, err := q.ExecContext(ctx, fmt.Sprintf(stmt, local)); err != nil {
			return err
		}
	}
	return nil
}

// applyInTx runs a file and its revision in one transaction. When it fails
// nothing is left, no revision either: the Atlas program would take such a row
// for the beginning of its own attempt and never correct its number of
// statements, so that a fixed file which has more or fewer could not be
// completed.
func (c *content) applyInTx(ctx context.Context, conn *sql.Conn, f *migrate.LocalFile, start *attempt) error {
	return inTx(ctx, conn, func(tx *sql.Tx) error {
		if err := prepareSession(ctx, tx, true); err != nil {
			return err
		}
		if err := claim(ctx, tx, f.Version()); err != nil {
			return err
		}
		// The executor writes the revision after every statement. Nobody sees
		// those before the commit, so only the last one is written.
		var last *migrate.Revision
		if err := c.execute(ctx, tx, f, start, func(_ context.Context, r *migrate.Revision) error {
			last = r
			return nil
		}); err != nil {
			return err
		}
		return writeRevision(ctx, tx, last)
	})
}

// applyWithoutTx runs a file statement by statement, and records each, so that
// a later attempt knows how far this one came.
func (c *content) applyWithoutTx(ctx context.Context, db *sql.DB, conn *sql.Conn, f *migrate.LocalFile, start *attempt) error {
	if err := c.pickUp(ctx, conn, f, start); err != nil {
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
	err := c.execute(ctx, conn, f, start, write)
	if err != nil && last != nil && last.Error != "" && sqlstate.Of(err) == "" {
		// The server gave no answer, so it is not known whether the statement
		// took effect: the row must look like one of a process that died.
		last.Error, last.ErrorStmt = "", ""
		return errors.Join(err, write(ctx, last))
	}
	return err
}

// pickUp makes room for a file that is to run, perhaps not for the first time.
func (c *content) pickUp(ctx context.Context, conn *sql.Conn, f *migrate.LocalFile, start *attempt) error {
	stmts, err := f.Stmts()
	if err != nil {
		return err
	}
	unknown := start != nil && start.unknown
	if unknown && start.Applied < len(stmts) {
		if err := awaitEnd(ctx, conn, stmts[start.Applied]); err != nil {
			return err
		}
	}
	index, err := concurrentIndex(f)
	if err != nil || index == nil {
		return err
	}
	if index.drop && unknown {
		exists, _, err := index.state(ctx, conn)
		if err == nil && !exists { // the statement would fail, having done its work
			start.Applied, start.PartialHashes = len(stmts), hashesOf(stmts)
		}
		return err
	}
	return index.clear(ctx, conn, unknown)
}

// execute runs the statements of f on q with Atlas's executor.
func (c *content) execute(ctx context.Context, q interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, f *migrate.LocalFile, start *attempt, write func(context.Context, *migrate.Revision) error) error {
	drv, err := postgres.Open(q)
	if err != nil {
		return err
	}
	j := newJournal(f, start, write)
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
