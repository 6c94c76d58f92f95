package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupprice"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/factory"
)

// endingContests are about rules that hooks keep: those of what is no longer
// possible once somebody else has written.
var endingContests = []contest{
	{name: "a wheel is started and cancelled", rule: "wheel_transitions", winners: someone, prepare: func(a *arena) bout {
		w := a.readyWheel()
		return bout{
			reset: `UPDATE "Wheel" SET status = 'open_for_join', started_at = NULL WHERE id = $1`,
			attempt: func(ctx context.Context, i int) error {
				status := []wheel.Status{wheel.StatusInProgress, wheel.StatusCancelled}[i%2]
				return a.Client.Wheel.UpdateOneID(w.ID).SetStatus(status).Exec(ctx)
			},
			count: `SELECT count(*) FROM "Wheel" WHERE id = $1 AND status = 'cancelled'`, // from which there is no way back
			args:  []any{w.ID},
			rows:  1,
		}
	}},
	{name: "votes while the poll ends", rule: "pollvote_poll_is_active", winners: someone, prepare: func(a *arena) bout {
		option := factory.Must(System(a.t), a.t, a.factory.PollOption)
		b := a.ending(
			func(ctx context.Context) error {
				return a.Client.Poll.UpdateOneID(option.PollID).SetIsActive(false).Exec(ctx)
			},
			func(ctx context.Context, i int) error {
				return a.Client.PollVote.Create().SetPollID(option.PollID).SetOption(option).SetVoter(a.users[i]).Exec(ctx)
			},
			`SELECT count(*) FROM "PollVote" WHERE poll_id = $1`, option.PollID)
		b.reset = `WITH again AS (UPDATE "Poll" SET is_active = true WHERE id = $1) DELETE FROM "PollVote" WHERE poll_id = $1`
		return b
	}},
	{name: "replies while the thread ends", rule: "post_replies_allowed", winners: someone, prepare: func(a *arena) bout {
		forum := factory.Must(System(a.t), a.t, a.factory.Forum, func(c *ent.ForumCreate) { c.SetCommunity(a.community) })
		parent := factory.Must(System(a.t), a.t, a.factory.Post, func(c *ent.PostCreate) { c.SetForum(forum) })
		b := a.ending(
			func(ctx context.Context) error {
				return a.Client.Post.UpdateOneID(parent.ID).SetAllowReplies(false).Exec(ctx)
			},
			func(ctx context.Context, i int) error {
				return a.Client.Post.Create().SetForum(forum).SetParent(parent).SetAuthor(a.users[i]).SetMessage("Me too").Exec(ctx)
			},
			`SELECT count(*) FROM "Post" WHERE parent_post_id = $1`, parent.ID)
		b.reset = `WITH again AS (UPDATE "Post" SET allow_replies = true WHERE id = $1) DELETE FROM "Post" WHERE parent_post_id = $1`
		return b
	}},
	{name: "applications while the wheel starts", rule: "wheelparticipant_before_start", winners: someone, seldom: true, prepare: func(a *arena) bout {
		w := a.readyWheel()
		b := a.ending(
			func(ctx context.Context) error {
				return a.Client.Wheel.UpdateOneID(w.ID).SetStatus(wheel.StatusInProgress).Exec(ctx)
			},
			func(ctx context.Context, i int) error {
				return a.Client.WheelParticipant.Create().SetWheel(w).SetUser(a.users[i]).SetOrder(100 + i).Exec(ctx)
			},
			`SELECT count(*) FROM "WheelParticipant" WHERE wheel_id = $1 AND approval_status = 'pending'`, w.ID)
		b.reset = `WITH again AS (UPDATE "Wheel" SET status = 'open_for_join', started_at = NULL WHERE id = $1)
			DELETE FROM "WheelParticipant" WHERE wheel_id = $1 AND approval_status = 'pending'`
		return b
	}},
	{name: "applications while the wheel is made smaller", rule: "wheelparticipant_room", other: []string{"wheel_holds_participants"}, winners: someone, seldom: true, prepare: func(a *arena) bout {
		w := a.wheel()
		return bout{
			reset: `WITH again AS (UPDATE "Wheel" SET max_members = 12 WHERE id = $1) DELETE FROM "WheelParticipant" WHERE wheel_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				if i%4 == 0 {
					return a.Client.Wheel.UpdateOneID(w.ID).SetMaxMembers(4 + i/4).Exec(ctx)
				}
				return a.Client.WheelParticipant.Create().SetWheel(w).SetUser(a.users[i]).SetOrder(1 + i).SetApprovalStatus("approved").Exec(ctx)
			},
			count: `SELECT count(*) FROM "Wheel" WHERE id = $1 AND max_members >= (SELECT count(*) FROM "WheelParticipant" WHERE wheel_id = $1)`,
			args:  []any{w.ID},
			rows:  1,
		}
	}},
	{name: "a tier that gets and loses its prices", rule: "communitygroup_cadence_of_prices", winners: someone, seldom: true, prepare: func(a *arena) bout {
		tier := factory.Must(System(a.t), a.t, a.factory.CommunityGroup, func(c *ent.CommunityGroupCreate) { c.SetCommunity(a.community) })
		currencies := []string{"USD", "NGN", "GHS", "KES", "ZAR", "EUR", "GBP", "CAD", "XOF", "INR", "BRL", "JPY", "CHF", "AUD", "NZD", "SEK"}
		return bout{
			reset: `WITH free AS (UPDATE "CommunityGroup" SET is_monthly = false WHERE id = $1) DELETE FROM "CommunityGroupPrice" WHERE community_group_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return communitybuilder.Tx(ctx, a.Client, func(ctx context.Context, tx *ent.Client) error {
					if i%2 == 0 {
						return errors.Join(
							tx.CommunityGroupPrice.Create().SetCommunityGroup(tier).SetCurrency(currencies[i/2]).SetAmount(decimal.NewFromInt(5)).Exec(ctx),
							tx.CommunityGroup.UpdateOneID(tier.ID).SetIsMonthly(true).Exec(ctx))
					}
					_, err := tx.CommunityGroupPrice.Delete().Where(communitygroupprice.CommunityGroupID(tier.ID)).Exec(ctx)
					return errors.Join(err, tx.CommunityGroup.UpdateOneID(tier.ID).SetIsMonthly(false).Exec(ctx))
				})
			},
			count: `SELECT count(*) FROM "CommunityGroup" WHERE id = $1 AND is_monthly = EXISTS (SELECT FROM "CommunityGroupPrice" WHERE community_group_id = $1)`,
			args:  []any{tier.ID},
			rows:  1,
		}
	}},
	{name: "the two tiers that a poll is open to", rule: "communitygroup_in_use", winners: writers / 2, seldom: true, prepare: func(a *arena) bout {
		gate := factory.Must(System(a.t), a.t, a.factory.PollGroup)
		poll := a.Client.Poll.GetX(System(a.t), gate.PollID)
		other := factory.Must(System(a.t), a.t, a.factory.CommunityGroup, func(c *ent.CommunityGroupCreate) { c.SetCommunityID(poll.CommunityID) })
		tiers := []int64{gate.CommunityGroupID, other.ID}
		a.exec(fmt.Sprintf(`CREATE TABLE kept AS SELECT * FROM "CommunityGroup" WHERE id IN (%d, %d)`, tiers[0], tiers[1]))
		return bout{
			reset: `WITH again AS (INSERT INTO "CommunityGroup" SELECT * FROM kept ON CONFLICT DO NOTHING)
				INSERT INTO "Poll_payment_plans" (poll_id, communitygroup_id) SELECT $1, id FROM kept ON CONFLICT DO NOTHING`,
			attempt: func(ctx context.Context, i int) error { // nobody minds if it is gone
				_, err := a.Client.CommunityGroup.Delete().Where(communitygroup.ID(tiers[i%2])).Exec(ctx)
				return err
			},
			count: `SELECT count(*) FROM "Poll_payment_plans" WHERE poll_id = $1`,
			args:  []any{poll.ID},
			rows:  1,
		}
	}},
}

// ending has the first writer put an end to what the others add rows to: of those
// that were there when the end was committed there are no more afterwards.
func (a *arena) ending(end func(context.Context) error, add func(context.Context, int) error, count string, id int64) bout {
	var then atomic.Int64
	return bout{
		args: []any{id},
		attempt: func(ctx context.Context, i int) error {
			if i > 0 {
				return add(ctx, i)
			}
			err := end(ctx)
			then.Store(int64(a.number(count, id)))
			return err
		},
		check: func(t *testing.T, won int) {
			if now := a.number(count, id); now != int(then.Load()) || now != won-1 {
				t.Fatalf("there were %d rows at the end and are %d now, by %d writers", then.Load(), now, won-1)
			}
		},
	}
}
