package orm

import (
	"context"
	"errors"

	"entgo.io/ent"
	"entgo.io/ent/privacy"
)

// policies are the policies of an entity, those of its mixins first. The first
// that allows or denies decides; where none does the operation is allowed. A
// decision that the context carries ([privacy.DecisionContext]) counts for
// nothing: whoever makes the context could decide everything.
type policies []ent.Policy

// policyOf is what the schema of an entity and its mixins say, nil if nothing.
func policyOf(schema ent.Interface) ent.Policy {
	var ps policies
	for _, m := range schema.Mixin() {
		if p := m.Policy(); p != nil {
			ps = append(ps, p)
		}
	}
	if p := schema.Policy(); p != nil {
		ps = append(ps, p)
	}
	if ps == nil {
		return nil
	}
	return ps
}

// EvalQuery implements [ent.Policy].
func (ps policies) EvalQuery(ctx context.Context, q ent.Query) error {
	return ps.decide(func(p ent.Policy) error { return p.EvalQuery(ctx, q) })
}

// EvalMutation implements [ent.Policy].
func (ps policies) EvalMutation(ctx context.Context, m ent.Mutation) error {
	return ps.decide(func(p ent.Policy) error { return p.EvalMutation(ctx, m) })
}

func (ps policies) decide(eval func(ent.Policy) error) error {
	for _, p := range ps {
		switch decision := eval(p); {
		case decision == nil || errors.Is(decision, privacy.Skip):
		case errors.Is(decision, privacy.Allow):
			return nil
		default:
			return decision
		}
	}
	return nil
}
