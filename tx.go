package communitybuilder

import (
	"context"
	"database/sql"
	"errors"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
)

// A TxOption changes one of the defaults of [Tx].
type TxOption func(*txOptions)

type txOptions struct {
	sql.TxOptions
	attempts int
}

// TxIsolation sets the isolation level. The default is the database's own: read
// committed on PostgreSQL unless the server says otherwise. SQLite knows
// serializable only, and gives that whatever is asked for.
//
// On PostgreSQL a write whose rules look at other rows, such as joining a wheel, is
// refused above read committed, where they would see what there was when the
// transaction began: [ErrRulesIsolation].
func TxIsolation(level sql.IsolationLevel) TxOption {
	return func(o *txOptions) { o.Isolation = level }
}

// TxReadOnly has the transaction refuse to write.
func TxReadOnly() TxOption { return func(o *txOptions) { o.ReadOnly = true } }

// TxAttempts sets how often the transaction is tried altogether when it loses
// against concurrent ones. The default is 10; 1 doesn't repeat it.
func TxAttempts(n int) TxOption { return func(o *txOptions) { o.attempts = n } }

// Tx runs fn in a transaction, which it commits when fn returns nil and rolls
// back when fn returns an error or panics. Everything done with the context
// that fn is given is part of the transaction, also through the client it was
// begun with; so is everything done through the client that fn is given. All
// values of ctx stay, the viewer among them. The context ends with fn: to use
// it later is an error that wraps [sql.ErrTxDone].
//
// When the transaction loses against concurrent ones it is rolled back and fn
// called again, a bounded number of times ([TxAttempts]) with growing random
// pauses: after a serialization failure or a deadlock on PostgreSQL, a prepared
// statement that no longer fits the schema, or a wait in vain for SQLite's write
// lock. Therefore fn must have no effects of its own outside of the
// transaction before it returns: see [AfterCommit]. When every attempt was in
// vain the error is [ErrTxContention].
//
// Rules about what several rows are together are asked for at the end: one that is
// broken then is the error, and everything is rolled back. A paid tier, say, needs
// a cadence and a price, which are two writes.
//
// A Tx inside another one joins it: it doesn't commit, and only the outermost is
// repeated. If it fails after having written something, the outer one can't be
// committed any more, even if the error is overlooked: [ErrTxDoomed].
//
// A transaction is used by one goroutine at a time.
func Tx(ctx context.Context, client *ent.Client, fn func(ctx context.Context, tx *ent.Client) error, opts ...TxOption) error {
	o := txOptions{attempts: txdriver.Attempts}
	for _, opt := range opts {
		opt(&o)
	}
	return txdriver.Repeat(ctx, o.attempts, func() (bool, error) { return try(ctx, client, fn, o.TxOptions) })
}

// AfterCommit has fn called once the transaction that ctx belongs to has been
// committed, in the order of registration: the outermost one, if transactions
// are nested. If that is rolled back fn is not called, nor if the part of it
// that registered fn failed; what a repeated [Tx] registered in an attempt that
// was in vain is forgotten. Outside of a transaction fn is called at once.
//
// The context that fn is given is ctx, its values and its end, without the
// transaction.
func AfterCommit(ctx context.Context, fn func(ctx context.Context)) { txdriver.AfterCommit(ctx, fn) }

// try runs the transaction once, and tells whether it is one of its own.
func try(ctx context.Context, client *ent.Client, fn func(context.Context, *ent.Client) error, opts sql.TxOptions) (outermost bool, err error) {
	asking, request := txdriver.WithRequest(ctx, opts)
	entTx, err := client.Tx(asking)
	if errors.Is(err, ent.ErrTxStarted) {
		return false, join(ctx, client, fn, opts)
	}
	if err != nil {
		return true, err
	}
	tx := request.Tx()
	if tx == nil {
		return false, errors.Join(ErrTxClient, entTx.Rollback())
	}
	err = txdriver.Run(ctx, tx, entTx, func(ctx context.Context) error { return fn(ctx, entTx.Client()) })
	return !tx.Joined(), err
}

// join runs fn in the transaction that client is the client of.
func join(ctx context.Context, client *ent.Client, fn func(context.Context, *ent.Client) error, opts sql.TxOptions) error {
	tx, err := txdriver.JoinInnermost(ctx, opts)
	if err != nil {
		return err
	}
	if tx == nil {
		return ErrTxClient
	}
	return txdriver.Run(ctx, tx, tx, func(ctx context.Context) error { return fn(ctx, client) })
}
