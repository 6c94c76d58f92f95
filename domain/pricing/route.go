package pricing

import (
	"maps"

	"github.com/bojanz/currency"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/internal/normal"
)

// A Route says how the buyers of a country pay.
type Route struct {
	Gateway schematype.PaymentGateway
	// Currency is what they pay in if the tier has a price in it, ISO 4217.
	Currency string
	// Fallback is what they pay in otherwise; "" means that they can't.
	Fallback string
}

const usd = "USD"

var defaultRoutes = map[string]Route{
	"NG": {Gateway: schematype.Paystack, Currency: "NGN"},
	"GH": {Gateway: schematype.Paystack, Currency: "GHS"},
	"ZA": {Gateway: schematype.Paystack, Currency: "ZAR"},
	"KE": {Gateway: schematype.Paystack, Currency: "KES"},

	// The euro since January 2026, which the library's table lacks.
	"BG": {Gateway: schematype.Stripe, Currency: "EUR", Fallback: usd},
}

// DefaultRoutes are the routes of a [Resolver] that has none of its own, by
// country code: Paystack, and in its currency only, for Nigeria, Ghana, South
// Africa and Kenya. Countries that are not listed pay by Stripe in their own
// currency, or in USD. The map is the caller's to change and to hand to a
// Resolver:
//
//	routes := pricing.DefaultRoutes()
//	routes["CI"] = pricing.Route{Gateway: schematype.Paystack, Currency: "XOF"}
//	prices := pricing.Resolver{Routes: routes}
func DefaultRoutes() map[string]Route { return maps.Clone(defaultRoutes) }

// Route returns how the buyers of a country pay. The country is an ISO 3166-1
// alpha-2 code; UK counts as GB. Of countries that ISO doesn't know nothing is
// known but that they pay by Stripe in USD.
func (r Resolver) Route(country string) Route {
	routes := r.Routes
	if routes == nil {
		routes = defaultRoutes
	}
	country = normal.Country(country)
	if route, ok := routes[country]; ok {
		return route
	}
	local, ok := currency.ForCountryCode(country)
	if !ok {
		local = usd
	}
	return Route{Gateway: schematype.Stripe, Currency: local, Fallback: usd}
}

// currencies are those that buyers can pay in, the preferred one first.
func (r Route) currencies() []string {
	if r.Fallback == "" || r.Fallback == r.Currency {
		return []string{r.Currency}
	}
	return []string{r.Currency, r.Fallback}
}
