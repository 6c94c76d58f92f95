package counts_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/domain/counts"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/viewer"
)

const missing = 987654321 // the id of no row

// world is an active community with an owner, a member, an applicant and somebody
// blocked, and an inactive one.
type world struct {
	*testing.T
	*factory.Factory
	client           *ent.Client
	home, closed     *ent.Community
	owner, member    int64
	applied, blocked int64
	outsider         int64
}

func each(t *testing.T, test func(context.Context, world)) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		w := world{T: t, Factory: factory.New(d.Client), client: d.Client}
		w.home = factory.Must(ctx, t, w.Community)
		w.closed = factory.Must(ctx, t, w.Community, func(c *ent.CommunityCreate) { c.SetIsActive(false) })
		w.owner = w.join(ctx, communitymember.RoleOwner, false)
		w.member = w.join(ctx, communitymember.RoleMember, false)
		w.applied = w.join(ctx, communitymember.RoleApplicant, false)
		w.blocked = w.join(ctx, communitymember.RoleModerator, true)
		w.outsider = factory.Must(ctx, t, w.User).ID
		test(ctx, w)
	})
}

func (w world) join(ctx context.Context, role communitymember.Role, blocked bool) int64 {
	return factory.Must(ctx, w.T, w.CommunityMember, func(c *ent.CommunityMemberCreate) {
		c.SetCommunity(w.home).SetRole(role).SetIsBlocked(blocked)
	}).UserID
}

// as are contexts of viewers by what they are to the community.
func (w world) as(ids ...int64) []context.Context {
	var all []context.Context
	for _, id := range ids {
		v := viewer.Anonymous()
		if id != 0 {
			v = viewer.User(id)
		}
		all = append(all, viewer.NewContext(w.Context(), v))
	}
	return all
}

// counted compares what a function counts for each of the viewers, and that it
// counts nothing without one.
func counted[M any](w world, what string, count func(context.Context, *ent.Client, ...int64) (map[int64]M, error), ids []int64, want map[int64]M, viewers ...int64) {
	w.Helper()
	for i, ctx := range w.as(viewers...) {
		got, err := count(ctx, w.client, append(ids, missing)...)
		if err != nil || !reflect.DeepEqual(got, want) {
			w.Errorf("%s for user %d: %v, %v; want %v", what, viewers[i], got, err, want)
		}
	}
	if got, err := count(w.Context(), w.client, ids...); !errors.Is(err, viewer.ErrNoViewer) || got != nil {
		w.Errorf("%s without a viewer: %v, %v", what, got, err)
	}
	none, err := count(w.as(0)[0], w.client)
	if err != nil || len(none) != 0 {
		w.Errorf("%s of nothing: %v, %v", what, none, err)
	}
}

func TestWhatEverybodyMayCountOfACommunity(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		quiet := factory.Must(ctx, t, w.Community)
		for _, id := range []int64{w.owner, w.member, w.applied} {
			factory.Must(ctx, t, w.CommunityLike, func(c *ent.CommunityLikeCreate) { c.SetCommunity(w.home).SetUserID(id) })
		}
		for id, stars := range map[int64]int{w.owner: 5, w.member: 5, w.blocked: 1} {
			factory.Must(ctx, t, w.CommunityFeedback, func(c *ent.CommunityFeedbackCreate) {
				c.SetCommunity(w.home).SetUserID(id).SetRating(stars)
			})
		}
		ids := []int64{w.home.ID, w.closed.ID, quiet.ID}
		viewers := []int64{0, w.outsider, w.member, w.blocked}
		counted(w, "members", counts.Members, ids, map[int64]int{w.home.ID: 2, quiet.ID: 0}, viewers...)
		counted(w, "likes", counts.CommunityLikes, ids, map[int64]int{w.home.ID: 3, quiet.ID: 0}, viewers...)

		got, err := counts.Ratings(w.as(w.outsider)[0], w.client, ids...)
		if err != nil || len(got) != 2 || got[w.home.ID].Number != 3 || !got[w.home.ID].Average.Equal(decimal.RequireFromString("3.67")) ||
			got[quiet.ID].Number != 0 || !got[quiet.ID].Average.IsZero() {
			t.Errorf("ratings: %v, %v", got, err)
		}
		if _, err := counts.Ratings(t.Context(), w.client, ids...); !errors.Is(err, viewer.ErrNoViewer) {
			t.Errorf("ratings without a viewer: %v", err)
		}
	})
}

func TestLikesOfPostsAreForThoseWhoSeeThem(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		post := factory.Must(ctx, t, w.Post, func(c *ent.PostCreate) {
			c.SetForum(factory.Must(ctx, t, w.Forum, func(c *ent.ForumCreate) { c.SetCommunity(w.home) })).SetUserID(w.owner)
		})
		feed := factory.Must(ctx, t, w.PublicFeed, func(c *ent.PublicFeedCreate) { c.SetCommunity(w.home).SetPostedByID(w.owner) })
		for _, id := range []int64{w.owner, w.member} {
			factory.Must(ctx, t, w.PostLike, func(c *ent.PostLikeCreate) { c.SetPost(post).SetUserID(id) })
			factory.Must(ctx, t, w.PublicFeedsLike, func(c *ent.PublicFeedsLikeCreate) { c.SetFeed(feed).SetUserID(id) })
		}
		ids := []int64{post.ID}
		counted(w, "post likes", counts.PostLikes, ids, map[int64]int{post.ID: 2}, w.owner, w.member)
		counted(w, "post likes", counts.PostLikes, ids, map[int64]int{}, 0, w.outsider, w.applied, w.blocked)
		counted(w, "feed likes", counts.FeedLikes, []int64{feed.ID}, map[int64]int{feed.ID: 2}, 0, w.outsider, w.member, w.blocked)
	})
}

func TestVotesArePublicToWhoeverReadsThePoll(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		poll := factory.Must(ctx, t, w.Poll, func(c *ent.PollCreate) { c.SetCommunity(w.home) })
		var options []int64
		for range 3 {
			options = append(options, factory.Must(ctx, t, w.PollOption, func(c *ent.PollOptionCreate) { c.SetPoll(poll) }).ID)
		}
		third := w.join(ctx, communitymember.RoleMember, false)
		for user, option := range map[int64]int64{w.owner: options[0], w.member: options[0], third: options[1]} {
			factory.Must(ctx, t, w.PollVote, func(c *ent.PollVoteCreate) { c.SetPoll(poll).SetOptionID(option).SetUserID(user) })
		}
		unasked := factory.Must(ctx, t, w.Poll, func(c *ent.PollCreate) { c.SetCommunity(w.home) })
		ids := []int64{poll.ID, unasked.ID}
		counted(w, "votes", counts.PollVotes, ids, map[int64]map[int64]int{
			poll.ID: {options[0]: 2, options[1]: 1}, unasked.ID: {},
		}, w.owner, w.member)
		counted(w, "votes", counts.PollVotes, ids, map[int64]map[int64]int{}, 0, w.outsider, w.applied, w.blocked)
	})
}

func TestOpenSeats(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		circle := func(max *int) int64 {
			made := factory.Must(ctx, t, w.Wheel, func(c *ent.WheelCreate) {
				c.SetCommunity(w.home).SetCreatedByID(w.owner).SetNillableMaxMembers(max).SetStatus(wheel.StatusOpenForJoin)
			})
			for _, status := range []wheelparticipant.ApprovalStatus{
				wheelparticipant.ApprovalStatusApproved, wheelparticipant.ApprovalStatusPending, wheelparticipant.ApprovalStatusRejected,
			} {
				factory.Must(ctx, t, w.WheelParticipant, func(c *ent.WheelParticipantCreate) { c.SetWheelID(made.ID).SetApprovalStatus(status) })
			}
			return made.ID
		}
		five, two := 5, 2
		roomy, full, endless := circle(&five), circle(&two), circle(nil)
		ids := []int64{roomy, full, endless}
		counted(w, "seats", counts.OpenSeats, ids, map[int64]counts.Seats{
			roomy: {Limited: true, Open: 3}, full: {Limited: true}, endless: {},
		}, w.owner, w.member)
		counted(w, "seats", counts.OpenSeats, ids, map[int64]counts.Seats{}, 0, w.outsider, w.applied, w.blocked)
	})
}
