package pricing

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/appsubscriptiontierprice"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupprice"
	"github.com/communitybuilder/communitybuilder/ent/useraddress"
	"github.com/communitybuilder/communitybuilder/internal/normal"
)

// Resolver finds prices. The zero value is ready for use.
type Resolver struct {
	// DefaultCountry is where buyers pay who have no billing country, ISO 3166-1
	// alpha-2; "" means US.
	DefaultCountry string
	// Routes are the countries that don't pay by Stripe in their own currency or
	// USD, by ISO code; nil means [DefaultRoutes]. The map isn't changed, and must
	// not be while the Resolver is in use.
	Routes map[string]Route
}

// Country returns where the user pays: the billing country of their most
// recently updated address of type billing that has one, or else the default.
// UK is given as GB. userID 0 stands for somebody who isn't signed in.
func (r Resolver) Country(ctx context.Context, client *ent.Client, userID int64) (string, error) {
	ctx = acting(ctx)
	if userID > 0 {
		address, err := client.UserAddress.Query().
			Where(
				useraddress.UserID(userID),
				useraddress.AddressType("billing"),
				useraddress.BillingCountryNotNil(),
				useraddress.BillingCountryNEQ(""),
			).
			Order(useraddress.ByUpdatedAt(sql.OrderDesc()), useraddress.ByID(sql.OrderDesc())).
			First(ctx)
		switch {
		case err == nil:
			return normal.Country(*address.BillingCountry), nil
		case !ent.IsNotFound(err):
			return "", fmt.Errorf("pricing: read the billing country: %w", err)
		}
	}
	if r.DefaultCountry == "" {
		return "US", nil
	}
	return normal.Country(r.DefaultCountry), nil
}

// ForGroup returns what a tier of a community costs a user; userID 0 stands for
// somebody who isn't signed in. It may be switched off. The error is an [*Error]
// if there is no such tier, [ErrTierNotFound], or no price for this user,
// [ErrNoPrice].
func (r Resolver) ForGroup(ctx context.Context, client *ent.Client, groupID, userID int64) (Price, error) {
	ctx = acting(ctx)
	group, err := client.CommunityGroup.Get(ctx, groupID)
	if err != nil {
		return Price{}, notFound(err, CommunityGroup, groupID)
	}
	quotes, err := r.ForGroups(ctx, client, []*ent.CommunityGroup{group}, userID)
	return only(quotes, err)
}

// ForAppTier is like [Resolver.ForGroup], for a tier of the platform.
func (r Resolver) ForAppTier(ctx context.Context, client *ent.Client, tierID, userID int64) (Price, error) {
	ctx = acting(ctx)
	t, err := client.AppSubscriptionTier.Get(ctx, tierID)
	if err != nil {
		return Price{}, notFound(err, AppSubscriptionTier, tierID)
	}
	quotes, err := r.ForAppTiers(ctx, client, []*ent.AppSubscriptionTier{t}, userID)
	return only(quotes, err)
}

// ForCommunity returns all tiers of a community, oldest first and those that are
// switched off among them, and what each costs a user.
func (r Resolver) ForCommunity(ctx context.Context, client *ent.Client, communityID, userID int64) ([]Quote[ent.CommunityGroup], error) {
	ctx = acting(ctx)
	groups, err := client.CommunityGroup.Query().
		Where(communitygroup.CommunityID(communityID)).
		Order(communitygroup.ByID()).
		All(ctx)
	if err != nil {
		return nil, fmt.Errorf("pricing: read the tiers of community %d: %w", communityID, err)
	}
	return r.ForGroups(ctx, client, groups, userID)
}

// ForGroups returns what tiers of communities cost a user, in the order given.
// Of the tiers it needs id and name. That a tier has no price for this user is
// in its quote, and no error of the whole.
func (r Resolver) ForGroups(ctx context.Context, client *ent.Client, groups []*ent.CommunityGroup, userID int64) ([]Quote[ent.CommunityGroup], error) {
	ctx = acting(ctx)
	return quote(ctx, client, r, userID, groups,
		func(g *ent.CommunityGroup) tier { return tier{CommunityGroup, g.ID, g.Name} },
		func(ids []int64) (map[int64]amounts, error) {
			rows, err := client.CommunityGroupPrice.Query().
				Where(communitygroupprice.CommunityGroupIDIn(ids...)).
				All(ctx)
			prices := make(map[int64]amounts)
			for _, row := range rows {
				put(prices, row.CommunityGroupID, row.Currency, row.Amount)
			}
			return prices, err
		})
}

// ForAppTiers is like [Resolver.ForGroups], for tiers of the platform.
func (r Resolver) ForAppTiers(ctx context.Context, client *ent.Client, tiers []*ent.AppSubscriptionTier, userID int64) ([]Quote[ent.AppSubscriptionTier], error) {
	ctx = acting(ctx)
	return quote(ctx, client, r, userID, tiers,
		func(t *ent.AppSubscriptionTier) tier { return tier{AppSubscriptionTier, t.ID, t.DisplayName} },
		func(ids []int64) (map[int64]amounts, error) {
			rows, err := client.AppSubscriptionTierPrice.Query().
				Where(appsubscriptiontierprice.TierIDIn(ids...)).
				All(ctx)
			prices := make(map[int64]amounts)
			for _, row := range rows {
				put(prices, row.TierID, row.Currency, row.Amount)
			}
			return prices, err
		})
}
