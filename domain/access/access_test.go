package access_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/domain/access"
	"github.com/communitybuilder/communitybuilder/domain/pricing"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
)

var (
	ten     = decimal.New(10, 0)
	checker = access.Checker{Now: func() time.Time { return now }}
)

// outsiders are those who can never open anything, whatever it is linked to, and
// insiders those who always can, while the community is active and the item
// visible.
var (
	outsiders = map[string]access.Reason{
		"nobody":            access.Anonymous,
		"unknown user":      access.NotMember,
		"stranger":          access.NotMember,
		"member elsewhere":  access.NotMember,
		"editor":            access.NotMember,
		"deactivated":       access.NotMember,
		"deactivated owner": access.NotMember,
		"deactivated staff": access.NotMember,
		"applicant":         access.Applicant,
		"blocked member":    access.Blocked,
		"blocked moderator": access.Blocked,
		"blocked co-owner":  access.Blocked,
	}
	insiders = map[string]access.Reason{
		"moderator":       access.Moderator,
		"co-owner":        access.Moderator,
		"owner":           access.Moderator,
		"staff moderator": access.Moderator,
		"staff":           access.Staff,
		"admin":           access.Staff,
		"blocked staff":   access.Staff,
	}
)

// expected is the reason for a viewer, where members get in for the given reason
// if they are listed, and otherwise are told the other one.
func expected(viewer string, listed access.Reason, members []string, otherwise access.Reason) access.Reason {
	if r, ok := outsiders[viewer]; ok {
		return r
	}
	if r, ok := insiders[viewer]; ok {
		return r
	}
	if slices.Contains(members, viewer) {
		return listed
	}
	return otherwise
}

var allowing = []access.Reason{access.Moderator, access.Open, access.Tier, access.Creator, access.Invited, access.Staff}

func (w world) check(ctx context.Context, item access.Item, viewer string, want access.Reason) access.Decision {
	w.Helper()
	d, err := checker.Check(ctx, w.Client, item, w.viewers[viewer])
	if err != nil {
		w.Fatalf("%s, %s: %v", item, viewer, err)
	}
	if d.Reason != want || d.Allowed != slices.Contains(allowing, want) || d.Item != item {
		w.Errorf("%s, %s: got %v %q of %s, want %q", item, viewer, d.Allowed, d.Reason, d.Item, want)
	}
	if (d.Access != nil) != (d.Reason == access.Tier) {
		w.Errorf("%s, %s: %q, and the access is %v", item, viewer, d.Reason, d.Access)
	}
	if d.Allowed && d.Tiers != nil {
		w.Errorf("%s, %s: allowed, and tiers are offered: %v", item, viewer, d.Tiers)
	}
	if (d.Err() == nil) != d.Allowed {
		w.Errorf("%s, %s: allowed %v, error %v", item, viewer, d.Allowed, d.Err())
	}
	return d
}

func TestWhoOpensWhat(t *testing.T) {
	all := []string{"gold member", "gold contributor", "gold for a while", "gold and silver"}
	each(t, func(ctx context.Context, w world) {
		for _, gate := range []struct {
			name    string
			tiers   []*ent.CommunityGroup
			members []string // who get in by a tier
		}{
			{"gold", []*ent.CommunityGroup{w.gold}, all},
			{"gold or silver", []*ent.CommunityGroup{w.gold, w.silver}, append(slices.Clone(all), "silver member")},
			{"free", []*ent.CommunityGroup{w.hobby}, []string{"hobby member"}},
			{"switched off", []*ent.CommunityGroup{w.old}, []string{"old member"}},
			{"none", nil, nil},
		} {
			for _, kind := range access.Kinds() {
				item := w.item(ctx, kind, gate.tiers...)
				for viewer := range w.viewers {
					want := expected(viewer, access.Tier, gate.members, access.NoTier)
					if gate.tiers == nil {
						want = expected(viewer, "", nil, access.Open)
					}
					w.check(ctx, item, viewer, want)
				}
			}
		}
	})
}

func TestAnInactiveCommunityIsForItsManagers(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		for _, kind := range access.Kinds() {
			w.Client.Community.UpdateOne(w.community).SetIsActive(true).ExecX(ctx)
			items := []access.Item{w.item(ctx, kind), w.item(ctx, kind, w.gold)}
			for _, item := range items {
				w.call(ctx, item, w.viewers["member"])
			}
			w.Client.Community.UpdateOne(w.community).SetIsActive(false).ExecX(ctx)
			for _, item := range items {
				for viewer := range w.viewers {
					want := access.InactiveCommunity
					switch viewer {
					case "owner", "co-owner":
						want = access.Moderator
					case "staff", "admin", "blocked staff", "staff moderator":
						want = access.Staff
					}
					w.check(ctx, item, viewer, want)
				}
			}
		}
	})
}

// call invites a user to an item if people can be invited to it.
func (w world) call(ctx context.Context, item access.Item, user int64) {
	w.Helper()
	switch item.Kind {
	case access.KindMeeting:
		factory.Must(ctx, w.T, w.MeetingAttendee, func(c *ent.MeetingAttendeeCreate) { c.SetMeetingID(item.ID).SetUserID(user) })
	case access.KindMeetingSeries:
		factory.Must(ctx, w.T, w.MeetingSeriesAttendee, func(c *ent.MeetingSeriesAttendeeCreate) { c.SetSeriesID(item.ID).SetUserID(user) })
	}
}

func TestWhatIsHiddenIsForModeratorsAndAbove(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		for _, tiers := range [][]*ent.CommunityGroup{nil, {w.gold}} {
			draft := w.item(ctx, access.KindClassroom, tiers...)
			w.Client.Classroom.UpdateOneID(draft.ID).SetIsPublished(false).ExecX(ctx)
			folder := w.item(ctx, access.KindResource, tiers...)
			w.Client.Resource.UpdateOneID(folder.ID).SetIsActive(false).ExecX(ctx)
			for item, reason := range map[access.Item]access.Reason{draft: access.NotPublished, folder: access.Inactive} {
				for viewer := range w.viewers {
					want, ok := insiders[viewer]
					if !ok {
						want = reason
					}
					if d := w.check(ctx, item, viewer, want); d.Tiers != nil {
						w.Errorf("%s, %s: tiers are offered: %v", item, viewer, d.Tiers)
					}
				}
			}
		}
		// A poll that takes no votes any more is still there to see.
		poll := w.item(ctx, access.KindPoll)
		w.Client.Poll.UpdateOneID(poll.ID).SetIsActive(false).ExecX(ctx)
		w.check(ctx, poll, "member", access.Open)
	})
}

func TestInvitationsOpenMeetings(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		for _, kind := range []access.Kind{access.KindMeeting, access.KindMeetingSeries} {
			open, gated := w.item(ctx, kind), w.item(ctx, kind, w.gold)
			for viewer, want := range map[string][2]access.Reason{
				"stranger":       {access.Invited, access.Invited},
				"applicant":      {access.Invited, access.Invited},
				"member":         {access.Open, access.Invited},
				"gold no more":   {access.Open, access.Invited},
				"gold member":    {access.Open, access.Tier},
				"moderator":      {access.Moderator, access.Moderator},
				"blocked member": {access.Blocked, access.Blocked},
				"deactivated":    {access.NotMember, access.NotMember},
				"staff":          {access.Invited, access.Invited},
			} {
				w.call(ctx, open, w.viewers[viewer])
				w.call(ctx, gated, w.viewers[viewer])
				w.check(ctx, open, viewer, want[0])
				w.check(ctx, gated, viewer, want[1])
			}
			w.check(ctx, gated, "silver member", access.NoTier)
			w.check(ctx, w.item(ctx, kind, w.gold), "member", access.NoTier) // to another one
		}
	})
}

// Whoever created a meeting opens it also after they have ceased to be a moderator.
func TestCreatorsOpenTheirMeetings(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		for _, kind := range []access.Kind{access.KindMeeting, access.KindMeetingSeries} {
			for role, want := range map[communitymember.Role]access.Reason{
				communitymember.RoleModerator: access.Moderator,
				communitymember.RoleMember:    access.Creator,
				communitymember.RoleApplicant: access.Creator,
			} {
				item := w.item(ctx, kind, w.gold)
				w.viewers["creator"] = w.creator(ctx, item)
				w.Client.CommunityMember.Update().Where(communitymember.UserID(w.viewers["creator"])).SetRole(role).ExecX(ctx)
				w.check(ctx, item, "creator", want)
				if role == communitymember.RoleMember {
					w.call(ctx, item, w.viewers["creator"])
					w.check(ctx, item, "creator", access.Creator)
					w.check(ctx, w.item(ctx, kind, w.gold), "creator", access.NoTier)
					w.Client.User.UpdateOneID(w.viewers["creator"]).SetIsActive(false).ExecX(ctx)
					w.check(ctx, item, "creator", access.NotMember)
				}
			}
		}
	})
}

func (w world) creator(ctx context.Context, item access.Item) int64 {
	if item.Kind == access.KindMeeting {
		return w.Client.Meeting.GetX(ctx, item.ID).CreatedByID
	}
	return w.Client.MeetingSeries.GetX(ctx, item.ID).CreatedByID
}

func TestTheAccessThatLastsLongestIsTold(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		forum := w.item(ctx, access.KindForum, w.gold, w.silver, w.hobby)
		for name, c := range map[string]struct {
			gold, silver, hobby func(*ent.CommunityGroupAccessCreate)
			want                *ent.CommunityGroup
		}{
			"without end":     {gold: until(now.AddDate(9, 0, 0)), silver: func(*ent.CommunityGroupAccessCreate) {}, hobby: until(now.AddDate(8, 0, 0)), want: w.silver},
			"latest":          {gold: until(now.AddDate(0, 1, 0)), silver: until(now.AddDate(0, 2, 0)), hobby: until(now.AddDate(0, 3, 0)), want: w.hobby},
			"not the expired": {gold: until(now.AddDate(0, 0, 1)), silver: until(now.AddDate(0, 0, -1)), hobby: withdrawn, want: w.gold},
		} {
			user := w.join(ctx, w.user(ctx), communitymember.RoleMember)
			w.grant(ctx, user, w.gold, c.gold)
			w.grant(ctx, user, w.silver, c.silver)
			w.grant(ctx, user, w.hobby, c.hobby)
			w.viewers["subscriber"] = user
			a := w.check(ctx, forum, "subscriber", access.Tier).Access
			if a == nil || a.CommunityGroupID != c.want.ID || a.UserID != user {
				w.Errorf("%s: got %v, want that of %s", name, a, c.want.Name)
			}
		}
	})
}

// show is what is offered, such as "gold 10 USD stripe".
func show(d access.Decision) string {
	var offers []string
	for _, q := range d.Tiers {
		switch {
		case q.Err != nil:
			offers = append(offers, q.Tier.Name+" for no price")
		case q.Price.Free():
			offers = append(offers, q.Tier.Name+" for free")
		default:
			offers = append(offers, q.Tier.Name+" "+q.Price.Amount.String()+" "+q.Price.Currency+" "+string(q.Price.Gateway))
		}
	}
	return strings.Join(offers, ", ")
}

func TestTheTiersThatWouldOpenAnItemAreOfferedAtTheirPrice(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		factory.Must(ctx, w.T, w.CommunityGroupPrice, func(c *ent.CommunityGroupPriceCreate) {
			c.SetCommunityGroup(w.gold).SetAmount(decimal.New(14500, 0)).SetCurrency("NGN")
		})
		for _, viewer := range []string{"member", "applicant"} {
			factory.Must(ctx, w.T, w.UserAddress, func(c *ent.UserAddressCreate) {
				c.SetUserID(w.viewers[viewer]).SetAddressType("billing").SetBillingCountry("NG")
			})
		}
		const inDollars, inNaira = "gold 10 USD stripe, silver 10 USD stripe, free for all for free",
			"gold 14500 NGN paystack, silver for no price, free for all for free"
		for _, kind := range access.Kinds() {
			item := w.item(ctx, kind, w.gold, w.silver, w.hobby, w.old)
			for viewer, want := range map[string]string{
				"nobody": inDollars, "stranger": inDollars, "gold no more": inDollars,
				"member": inNaira, "applicant": inNaira,
				"blocked member": "", "gold member": "", "moderator": "", "staff": "",
			} {
				d := w.check(ctx, item, viewer,
					expected(viewer, access.Tier, []string{"gold member"}, access.NoTier))
				if got := show(d); got != want {
					w.Errorf("%s, %s: got %q, want %q", item, viewer, got, want)
				}
			}
			for viewer, want := range map[string]access.Reason{"nobody": access.Anonymous, "stranger": access.NotMember} {
				if d := w.check(ctx, w.item(ctx, kind), viewer, want); d.Tiers != nil {
					w.Errorf("%s, %s: offered %v though no tier is needed", d.Item, viewer, d.Tiers)
				}
			}
			if d := w.check(ctx, w.item(ctx, kind, w.old), "member", access.NoTier); d.Tiers != nil {
				w.Errorf("%s: offered %v, which take nobody", d.Item, d.Tiers)
			}
		}

		nigerian := access.Checker{Now: checker.Now, Prices: pricing.Resolver{DefaultCountry: "NG"}}
		d, err := nigerian.Check(ctx, w.Client, w.item(ctx, access.KindQuiz, w.gold), 0)
		if got, want := show(d), "gold 14500 NGN paystack"; err != nil || got != want {
			w.Errorf("got %q, %v; want %q", got, err, want)
		}
	})
}

func TestWhatDoesNotExist(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		for _, kind := range access.Kinds() {
			for viewer := range w.viewers {
				w.check(ctx, access.Item{Kind: kind, ID: 1 << 40}, viewer, access.NotFound)
			}
			w.check(ctx, access.Item{Kind: kind}, "owner", access.NotFound)
		}
		for _, item := range []access.Item{{}, {Kind: "wheel", ID: 1}} {
			if _, err := access.Check(ctx, w.Client, item, 0); !errors.Is(err, access.ErrKind) {
				w.Errorf("%q: got %v", item, err)
			}
		}
	})
}

// What may be shown to a user is the same for what is hidden and what isn't there.
func TestErrorsDoNotTellOfWhatIsHidden(t *testing.T) {
	item := access.Classroom(7)
	for reason, want := range map[access.Reason]struct {
		text string
		code apierror.Code
	}{
		access.NotFound:          {"access: classroom 7: not_found", apierror.NotFound},
		access.NotPublished:      {"access: classroom 7: not_found", apierror.NotFound},
		access.Inactive:          {"access: classroom 7: not_found", apierror.NotFound},
		access.InactiveCommunity: {"access: classroom 7: not_found", apierror.NotFound},
		access.Anonymous:         {"access: classroom 7: anonymous", apierror.NotSignedIn},
		access.NotMember:         {"access: classroom 7: not_member", apierror.NotMember},
		access.Applicant:         {"access: classroom 7: applicant", apierror.AwaitingApproval},
		access.Blocked:           {"access: classroom 7: blocked", apierror.Blocked},
		access.NoTier:            {"access: classroom 7: no_tier", apierror.TierNeeded},
	} {
		err := access.Decision{Item: item, Reason: reason}.Err()
		if err == nil || err.Error() != want.text {
			t.Errorf("%s: got %v, want %s", reason, err, want.text)
		}
		var denied *access.DeniedError
		if !errors.As(err, &denied) || !errors.Is(err, denied.Reason) || reason.Hidden() != errors.Is(err, access.NotFound) {
			t.Errorf("%s: got %#v", reason, err)
		}
		if got := apierror.From(err); got.Code != want.code || got.Entity != "Classroom" || !errors.Is(err, want.code) {
			t.Errorf("%s is answered as %#v", reason, got)
		}
	}
}

func TestByDefaultTheTimeIsNow(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		forum := w.item(ctx, access.KindForum, w.gold)
		for want, expiry := range map[access.Reason]time.Time{
			access.NoTier: time.Now().Add(-time.Hour),
			access.Tier:   time.Now().Add(time.Hour),
		} {
			user := w.grant(ctx, w.join(ctx, w.user(ctx), communitymember.RoleMember), w.gold, until(expiry))
			if d, err := access.Check(ctx, w.Client, forum, user); err != nil || d.Reason != want {
				w.Errorf("until %v: got %q, %v; want %q", expiry, d.Reason, err, want)
			}
		}
	})
}

func TestTheNumberOfStatementsIsFixed(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		statements := 0
		client := ent.NewClient(ent.Driver(entsql.OpenDB(w.Dialect, w.DB)), ent.Debug(),
			ent.Log(func(...any) { statements++ }))
		count := func(item access.Item, viewer string, want int) {
			w.Helper()
			statements = 0
			d, err := checker.Check(ctx, client, item, w.viewers[viewer])
			if err != nil || statements != want {
				w.Errorf("%s, %s, %q: %d statements, want %d (%v)", item, viewer, d.Reason, statements, want, err)
			}
		}
		many := []*ent.CommunityGroup{w.gold, w.silver, w.hobby, w.old}
		for i := range 9 {
			tier := w.paidTier(ctx, strings.Repeat("x", i+1))
			w.grant(ctx, w.viewers["gold member"], tier)
			w.grant(ctx, w.viewers["gold no more"], tier, withdrawn)
			many = append(many, tier)
		}
		for _, kind := range access.Kinds() {
			hides, invites := 0, 0
			switch kind {
			case access.KindClassroom, access.KindResource:
				hides = 1
			case access.KindMeeting, access.KindMeetingSeries:
				invites = 1
			}
			count(access.Item{Kind: kind, ID: 1 << 40}, "member", 1)
			open := w.item(ctx, kind)
			count(open, "moderator", 2)
			count(open, "member", 3+hides)
			count(open, "nobody", 2+hides)
			count(open, "stranger", 4+hides+invites)
			count(open, "blocked member", 3+hides)
			for _, tiers := range [][]*ent.CommunityGroup{{w.gold}, many} {
				item := w.item(ctx, kind, tiers...)
				count(item, "moderator", 2)
				count(item, "gold member", 4+hides)
				count(item, "gold no more", 8+hides+invites)
				count(item, "stranger", 6+hides+invites)
				count(item, "staff", 3+hides+invites)
				count(item, "nobody", 3+hides)
			}
		}
	})
}
