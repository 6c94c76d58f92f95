package factory

import (
	"context"
	"fmt"
	"slices"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupaccess"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupprice"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

func communityOfGroup(g *ent.CommunityGroup) int64 { return g.CommunityID }

// in makes a tier one of the community that the key tells, if it does.
func in(community key) func(*ent.CommunityGroupCreate) {
	return func(c *ent.CommunityGroupCreate) { put(c.SetCommunityID, community) }
}

// CommunityGroup makes a free tier of a community. A paid one has a price, and a
// period to pay for: [Factory.CommunityGroupPrice] makes it one.
func (f *Factory) CommunityGroup(ctx context.Context, with ...func(*ent.CommunityGroupCreate)) (*ent.CommunityGroup, error) {
	c := f.client.CommunityGroup.Create()
	b, m := begin(ctx, f, c)
	c.SetName(b.slug("circle"))
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// CommunityGroupPrice puts a price on a tier, in a currency that it has none in:
// USD first. A tier that was free is from then on paid for by the month.
func (f *Factory) CommunityGroupPrice(ctx context.Context, with ...func(*ent.CommunityGroupPriceCreate)) (*ent.CommunityGroupPrice, error) {
	c := f.client.CommunityGroupPrice.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	var row *ent.CommunityGroupPrice
	err := orm.InTx(ctx, m, func(ctx context.Context) error {
		b.ctx = ctx
		need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup)
		if tier, ok := m.CommunityGroupID(); ok && !has(m.Currency) {
			taken := ask(b, f.client.CommunityGroupPrice.Query().
				Where(communitygroupprice.CommunityGroupID(tier)).
				Select(communitygroupprice.FieldCurrency).Strings)
			c.SetCurrency(b.currency(taken))
		}
		fill(m.Amount, c.SetAmount, b.priceIn(m.Currency))
		b.charge(f, m)
		var err error
		row, err = save(b, c.Save)
		return err
	})
	if err != nil {
		return nil, err
	}
	return row, nil
}

// charge makes the tier of a price above zero one that is paid for by the month,
// unless it has a period.
func (b *build) charge(f *Factory, m *ent.CommunityGroupPriceMutation) {
	tier, ok := m.CommunityGroupID()
	if amount, _ := m.Amount(); !ok || !amount.IsPositive() {
		return
	}
	ask(b, f.client.CommunityGroup.Update().Where(
		communitygroup.ID(tier), communitygroup.IsMonthly(false), communitygroup.IsYearly(false), communitygroup.IsLifetime(false),
	).SetIsMonthly(true).Save)
}

// currency is the first one that isn't taken.
func (b *build) currency(taken []string) string {
	for _, code := range currencies {
		if !slices.Contains(taken, code) {
			return code
		}
	}
	if b.err == nil {
		b.err = fmt.Errorf("factory: the tier has a price in each of %v: name another currency", currencies)
	}
	return ""
}

// CommunityGroupAccess gives a member access to a tier, without end. One that has
// ended was given a month before. One to the free tier that a community begins
// with takes the place of the one that joining gave.
func (f *Factory) CommunityGroupAccess(ctx context.Context, with ...func(*ent.CommunityGroupAccessCreate)) (*ent.CommunityGroupAccess, error) {
	c := f.client.CommunityGroupAccess.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	fill(m.SubscribedAt, c.SetSubscribedAt, b.begun(m.ExpiresAt))
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup, in(m.CommunityID))
	follow(m.CommunityID, c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	member(b, f, m.UserID, c.SetUser, m.CommunityID, communitymember.RoleMember)
	tier, _ := m.CommunityGroupID()
	if user, ok := m.UserID(); ok {
		ask(b, f.client.CommunityGroupAccess.Delete().Where(
			communitygroupaccess.UserID(user), communitygroupaccess.CommunityGroupID(tier),
			communitygroupaccess.HasCommunityGroupWith(communitygroup.Name(hook.FreeTier)),
		).Exec)
	}
	return save(b, c.Save)
}
