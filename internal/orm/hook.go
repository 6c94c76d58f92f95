package orm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"entgo.io/ent"
)

// through runs a mutation through the hooks and at last exec.
func through[V any](ctx context.Context, m Based, exec func(context.Context, *Mutation) (V, error)) (V, error) {
	var (
		b     = m.base()
		hooks = Hooks(b.config, b.t)
		op    = b.op
		value V
	)
	err := whole(ctx, b.config, b.t, []*Mutation{b}, func(ctx context.Context) error {
		v, err := chain(b.t, hooks, still(op, ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			return exec(ctx, m.(Based).base())
		}))).Mutate(ctx, m)
		if err != nil {
			return err
		}
		var ok bool
		if value, ok = v.(V); !ok {
			return unexpected(value, v)
		}
		return nil
	})
	if err != nil {
		var none V
		return none, err
	}
	return value, nil
}

// whole makes one transaction of a write and of what the client's hooks do around
// it. The schema's own hooks ask for one where they need it
// ([InTx]): without them the write is one statement, and needs none.
//
// What loses against concurrent writes is done again, from what the mutations
// were before, unless it is part of a transaction: that is for its owner to
// repeat.
func whole(ctx context.Context, c Config, t *Type, ms []*Mutation, fn func(context.Context) error) error {
	hooks := Hooks(c, t)
	run := fn
	if len(hooks) > len(t.hooks) {
		run = func(ctx context.Context) error { return inTx(ctx, c.driver, fn) }
	}
	drv, ok := undebugged(c.driver).(repeating)
	if !ok {
		return contended(run(ctx))
	}
	var before []Mutation
	if len(hooks) > 0 {
		before = snapshots(ms)
	}
	again := false
	return drv.Repeat(ctx, func(ctx context.Context) error {
		if again {
			for i, m := range before {
				*ms[i] = m
			}
			before = snapshots(ms)
		}
		again = true
		return contended(run(ctx))
	})
}

// Again is an error of a write that will do better when it is done again, from the
// beginning of its transaction.
func Again(err error) error { return again{err} }

type again struct{ error }

// Unwrap implements errors.Is and errors.As.
func (a again) Unwrap() error { return a.error }

// Again marks the error for whoever repeats transactions.
func (again) Again() {}

// repeating is a driver that repeats what loses against concurrent transactions,
// outside of any transaction.
type repeating interface {
	Repeat(ctx context.Context, fn func(context.Context) error) error
}

func snapshots(ms []*Mutation) []Mutation {
	copies := make([]Mutation, len(ms))
	for i, m := range ms {
		c := *m
		c.set, c.added, c.cleared, c.once = maps.Clone(m.set), maps.Clone(m.added), maps.Clone(m.cleared), maps.Clone(m.once)
		c.computed, c.defaults = maps.Clone(m.computed), maps.Clone(m.defaults)
		c.predicates, c.guards, c.rights = slices.Clip(m.predicates), slices.Clip(m.guards), slices.Clip(m.rights)
		c.narrowed = slices.Clip(m.narrowed)
		copies[i] = c
	}
	return copies
}

// ErrNoTransaction is returned where a rule needs a transaction and the client's
// driver carries none: the client was not made by package communitybuilder.
var ErrNoTransaction = errors.New("ent: the rules of this write need a client made by package communitybuilder")

// InTx runs fn, which does what belongs to a mutation, in the transaction of the
// context or in one of its own.
func InTx(ctx context.Context, m ent.Mutation, fn func(context.Context) error) error {
	if _, ok := undebugged(driverOf(mutation(m))).(transactional); !ok {
		return ErrNoTransaction
	}
	return inTx(ctx, driverOf(mutation(m)), fn)
}

// chain puts the hooks of an entity around a mutator.
func chain(t *Type, hooks []ent.Hook, last ent.Mutator) ent.Mutator {
	next := ofType(t, last)
	for i := len(hooks) - 1; i >= 0; i-- {
		if hooks[i] == nil {
			return ent.MutateFunc(func(context.Context, ent.Mutation) (ent.Value, error) {
				return nil, errors.New("ent: uninitialized hook")
			})
		}
		next = ofType(t, hooks[i](next))
	}
	return next
}

// ofType refuses what a hook hands on that is a mutation of another entity.
func ofType(t *Type, next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		if b, ok := m.(Based); !ok || b.base().t != t {
			return nil, fmt.Errorf("ent: unexpected mutation type %T", m)
		}
		return next.Mutate(ctx, m)
	})
}
