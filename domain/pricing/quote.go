package pricing

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// quote prices tiers of either kind: of tells what decides on a tier's price,
// read gets the amounts of the tiers with the given ids.
func quote[T any](
	ctx context.Context, client *ent.Client, r Resolver, userID int64, tiers []*T,
	of func(*T) tier, read func(ids []int64) (map[int64]amounts, error),
) ([]Quote[T], error) {
	if len(tiers) == 0 {
		return nil, nil
	}
	country, err := r.Country(ctx, client, userID)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(tiers))
	for _, t := range tiers {
		ids = append(ids, of(t).id)
	}
	prices, err := read(padded(ids))
	if err != nil {
		return nil, fmt.Errorf("pricing: read the prices: %w", err)
	}
	quotes := make([]Quote[T], 0, len(tiers))
	for _, t := range tiers {
		price, err := r.price(of(t), prices[of(t).id], country)
		quotes = append(quotes, Quote[T]{Tier: t, Price: price, Err: err})
	}
	return quotes, nil
}

// padded repeats the last id until their number is a power of two, so that lists
// of different lengths share a few prepared statements.
func padded(ids []int64) []int64 {
	for len(ids)&(len(ids)-1) != 0 {
		ids = append(ids, ids[len(ids)-1])
	}
	return ids
}

func put(prices map[int64]amounts, id int64, currency string, amount decimal.Decimal) {
	if prices[id] == nil {
		prices[id] = make(amounts)
	}
	prices[id][currency] = amount
}

// only is the price of the one tier that was asked for.
func only[T any](quotes []Quote[T], err error) (Price, error) {
	if err != nil {
		return Price{}, err
	}
	if quotes[0].Err != nil {
		return Price{}, quotes[0].Err
	}
	return *quotes[0].Price, nil
}

func notFound(err error, kind Kind, id int64) error {
	if ent.IsNotFound(err) {
		return &Error{Code: ErrTierNotFound, Kind: kind, TierID: id}
	}
	return fmt.Errorf("pricing: read the tier: %w", err)
}

// acting is the context in which this package reads and writes: a price
// depends on an address that is the buyer's own.
func acting(ctx context.Context) context.Context {
	return viewer.NewContext(ctx, viewer.System("pricing"))
}
