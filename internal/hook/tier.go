package hook

import (
	"context"
	"strings"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

var cadences = []string{"is_monthly", "is_yearly", "is_lifetime"}

// cadenceFits holds when a transaction ends, so that a tier and its prices can be
// written in either order. Whoever notes a tier for it holds a lock on the row:
// one who sets a cadence and another who adds or removes a price wait for each
// other, and the second sees what the first has done.
var cadenceFits = &orm.Final{
	Rule:   rule("CommunityGroup", "communitygroup_cadence_of_prices"),
	Entity: "CommunityGroup",
	Broken: func(b *sql.DialectBuilder, ids []int64) *sql.Selector {
		tier, price := b.Table("CommunityGroup"), b.Table("CommunityGroupPrice")
		paid := sql.Exists(b.Select(price.C("id")).From(price).Where(sql.And(
			sql.ColumnsEQ(price.C("community_group_id"), tier.C("id")),
			sql.GT(price.C("amount"), 0),
		)))
		var some []*sql.Predicate
		for _, flag := range cadences {
			some = append(some, sql.EQ(tier.C(flag), true)) // that there is at most one is a check
		}
		return b.Select(tier.C("id")).From(tier).Where(sql.And(
			orm.AnyOf(tier.C("id"), ids),
			sql.P(func(b *sql.Builder) {
				b.WriteByte('(').Join(sql.Or(some...)).WriteString(") <> (").Join(paid).WriteByte(')')
			}),
		))
	},
}

// CadenceOfTier has a tier whose cadence is written checked against its prices
// when the transaction ends.
func CadenceOfTier() ent.Hook {
	made := created(hasCadence, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		return orm.HoldAtEnd(ctx, m, cadenceFits, rowIDs(rows)...)
	})
	changed := changing(updates, cadences, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		return noteTiers(ctx, m, rowIDs(those(rows, func(c *orm.Change) bool { return c.Differs(cadences...) })))
	})
	return both(made, changed)
}

func hasCadence(c *orm.Change) bool {
	for _, flag := range cadences {
		if c.New(flag) == true {
			return true
		}
	}
	return false
}

// CadenceOfPrice has a tier checked against its prices, when the transaction ends,
// if it gets a price above zero or loses one. To change one into another is none
// of this rule's business.
func CadenceOfPrice() ent.Hook {
	const tiers = "CommunityGroup"
	made := creating(func(c *orm.Change) bool { return above0(c.New("amount")) },
		func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
			of := tiersOf(rows)
			if err := orm.LockRows(ctx, m, tiers, of); err != nil {
				return err
			}
			return orm.HoldAtEnd(ctx, m, cadenceFits, of...)
		})
	changed := changingUnder("community_group_id", tiers, updates|deletions, []string{"amount"},
		func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
			deletes := m.Op().Is(deletions)
			return noteTiers(ctx, m, tiersOf(those(rows, func(c *orm.Change) bool {
				return above0(c.Old("amount")) != (above0(c.New("amount")) && !deletes)
			})))
		})
	return both(made, changed)
}

func noteTiers(ctx context.Context, m ent.Mutation, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	return orm.HoldAtEnd(ctx, m, cadenceFits, ids...)
}

func above0(amount any) bool {
	d, ok := amount.(decimal.Decimal)
	return ok && d.IsPositive()
}

func tiersOf(prices []*orm.Change) []int64 { return idsIn(prices, "community_group_id") }

// gates are the tables that say which tiers open a row, and their column for it.
var gates = []struct{ table, column, opens string }{
	{"Classroom_payment_plans", "classroom_id", "Classroom"},
	{"Forum_payment_plans", "forum_id", "Forum"},
	{"Meeting_payment_plans", "meeting_id", "Meeting"},
	{"MeetingSeries_payment_plans", "meetingseries_id", "MeetingSeries"},
	{"Poll_payment_plans", "poll_id", "Poll"},
	{"Resource_payment_plans", "resource_id", "Resource"},
	{"SimpleQuiz_payment_plans", "simplequiz_id", "SimpleQuiz"},
}

// TierInUse refuses to delete tiers that somebody has access or a subscription to,
// and those without which something would open to everybody. What is given or
// gated meanwhile waits for the locks on the tiers; whoever deletes another tier of
// the same community waits for the one on the community, and whoever takes the
// other gate away that a row still has for the one on that.
func TierInUse() ent.Hook {
	r := rule("CommunityGroup", "communitygroup_in_use")
	return changingUnder("community_id", "Community", deletions, nil, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		if len(rows) == 0 {
			return nil
		}
		var used []int64
		if err := orm.Read(ctx, m, tiersInUse(orm.SQL(m), rowIDs(rows), now()), &used); err != nil || len(used) == 0 {
			return err
		}
		return orm.Refuse(rows[0], r)
	})
}

// tiersInUse selects those of the tiers that can't be deleted at a time.
func tiersInUse(b *sql.DialectBuilder, tiers []int64, at time.Time) *sql.Selector {
	lasting := func(table, column string, active any) *sql.Selector {
		t := b.Table(table)
		return b.Select(t.C("community_group_id")).From(t).Where(sql.And(
			orm.AnyOf(t.C("community_group_id"), tiers),
			sql.EQ(t.C(column), active),
			sql.Or(sql.IsNull(t.C("expires_at")), sql.GT(t.C("expires_at"), at)),
		))
	}
	q := lasting("CommunityGroupAccess", "is_active", true)
	q.UnionAll(lasting("CommunityMemberSubscription", "status", "active"))
	for _, g := range gates {
		this, other := b.Table(g.table), b.Table(g.table).As("other")
		q.UnionAll(b.Select(this.C("communitygroup_id")).From(this).Where(sql.And(
			orm.AnyOf(this.C("communitygroup_id"), tiers),
			sql.NotExists(orm.Share(b.Select(other.C("id")).From(other).Where(sql.And(
				sql.ColumnsEQ(other.C(g.column), this.C(g.column)),
				sql.Not(orm.AnyOf(other.C("communitygroup_id"), tiers)),
			)))),
		)))
	}
	return q
}

// GateInCommunity refuses to let a tier open what is of another community. The
// rule is that of the table of gates.
func GateInCommunity(table string) ent.Hook {
	for _, g := range gates {
		if g.table == table {
			return together(rule(table, strings.ToLower(table)+"_same_community"), "CommunityGroup", "communitygroup_id", g.opens, g.column)
		}
	}
	panic("hook: " + table + " has no gates")
}

// BadgeOfCommunity refuses to award a member a badge of another community.
func BadgeOfCommunity() ent.Hook {
	return together(rule("CommunityMemberBadge", "communitymemberbadge_badge_of_community"),
		"CommunityBadgeDefinition", "community_badge_id", "CommunityMember", "community_member_id")
}
