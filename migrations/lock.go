package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"
)

// tryLock asks for the lock of the Atlas program, whose key is the 32-bit
// FNV-1 hash of "atlas_migrate_execute". The program takes it for the session;
// here it belongs to a transaction, since a pooler in transaction mode gives
// the next statement outside of one to another session. The two exclude each
// other all the same.
const tryLock = `SELECT pg_catalog.pg_try_advisory_xact_lock(2686470616)`

// noTimeouts lifts the limits that are meant for ordinary statements. Asking
// pg_settings for their names leaves out those that the server doesn't know.
const noTimeouts = `
SELECT pg_catalog.set_config(name, '0', %t)
FROM pg_catalog.pg_settings
WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`

// lock is the right to apply migrations to a database.
type lock struct {
	conn *sql.Conn
	tx   *sql.Tx
}

// acquire waits until it has the lock or ctx ends. It polls: a statement that
// waits for a lock holds a snapshot, and the CREATE INDEX CONCURRENTLY of the
// process that has the lock would wait for that snapshot in turn.
func acquire(ctx context.Context, db *sql.DB) (*lock, error) {
	const slowest = time.Second
	busy := false
	for pause := 25 * time.Millisecond; ; pause = min(2*pause, slowest) {
		l, err := tryAcquire(ctx, db)
		switch {
		case l != nil:
			return l, nil
		case err == nil:
			busy = true
		case !busy || ctx.Err() == nil:
			return nil, fmt.Errorf("migrations: lock: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrLocked, context.Cause(ctx))
		case <-time.After(pause + rand.N(pause)):
		}
	}
}

// tryAcquire returns nil if another process has the lock.
func tryAcquire(ctx context.Context, db *sql.DB) (_ *lock, err error) {
	l := &lock{}
	defer func() {
		if err != nil {
			l.release()
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
	if err = l.tx.QueryRowContext(ctx, tryLock).Scan(&ok); err != nil {
		return nil, err
	}
	if !ok {
		l.release()
		return nil, nil
	}
	if _, err = l.tx.ExecContext(ctx, fmt.Sprintf(noTimeouts, true)); err != nil {
		return nil, err
	}
	return l, nil
}

// held returns ErrLockLost if the lock's connection has ended.
func (l *lock) held(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, err := l.tx.ExecContext(context.WithoutCancel(ctx), `SELECT 1`); err != nil {
		return fmt.Errorf("%w: %w", ErrLockLost, err)
	}
	return nil
}

func (l *lock) release() {
	if l.tx != nil {
		_ = l.tx.Rollback() // the lock ends with the transaction either way
	}
	if l.conn != nil {
		_ = l.conn.Close()
	}
}
