package factory

import (
	"context"
	"errors"
	"slices"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/appsubscriptiontier"
	"github.com/communitybuilder/communitybuilder/ent/appsubscriptiontierprice"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

// tierNames are the tiers that the platform can have, each of them once.
var tierNames = []appsubscriptiontier.TierName{
	appsubscriptiontier.TierNameHobby,
	appsubscriptiontier.TierNameProfessional,
	appsubscriptiontier.TierNameEnterprise,
	appsubscriptiontier.TierNameFreeHobby,
}

// ErrNoTierLeft means that every tier of the platform exists already.
var ErrNoTierLeft = errors.New("factory: the platform has all of its tiers already: use one of them")

// AppSubscriptionTier makes a tier of the platform that doesn't exist yet, without
// limits and features. The platform has four: a fifth is [ErrNoTierLeft].
func (f *Factory) AppSubscriptionTier(ctx context.Context, with ...func(*ent.AppSubscriptionTierCreate)) (*ent.AppSubscriptionTier, error) {
	c := f.client.AppSubscriptionTier.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	if !has(m.TierName) {
		tiers := ask(b, f.client.AppSubscriptionTier.Query().All)
		free := slices.IndexFunc(tierNames, func(name appsubscriptiontier.TierName) bool {
			return !slices.ContainsFunc(tiers, func(t *ent.AppSubscriptionTier) bool { return t.TierName == name })
		})
		switch {
		case free >= 0:
			c.SetTierName(tierNames[free])
		case b.err == nil:
			b.err = ErrNoTierLeft
		}
	}
	name, _ := m.TierName()
	fill(m.DisplayName, c.SetDisplayName, "The "+string(name)+" tier")
	return save(b, c.Save)
}

// someTier is the platform's oldest tier, or a new one.
func (f *Factory) someTier(ctx context.Context, with ...func(*ent.AppSubscriptionTierCreate)) (*ent.AppSubscriptionTier, error) {
	tiers, err := f.client.AppSubscriptionTier.Query().Order(appsubscriptiontier.ByID()).Limit(1).All(ctx)
	if err != nil {
		return nil, err
	}
	if len(tiers) > 0 {
		return tiers[0], nil
	}
	return f.AppSubscriptionTier(ctx, with...)
}

// AppSubscriptionTierPrice puts a price on a tier of the platform, the oldest one
// unless an override says which, in a currency that it has none in: USD first.
func (f *Factory) AppSubscriptionTierPrice(ctx context.Context, with ...func(*ent.AppSubscriptionTierPriceCreate)) (*ent.AppSubscriptionTierPrice, error) {
	c := f.client.AppSubscriptionTierPrice.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.TierID, c.SetTier, f.someTier)
	if tier, ok := m.TierID(); ok && !has(m.Currency) {
		taken := ask(b, f.client.AppSubscriptionTierPrice.Query().
			Where(appsubscriptiontierprice.TierID(tier)).
			Select(appsubscriptiontierprice.FieldCurrency).Strings)
		c.SetCurrency(b.currency(taken))
	}
	fill(m.Amount, c.SetAmount, b.priceIn(m.Currency))
	return save(b, c.Save)
}

// AppSubscription makes a user's active subscription, without end, to a tier of
// the platform: the oldest one unless an override says which.
func (f *Factory) AppSubscription(ctx context.Context, with ...func(*ent.AppSubscriptionCreate)) (*ent.AppSubscription, error) {
	c := f.client.AppSubscription.Create()
	b, m := begin(ctx, f, c)
	c.SetStatus(schematype.SubscriptionActive)
	apply(c, with)
	switch status, _ := m.Status(); status {
	case schematype.SubscriptionActive:
		fill(m.ActivatedAt, c.SetActivatedAt, b.at)
	case schematype.SubscriptionCancelled:
		fill(m.CancelledAt, c.SetCancelledAt, b.at)
	case schematype.SubscriptionExpired:
		fill(m.ExpiresAt, c.SetExpiresAt, b.at)
	}
	fill(m.SubscribedAt, c.SetSubscribedAt, b.begun(m.ExpiresAt))
	need(b, m.UserID, c.SetUser, f.User)
	need(b, m.TierID, c.SetTier, f.someTier)
	return save(b, c.Save)
}

// CommunityMemberSubscription makes a member's active subscription, without end,
// to a tier of their community. A tier that is made for it has a price in USD.
func (f *Factory) CommunityMemberSubscription(ctx context.Context, with ...func(*ent.CommunityMemberSubscriptionCreate)) (*ent.CommunityMemberSubscription, error) {
	c := f.client.CommunityMemberSubscription.Create()
	b, m := begin(ctx, f, c)
	c.SetStatus(schematype.SubscriptionActive)
	apply(c, with)
	switch status, _ := m.Status(); status {
	case schematype.SubscriptionActive:
		fill(m.ActivatedAt, c.SetActivatedAt, b.at)
	case schematype.SubscriptionCancelled:
		fill(m.CancelledAt, c.SetCancelledAt, b.at)
	case schematype.SubscriptionExpired:
		fill(m.ExpiresAt, c.SetExpiresAt, b.at)
	}
	fill(m.SubscribedAt, c.SetSubscribedAt, b.begun(m.ExpiresAt))
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.paidTier, in(m.CommunityID))
	follow(m.CommunityID, c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	member(b, f, m.UserID, c.SetUser, m.CommunityID, communitymember.RoleMember)
	return save(b, c.Save)
}

// paidTier makes a tier of a community that is paid for by the month.
func (f *Factory) paidTier(ctx context.Context, with ...func(*ent.CommunityGroupCreate)) (*ent.CommunityGroup, error) {
	tier, err := f.CommunityGroup(ctx, with...)
	if err != nil {
		return nil, err
	}
	_, err = f.CommunityGroupPrice(ctx, func(c *ent.CommunityGroupPriceCreate) { c.SetCommunityGroup(tier) })
	if err != nil {
		return nil, err
	}
	return f.client.CommunityGroup.Get(ctx, tier.ID)
}
