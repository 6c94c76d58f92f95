package conformance

import (
	"errors"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupaccess"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func TestUsersJoinByThemselves(t *testing.T) { Each(t, usersJoin) }

func usersJoin(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	community := func(open bool) *cbent.Community {
		return factory.Must(ctx, t, f.Community, func(c *cbent.CommunityCreate) { c.SetIsOpen(open) })
	}
	open, other, closed := community(true), community(true), community(false)
	join := func(to *cbent.Community, u *cbent.User) *cbent.CommunityMemberCreate {
		return c.CommunityMember.Create().SetCommunity(to).SetUser(u)
	}
	is := func(what string, m *cbent.CommunityMember, role communitymember.Role) {
		t.Helper()
		stored := c.CommunityMember.GetX(ctx, m.ID)
		if m.Role != role || stored.Role != role || stored.ApprovedAt != nil {
			t.Errorf("%s: handed back as %s, stored as %v, want %s", what, m.Role, stored, role)
		}
		tiers := c.CommunityGroupAccess.Query().
			Where(communitygroupaccess.UserID(m.UserID), communitygroupaccess.CommunityID(m.CommunityID)).CountX(ctx)
		if want := map[bool]int{true: 1}[role == communitymember.RoleMember]; tiers != want {
			t.Errorf("%s: has access to %d tiers, want %d", what, tiers, want)
		}
	}
	one, many := factory.Must(ctx, t, f.User), factory.Must(ctx, t, f.User)
	asOne, asMany := viewer.NewContext(ctx, viewer.User(one.ID)), viewer.NewContext(ctx, viewer.User(many.ID))
	is("an open community", join(open, one).SaveX(asOne), communitymember.RoleMember)
	is("a closed community", join(closed, one).SaveX(asOne), communitymember.RoleApplicant)
	rows := c.CommunityMember.CreateBulk(join(open, many), join(closed, many), join(other, many)).SaveX(asMany)
	for i, role := range []communitymember.Role{communitymember.RoleMember, communitymember.RoleApplicant, communitymember.RoleMember} {
		is("one of many", rows[i], role)
	}
	is("whom the system adds", join(open, factory.Must(ctx, t, f.User)).SaveX(ctx), communitymember.RoleMember)

	// The role is not theirs to say.
	for _, role := range []communitymember.Role{communitymember.RoleMember, communitymember.RoleOwner} {
		u := factory.Must(ctx, t, f.User)
		err := join(closed, u).SetRole(role).Exec(viewer.NewContext(ctx, viewer.User(u.ID)))
		if !errors.Is(err, apierror.Forbidden) || c.CommunityMember.Query().Where(communitymember.UserID(u.ID)).ExistX(ctx) {
			t.Errorf("who joins as %s: %v", role, err)
		}
	}
}
