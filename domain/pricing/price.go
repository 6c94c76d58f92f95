package pricing

import (
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

// Price is what a tier costs a buyer for its period: a month, a year or for ever,
// as the tier says.
type Price struct {
	// Amount is in major units of Currency; zero for a free tier, else above.
	Amount decimal.Decimal
	// Currency is an ISO 4217 code, "" for a free tier.
	Currency string
	// Gateway is what charges the buyer, "" for a free tier.
	Gateway schematype.PaymentGateway
	// Country is what decided: where the buyer pays, ISO 3166-1 alpha-2.
	Country string
}

// Free reports that there is nothing to pay.
func (p Price) Free() bool { return p.Amount.IsZero() }

// Quote is a tier and what it costs the buyer. T is the tier's entity.
type Quote[T any] struct {
	Tier *T
	// Price is nil if the buyer can't buy the tier.
	Price *Price
	// Err says why Price is nil: an [*Error] with [ErrNoPrice].
	Err error
}

// A tier is what decides on its price.
type tier struct {
	kind Kind
	id   int64
	name string
}

// amounts are the amounts of a tier's price rows by currency.
type amounts map[string]decimal.Decimal

// price picks one of a tier's amounts for buyers of a country.
func (r Resolver) price(t tier, rows amounts, country string) (*Price, error) {
	if rows.free() {
		return &Price{Country: country}, nil
	}
	route := r.Route(country)
	for _, code := range route.currencies() {
		if amount, ok := rows[code]; ok && amount.IsPositive() {
			return &Price{Amount: amount, Currency: code, Gateway: route.Gateway, Country: country}, nil
		}
	}
	return nil, &Error{
		Code: ErrNoPrice, Kind: t.kind, TierID: t.id, Tier: t.name,
		Country: country, Gateway: route.Gateway, Currencies: route.currencies(),
	}
}

func (a amounts) free() bool {
	for _, amount := range a {
		if amount.IsPositive() {
			return false
		}
	}
	return true
}
