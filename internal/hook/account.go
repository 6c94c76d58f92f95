package hook

import (
	"context"

	"entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/internal/normal"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// EmailNormal writes a user's address, and the one that is to replace it, in
// their normal form.
func EmailNormal() ent.Hook {
	return both(rewrite("email", normal.Email), rewrite("pending_email", normal.Email))
}

// OneToken keeps a user from having a verification token and a reset token at
// once: setting one takes the other away, setting both is refused.
func OneToken() ent.Hook {
	r := rule("User", "user_one_token")
	has := func(c *orm.Change, field int) bool {
		token, _ := orm.NewValue[string](c, r.Fields[field])
		return token != ""
	}
	atMostOne := hold(r, func(c *orm.Change) bool { return !has(c, 0) || !has(c, 1) })
	return func(next ent.Mutator) ent.Mutator {
		refusing := atMostOne(next)
		replacing := before(ent.OpCreate|updates, func(m ent.Mutation) error {
			for i, other := range []int{1, 0} {
				if has(orm.Alone(m), i) {
					return m.ClearField(r.Fields[other])
				}
			}
			return nil
		})(next)
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if c := orm.Alone(m); has(c, 0) && has(c, 1) {
				return refusing.Mutate(ctx, m)
			}
			return replacing.Mutate(ctx, m)
		})
	}
}

// BillingCountry writes the code of a country as ISO 3166-1 has it: in upper case,
// and the United Kingdom as GB.
func BillingCountry() ent.Hook {
	return rewrite("billing_country", normal.Country)
}
