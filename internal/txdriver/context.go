package txdriver

import (
	"context"
	"database/sql"
)

// carriedKey is the key under which a context carries a driver's transaction.
// Each driver has a key of its own, so that a program with two databases can
// have a transaction of each in one context.
type carriedKey struct{ driver *Driver }

// innermostKey is the key of the transactions in a context, of whichever
// drivers, as a *link.
type innermostKey struct{}

// link is the transaction put into a context last, and those before it.
type link struct {
	tx    *Tx
	outer *link
}

func innermost(ctx context.Context) *link {
	l, _ := ctx.Value(innermostKey{}).(*link)
	return l
}

// in returns a context that carries the transaction.
func (tx *Tx) in(ctx context.Context) context.Context {
	l := &link{tx, innermost(ctx)}
	return context.WithValue(context.WithValue(ctx, carriedKey{tx.driver}, tx), innermostKey{}, l)
}

// carried returns the driver's transaction in ctx, nil if there is none. It may
// have ended.
func (d *Driver) carried(ctx context.Context) *Tx {
	tx, _ := ctx.Value(carriedKey{d}).(*Tx)
	return tx
}

// AfterCommit has fn called once the innermost transaction of ctx has been
// committed, in the order of registration; when it is rolled back instead fn is
// not called. Without a transaction, or after it was committed, fn is called at
// once; after it was rolled back, never.
//
// fn is given ctx without the transaction, but with everything else, so that
// what it does goes to the pool.
func AfterCommit(ctx context.Context, fn func(ctx context.Context)) {
	l := innermost(ctx)
	if l == nil {
		fn(ctx)
		return
	}
	l.tx.afterCommit(func() { fn(without{ctx, l.tx.state}) })
}

// without is a context that doesn't carry a transaction which its parent does.
type without struct {
	context.Context
	state *state
}

func (c without) Value(key any) any {
	v := c.Context.Value(key)
	switch v := v.(type) {
	case *Tx:
		if v.state == c.state {
			return nil
		}
	case *link:
		for v != nil && v.tx.state == c.state {
			v = v.outer
		}
		return v
	}
	return v
}

// A Request asks for a transaction with certain options, and takes hold of it,
// through a client that hides its driver.
type Request struct {
	options sql.TxOptions
	tx      *Tx
}

type requestKey struct{}

// WithRequest returns a context for beginning one transaction, with the options,
// and what takes hold of it.
func WithRequest(ctx context.Context, opts sql.TxOptions) (context.Context, *Request) {
	r := &Request{options: opts}
	return context.WithValue(ctx, requestKey{}, r), r
}

// Tx returns the transaction that was begun, nil if that was not done by a
// [Driver].
func (r *Request) Tx() *Tx { return r.tx }

// JoinInnermost joins the transaction that was put into ctx last, by whichever
// driver, as [Driver.BeginTx] does. It returns nil if there is none.
func JoinInnermost(ctx context.Context, opts sql.TxOptions) (*Tx, error) {
	if l := innermost(ctx); l != nil {
		return l.tx.join(opts)
	}
	return nil, nil
}
