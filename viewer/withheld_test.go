package viewer_test

import (
	"context"
	"testing"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/user"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestWithheldTellsAPrivateColumnFromAnEmptyOne(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		f := factory.New(d.Client)
		home := factory.Must(ctx, t, f.Community)
		join := func(role communitymember.Role) *ent.CommunityMember {
			return factory.Must(ctx, t, f.CommunityMember, func(c *ent.CommunityMemberCreate) { c.SetCommunity(home).SetRole(role) })
		}
		member, moderator := join(communitymember.RoleMember), join(communitymember.RoleModerator)
		as := func(m *ent.CommunityMember) context.Context {
			return viewer.NewContext(t.Context(), viewer.User(m.UserID))
		}
		withheld := func(what string, row interface {
			Value(string) (ent.Value, error)
		}, column string, want bool) {
			t.Helper()
			if viewer.Withheld(row, column) != want {
				t.Errorf("%s: %s withheld: %t, want %t", what, column, !want, want)
			}
		}
		// Nobody of them is blocked: the column is empty for whoever sees it.
		const private, open = communitymember.FieldBlockedAt, communitymember.FieldPoints
		read := func(viewer *ent.CommunityMember) map[int64]*ent.CommunityMember {
			rows := map[int64]*ent.CommunityMember{}
			for _, m := range d.Client.CommunityMember.Query().AllX(as(viewer)) {
				rows[m.ID] = m
			}
			return rows
		}
		seen := read(member)
		withheld("one's own", seen[member.ID], private, false)
		withheld("another's", seen[moderator.ID], private, true)
		withheld("another's", seen[moderator.ID], open, false)
		withheld("a part of the name", seen[moderator.ID], "blocked", false)
		withheld("to a moderator", read(moderator)[member.ID], private, false)
		withheld("to the system", d.Client.CommunityMember.GetX(ctx, moderator.ID), private, false)

		// On every way to a row.
		users := d.Client.User
		withheld("Get", users.GetX(as(member), moderator.UserID), user.FieldEmail, true)
		withheld("Get, one's own", users.GetX(as(member), member.UserID), user.FieldEmail, false)
		withheld("Get, one's own", users.GetX(as(member), member.UserID), user.FieldPassword, true)
		withheld("First", users.Query().Where(user.ID(moderator.UserID)).FirstX(as(member)), user.FieldEmail, true)
		with := d.Client.CommunityMember.Query().Where(communitymember.ID(moderator.ID)).
			WithUser(func(q *ent.UserQuery) { q.Select(user.FieldUsername, user.FieldEmail) }).OnlyX(as(member))
		withheld("With", with.Edges.User, user.FieldEmail, true)
		withheld("Query", with.QueryUser().OnlyX(as(member)), user.FieldEmail, true)
		withheld("Unique", users.Query().Where(user.ID(moderator.UserID)).Unique(true).OnlyX(as(member)), user.FieldEmail, true)
		anonymously := viewer.NewContext(t.Context(), viewer.Anonymous())
		factory.Must(ctx, t, f.BlogPost, func(c *ent.BlogPostCreate) { c.SetWriterID(moderator.UserID) })
		withheld("anonymous", users.GetX(anonymously, moderator.UserID), user.FieldIsStaff, true)

		// A write hands back what is private to nobody but the system.
		renamed := users.UpdateOneID(member.UserID).SetUsername("somebody-else").SaveX(as(member))
		withheld("Update", renamed, user.FieldEmail, true)
		withheld("Update", renamed, user.FieldUsername, false)
		if renamed.Username == nil || *renamed.Username != "somebody-else" || renamed.Email != "" {
			t.Errorf("updated: %v", renamed)
		}

		// It isn't in the way of statements that read columns.
		if n := users.Query().CountX(as(member)); n != 2 {
			t.Errorf("%d users, want 2", n)
		}
		var addresses []struct{ Email *string }
		users.Query().Order(ent.Asc(user.FieldID)).Select(user.FieldEmail).ScanX(as(member), &addresses)
		if len(addresses) != 2 || addresses[0].Email == nil || addresses[1].Email != nil {
			t.Errorf("e-mail addresses: %v", addresses)
		}
	})
}
