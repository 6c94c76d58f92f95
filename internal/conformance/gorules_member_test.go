package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupaccess"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
)

func pointsAreOfAYear(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	year := time.Now().UTC().Year()
	type score struct {
		points int64
		year   int
	}
	update := func(write func(*cbent.CommunityMemberUpdateOne)) func(*cbent.CommunityMember) {
		return func(m *cbent.CommunityMember) {
			u := c.CommunityMember.UpdateOne(m)
			write(u)
			u.ExecX(ctx)
		}
	}
	many := func(m *cbent.CommunityMember) *cbent.CommunityMemberUpdate {
		return c.CommunityMember.Update().Where(communitymember.ID(m.ID))
	}
	for what, tt := range map[string]struct {
		was   score
		write func(*cbent.CommunityMember)
		want  score
	}{
		"added, this year":          {score{5, year}, update(func(u *cbent.CommunityMemberUpdateOne) { u.AddPoints(3) }), score{8, year}},
		"added, an earlier year":    {score{5, year - 1}, update(func(u *cbent.CommunityMemberUpdateOne) { u.AddPoints(3) }), score{3, year}},
		"added, a later year":       {score{5, year + 1}, update(func(u *cbent.CommunityMemberUpdateOne) { u.AddPoints(3) }), score{8, year + 1}},
		"added to many, an earlier": {score{5, 2020}, func(m *cbent.CommunityMember) { many(m).AddPoints(3).ExecX(ctx) }, score{3, year}},
		"added to many, this year":  {score{5, year}, func(m *cbent.CommunityMember) { many(m).AddPoints(-3).ExecX(ctx) }, score{2, year}},
		"another year":              {score{5, 2020}, update(func(u *cbent.CommunityMemberUpdateOne) { u.SetLeaderboardYear(2021) }), score{0, 2021}},
		"the same year":             {score{5, 2020}, update(func(u *cbent.CommunityMemberUpdateOne) { u.SetLeaderboardYear(2020) }), score{5, 2020}},
		"another year for many":     {score{5, 2020}, func(m *cbent.CommunityMember) { many(m).SetLeaderboardYear(2021).ExecX(ctx) }, score{0, 2021}},
		"a year later":              {score{5, 2020}, func(m *cbent.CommunityMember) { many(m).AddLeaderboardYear(1).ExecX(ctx) }, score{0, 2021}},
		"no year later":             {score{5, 2020}, func(m *cbent.CommunityMember) { many(m).AddLeaderboardYear(0).ExecX(ctx) }, score{5, 2020}},
		"added for another year":    {score{5, 2020}, update(func(u *cbent.CommunityMemberUpdateOne) { u.SetLeaderboardYear(2021).AddPoints(3) }), score{3, 2021}},
		"added for the same year":   {score{5, 2020}, update(func(u *cbent.CommunityMemberUpdateOne) { u.SetLeaderboardYear(2020).AddPoints(3) }), score{8, 2020}},
		"added a year later":        {score{5, 2020}, func(m *cbent.CommunityMember) { many(m).AddLeaderboardYear(2).AddPoints(3).ExecX(ctx) }, score{3, 2022}},
		"set for another year":      {score{5, 2020}, update(func(u *cbent.CommunityMemberUpdateOne) { u.SetLeaderboardYear(2021).SetPoints(9) }), score{9, 2021}},
		"set":                       {score{5, 2020}, update(func(u *cbent.CommunityMemberUpdateOne) { u.SetPoints(9) }), score{9, 2020}},
		"something else":            {score{5, 2020}, update(func(u *cbent.CommunityMemberUpdateOne) { u.SetIsBlocked(true) }), score{5, 2020}},
	} {
		m := factory.Must(ctx, t, f.CommunityMember, func(c *cbent.CommunityMemberCreate) { c.SetPoints(tt.was.points).SetLeaderboardYear(tt.was.year) })
		tt.write(m)
		m = c.CommunityMember.GetX(ctx, m.ID)
		if got := (score{m.Points, m.LeaderboardYear}); got != tt.want {
			t.Errorf("%s: %v, want %v", what, got, tt.want)
		}
	}
	m := factory.Must(ctx, t, f.CommunityMember, func(c *cbent.CommunityMemberCreate) { c.SetPoints(5).SetLeaderboardYear(2020) })
	if got := c.CommunityMember.UpdateOne(m).AddPoints(3).SaveX(ctx); got.Points != 3 || got.LeaderboardYear != year {
		t.Errorf("what Save returned has %d points of %d", got.Points, got.LeaderboardYear)
	}
	if err := c.CommunityMember.UpdateOne(m).AddPoints(-4).Exec(ctx); !cbent.IsConstraintError(err) {
		t.Errorf("fewer points than none: %v", err)
	}
}

// A change sets something of a membership, in whatever write.
type change = func(*cbent.CommunityMemberMutation)

func role(r communitymember.Role) change {
	return func(m *cbent.CommunityMemberMutation) { m.SetRole(r) }
}

func blocked(is bool) change {
	return func(m *cbent.CommunityMemberMutation) { m.SetIsBlocked(is) }
}

func approvedAt(at time.Time) change {
	return func(m *cbent.CommunityMemberMutation) { m.SetApprovedAt(at) }
}

func approvedBy(user int64) change {
	return func(m *cbent.CommunityMemberMutation) { m.SetApprovedByID(user) }
}

func blockedAt(at time.Time) change {
	return func(m *cbent.CommunityMemberMutation) { m.SetBlockedAt(at) }
}

func blockedBy(user int64) change {
	return func(m *cbent.CommunityMemberMutation) { m.SetBlockedByID(user) }
}

func applyAll(m *cbent.CommunityMemberMutation, changes []change) {
	for _, change := range changes {
		change(m)
	}
}

func approvalsAndBlocksHaveTimes(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	given := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	begin, by := time.Now().Add(-time.Minute), factory.Must(ctx, t, f.User).ID
	say := func(at *time.Time, who *int64) string {
		s := ""
		switch {
		case at == nil:
			s = "never"
		case at.Equal(given):
			s = "given"
		case at.After(begin) && at.Before(begin.Add(time.Hour)):
			s = "now"
		default:
			s = at.String()
		}
		if who != nil {
			s += " by"
		}
		return s
	}
	want := func(what string, m *cbent.CommunityMember, approved, blocked string) {
		t.Helper()
		if got := say(m.ApprovedAt, m.ApprovedByID); got != approved {
			t.Errorf("%s: approved %s, want %s", what, got, approved)
		}
		if got := say(m.BlockedAt, m.BlockedByID); got != blocked {
			t.Errorf("%s: blocked %s, want %s", what, got, blocked)
		}
	}
	const (
		applicant = communitymember.RoleApplicant
		member    = communitymember.RoleMember
		moderator = communitymember.RoleModerator
	)
	create := func(changes ...change) *cbent.CommunityMemberCreate {
		b := c.CommunityMember.Create().SetRole(applicant).SetCommunity(factory.Must(ctx, t, f.Community)).SetUser(factory.Must(ctx, t, f.User))
		applyAll(b.Mutation(), changes)
		return b
	}
	for what, tt := range map[string]struct {
		with              []change
		approved, blocked string
	}{
		"an applicant":     {nil, "never", "never"},
		"who joins":        {[]change{role(member)}, "never", "never"},
		"who is approved":  {[]change{role(member), approvedBy(by)}, "now by", "never"},
		"who was approved": {[]change{role(member), approvedBy(by), approvedAt(given)}, "given by", "never"},
		"who is blocked":   {[]change{blocked(true)}, "never", "now"},
		"who was blocked":  {[]change{blocked(true), blockedBy(by), blockedAt(given)}, "never", "given by"},
		"blocked no more":  {[]change{blocked(false), blockedAt(given)}, "never", "given"},
	} {
		want(what, create(tt.with...).SaveX(ctx), tt.approved, tt.blocked)
		want(what+", in bulk", c.CommunityMember.CreateBulk(create(), create(tt.with...)).SaveX(ctx)[1], tt.approved, tt.blocked)
	}
	approved, blockedBefore := []change{role(member), approvedAt(given), approvedBy(by)}, []change{blocked(true), blockedAt(given), blockedBy(by)}
	for what, tt := range map[string]struct {
		was, write        []change
		approved, blocked string
	}{
		"approved":                    {nil, []change{role(member)}, "now", "never"},
		"approved by somebody":        {nil, []change{role(member), approvedBy(by)}, "now by", "never"},
		"approved at a time":          {nil, []change{role(member), approvedAt(given)}, "given", "never"},
		"approved before the role":    {[]change{approvedAt(given)}, []change{role(member)}, "given", "never"},
		"promoted":                    {approved, []change{role(moderator)}, "given by", "never"},
		"joined and promoted":         {[]change{role(member)}, []change{role(moderator)}, "never", "never"},
		"an applicant again":          {approved, []change{role(applicant)}, "never", "never"},
		"blocked":                     {nil, []change{blocked(true)}, "never", "now"},
		"blocked by somebody":         {nil, []change{blocked(true), blockedBy(by)}, "never", "now by"},
		"blocked at a time":           {nil, []change{blocked(true), blockedAt(given)}, "never", "given"},
		"blocked again":               {blockedBefore, []change{blocked(true)}, "never", "given by"},
		"blocked after a stale block": {[]change{blockedAt(given)}, []change{blocked(true)}, "never", "now"},
		"unblocked":                   {blockedBefore, []change{blocked(false)}, "never", "never"},
		"something else":              {blockedBefore, nil, "never", "given by"},
	} {
		m, many := create(tt.was...).SaveX(ctx), c.CommunityMember.CreateBulk(create(tt.was...), create(tt.was...)).SaveX(ctx)
		one := c.CommunityMember.UpdateOne(m).AddPoints(1)
		applyAll(one.Mutation(), tt.write)
		want(what, one.SaveX(ctx), tt.approved, tt.blocked)
		all := c.CommunityMember.Update().Where(communitymember.IDIn(many[0].ID, many[1].ID)).AddPoints(1)
		applyAll(all.Mutation(), tt.write)
		all.ExecX(ctx)
		for _, m := range many {
			want(what+", of many", c.CommunityMember.GetX(ctx, m.ID), tt.approved, tt.blocked)
		}
	}
}

func joiningOpensTheFreeTier(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	const (
		applicant = communitymember.RoleApplicant
		member    = communitymember.RoleMember
	)
	club := factory.Must(ctx, t, f.Community)
	tier := club.QueryCommunityGroups().OnlyX(ctx)
	create := func(role communitymember.Role) *cbent.CommunityMemberCreate {
		return c.CommunityMember.Create().SetCommunity(club).SetUser(factory.Must(ctx, t, f.User)).SetRole(role)
	}
	has := func(what string, m *cbent.CommunityMember, want bool) {
		t.Helper()
		got := c.CommunityGroupAccess.Query().Where(communitygroupaccess.UserID(m.UserID)).AllX(ctx)
		if len(got) > 1 || want != (len(got) == 1 && got[0].CommunityGroupID == tier.ID && got[0].CommunityID == club.ID && got[0].IsActive && got[0].ExpiresAt == nil) {
			t.Errorf("%s: has access %v, want %v", what, got, want)
		}
	}
	has("who joins", create(member).SaveX(ctx), true)
	has("who applies", create(applicant).SaveX(ctx), false)
	many := c.CommunityMember.CreateBulk(create(member), create(applicant), create(communitymember.RoleOwner)).SaveX(ctx)
	for i, want := range []bool{true, false, true} {
		has("one of many", many[i], want)
	}
	has("who is approved", c.CommunityMember.UpdateOne(create(applicant).SaveX(ctx)).SetRole(member).SaveX(ctx), true)
	two := c.CommunityMember.CreateBulk(create(applicant), create(applicant), create(applicant)).SaveX(ctx)
	c.CommunityMember.Update().Where(communitymember.IDIn(two[0].ID, two[1].ID)).SetRole(member).ExecX(ctx)
	for i, want := range []bool{true, true, false} {
		has("one of many approved", two[i], want)
	}

	// What there is stays, and what was taken away isn't given again.
	access := c.CommunityGroupAccess.Query().Where(communitygroupaccess.UserID(two[0].UserID)).OnlyX(ctx)
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	c.CommunityGroupAccess.UpdateOne(access).SetIsActive(false).SetExpiresAt(end).ExecX(ctx)
	c.CommunityMember.UpdateOne(two[0]).SetRole(applicant).ExecX(ctx)
	c.CommunityMember.UpdateOne(two[0]).SetRole(member).ExecX(ctx)
	if access = c.CommunityGroupAccess.GetX(ctx, access.ID); access.IsActive || !access.ExpiresAt.Equal(end) {
		t.Errorf("an access that was withdrawn is %v", access)
	}
	c.CommunityGroupAccess.Delete().Where(communitygroupaccess.UserID(two[1].UserID)).ExecX(ctx)
	c.CommunityMember.UpdateOne(two[1]).SetRole(communitymember.RoleModerator).ExecX(ctx)
	has("who is promoted", two[1], false)

	// A tier that is switched off takes nobody new, and one with a price isn't free.
	c.CommunityGroup.UpdateOne(tier).SetIsActive(false).ExecX(ctx)
	has("a tier that is switched off", create(member).SaveX(ctx), false)
	err := communitybuilder.Tx(ctx, c, func(ctx context.Context, tx *cbent.Client) error {
		if err := tx.CommunityGroup.UpdateOneID(tier.ID).SetIsActive(true).SetIsMonthly(true).Exec(ctx); err != nil {
			return err
		}
		return tx.CommunityGroupPrice.Create().SetCommunityGroupID(tier.ID).SetCurrency("USD").SetAmount(decimal.New(5, 0)).Exec(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	has("a tier with a price", create(member).SaveX(ctx), false)
}

func joiningGivesARole(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	open := factory.Must(ctx, t, f.Community)
	closed := factory.Must(ctx, t, f.Community, func(c *cbent.CommunityCreate) { c.SetIsOpen(false) })
	join := func(community *cbent.Community) *cbent.CommunityMemberCreate {
		return c.CommunityMember.Create().SetCommunity(community).SetUser(factory.Must(ctx, t, f.User))
	}
	role := func(what string, m *cbent.CommunityMember, want communitymember.Role) {
		t.Helper()
		if read := c.CommunityMember.GetX(ctx, m.ID); m.Role != want || read.Role != want {
			t.Errorf("%s: the role is %s, and read %s, want %s", what, m.Role, read.Role, want)
		}
		access := c.CommunityGroupAccess.Query().Where(communitygroupaccess.UserID(m.UserID)).ExistX(ctx)
		if access != (want != communitymember.RoleApplicant) {
			t.Errorf("%s: access to the free tier is %v", what, access)
		}
	}
	role("open", join(open).SaveX(ctx), communitymember.RoleMember)
	role("closed", join(closed).SaveX(ctx), communitymember.RoleApplicant)
	role("closed, added", join(closed).SetRole(communitymember.RoleMember).SaveX(ctx), communitymember.RoleMember)
	many := c.CommunityMember.CreateBulk(join(closed), join(open), join(open).SetRole(communitymember.RoleModerator)).SaveX(ctx)
	for i, want := range []communitymember.Role{communitymember.RoleApplicant, communitymember.RoleMember, communitymember.RoleModerator} {
		role("bulk", many[i], want)
	}
	err := c.CommunityMember.Create().SetCommunityID(1 << 40).SetUser(factory.Must(ctx, t, f.User)).Exec(ctx)
	gives(t, "no community", err, apierror.InvalidReference)
}
