package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/viewer"
)

var communityRefusals = map[string]refusal{
	"forum_town_hall_stays": func(t *testing.T, j judge) offence {
		c := j.make(t, j.byTable["Community"], nil)
		hall := j.Client.Forum.Query().Where(forum.CommunityID(idOf(c)), forum.Name("town_hall")).OnlyX(System(t))
		return offence{
			entity: j.byTable["Forum"], row: hall, values: map[string]any{"name": "city_hall"},
			not: []string{"create", "create bulk"}, // a forum of another name
		}
	},
}

var communityMaintenances = map[string]maintenance{
	"communitymember_role_of_joining":         joiningGivesARole,
	"community_alias_from_name":               communitiesHaveAliases,
	"community_default_rows":                  communitiesBeginWithRows,
	"community_flag_count_of_reports":         reportsAreCounted,
	"forum_town_hall_stays":                   theTownHallStays,
	"communitymember_points_of_year":          pointsAreOfAYear,
	"communitymember_approval":                approvalsAndBlocksHaveTimes,
	"communitymember_joining_opens_free_tier": joiningOpensTheFreeTier,
}

func communitiesHaveAliases(t *testing.T, d Database) {
	ctx, c := System(t), d.Client
	aliases := func(names ...string) []string {
		t.Helper()
		rows := c.Community.MapCreateBulk(names, func(c *cbent.CommunityCreate, i int) { c.SetName(names[i]) }).SaveX(ctx)
		var got []string
		for _, row := range rows {
			if read := c.Community.GetX(ctx, row.ID); read.Alias != row.Alias {
				t.Errorf("Save returned %q, and %q is read", row.Alias, read.Alias)
			}
			got = append(got, row.Alias)
		}
		return got
	}
	want := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	one := c.Community.Create().SetName("Café – Yorùbá Readers!").SaveX(ctx)
	want([]string{one.Alias}, "cafe-yoruba-readers")
	want(aliases("Readers", "readers", "Writers", "READERS"), "readers", "readers-1", "writers", "readers-2")
	want(aliases("漢字", "🙂"), "community", "community-1")
	c.Community.Create().SetName("any").SetAlias("readers-4").ExecX(ctx)
	want(aliases("Readers", "Readers", "Readers 3"), "readers-3", "readers-5", "readers-3-1")
	long := strings.Repeat("x", 255)
	want(aliases(long, long, long[:252]+"-yz"), long, long[:253]+"-1", long[:252]+"-yz")
	want(aliases(long[:252]+"-yz"), long[:252]+"-1")

	// More of a name than are looked up at once.
	many := aliases(slices.Repeat([]string{"Many"}, 60)...)
	for i, alias := range append(many, aliases("Many")...) {
		if i > 0 && alias != fmt.Sprintf("many-%d", i) {
			t.Errorf("number %d has the alias %q", i, alias)
		}
	}
	if empty := c.Community.Create().SetName("Empty").SetAlias("").SaveX(ctx); empty.Alias != "empty" {
		t.Errorf("an empty alias became %q", empty.Alias)
	}
	if got := c.Community.UpdateOne(one).SetName("Others").SaveX(ctx); got.Alias != one.Alias {
		t.Errorf("another name made the alias %q", got.Alias)
	}
	c.Community.Update().Where(community.ID(one.ID)).SetName("Others").ExecX(ctx)
	if got := c.Community.GetX(ctx, one.ID); got.Alias != one.Alias {
		t.Errorf("another name made the alias %q", got.Alias)
	}
	if err := c.Community.UpdateOne(one).SetAlias("").Exec(ctx); apierror.From(err) == nil || apierror.From(err).Code != apierror.InvalidValue {
		t.Errorf("an alias taken away: %v", err)
	}
	// What a transaction has made counts, and what it takes back doesn't.
	err := communitybuilder.Tx(ctx, c, func(ctx context.Context, tx *cbent.Client) error {
		for _, alias := range []string{"tenants", "tenants-1"} {
			if got := tx.Community.Create().SetName("Tenants").SaveX(ctx).Alias; got != alias {
				t.Errorf("%q, want %q", got, alias)
			}
		}
		return context.Canceled
	})
	if err == nil {
		t.Fatal("it was to be taken back")
	}
	want(aliases("Tenants"), "tenants")
}

func communitiesBeginWithRows(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	begins := func(what string, id int64, owners ...int64) {
		t.Helper()
		got := c.Community.Query().Where(community.ID(id)).
			WithCommunityGroups().WithForums().WithTelegram().WithStore().WithMemberships().WithGroupAccesses().OnlyX(ctx)
		tiers, forums := got.Edges.CommunityGroups, got.Edges.Forums
		if len(tiers) != 1 || tiers[0].Name != "hobby plan" || *tiers[0].Description != "Default free tier for the community" ||
			!tiers[0].IsActive || tiers[0].IsMonthly || tiers[0].IsYearly || tiers[0].IsLifetime || len(tiers[0].Offerings) != 0 {
			t.Fatalf("%s: the tiers are %v", what, tiers)
		}
		if len(forums) != 1 || forums[0].Name != "town_hall" || *forums[0].Description != "Town Hall discussion forum for the community" ||
			forums[0].RestrictPostingToOwnersModerators {
			t.Errorf("%s: the forums are %v", what, forums)
		}
		if tg := got.Edges.Telegram; tg == nil || tg.PlatformIsEnabled || tg.PrivateIsEnabled || tg.Token != nil {
			t.Errorf("%s: the Telegram settings are %v", what, tg)
		}
		if s := got.Edges.Store; s == nil || !s.IsActive || s.DownloadLinkExpiryHours != 72 {
			t.Errorf("%s: the store is %v", what, s)
		}
		var users []int64
		for _, m := range got.Edges.Memberships {
			users = append(users, m.UserID)
			if m.Role != communitymember.RoleOwner || m.Points != 0 || m.IsBlocked || m.ApprovedAt != nil || m.LeaderboardYear != time.Now().UTC().Year() {
				t.Errorf("%s: a member is %v", what, m)
			}
		}
		var open []int64
		for _, a := range got.Edges.GroupAccesses {
			open = append(open, a.UserID)
			if a.CommunityGroupID != tiers[0].ID || !a.IsActive || a.ExpiresAt != nil {
				t.Errorf("%s: an access is %v", what, a)
			}
		}
		if !slices.Equal(users, owners) || !slices.Equal(open, owners) {
			t.Errorf("%s: members are %v, with access %v, want %v", what, users, open, owners)
		}
	}
	u := factory.Must(ctx, t, f.User)
	asUser := viewer.NewContext(ctx, viewer.User(u.ID))
	begins("the system", c.Community.Create().SetName("Readers").SaveX(ctx).ID)
	begins("a user", c.Community.Create().SetName("Readers").SaveX(asUser).ID, u.ID)
	for _, row := range c.Community.MapCreateBulk(make([]int, 130), func(c *cbent.CommunityCreate, _ int) { c.SetName("Readers") }).SaveX(asUser) {
		begins("bulk", row.ID, u.ID)
	}

	before := newJudge(t, d).counts(t)
	for _, v := range []viewer.Viewer{viewer.Anonymous(), viewer.User(1 << 40)} {
		err := c.Community.Create().SetName("Nobody's").Exec(viewer.NewContext(ctx, v))
		if !errors.Is(err, apierror.Forbidden) {
			t.Errorf("%s, who can't own it: %v", v, err)
		}
	}
	for table, n := range newJudge(t, d).counts(t) {
		if n != before[table] {
			t.Errorf("it was refused, and %s has %d rows instead of %d", table, n, before[table])
		}
	}
}

func reportsAreCounted(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	one, two, three := factory.Must(ctx, t, f.Community), factory.Must(ctx, t, f.Community), factory.Must(ctx, t, f.Community)
	u := factory.Must(ctx, t, f.User)
	c.Community.UpdateOne(three).SetFlagCount(7).ExecX(ctx)
	report := func(about int64) *cbent.CommunityAbuseReportCreate {
		return c.CommunityAbuseReport.Create().SetCommunityID(about).SetReporter(u).SetMessage("spam")
	}
	want := func(what string, counts ...int) {
		t.Helper()
		for i, row := range []*cbent.Community{one, two, three} {
			if got := c.Community.GetX(ctx, row.ID); got.FlagCount != counts[i] || !got.UpdatedAt.Equal(row.UpdatedAt) && i != 2 {
				t.Errorf("%s: flag_count of %d is %d, want %d", what, i, got.FlagCount, counts[i])
			}
		}
	}
	first := report(one.ID).SaveX(ctx)
	want("create", 1, 0, 7)
	c.CommunityAbuseReport.CreateBulk(report(three.ID), report(one.ID), report(three.ID), report(one.ID)).ExecX(ctx)
	want("bulk", 3, 0, 9)
	if err := c.CommunityAbuseReport.CreateBulk(report(two.ID), report(1<<40)).Exec(ctx); apierror.From(err) == nil || apierror.From(err).Code != apierror.InvalidReference {
		t.Errorf("a report about nothing: %v", err)
	}
	want("refused", 3, 0, 9)
	c.CommunityAbuseReport.UpdateOne(first).SetMessage("much spam").ExecX(ctx)
	c.CommunityAbuseReport.DeleteOne(first).ExecX(ctx)
	want("a report changed and deleted", 3, 0, 9)
}

func theTownHallStays(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	books := factory.Must(ctx, t, f.Forum)
	hall := c.Forum.Query().Where(forum.CommunityID(books.CommunityID), forum.Name("town_hall")).OnlyX(ctx)
	for what, write := range map[string]func() error{
		"delete one":  func() error { return c.Forum.DeleteOne(hall).Exec(ctx) },
		"delete many": func() error { _, err := c.Forum.Delete().Exec(ctx); return err },
		"delete many in a transaction": func() error {
			return communitybuilder.Tx(ctx, c, func(ctx context.Context, tx *cbent.Client) error {
				_, err := tx.Forum.Delete().Where(forum.CommunityID(books.CommunityID)).Exec(ctx)
				return err
			})
		},
	} {
		e := apierror.From(write())
		if e == nil || e.Code != apierror.TownHallStays || e.Entity != "Forum" || e.Field != "name" {
			t.Errorf("%s: %v", what, e)
		}
		if n := c.Forum.Query().CountX(ctx); n != 2 {
			t.Fatalf("%s: %d forums", what, n)
		}
	}
	c.Forum.UpdateOne(hall).SetName("town_hall").SetDescription("Ours").ExecX(ctx)
	c.Forum.Update().SetRestrictPostingToOwnersModerators(true).ExecX(ctx)
	err := c.Forum.UpdateOne(books).SetName("town_hall").Exec(ctx)
	if e := apierror.From(err); e == nil || e.Code != apierror.NameTaken {
		t.Errorf("another town hall: %v", err)
	}
	if n := c.Forum.Delete().Where(forum.ID(books.ID)).ExecX(ctx); n != 1 {
		t.Errorf("%d other forums deleted", n)
	}
	c.Community.DeleteOneID(books.CommunityID).ExecX(ctx)
	if n := c.Forum.Query().CountX(ctx); n != 0 {
		t.Errorf("%d forums are left of the community", n)
	}
}

func TestStatementsOfCommunities(t *testing.T) {
	d := Postgres(t)
	ctx, c, f := System(t), newCounting(t, d), factory.New(d.Client)
	u := factory.Must(ctx, t, f.User)
	asUser := viewer.NewContext(ctx, viewer.User(u.ID))
	ten := make([]int, 10)
	// The row, and what it begins with.
	c.want(t, "a community with an alias", 2, func() error { return c.Community.Create().SetName("a").SetAlias("a").Exec(ctx) })
	// Before these a lock, and a look at the aliases that are taken.
	c.want(t, "a community without an alias", 4, func() error { return c.Community.Create().SetName("a").Exec(asUser) })
	// And at the rights of who makes them, which of one row are a condition of its statement.
	c.want(t, "ten communities", 5, func() error {
		return c.Community.MapCreateBulk(ten, func(c *cbent.CommunityCreate, _ int) { c.SetName("b") }).Exec(asUser)
	})
	communities := d.Client.Community.Query().IDsX(ctx)
	report := func(i int) *cbent.CommunityAbuseReportCreate {
		return c.CommunityAbuseReport.Create().SetCommunityID(communities[i]).SetReporter(u).SetMessage("spam")
	}
	c.want(t, "a report", 2, func() error { return report(0).Exec(ctx) })
	c.want(t, "ten reports", 3, func() error { // about several communities, which are locked
		return c.CommunityAbuseReport.MapCreateBulk(ten, func(c *cbent.CommunityAbuseReportCreate, i int) {
			c.SetCommunityID(communities[i]).SetReporter(u).SetMessage("spam")
		}).Exec(ctx)
	})
	c.want(t, "a forum", 1, func() error { return c.Forum.Create().SetCommunityID(communities[0]).SetName("a").Exec(ctx) })
	c.want(t, "ten forums", 1, func() error {
		return c.Forum.MapCreateBulk(ten, func(c *cbent.ForumCreate, i int) { c.SetCommunityID(communities[i]).SetName("b") }).Exec(ctx)
	})

	people := make([]int64, 22)
	for i := range people {
		people[i] = factory.Must(ctx, t, f.User).ID
	}
	member := func(c *cbent.CommunityMemberCreate, i int) {
		c.SetCommunityID(communities[0]).SetUserID(people[i]).SetRole(communitymember.RoleApplicant)
	}
	join := func(c *cbent.CommunityMemberCreate, i int) {
		member(c, 11+i)
		c.SetRole(communitymember.RoleMember)
	}
	c.want(t, "an applicant", 1, func() error {
		create := c.CommunityMember.Create()
		member(create, 10)
		return create.Exec(ctx)
	})
	c.want(t, "ten applicants", 1, func() error { return c.CommunityMember.MapCreateBulk(ten, member).Exec(ctx) })
	// The row, and the access.
	c.want(t, "a member", 2, func() error {
		create := c.CommunityMember.Create()
		join(create, 10)
		return create.Exec(ctx)
	})
	c.want(t, "ten members", 2, func() error { return c.CommunityMember.MapCreateBulk(ten, join).Exec(ctx) })
	c.want(t, "points", 1, func() error { return c.CommunityMember.Update().AddPoints(1).Exec(ctx) })
	c.want(t, "blocking", 1, func() error { return c.CommunityMember.Update().SetIsBlocked(true).Exec(ctx) })
	// Who was an applicant has to be known.
	c.want(t, "approving", 3, func() error {
		return c.CommunityMember.Update().Where(communitymember.RoleEQ(communitymember.RoleApplicant)).
			SetRole(communitymember.RoleMember).Exec(ctx)
	})
	if n := d.Client.CommunityGroup.Query().Where(communitygroup.CommunityID(communities[0])).QueryAccesses().CountX(ctx); n != 22 {
		t.Errorf("%d have access, want 22", n)
	}
}
