package hook

import (
	"context"

	"entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// DefaultRolesStay keeps the two roles that always exist: neither is deleted or
// renamed, admin goes on making staff, and user doesn't begin to.
func DefaultRolesStay() ent.Hook {
	r := rule("Roles", "roles_default_stays")
	admin := map[any]bool{"admin": true, "user": false}
	return changing(updates|deletions, r.Fields, func(_ context.Context, m ent.Mutation, rows []*orm.Change) error {
		for _, c := range rows {
			if staff, stays := admin[c.Old("name")]; stays && (m.Op().Is(deletions) || c.Differs("name") || c.New("is_admin_role") != staff) {
				return orm.Refuse(c, r)
			}
		}
		return nil
	})
}
