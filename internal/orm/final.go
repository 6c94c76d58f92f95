package orm

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// A Final is a rule about rows that are written one after the other: it may be
// broken in the middle of a transaction, and has to hold at its end.
type Final struct {
	Rule   *invariant.Rule
	Entity string // that the error blames
	// Broken is a query for those of the rows with the ids that break the rule, in
	// one column. What it reads is to be locked by then.
	Broken func(b *sql.DialectBuilder, ids []int64) *sql.Selector
}

// HoldAtEnd has the rule asked for when the mutation's transaction is about to be
// committed, by one statement for all rows that were noted since its begin. A
// broken rule is the error of the commit, which rolls back.
func HoldAtEnd(ctx context.Context, m ent.Mutation, f *Final, ids ...int64) error {
	if err := Fresh(ctx, m); err != nil {
		return err
	}
	drv := beginner(mutation(m).config)
	d, ok := undebugged(drv).(committing)
	if !ok {
		return ErrNoTransaction
	}
	return d.BeforeCommit(ctx, f, func(ctx context.Context, ids []int64) error {
		query, args := f.Broken(sql.Dialect(drv.Dialect()), ids).Limit(1).Query()
		var rows sql.Rows
		if err := drv.Query(ctx, query, args, &rows); err != nil {
			return err
		}
		defer rows.Close()
		if !rows.Next() {
			return rows.Err()
		}
		return broken(f.Entity, f.Rule)
	}, ids...)
}

// committing is a driver that has checks run before the commit of the transaction
// that the context carries.
type committing interface {
	BeforeCommit(ctx context.Context, key any, check func(context.Context, []int64) error, ids ...int64) error
}

// beginner is the driver on which a configuration's transactions begin: its own,
// or where it is that of a transaction the one from which that was started.
func beginner(c Config) dialect.Driver {
	if InTransaction(c) {
		return Unwrap(c, "").driver
	}
	return c.driver
}
