// Package migrationlock is the right to change the schema of a PostgreSQL
// database, which one process has at a time. The Atlas program respects it, and
// it holds through a connection pooler in transaction mode.
package migrationlock

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

var (
	// ErrBusy means that another process had the lock for as long as the context
	// allowed to wait.
	ErrBusy = errors.New("another process is changing the schema of this database")
	// ErrLost means that the connection that held the lock has ended, so that
	// another process may have begun.
	ErrLost = errors.New("the connection that held the lock was lost")
)

// try asks for the lock of the Atlas program, whose key is the 32-bit FNV-1 hash
// of "atlas_migrate_execute". The program takes it for the session; here it
// belongs to a transaction, since a pooler in transaction mode gives the next
// statement outside of one to another session. The two exclude each other all the
// same.
const try = `SELECT pg_catalog.pg_try_advisory_xact_lock(2686470616)`

// NoTimeouts is a statement that lifts the limits which are meant for ordinary
// statements: for the transaction if it is formatted with true, else for the
// session. Asking pg_settings for their names leaves out those that the server
// doesn't know.
const NoTimeouts = `
SELECT pg_catalog.set_config(name, '0', %t)
FROM pg_catalog.pg_settings
WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`

// Lock is the right, until it is released. It keeps one connection.
type Lock struct {
	conn *sql.Conn
	tx   *sql.Tx
}

// Acquire waits until it has the lock or ctx ends. It polls: a statement that
// waits for a lock holds a snapshot, and the CREATE INDEX CONCURRENTLY of the
// process that has the lock would wait for that snapshot in turn.
func Acquire(ctx context.Context, db *sql.DB) (*Lock, error) {
	const slowest = time.Second
	busy := false
	for pause := 25 * time.Millisecond; ; pause = min(2*pause, slowest) {
		l, err := acquire(ctx, db)
		switch {
		case l != nil:
			return l, nil
		case err == nil:
			busy = true
		case !busy || ctx.Err() == nil:
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrBusy, context.Cause(ctx))
		case <-time.After(pause + rand.N(pause)):
		}
	}
}

// acquire returns nil if another process has the lock.
func acquire(ctx context.Context, db *sql.DB) (_ *Lock, err error) {
	l := &Lock{}
	defer func() {
		if err != nil {
			l.Release()
		}
	}()
	if l.conn, err = db.Conn(ctx); err != nil {
		return nil, err
	}
	// The lock outlives ctx: when that ends, the statement that is running must
	// have ended too before another process may begin. Read committed, whatever
	// the default, since any other level keeps a snapshot while idle.
	l.tx, err = l.conn.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	var ok bool
	if err = l.tx.QueryRowContext(ctx, try).Scan(&ok); err != nil {
		return nil, err
	}
	if !ok {
		l.Release()
		return nil, nil
	}
	if _, err = l.tx.ExecContext(ctx, fmt.Sprintf(NoTimeouts, true)); err != nil {
		return nil, err
	}
	return l, nil
}

// Held returns ErrLost if the lock's connection has ended, or ctx's error.
func (l *Lock) Held(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, err := l.tx.ExecContext(context.WithoutCancel(ctx), `SELECT 1`); err != nil {
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return nil
}

// Release gives the lock back.
func (l *Lock) Release() {
	if l.tx != nil {
		_ = l.tx.Rollback() // the lock ends with the transaction either way
	}
	if l.conn != nil {
		_ = l.conn.Close()
	}
}
