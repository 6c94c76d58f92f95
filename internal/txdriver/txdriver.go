// Package txdriver carries the transaction in the context.
//
// A [Driver] wraps ent's driver for database/sql. Statements, and transactions
// begun, with a context that carries a transaction of the driver belong to that
// transaction; all others go to the connection pool. Hooks and rules, which are
// handed a context and a client but no transaction, thereby work inside the
// write that they belong to.
//
// # Joining
//
// There are no nested transactions: whoever begins one inside another joins it,
// and its commit does nothing. A part that fails after it has written something
// dooms the whole, and so does a statement that fails: the transaction runs no
// further statement, and its Commit rolls back and returns [ErrDoomed]. For its
// own errors PostgreSQL does that by itself. Here it holds for errors of the
// application and on SQLite as well, so that nobody who overlooks an error
// commits half a write. Who wants to go on after a failed statement needs a
// savepoint: once there was one, failed statements are left to the database.
package txdriver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

var (
	// ErrDoomed means that a statement of the transaction failed, or that a
	// part of it failed or was rolled back after it had written something. The
	// transaction runs no further statement and can't be committed. The error
	// that was the reason is wrapped beside it.
	ErrDoomed = errors.New("the transaction can't be committed: a part of it failed")

	// ErrOptions means that a transaction was asked for, inside another one,
	// with an isolation level that the outer one doesn't have.
	ErrOptions = errors.New("a transaction can't change its isolation level inside another one")

	// ErrReadOnly means that a read-only transaction, or the read-only part of
	// another one, was asked to write. Nothing was sent to the database, and
	// the transaction goes on.
	ErrReadOnly = errors.New("the transaction is read-only")
)

// Driver is a [dialect.Driver] that looks for its transaction in the context.
type Driver struct {
	pool *entsql.Driver
}

// New returns a driver around drv, which it closes when it is closed itself.
func New(drv *entsql.Driver) *Driver { return &Driver{pool: drv} }

// Exec runs a statement that returns no rows, in the transaction of ctx or on
// the pool. If that transaction has ended the error is [sql.ErrTxDone].
func (d *Driver) Exec(ctx context.Context, query string, args, v any) error {
	if tx := d.carried(ctx); tx != nil {
		return tx.Exec(ctx, query, args, v)
	}
	return d.pool.Exec(ctx, query, args, v)
}

// Query runs a statement that returns rows, in the transaction of ctx or on the
// pool. If that transaction has ended the error is [sql.ErrTxDone].
func (d *Driver) Query(ctx context.Context, query string, args, v any) error {
	if tx := d.carried(ctx); tx != nil {
		return tx.Query(ctx, query, args, v)
	}
	return d.pool.Query(ctx, query, args, v)
}

// Tx is BeginTx with the database's default options.
func (d *Driver) Tx(ctx context.Context) (dialect.Tx, error) { return d.BeginTx(ctx, nil) }

// BeginTx begins a transaction, or joins the one that ctx carries. The result
// is a [*Tx]; ctx doesn't carry it, the context that [Tx.InTx] gives does.
//
// Joining needs the same isolation level as the outer transaction, or the
// default one, else the error is [ErrOptions]. What joins read-only can't
// write, whatever the outer transaction can.
func (d *Driver) BeginTx(ctx context.Context, opts *sql.TxOptions) (dialect.Tx, error) {
	request, requested := ctx.Value(requestKey{}).(*Request)
	if requested && opts == nil {
		opts = &request.options
	}
	tx, err := d.begin(ctx, opts)
	if err != nil {
		return nil, err
	}
	if requested {
		request.tx = tx
	}
	return tx, nil
}

func (d *Driver) begin(ctx context.Context, opts *sql.TxOptions) (*Tx, error) {
	if opts == nil {
		opts = &sql.TxOptions{}
	}
	if outer := d.carried(ctx); outer != nil {
		return outer.join(*opts)
	}
	begun, err := d.pool.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &Tx{
		state:    &state{driver: d, tx: begun, begun: ctx, isolation: opts.Isolation},
		readOnly: opts.ReadOnly,
	}, nil
}

// InTx runs fn in the transaction that ctx carries, or in one of its own, which
// it commits when fn returns nil and rolls back when fn returns an error,
// panics or ends its goroutine. The context that fn is given carries the
// transaction.
func (d *Driver) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if outer := d.carried(ctx); outer != nil {
		return outer.InTx(ctx, fn)
	}
	tx, err := d.begin(ctx, nil)
	if err != nil {
		return err
	}
	return Run(ctx, tx, tx, fn)
}

// Isolation is the level that the transaction which ctx carries was begun with,
// the default one where it carries none.
func (d *Driver) Isolation(ctx context.Context) sql.IsolationLevel {
	if tx := d.carried(ctx); tx != nil {
		return tx.isolation
	}
	return sql.LevelDefault
}

// Finisher ends a transaction.
type Finisher interface {
	Commit() error
	Rollback() error
}

// Run runs fn with a context that carries tx, and then ends the transaction
// through end: commits if fn returns nil, rolls back if it returns an error,
// panics or ends its goroutine.
func Run(ctx context.Context, tx *Tx, end Finisher, fn func(ctx context.Context) error) error {
	returned := false
	defer func() {
		if !returned {
			_ = end.Rollback() // the panic is what counts
		}
	}()
	err := fn(tx.in(ctx))
	returned = true
	if err == nil {
		return end.Commit()
	}
	tx.failed(err)
	// A transaction whose context ended was rolled back by database/sql.
	if e := end.Rollback(); e != nil && tx.contextErr() == nil {
		err = errors.Join(err, fmt.Errorf("roll back: %w", e))
	}
	return err
}

// Dialect returns the dialect of the wrapped driver.
func (d *Driver) Dialect() string { return d.pool.Dialect() }

// Close closes the wrapped driver and its pool.
func (d *Driver) Close() error { return d.pool.Close() }
