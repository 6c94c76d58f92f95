package conformance

import (
	"context"
	"slices"
	"testing"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
)

// A half is one of the two writes of a transaction.
type half struct {
	name  string
	do    func(ctx context.Context, tx *ent.Client, round int) error
	loses apierror.Code // what all but one are told; "" if everybody may do it
	count string        // SQL for how often it has been done
	args  []any
}

// Half of the writers do the two writes of their transaction in one order, and
// half in the other, so that they wait for each other in a circle again and again.
func TestTransactionsInOppositeOrdersAreDoneWholeOrNotAtAll(t *testing.T) {
	const (
		mixed  = writers / 2
		rounds = max(1, rounds/20)
		// Nearly all of them fail at first where all of them may succeed in the end:
		// the usual number of attempts is just enough for most.
		attempts = 100
	)
	a := newArena(t)
	points := a.points(0)
	for _, pair := range [][2]half{{a.vote(rounds), a.like(rounds)}, {a.like(rounds), points}, {points, a.points(1)}} {
		t.Run(pair[0].name+" and "+pair[1].name, func(t *testing.T) {
			a.t = t
			before := [2]int{a.number(pair[0].count, pair[0].args...), a.number(pair[1].count, pair[1].args...)}
			allowed := mixed
			if pair[0].loses+pair[1].loses != "" {
				allowed = 1
			}
			for round := range rounds {
				won := 0
				for i, err := range atOnce(mixed, func(i int) error {
					return communitybuilder.Tx(System(t), a.Client, func(ctx context.Context, tx *ent.Client) error {
						if err := pair[i%2].do(ctx, tx, round); err != nil {
							return err
						}
						return pair[1-i%2].do(ctx, tx, round)
					}, communitybuilder.TxAttempts(attempts))
				}) {
					switch {
					case err == nil:
						won++
					case !slices.Contains([]apierror.Code{pair[0].loses, pair[1].loses}, apierror.From(err).Code):
						t.Fatalf("round %d, writer %d: %v", round, i, err)
					}
				}
				if won != allowed {
					t.Fatalf("round %d: %d of %d transactions were committed, want %d", round, won, mixed, allowed)
				}
				for i, s := range pair {
					if n, want := a.number(s.count, s.args...), before[i]+(round+1)*allowed; n != want {
						t.Fatalf("round %d: %s: the database counts %d, want %d", round, s.name, n, want)
					}
				}
			}
		})
	}
}

// vote is a vote of one user in a poll of the round's own.
func (a *arena) vote(rounds int) half {
	var options []*ent.PollOption
	for range rounds {
		options = append(options, factory.Must(System(a.t), a.t, a.factory.PollOption))
	}
	return half{
		name: "a vote",
		do: func(ctx context.Context, tx *ent.Client, round int) error {
			o := options[round]
			return tx.PollVote.Create().SetPollID(o.PollID).SetOption(o).SetVoter(a.users[0]).Exec(ctx)
		},
		loses: apierror.AlreadyVoted,
		count: `SELECT count(*) FROM "PollVote" WHERE user_id = $1`,
		args:  []any{a.users[0].ID},
	}
}

// like is a like of one user for a post of the round's own.
func (a *arena) like(rounds int) half {
	var posts []*ent.Post
	user := factory.Must(System(a.t), a.t, a.factory.User)
	forum := factory.Must(System(a.t), a.t, a.factory.Forum, func(c *ent.ForumCreate) { c.SetCommunity(a.community) })
	for range rounds {
		posts = append(posts, factory.Must(System(a.t), a.t, a.factory.Post, func(c *ent.PostCreate) { c.SetForum(forum) }))
	}
	return half{
		name: "a like",
		do: func(ctx context.Context, tx *ent.Client, round int) error {
			return tx.PostLike.Create().SetPost(posts[round]).SetUser(user).Exec(ctx)
		},
		loses: apierror.AlreadyLiked,
		count: `SELECT count(*) FROM "PostLike" WHERE user_id = $1`,
		args:  []any{user.ID},
	}
}

// points gives a point to one of the users.
func (a *arena) points(user int) half {
	id := a.Client.CommunityMember.Query().
		Where(communitymember.CommunityID(a.community.ID), communitymember.UserID(a.users[user].ID)).OnlyIDX(System(a.t))
	return half{
		name: "points of " + []string{"a member", "another"}[user],
		do: func(ctx context.Context, tx *ent.Client, _ int) error {
			return tx.CommunityMember.UpdateOneID(id).AddPoints(1).Exec(ctx)
		},
		count: `SELECT points FROM "CommunityMember" WHERE id = $1`,
		args:  []any{id},
	}
}
