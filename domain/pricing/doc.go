// Package pricing answers what a tier costs a buyer, tiers of communities and
// tiers of the platform alike.
//
//	prices := pricing.Resolver{DefaultCountry: "NG"}
//	price, err := prices.ForGroup(ctx, client, groupID, userID)
//	if errors.Is(err, pricing.ErrNoPrice) {
//		… // the tier is not for sale where the buyer lives
//	}
//	if !price.Free() {
//		charge(price.Gateway, price.Amount, price.Currency)
//	}
//
// The buyer's billing country decides on the gateway and the currency: see
// [Resolver.Country] and [Route]. A tier is free when none of its price rows has
// an amount above zero. A row whose amount is zero is no price.
//
// # Statements
//
// The package only reads, through the client that it is given, which may be that
// of a transaction. The number of statements doesn't depend on how many tiers
// there are, nor on how many prices they have. Somebody who is not signed in has
// no billing address, which saves a statement.
//
//	Country                   1, anonymous 0
//	ForGroups, ForAppTiers    2, anonymous 1; none for no tiers
//	ForGroup, ForAppTier      3, anonymous 2
//	ForCommunity              3, anonymous 2
package pricing
