package hook

import (
	"context"
	"slices"

	"entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// states keep a rule about the states that a row goes through: the states in
// which it may begin, and for every state those that may follow on it.
type states struct {
	rule  *invariant.Rule
	begin []string
	next  map[string][]string
}

func (s states) hook() ent.Hook {
	column := s.rule.Fields[0]
	begin := before(ent.OpCreate, func(m ent.Mutation) error {
		c := orm.Alone(m)
		state, _ := orm.NewValue[string](c, column)
		if s.knows(state) && !slices.Contains(s.begin, state) {
			return orm.Refuse(c, s.rule)
		}
		return nil
	})
	follow := changing(updates, []string{column}, func(_ context.Context, _ ent.Mutation, rows []*orm.Change) error {
		for _, c := range rows {
			from, _ := orm.OldValue[string](c, column)
			to, _ := orm.NewValue[string](c, column)
			if from != to && s.knows(to) && !slices.Contains(s.next[from], to) {
				return orm.Refuse(c, s.rule)
			}
		}
		return nil
	})
	return both(begin, follow)
}

// knows tells whether there is such a state: others are for the column to refuse.
func (s states) knows(state string) bool {
	_, ok := s.next[state]
	return ok
}

// both is the one hook around the other.
func both(outer, inner ent.Hook) ent.Hook {
	return func(next ent.Mutator) ent.Mutator { return outer(inner(next)) }
}
