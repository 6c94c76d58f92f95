package conformance

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/creatorpayoutaccount"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/storepurchase"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// contests are about rules that a constraint keeps, where the writers come with
// different rows. That of the same row is tried for every other unique index.
var contests = []contest{
	{name: "owners who join", rule: "communitymember_one_owner", winners: 1, prepare: func(a *arena) bout {
		c := factory.Must(System(a.t), a.t, a.factory.Community)
		return bout{
			reset: `DELETE FROM "CommunityMember" WHERE community_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.CommunityMember.Create().SetCommunityID(c.ID).SetUser(a.users[i]).SetRole(communitymember.RoleOwner).Exec(ctx)
			},
			count: `SELECT count(*) FROM "CommunityMember" WHERE community_id = $1`,
			args:  []any{c.ID},
		}
	}},
	{name: "members who become the owner", rule: "communitymember_one_owner", winners: 1, prepare: func(a *arena) bout {
		members := a.Client.CommunityMember.Query().Where(communitymember.CommunityID(a.community.ID)).AllX(System(a.t))
		return bout{
			reset: `UPDATE "CommunityMember" SET role = 'member' WHERE community_id = $1 AND role = 'owner'`,
			attempt: func(ctx context.Context, i int) error {
				if i%2 == 0 {
					return a.Client.CommunityMember.UpdateOne(members[i]).SetRole(communitymember.RoleOwner).Exec(ctx)
				}
				return a.Client.CommunityMember.Update().Where(communitymember.ID(members[i].ID)).SetRole(communitymember.RoleOwner).Exec(ctx)
			},
			count: `SELECT count(*) FROM "CommunityMember" WHERE community_id = $1 AND role = 'owner'`,
			args:  []any{a.community.ID},
		}
	}},
	{name: "communities with the same alias", rule: "community_alias", winners: 1, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "Community" WHERE alias = $1`,
			attempt: func(ctx context.Context, i int) error {
				c := a.Client.Community.Create().SetName(fmt.Sprint("Writer ", i)).SetAlias("coveted")
				if i%2 == 0 {
					return c.Exec(ctx)
				}
				return a.Client.Community.CreateBulk(c, a.Client.Community.Create().SetName("Another").SetAlias(fmt.Sprint("another-", i))).Exec(ctx)
			},
			count: `SELECT count(*) FROM "Community" WHERE alias = $1`,
			args:  []any{"coveted"},
		}
	}},
	{name: "e-mails that differ in case", rule: "user_email_lower", winners: 1, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "User" WHERE lower(email) = $1`,
			attempt: func(ctx context.Context, i int) error {
				name := []byte("aminakofi")
				for bit := range 5 { // a spelling of each writer's own
					if i>>bit&1 == 1 {
						name[bit] -= 'a' - 'A'
					}
				}
				return a.Client.User.Create().SetEmail(string(name) + "@example.com").SetPassword("!").Exec(ctx)
			},
			count: `SELECT count(*) FROM "User" WHERE lower(email) = $1`,
			args:  []any{"aminakofi@example.com"},
		}
	}},
	{name: "the same user name", rule: "user_username", winners: 1, prepare: func(a *arena) bout {
		return bout{
			reset: `UPDATE "User" SET username = NULL WHERE username = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.User.UpdateOne(a.users[i]).SetUsername("coveted").Exec(ctx)
			},
			count: `SELECT count(*) FROM "User" WHERE username = $1`,
			args:  []any{"coveted"},
		}
	}},
	{name: "tags with the same slug", rule: "tag_slug", winners: 1, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "Tag" WHERE slug = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.Tag.Create().SetName(fmt.Sprint("Tag ", i)).SetSlug("coveted").Exec(ctx)
			},
			count: `SELECT count(*) FROM "Tag" WHERE slug = $1`,
			args:  []any{"coveted"},
		}
	}},
	{name: "tags with the same name", rule: "tag_name", winners: 1, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "Tag" WHERE name = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.Tag.Create().SetName("Coveted").SetSlug(fmt.Sprint("slug-", i)).Exec(ctx)
			},
			count: `SELECT count(*) FROM "Tag" WHERE name = $1`,
			args:  []any{"Coveted"},
		}
	}},
	{name: "votes of one user for different options", rule: "pollvote_poll_id_user_id", winners: 1, prepare: func(a *arena) bout {
		first := factory.Must(System(a.t), a.t, a.factory.PollOption)
		second := factory.Must(System(a.t), a.t, a.factory.PollOption, func(c *ent.PollOptionCreate) { c.SetPollID(first.PollID) })
		return bout{
			reset: `DELETE FROM "PollVote" WHERE poll_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				option := []*ent.PollOption{first, second}[i%2]
				return a.Client.PollVote.Create().SetPollID(option.PollID).SetOption(option).SetVoter(a.users[0]).Exec(ctx)
			},
			count: `SELECT count(*) FROM "PollVote" WHERE poll_id = $1`,
			args:  []any{first.PollID},
		}
	}},
	{name: "likes in bulk, in opposite orders", rule: "postlike_user_id_post_id", winners: 1, prepare: func(a *arena) bout {
		var posts []*ent.Post
		for range 2 {
			posts = append(posts, factory.Must(System(a.t), a.t, a.factory.Post))
		}
		return bout{
			reset: `DELETE FROM "PostLike" WHERE user_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				like := func(p *ent.Post) *ent.PostLikeCreate {
					return a.Client.PostLike.Create().SetPost(p).SetUser(a.users[0])
				}
				return a.Client.PostLike.CreateBulk(like(posts[i%2]), like(posts[1-i%2])).Exec(ctx)
			},
			count: `SELECT count(*) FROM "PostLike" WHERE user_id = $1`,
			args:  []any{a.users[0].ID},
			rows:  len(posts),
		}
	}},
	{name: "positions in a wheel", rule: "wheelparticipant_wheel_id_order", winners: 1, prepare: func(a *arena) bout {
		w := a.wheel()
		return bout{
			reset: `DELETE FROM "WheelParticipant" WHERE wheel_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.WheelParticipant.Create().SetWheel(w).SetUser(a.users[i]).SetOrder(1).Exec(ctx)
			},
			count: `SELECT count(*) FROM "WheelParticipant" WHERE wheel_id = $1`,
			args:  []any{w.ID},
		}
	}},
	{name: "places of one user in a wheel", rule: "wheelparticipant_wheel_id_user_id", winners: 1, prepare: func(a *arena) bout {
		w := a.wheel()
		return bout{
			reset: `DELETE FROM "WheelParticipant" WHERE wheel_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.WheelParticipant.Create().SetWheel(w).SetUser(a.users[0]).SetOrder(1 + i).Exec(ctx)
			},
			count: `SELECT count(*) FROM "WheelParticipant" WHERE wheel_id = $1`,
			args:  []any{w.ID},
		}
	}},
	{name: "payout accounts that become the primary one", rule: "creatorpayoutaccount_user_id_payment_gateway", winners: 1, prepare: func(a *arena) bout {
		var accounts []*ent.CreatorPayoutAccount
		for range writers {
			accounts = append(accounts, factory.Must(System(a.t), a.t, a.factory.CreatorPayoutAccount, func(c *ent.CreatorPayoutAccountCreate) { c.SetUser(a.users[0]) }))
		}
		return bout{
			reset: `UPDATE "CreatorPayoutAccount" SET is_primary = false WHERE user_id = $1 AND is_primary`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.CreatorPayoutAccount.Update().Where(creatorpayoutaccount.ID(accounts[i].ID)).SetIsPrimary(true).Exec(ctx)
			},
			count: `SELECT count(*) FROM "CreatorPayoutAccount" WHERE user_id = $1 AND is_primary`,
			args:  []any{a.users[0].ID},
		}
	}},
	{name: "purchases that are completed", rule: "storepurchase_product_id_buyer_email_completed", winners: 1, prepare: func(a *arena) bout {
		product := factory.Must(System(a.t), a.t, a.factory.StoreProduct)
		var purchases []*ent.StorePurchase
		for range writers {
			purchases = append(purchases, factory.Must(System(a.t), a.t, a.factory.StorePurchase, func(c *ent.StorePurchaseCreate) {
				c.SetProduct(product).SetBuyerEmail("buyer@example.com").SetStatus(storepurchase.StatusPending)
			}))
		}
		return bout{
			reset: `UPDATE "StorePurchase" SET status = 'pending' WHERE product_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.StorePurchase.UpdateOne(purchases[i]).SetStatus(storepurchase.StatusCompleted).SetPurchasedAt(time.Now()).Exec(ctx)
			},
			count: `SELECT count(*) FROM "StorePurchase" WHERE product_id = $1 AND status = 'completed'`,
			args:  []any{product.ID},
		}
	}},
	{name: "payments of different subjects with the same reference", rule: "paymenttransaction_stripe_payment_intent_id", winners: 1, prepare: func(a *arena) bout {
		subscription := factory.Must(System(a.t), a.t, a.factory.AppSubscription)
		purchase := factory.Must(System(a.t), a.t, a.factory.StorePurchase)
		return bout{
			reset: `DELETE FROM "PaymentTransaction" WHERE stripe_payment_intent_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				c := a.Client.PaymentTransaction.Create().SetPaymentGateway(schematype.Stripe).SetStripePaymentIntentID("pi_coveted").SetTotalAmount(*purchase.AmountPaid)
				if i%2 == 0 {
					return c.SetTransactionType("app_subscription").SetAppSubscription(subscription).Exec(ctx)
				}
				return c.SetTransactionType("store_purchase").SetStorePurchase(purchase).Exec(ctx)
			},
			count: `SELECT count(*) FROM "PaymentTransaction" WHERE stripe_payment_intent_id = $1`,
			args:  []any{"pi_coveted"},
		}
	}},
}

// wheel is a savings circle without limit or participants.
func (a *arena) wheel(with ...func(*ent.WheelCreate)) *ent.Wheel {
	a.t.Helper()
	return factory.Must(System(a.t), a.t, a.factory.Wheel, append(with, func(c *ent.WheelCreate) {
		c.SetCommunity(a.community).SetCreator(a.users[0]).SetStatus("open_for_join")
	})...)
}

// contestsOfTheRest are about the unique indexes that no other contest is about:
// many make the same row at once, as when a request is sent again.
func contestsOfTheRest() []contest {
	var rest []contest
	for _, r := range invariant.All() {
		columns := r.Fields
		switch kept := r.Kept.(type) {
		case invariant.Unique:
			columns = kept.Columns
		case invariant.Graph:
			if !kept.Unique {
				continue
			}
		default:
			continue
		}
		if !slices.ContainsFunc(contests, func(c contest) bool { return c.rule == r.Name }) {
			rest = append(rest, sameRow(r, columns))
		}
	}
	return rest
}

func sameRow(r *invariant.Rule, columns []string) contest {
	return contest{name: "the same row for " + r.Name, rule: r.Name, winners: 1, prepare: func(a *arena) bout {
		e := a.byTable[r.Table]
		row := a.make(a.t, e, good[r.Name])
		var where []string
		var args []any
		for i, c := range columns {
			where = append(where, fmt.Sprintf("%s = $%d", pq.QuoteIdentifier(c), i+1))
			args = append(args, e.column(row, c))
		}
		from := "FROM " + pq.QuoteIdentifier(r.Table) + " WHERE " + strings.Join(where, " AND ")
		return bout{
			reset: "DELETE " + from,
			attempt: func(ctx context.Context, _ int) error {
				return errorOf(e.createLike(row).MethodByName("Exec").Call([]reflect.Value{reflect.ValueOf(ctx)}))
			},
			count: "SELECT count(*) " + from,
			args:  args,
		}
	}}
}
