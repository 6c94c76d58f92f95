package factory

import (
	"context"
	"fmt"
	"slices"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupprice"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
)

func communityOfGroup(g *ent.CommunityGroup) int64 { return g.CommunityID }

// monthly makes a tier one that is paid for by the month, once it has a price.
func monthly(c *ent.CommunityGroupCreate) { c.SetIsMonthly(true) }

// in makes a tier one of the community that the key tells, if it does.
func in(community key) func(*ent.CommunityGroupCreate) {
	return func(c *ent.CommunityGroupCreate) { put(c.SetCommunityID, community) }
}

// CommunityGroup makes a free tier of a community. A paid one has a price, and a
// period to pay for: [Factory.CommunityGroupPrice] makes both.
func (f *Factory) CommunityGroup(ctx context.Context, with ...func(*ent.CommunityGroupCreate)) (*ent.CommunityGroup, error) {
	c := f.client.CommunityGroup.Create()
	b, m := begin(ctx, f, c)
	c.SetName(b.slug("circle"))
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// CommunityGroupPrice puts a price on a tier, in a currency that it has none in:
// USD first. A tier that is made for it is paid for by the month.
func (f *Factory) CommunityGroupPrice(ctx context.Context, with ...func(*ent.CommunityGroupPriceCreate)) (*ent.CommunityGroupPrice, error) {
	c := f.client.CommunityGroupPrice.Create()
	b, m := begin(ctx, f, c)
	c.SetAmount(b.price())
	apply(c, with)
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup, monthly)
	if tier, ok := m.CommunityGroupID(); ok && !has(m.Currency) {
		taken := ask(b, f.client.CommunityGroupPrice.Query().
			Where(communitygroupprice.CommunityGroupID(tier)).
			Select(communitygroupprice.FieldCurrency).Strings)
		c.SetCurrency(b.currency(taken))
	}
	return save(b, c.Save)
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

// CommunityGroupAccess gives a member access to a tier, without end.
func (f *Factory) CommunityGroupAccess(ctx context.Context, with ...func(*ent.CommunityGroupAccessCreate)) (*ent.CommunityGroupAccess, error) {
	c := f.client.CommunityGroupAccess.Create()
	b, m := begin(ctx, f, c)
	c.SetSubscribedAt(b.at)
	apply(c, with)
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup, in(m.CommunityID))
	follow(m.CommunityID, c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	member(b, f, m.UserID, c.SetUser, m.CommunityID, communitymember.RoleMember)
	return save(b, c.Save)
}
