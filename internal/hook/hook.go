// Package hook keeps those rules of the platform that the database can't: each
// exported function is a hook of one entity's schema. What the rules are, and the
// errors that breaking them gives, stands in package invariant.
//
// Hooks are written for all rows of a write at once. What can be a condition of
// the statement is one (require); what has to see other rows first, or to write
// some, runs in the write's transaction and locks what it depends on.
package hook

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

const (
	updates   = ent.OpUpdate | ent.OpUpdateOne
	deletions = ent.OpDelete | ent.OpDeleteOne
)

// rule is the rule that a hook keeps.
func rule(table, name string) *invariant.Rule {
	r := invariant.Named(table, name)
	if r == nil {
		panic("hook: no rule " + name + " of " + table)
	}
	return r
}

// on runs fn around the operations given, and leaves others alone.
func on(ops ent.Op, fn func(ctx context.Context, m ent.Mutation, next ent.Mutator) (ent.Value, error)) ent.Hook {
	return func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if !m.Op().Is(ops) {
				return next.Mutate(ctx, m)
			}
			return fn(ctx, m, next)
		})
	}
}

// before runs fn before the operations given: what a mutation sets can still be
// changed, and other rows are not looked at.
func before(ops ent.Op, fn func(m ent.Mutation) error) ent.Hook {
	return on(ops, func(ctx context.Context, m ent.Mutation, next ent.Mutator) (ent.Value, error) {
		if err := fn(m); err != nil {
			return nil, err
		}
		return next.Mutate(ctx, m)
	})
}

// rewrite writes a text in its normal form, whenever it is set.
func rewrite(column string, normal func(string) string) ent.Hook {
	return before(ent.OpCreate|updates, func(m ent.Mutation) error {
		if v, ok := orm.NewValue[string](orm.Alone(m), column); ok {
			orm.Put(m, column, normal(v))
		}
		return nil
	})
}

// creating runs fn once for all rows that a statement makes, in the transaction
// and before the rows are made. Nothing is run, and no transaction needed, where
// concerns is false of every row.
func creating(concerns func(*orm.Change) bool, fn func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error) ent.Hook {
	return on(ent.OpCreate, func(ctx context.Context, m ent.Mutation, next ent.Mutator) (v ent.Value, err error) {
		rows, complete := orm.Batch(m)
		if rows = those(rows, concerns); !complete || len(rows) == 0 {
			return next.Mutate(ctx, m)
		}
		if err := orm.Fresh(ctx, m); err != nil {
			return nil, err
		}
		err = orm.InTx(ctx, m, func(ctx context.Context) error {
			if err := fn(ctx, m, rows); err != nil {
				return err
			}
			v, err = next.Mutate(ctx, m)
			return err
		})
		return v, err
	})
}

// admitted runs fn for rows that whoever asks may make: what fn refuses tells of
// rows that these refer to.
func admitted(fn func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error) func(context.Context, ent.Mutation, []*orm.Change) error {
	return func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		if err := orm.Admit(ctx, rows); err != nil {
			return err
		}
		return fn(ctx, m, rows)
	}
}

// created runs fn once for all rows that a statement has made, in the same
// transaction. Nothing is run where concerns is false of every row.
func created(concerns func(*orm.Change) bool, fn func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error) ent.Hook {
	return on(ent.OpCreate, func(ctx context.Context, m ent.Mutation, next ent.Mutator) (v ent.Value, err error) {
		if len(those(orm.Planned(m), concerns)) == 0 {
			return next.Mutate(ctx, m)
		}
		if err := orm.Fresh(ctx, m); err != nil {
			return nil, err
		}
		err = orm.InTx(ctx, m, func(ctx context.Context) error {
			if v, err = next.Mutate(ctx, m); err != nil {
				return err
			}
			rows, complete := orm.Batch(m)
			if rows = those(rows, concerns); !complete || len(rows) == 0 {
				return nil
			}
			return fn(ctx, m, rows)
		})
		return v, err
	})
}

// changing runs fn for the rows of an update that touches one of the columns (all
// updates, where none is named) or of a deletion: in the transaction, before the
// rows are written, when they are locked.
func changing(ops ent.Op, columns []string, fn func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error) ent.Hook {
	return changingLocked(ops, columns, orm.Affected, fn)
}

// changingUnder is changing, with the rows that a column refers to, of another
// table, locked before: for rules that count or add up rows, and others that
// depend on what is beside a row.
func changingUnder(column, table string, ops ent.Op, columns []string, fn func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error) ent.Hook {
	return changingLocked(ops, columns, func(ctx context.Context, m ent.Mutation) ([]*orm.Change, error) {
		return orm.AffectedUnder(ctx, m, column, table)
	}, fn)
}

func changingLocked(ops ent.Op, columns []string, lock func(context.Context, ent.Mutation) ([]*orm.Change, error),
	fn func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error) ent.Hook {
	return on(ops, func(ctx context.Context, m ent.Mutation, next ent.Mutator) (v ent.Value, err error) {
		if len(columns) > 0 && m.Op().Is(updates) && !orm.Touches(m, columns...) {
			return next.Mutate(ctx, m)
		}
		err = orm.InTx(ctx, m, func(ctx context.Context) error {
			rows, err := lock(ctx, m)
			if err != nil {
				return err
			}
			if err := fn(ctx, m, rows); err != nil {
				return err
			}
			v, err = next.Mutate(ctx, m)
			return err
		})
		return v, err
	})
}

// hold keeps a rule about the columns of one row. What a row of another service
// breaks already may stay, so that the rest of it can be changed.
func hold(r *invariant.Rule, holds func(*orm.Change) bool) ent.Hook {
	update := changing(updates, r.Fields, func(_ context.Context, _ ent.Mutation, rows []*orm.Change) error {
		for _, c := range rows {
			if c.Differs(r.Fields...) && !holds(c) {
				return orm.Refuse(c, r)
			}
		}
		return nil
	})
	return func(next ent.Mutator) ent.Mutator {
		updating := update(next)
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			known := m.Op().Is(ent.OpCreate|updates) && orm.Decides(m, r.Fields...) // without the rows
			switch {
			case known && holds(orm.Alone(m)):
				return next.Mutate(ctx, m)
			case m.Op().Is(ent.OpCreate):
				return nil, orm.Refuse(orm.Alone(m), r)
			}
			return updating.Mutate(ctx, m) // leaves deletions alone
		})
	}
}

// require keeps a rule about a row and others that it refers to. A creation has
// it as a condition of its statement; an update that gives one of the rule's
// columns another value asks for it first.
func require(r *invariant.Rule, holds func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate) ent.Hook {
	g := orm.Guard{Rule: r, Holds: holds}
	update := changing(updates, r.Fields, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		return orm.Hold(ctx, m, g, those(rows, func(c *orm.Change) bool { return c.Differs(r.Fields...) }))
	})
	return func(next ent.Mutator) ent.Mutator {
		updating := update(next)
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if m.Op().Is(ent.OpCreate) {
				orm.AddGuard(m, g)
				return next.Mutate(ctx, m)
			}
			return updating.Mutate(ctx, m) // leaves deletions alone
		})
	}
}

// requireAlways is require for deletions as well.
func requireAlways(r *invariant.Rule, holds func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate) ent.Hook {
	deleting := changing(deletions, nil, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		return orm.Hold(ctx, m, orm.Guard{Rule: r, Holds: holds}, rows)
	})
	return both(require(r, holds), deleting)
}

// those are the rows that fn is true of.
func those(rows []*orm.Change, fn func(*orm.Change) bool) []*orm.Change {
	var some []*orm.Change
	for _, c := range rows {
		if fn(c) {
			some = append(some, c)
		}
	}
	return some
}

// rowIDs are the ids of the rows.
func rowIDs(rows []*orm.Change) []int64 {
	ids := make([]int64, len(rows))
	for i, c := range rows {
		ids[i] = c.ID()
	}
	return ids
}

// together requires that two rows which the row refers to are of the same
// community.
func together(r *invariant.Rule, one, oneColumn, other, otherColumn string) ent.Hook {
	return require(r, func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		t, u := b.Table(one).As("one"), b.Table(other).As("other")
		return sql.Exists(orm.Share(b.Select(t.C("id")).From(t).
			Join(u).On(u.C("community_id"), t.C("community_id")).
			Where(sql.And(sql.EQ(t.C("id"), c.New(oneColumn)), sql.EQ(u.C("id"), c.New(otherColumn))))))
	})
}

func every(*orm.Change) bool { return true }
