package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/communitybuilder/communitybuilder/internal/migrationlock"
)

// lock is the right to apply migrations to a database.
type lock struct{ *migrationlock.Lock }

// acquire waits until it has the lock or ctx ends.
func acquire(ctx context.Context, db *sql.DB) (lock, error) {
	l, err := migrationlock.Acquire(ctx, db)
	switch {
	case errors.Is(err, migrationlock.ErrBusy):
		err = fmt.Errorf("%w: %w", ErrLocked, context.Cause(ctx))
	case err != nil:
		err = fmt.Errorf("migrations: lock: %w", err)
	}
	return lock{l}, err
}

// held returns ErrLockLost if the lock's connection has ended.
func (l lock) held(ctx context.Context) error {
	err := l.Held(ctx)
	if errors.Is(err, migrationlock.ErrLost) {
		return fmt.Errorf("%w: %w", ErrLockLost, err)
	}
	return err
}
