package orm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"entgo.io/ent/dialect"
)

// ErrTxStarted is returned when a transaction is started within a transaction.
var ErrTxStarted = errors.New("ent: cannot start a transaction within a transaction")

// txDriver runs the statements of a transactional client. Builders that ask it
// for a transaction get it again, and their Commit and Rollback do nothing: the
// owner of the transaction ends it.
type txDriver struct {
	tx  dialect.Tx
	drv dialect.Driver // where the transaction was started

	mu         sync.Mutex
	onCommit   []func(next func() error) func() error
	onRollback []func(next func() error) func() error
}

func (d *txDriver) Dialect() string                        { return d.drv.Dialect() }
func (d *txDriver) Tx(context.Context) (dialect.Tx, error) { return d, nil }
func (d *txDriver) Close() error                           { return nil }
func (d *txDriver) Commit() error                          { return nil }
func (d *txDriver) Rollback() error                        { return nil }

func (d *txDriver) Exec(ctx context.Context, query string, args, v any) error {
	return d.tx.Exec(ctx, query, args, v)
}

func (d *txDriver) Query(ctx context.Context, query string, args, v any) error {
	return d.tx.Query(ctx, query, args, v)
}

// Inquire asks why a statement failed.
func (d *txDriver) Inquire(ctx context.Context, query string, args, v any) error {
	if tx, ok := undebugged(d.tx).(inquiring); ok {
		return tx.Inquire(ctx, query, args, v)
	}
	return d.tx.Query(ctx, query, args, v)
}

// Isolation is the isolation level of the transaction.
func (d *txDriver) Isolation(ctx context.Context) sql.IsolationLevel {
	if tx, ok := undebugged(d.tx).(isolated); ok {
		return tx.Isolation(ctx)
	}
	return sql.LevelDefault
}

// InTx runs fn with the transaction in its context.
func (d *txDriver) InTx(ctx context.Context, fn func(context.Context) error) error {
	return inTx(ctx, d.tx, fn)
}

// BeginTx starts a transaction and gives the configuration of its client.
func BeginTx(ctx context.Context, c Config, opts *sql.TxOptions) (Config, error) {
	if transaction(c) != nil {
		return c, ErrTxStarted
	}
	var (
		tx  dialect.Tx
		err error
	)
	if opts == nil {
		tx, err = c.driver.Tx(ctx)
	} else if d, ok := c.driver.(interface {
		BeginTx(context.Context, *sql.TxOptions) (dialect.Tx, error)
	}); ok {
		tx, err = d.BeginTx(ctx, opts)
	} else {
		err = fmt.Errorf("driver %T takes no transaction options", c.driver)
	}
	if err != nil {
		return c, fmt.Errorf("ent: starting a transaction: %w", err)
	}
	return WithDriver(c, &txDriver{tx: tx, drv: c.driver}), nil
}

// InTransaction reports whether a configuration is that of a transactional client.
func InTransaction(c Config) bool { return transaction(c) != nil }

// transaction is the driver of a transactional client, nil for another one's.
func transaction(c Config) *txDriver {
	drv := c.driver
	if debug, ok := drv.(*dialect.DebugDriver); ok {
		drv = debug.Driver
	}
	d, _ := drv.(*txDriver)
	return d
}

// Unwrap is the configuration that a transaction was started from.
func Unwrap(c Config, entity string) Config {
	d := transaction(c)
	if d == nil {
		panic("ent: " + entity + " is not a transactional entity")
	}
	if d != c.driver { // the transactional client was made to log
		return WithDriver(c, dialect.Debug(d.drv, c.log))
	}
	return WithDriver(c, d.drv)
}

// Commit commits the transaction of a transactional client.
func Commit(c Config) error {
	d := c.driver.(*txDriver)
	return d.end(d.tx.Commit, &d.onCommit)
}

// Rollback rolls the transaction of a transactional client back.
func Rollback(c Config) error {
	d := c.driver.(*txDriver)
	return d.end(d.tx.Rollback, &d.onRollback)
}

// OnCommit wraps the transaction's commit.
func OnCommit(c Config, hook func(next func() error) func() error) {
	d := c.driver.(*txDriver)
	d.add(&d.onCommit, hook)
}

// OnRollback wraps the transaction's rollback.
func OnRollback(c Config, hook func(next func() error) func() error) {
	d := c.driver.(*txDriver)
	d.add(&d.onRollback, hook)
}

func (d *txDriver) add(hooks *[]func(func() error) func() error, hook func(func() error) func() error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*hooks = append(*hooks, hook)
}

func (d *txDriver) end(fn func() error, hooks *[]func(func() error) func() error) error {
	d.mu.Lock()
	hs := append([]func(func() error) func() error(nil), *hooks...)
	d.mu.Unlock()
	for i := len(hs) - 1; i >= 0; i-- {
		fn = hs[i](fn)
	}
	return fn()
}
