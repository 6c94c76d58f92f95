package access_test

import (
	"context"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/domain/access"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// now is the time of every check.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// world is a community with viewers of every sort.
type world struct {
	*testing.T
	*factory.Factory
	conformance.Database
	community *ent.Community
	// gold and silver are tiers with a price, hobby is a free one, old has been
	// switched off.
	gold, silver, hobby, old *ent.CommunityGroup
	viewers                  map[string]int64
}

func each(t *testing.T, test func(context.Context, world)) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		w := world{T: t, Factory: factory.New(d.Client), Database: d, viewers: map[string]int64{"nobody": 0}}
		w.community = factory.Must(ctx, t, w.Community)
		w.gold, w.silver = w.paidTier(ctx, "gold"), w.paidTier(ctx, "silver")
		w.hobby, w.old = w.tier(ctx, "free for all"), w.tier(ctx, "the old one")
		w.fill(ctx)
		// Those who have access to it got it before.
		w.Client.CommunityGroup.UpdateOne(w.old).SetIsActive(false).ExecX(ctx)
		test(ctx, w)
	})
}

func (w world) tier(ctx context.Context, name string) *ent.CommunityGroup {
	w.Helper()
	return factory.Must(ctx, w.T, w.CommunityGroup, func(c *ent.CommunityGroupCreate) {
		c.SetCommunity(w.community).SetName(name)
	})
}

// paidTier makes a tier that costs 10 USD.
func (w world) paidTier(ctx context.Context, name string) *ent.CommunityGroup {
	w.Helper()
	tier := w.tier(ctx, name)
	factory.Must(ctx, w.T, w.CommunityGroupPrice, func(c *ent.CommunityGroupPriceCreate) {
		c.SetCommunityGroup(tier).SetAmount(ten).SetCurrency("USD")
	})
	return tier
}

func (w world) user(ctx context.Context, with ...func(*ent.UserCreate)) int64 {
	w.Helper()
	return factory.Must(ctx, w.T, w.User, with...).ID
}

// join gives a user a role in the community.
func (w world) join(ctx context.Context, user int64, role communitymember.Role, with ...func(*ent.CommunityMemberCreate)) int64 {
	w.Helper()
	factory.Must(ctx, w.T, w.CommunityMember, append(with, func(c *ent.CommunityMemberCreate) {
		c.SetCommunity(w.community).SetUserID(user).SetRole(role)
	})...)
	return user
}

// grant gives a user access to a tier.
func (w world) grant(ctx context.Context, user int64, tier *ent.CommunityGroup, with ...func(*ent.CommunityGroupAccessCreate)) int64 {
	w.Helper()
	factory.Must(ctx, w.T, w.CommunityGroupAccess, append(with, func(c *ent.CommunityGroupAccessCreate) {
		c.SetCommunityGroup(tier).SetUserID(user)
	})...)
	return user
}

func until(t time.Time) func(*ent.CommunityGroupAccessCreate) {
	return func(c *ent.CommunityGroupAccessCreate) { c.SetExpiresAt(t) }
}

func withdrawn(c *ent.CommunityGroupAccessCreate) { c.SetIsActive(false) }

func isBlocked(c *ent.CommunityMemberCreate) { c.SetIsBlocked(true) }

func deactivated(c *ent.UserCreate) { c.SetIsActive(false) }

// fill makes the viewers. Those who are not let in have access to gold all the
// same, as far as they can: it must not help.
func (w world) fill(ctx context.Context) {
	w.Helper()
	member := func() int64 { return w.join(ctx, w.user(ctx), communitymember.RoleMember) }
	admin := w.user(ctx)
	role := factory.Must(ctx, w.T, w.Role, func(c *ent.RoleCreate) { c.SetIsAdminRole(true) })
	factory.Must(ctx, w.T, w.UserRole, func(c *ent.UserRoleCreate) { c.SetUserID(admin).SetRole(role) })
	editor := w.user(ctx)
	factory.Must(ctx, w.T, w.UserRole, func(c *ent.UserRoleCreate) { c.SetUserID(editor) })
	staff := func(c *ent.UserCreate) { c.SetIsStaff(true) }

	for name, id := range map[string]int64{
		"unknown user":      1 << 40,
		"stranger":          w.user(ctx),
		"member elsewhere":  factory.Must(ctx, w.T, w.CommunityMember).UserID,
		"applicant":         w.grant(ctx, w.join(ctx, w.user(ctx), communitymember.RoleApplicant), w.gold),
		"blocked member":    w.grant(ctx, w.join(ctx, w.user(ctx), communitymember.RoleMember, isBlocked), w.gold),
		"blocked moderator": w.grant(ctx, w.join(ctx, w.user(ctx), communitymember.RoleModerator, isBlocked), w.gold),
		"blocked co-owner":  w.join(ctx, w.user(ctx), communitymember.RoleCoOwner, isBlocked),
		"deactivated":       w.grant(ctx, w.join(ctx, w.user(ctx, deactivated), communitymember.RoleMember), w.gold),
		"deactivated owner": w.join(ctx, w.user(ctx, deactivated), communitymember.RoleCoOwner),
		"member":            member(),
		"contributor":       w.join(ctx, w.user(ctx), communitymember.RoleContributor),
		"gold member":       w.grant(ctx, member(), w.gold),
		"gold contributor":  w.grant(ctx, w.join(ctx, w.user(ctx), communitymember.RoleContributor), w.gold),
		"gold for a while":  w.grant(ctx, member(), w.gold, until(now.Add(time.Microsecond))),
		"gold until now":    w.grant(ctx, member(), w.gold, until(now)),
		"gold no more":      w.grant(ctx, member(), w.gold, until(now.AddDate(0, -1, 0))),
		"gold withdrawn":    w.grant(ctx, member(), w.gold, withdrawn),
		"gold and silver":   w.grant(ctx, w.grant(ctx, member(), w.gold, until(now.AddDate(0, 1, 0))), w.silver),
		"silver member":     w.grant(ctx, member(), w.silver),
		"hobby member":      w.grant(ctx, member(), w.hobby),
		"old member":        w.grant(ctx, member(), w.old),
		"old no more":       w.grant(ctx, member(), w.old, until(now.Add(-time.Second))),
		"moderator":         w.join(ctx, w.user(ctx), communitymember.RoleModerator),
		"co-owner":          w.join(ctx, w.user(ctx), communitymember.RoleCoOwner),
		"staff":             w.user(ctx, staff),
		"admin":             admin,
		"editor":            editor,
		"blocked staff":     w.join(ctx, w.user(ctx, staff), communitymember.RoleMember, isBlocked),
		"deactivated staff": w.user(ctx, staff, deactivated),
		"staff moderator":   w.join(ctx, w.user(ctx, staff), communitymember.RoleModerator),
	} {
		w.viewers[name] = id
	}
	w.viewers["owner"] = w.owner(ctx)
}

// owner is the community's, who may have come with it.
func (w world) owner(ctx context.Context) int64 {
	w.Helper()
	m, err := w.Client.CommunityMember.Query().
		Where(communitymember.CommunityID(w.community.ID), communitymember.RoleEQ(communitymember.RoleOwner)).
		First(ctx)
	switch {
	case err == nil:
		return m.UserID
	case !ent.IsNotFound(err):
		w.Fatal(err)
	}
	return w.join(ctx, w.user(ctx), communitymember.RoleOwner)
}

// item makes an item of a kind in the community, linked to tiers. Classrooms are
// published.
func (w world) item(ctx context.Context, kind access.Kind, tiers ...*ent.CommunityGroup) access.Item {
	w.Helper()
	t, id := w.T, w.community.ID
	switch kind {
	case access.KindClassroom:
		row := factory.Must(ctx, t, w.Classroom, func(c *ent.ClassroomCreate) { c.SetCommunityID(id).SetIsPublished(true) })
		for _, tier := range tiers {
			factory.Must(ctx, t, w.ClassroomGroup, func(c *ent.ClassroomGroupCreate) { c.SetClassroom(row).SetCommunityGroup(tier) })
		}
		return access.Classroom(row.ID)
	case access.KindForum:
		row := factory.Must(ctx, t, w.Forum, func(c *ent.ForumCreate) { c.SetCommunityID(id) })
		for _, tier := range tiers {
			factory.Must(ctx, t, w.ForumGroup, func(c *ent.ForumGroupCreate) { c.SetForum(row).SetCommunityGroup(tier) })
		}
		return access.Forum(row.ID)
	case access.KindResource:
		row := factory.Must(ctx, t, w.Resource, func(c *ent.ResourceCreate) { c.SetCommunityID(id) })
		for _, tier := range tiers {
			factory.Must(ctx, t, w.ResourceGroup, func(c *ent.ResourceGroupCreate) { c.SetResource(row).SetCommunityGroup(tier) })
		}
		return access.Resource(row.ID)
	case access.KindQuiz:
		row := factory.Must(ctx, t, w.Quiz, func(c *ent.QuizCreate) { c.SetCommunityID(id) })
		for _, tier := range tiers {
			factory.Must(ctx, t, w.QuizGroup, func(c *ent.QuizGroupCreate) { c.SetQuiz(row).SetCommunityGroup(tier) })
		}
		return access.Quiz(row.ID)
	case access.KindPoll:
		row := factory.Must(ctx, t, w.Poll, func(c *ent.PollCreate) { c.SetCommunityID(id) })
		for _, tier := range tiers {
			factory.Must(ctx, t, w.PollGroup, func(c *ent.PollGroupCreate) { c.SetPoll(row).SetCommunityGroup(tier) })
		}
		return access.Poll(row.ID)
	case access.KindMeeting:
		row := factory.Must(ctx, t, w.Meeting, func(c *ent.MeetingCreate) { c.SetCommunityID(id) })
		for _, tier := range tiers {
			factory.Must(ctx, t, w.MeetingGroup, func(c *ent.MeetingGroupCreate) { c.SetMeeting(row).SetCommunityGroup(tier) })
		}
		return access.Meeting(row.ID)
	case access.KindMeetingSeries:
		row := factory.Must(ctx, t, w.MeetingSeries, func(c *ent.MeetingSeriesCreate) { c.SetCommunityID(id) })
		for _, tier := range tiers {
			factory.Must(ctx, t, w.MeetingSeriesGroup, func(c *ent.MeetingSeriesGroupCreate) { c.SetSeries(row).SetCommunityGroup(tier) })
		}
		return access.MeetingSeries(row.ID)
	}
	t.Fatalf("no %s can be made", kind)
	return access.Item{}
}
