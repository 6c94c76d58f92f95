package orm

import (
	"context"
	"errors"
	"fmt"

	"entgo.io/ent"
)

// through runs a mutation through the policy, the hooks and at last exec, all of
// it in one transaction.
func through[V any](ctx context.Context, m Based, exec func(context.Context, *Mutation) (V, error)) (V, error) {
	var (
		b     = m.base()
		hooks = Hooks(b.config, b.t)
		value V
	)
	err := whole(ctx, b.config, b.t, func(ctx context.Context) error {
		v, err := chain(b.t, hooks, ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			return exec(ctx, m.(Based).base())
		})).Mutate(ctx, m)
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

// whole makes one transaction of a write and of what hooks and the policy do
// around it. Without any of them the write is one statement, and needs none.
func whole(ctx context.Context, c Config, t *Type, fn func(context.Context) error) error {
	if t.policy == nil && len(Hooks(c, t)) == 0 {
		return fn(ctx)
	}
	return inTx(ctx, c.driver, fn)
}

// chain puts the hooks of an entity around a mutator, and its policy around the
// hooks.
func chain(t *Type, hooks []ent.Hook, last ent.Mutator) ent.Mutator {
	var next ent.Mutator = ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		if b, ok := m.(Based); !ok || b.base().t != t {
			return nil, fmt.Errorf("ent: unexpected mutation type %T", m)
		}
		return last.Mutate(ctx, m)
	})
	for i := len(hooks) - 1; i >= 0; i-- {
		if hooks[i] == nil {
			return ent.MutateFunc(func(context.Context, ent.Mutation) (ent.Value, error) {
				return nil, errors.New("ent: uninitialized hook")
			})
		}
		next = hooks[i](next)
	}
	if t.policy == nil {
		return next
	}
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		if err := t.policy.EvalMutation(ctx, m); err != nil {
			return nil, err
		}
		return next.Mutate(ctx, m)
	})
}
