package pricing_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/domain/pricing"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// world makes tiers and buyers.
type world struct {
	*testing.T
	*factory.Factory
	conformance.Database
}

func each(t *testing.T, test func(context.Context, world)) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		test(conformance.System(t), world{t, factory.New(d.Client), d})
	})
}

// group makes a tier with prices such as "5.00 USD".
func (w world) group(ctx context.Context, community *ent.Community, prices ...string) *ent.CommunityGroup {
	w.Helper()
	group := factory.Must(ctx, w.T, w.CommunityGroup, func(c *ent.CommunityGroupCreate) { c.SetCommunity(community) })
	for _, p := range prices {
		amount, currency := split(p)
		factory.Must(ctx, w.T, w.CommunityGroupPrice, func(c *ent.CommunityGroupPriceCreate) {
			c.SetCommunityGroup(group).SetAmount(amount).SetCurrency(currency)
		})
	}
	return group
}

// buyer makes a user with a billing address in each country, the last one the
// newest.
func (w world) buyer(ctx context.Context, countries ...string) int64 {
	w.Helper()
	user := factory.Must(ctx, w.T, w.User)
	for _, country := range countries {
		factory.Must(ctx, w.T, w.UserAddress, func(c *ent.UserAddressCreate) {
			c.SetUser(user).SetAddressType("billing").SetBillingCountry(country)
		})
	}
	return user.ID
}

func split(price string) (decimal.Decimal, string) {
	amount, currency, _ := strings.Cut(price, " ")
	return decimal.RequireFromString(amount), currency
}

// show is a price for comparison, such as "5.00 USD stripe US".
func show(p pricing.Price, err error) string {
	var e *pricing.Error
	switch {
	case errors.As(err, &e):
		return "no price in " + strings.Join(e.Currencies, "/") + " " + string(e.Gateway) + " " + e.Country
	case err != nil:
		return err.Error()
	case p.Free():
		return "free" + p.Currency + string(p.Gateway) + " " + p.Country
	}
	return p.Amount.StringFixed(2) + " " + p.Currency + " " + string(p.Gateway) + " " + p.Country
}

var tiers = []struct {
	name   string
	prices []string
	want   map[string]string // by the buyer's country
}{
	{
		name:   "a price for everybody",
		prices: []string{"10.00 USD", "9.00 EUR", "8.00 GBP", "15000.00 NGN", "120.00 GHS", "180.50 ZAR", "1300.00 KES", "1500 JPY"},
		want: map[string]string{
			"NG": "15000.00 NGN paystack NG",
			"GH": "120.00 GHS paystack GH",
			"ZA": "180.50 ZAR paystack ZA",
			"KE": "1300.00 KES paystack KE",
			"US": "10.00 USD stripe US",
			"DE": "9.00 EUR stripe DE",
			"FR": "9.00 EUR stripe FR",
			"BG": "9.00 EUR stripe BG",
			"GB": "8.00 GBP stripe GB",
			"UK": "8.00 GBP stripe GB",
			"JP": "1500.00 JPY stripe JP",
			"CM": "10.00 USD stripe CM",
			"AQ": "10.00 USD stripe AQ",
			"":   "10.00 USD stripe US",
		},
	},
	{
		name:   "in US dollars only",
		prices: []string{"10.00 USD"},
		want: map[string]string{
			"NG": "no price in NGN paystack NG",
			"ZA": "no price in ZAR paystack ZA",
			"DE": "10.00 USD stripe DE",
			"US": "10.00 USD stripe US",
		},
	},
	{
		name:   "in naira only",
		prices: []string{"15000.00 NGN"},
		want: map[string]string{
			"NG": "15000.00 NGN paystack NG",
			"GH": "no price in GHS paystack GH",
			"DE": "no price in EUR/USD stripe DE",
			"US": "no price in USD stripe US",
			"UK": "no price in GBP/USD stripe GB",
		},
	},
	{
		name:   "a zero is no price",
		prices: []string{"0.00 NGN", "0.00 EUR", "10.00 USD"},
		want: map[string]string{
			"NG": "no price in NGN paystack NG",
			"DE": "10.00 USD stripe DE",
			"US": "10.00 USD stripe US",
		},
	},
	{
		name:   "free, with a row that says so",
		prices: []string{"0.00 USD"},
		want:   map[string]string{"NG": "free NG", "DE": "free DE", "": "free US"},
	},
	{
		name: "free",
		want: map[string]string{"NG": "free NG", "UK": "free GB", "": "free US"},
	},
}

func TestThePriceOfACommunityTier(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		community := factory.Must(ctx, w.T, w.Community)
		for _, tier := range tiers {
			group := w.group(ctx, community, tier.prices...)
			for country, want := range tier.want {
				buyer := w.buyer(ctx)
				if country != "" {
					buyer = w.buyer(ctx, country)
				}
				got := show(pricing.Resolver{}.ForGroup(ctx, w.Client, group.ID, buyer))
				if got != want {
					w.Errorf("%s, %q: got %s, want %s", tier.name, country, got, want)
				}
			}
		}
	})
}

func TestThePriceOfAPlatformTier(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		for i, tier := range tiers {
			row := factory.Must(ctx, w.T, w.AppSubscriptionTier)
			for _, p := range tier.prices {
				amount, currency := split(p)
				factory.Must(ctx, w.T, w.AppSubscriptionTierPrice, func(c *ent.AppSubscriptionTierPriceCreate) {
					c.SetTier(row).SetAmount(amount).SetCurrency(currency)
				})
			}
			for country, want := range tier.want {
				buyer := w.buyer(ctx)
				if country != "" {
					buyer = w.buyer(ctx, country)
				}
				if got := show(pricing.Resolver{}.ForAppTier(ctx, w.Client, row.ID, buyer)); got != want {
					w.Errorf("%s, %q: got %s, want %s", tier.name, country, got, want)
				}
			}
			if i == len(tiers)-1 {
				break
			}
			// The platform has four tiers at most: make room for the next one.
			w.exec(ctx, `DELETE FROM "AppSubscriptionTierPrice"`)
			w.exec(ctx, `DELETE FROM "AppSubscriptionTier"`)
		}
	})
}

func (w world) exec(ctx context.Context, statement string) {
	w.Helper()
	if _, err := w.DB.ExecContext(ctx, statement); err != nil {
		w.Fatal(err)
	}
}

func TestTheBillingCountry(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		address := func(user int64, kind, country string, updated time.Time) {
			factory.Must(ctx, w.T, w.UserAddress, func(c *ent.UserAddressCreate) {
				c.SetUserID(user).SetAddressType(kind).SetUpdatedAt(updated)
				if country != "" {
					c.SetBillingCountry(country)
				}
			})
		}
		for name, c := range map[string]struct {
			addresses func(user int64)
			want      string
		}{
			"no address": {func(int64) {}, "KE"},
			"the address changed last counts, not the one made last": {func(user int64) {
				address(user, "billing", "NG", at.Add(time.Hour))
				address(user, "billing", "GH", at)
			}, "NG"},
			"of two changed at once the newer counts": {func(user int64) {
				address(user, "billing", "NG", at)
				address(user, "billing", "GH", at)
			}, "GH"},
			"addresses of other types don't count": {func(user int64) {
				address(user, "billing", "NG", at)
				address(user, "residence", "DE", at.Add(time.Hour))
				address(user, "tax", "FR", at.Add(time.Hour))
			}, "NG"},
			"only addresses of other types": {func(user int64) { address(user, "residence", "DE", at) }, "KE"},
			"an address that names no country doesn't count": {func(user int64) {
				address(user, "billing", "GH", at)
				// The factory would fill in a country.
				w.Client.UserAddress.Create().SetUserID(user).SetAddressType("billing").
					SetUpdatedAt(at.Add(time.Hour)).ExecX(ctx)
			}, "GH"},
			"UK is GB": {func(user int64) { address(user, "billing", "UK", at) }, "GB"},
		} {
			user := w.buyer(ctx)
			c.addresses(user)
			got, err := pricing.Resolver{DefaultCountry: "KE"}.Country(ctx, w.Client, user)
			if err != nil || got != c.want {
				w.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
			}
		}
		for given, want := range map[string]string{"": "US", "uk": "GB", "NG": "NG"} {
			for _, nobody := range []int64{0, -1, 1 << 40} {
				got, err := pricing.Resolver{DefaultCountry: given}.Country(ctx, w.Client, nobody)
				if err != nil || got != want {
					w.Errorf("default %q, user %d: got %q, %v; want %q", given, nobody, got, err, want)
				}
			}
		}
	})
}

func TestTheDefaultCountryDecidesForThoseWhoAreNotSignedIn(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		group := w.group(ctx, factory.Must(ctx, w.T, w.Community), "10.00 USD", "15000.00 NGN")
		for country, want := range map[string]string{"": "10.00 USD stripe US", "NG": "15000.00 NGN paystack NG"} {
			got := show(pricing.Resolver{DefaultCountry: country}.ForGroup(ctx, w.Client, group.ID, 0))
			if got != want {
				w.Errorf("%q: got %s, want %s", country, got, want)
			}
		}
	})
}

func TestRoutes(t *testing.T) {
	stripe := func(currency string) pricing.Route {
		return pricing.Route{Gateway: schematype.Stripe, Currency: currency, Fallback: "USD"}
	}
	for country, want := range map[string]pricing.Route{
		"NG": {Gateway: schematype.Paystack, Currency: "NGN"},
		"GH": {Gateway: schematype.Paystack, Currency: "GHS"},
		"ZA": {Gateway: schematype.Paystack, Currency: "ZAR"},
		"KE": {Gateway: schematype.Paystack, Currency: "KES"},
		"ng": {Gateway: schematype.Paystack, Currency: "NGN"},
		"US": stripe("USD"), "DE": stripe("EUR"), "BG": stripe("EUR"), "BR": stripe("BRL"),
		"GB": stripe("GBP"), "UK": stripe("GBP"), " uk ": stripe("GBP"),
		"AQ": stripe("USD"), "XX": stripe("USD"), "": stripe("USD"),
	} {
		if got := (pricing.Resolver{}).Route(country); got != want {
			t.Errorf("%q: got %+v, want %+v", country, got, want)
		}
	}
}

func TestRoutesCanBeReplaced(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		group := w.group(ctx, factory.Must(ctx, w.T, w.Community), "10.00 USD", "6000.00 XOF", "9.00 EUR")
		routes := pricing.DefaultRoutes()
		routes["CI"] = pricing.Route{Gateway: schematype.Paystack, Currency: "XOF"}
		routes["CH"] = pricing.Route{Gateway: schematype.Stripe, Currency: "EUR", Fallback: "USD"}
		delete(routes, "NG")
		mine := pricing.Resolver{Routes: routes}
		for country, want := range map[string][2]string{
			"CI": {"6000.00 XOF stripe CI", "6000.00 XOF paystack CI"},
			"CH": {"10.00 USD stripe CH", "9.00 EUR stripe CH"},
			"NG": {"no price in NGN paystack NG", "10.00 USD stripe NG"},
		} {
			buyer := w.buyer(ctx, country)
			got := [2]string{
				show(pricing.Resolver{}.ForGroup(ctx, w.Client, group.ID, buyer)),
				show(mine.ForGroup(ctx, w.Client, group.ID, buyer)),
			}
			if got != want {
				w.Errorf("%s: got %q, want %q", country, got, want)
			}
		}
	})
}

func TestErrorsNameTierCountryAndGateway(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		group := w.group(ctx, factory.Must(ctx, w.T, w.Community), "10.00 USD")
		_, err := pricing.Resolver{}.ForGroup(ctx, w.Client, group.ID, w.buyer(ctx, "NG"))
		var e *pricing.Error
		if !errors.As(err, &e) || !errors.Is(err, pricing.ErrNoPrice) {
			w.Fatalf("got %v", err)
		}
		if e.Kind != pricing.CommunityGroup || e.TierID != group.ID || e.Tier != group.Name ||
			e.Country != "NG" || e.Gateway != schematype.Paystack || !slices.Equal(e.Currencies, []string{"NGN"}) {
			w.Errorf("got %+v", e)
		}
		if got := apierror.From(err); got.Code != apierror.NoPrice || "pricing: "+got.Error() != err.Error() {
			w.Errorf("it is answered as %v", got)
		}
		for _, part := range []string{strconv.FormatInt(group.ID, 10), group.Name, "NG", "paystack", "NGN"} {
			if !strings.Contains(err.Error(), part) {
				w.Errorf("%q is not in: %v", part, err)
			}
		}

		_, err = pricing.Resolver{}.ForGroup(ctx, w.Client, 1<<40, 0)
		if want := "pricing: there is no community group 1099511627776"; !errors.Is(err, pricing.ErrTierNotFound) || err.Error() != want {
			w.Errorf("got %v, want %s", err, want)
		}
		_, err = pricing.Resolver{}.ForAppTier(ctx, w.Client, 1<<40, 0)
		if want := "pricing: there is no app subscription tier 1099511627776"; !errors.Is(err, pricing.ErrTierNotFound) || err.Error() != want {
			w.Errorf("got %v, want %s", err, want)
		}
	})
}

func TestAllTiersOfACommunity(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		community := factory.Must(ctx, w.T, w.Community)
		w.group(ctx, factory.Must(ctx, w.T, w.Community), "1.00 USD") // somebody else's
		want := map[int64]string{
			w.group(ctx, community).ID:                              "free GH",
			w.group(ctx, community, "10.00 USD").ID:                 "no price in GHS paystack GH",
			w.group(ctx, community, "10.00 USD", "120.00 GHS").ID:   "120.00 GHS paystack GH",
			w.group(ctx, community, "100.00 USD", "1200.00 GHS").ID: "1200.00 GHS paystack GH",
		}
		off := w.group(ctx, community, "50.00 GHS")
		w.Client.CommunityGroup.UpdateOne(off).SetIsActive(false).ExecX(ctx)
		want[off.ID] = "50.00 GHS paystack GH"

		quotes, err := pricing.Resolver{}.ForCommunity(ctx, w.Client, community.ID, w.buyer(ctx, "GH"))
		if err != nil {
			w.Fatal(err)
		}
		ids := w.Client.CommunityGroup.Query().Where(communitygroup.CommunityID(community.ID)).
			Order(communitygroup.ByID()).IDsX(ctx)
		if len(quotes) != len(ids) {
			w.Fatalf("%d quotes for %d tiers", len(quotes), len(ids))
		}
		for i, q := range quotes {
			if q.Tier.ID != ids[i] {
				w.Errorf("quote %d is for tier %d, want %d", i, q.Tier.ID, ids[i])
			}
			if (q.Price == nil) != (q.Err != nil) {
				w.Errorf("%s: price %v, error %v", q.Tier.Name, q.Price, q.Err)
			}
			price := pricing.Price{}
			if q.Price != nil {
				price = *q.Price
			}
			if expected, ok := want[q.Tier.ID]; ok && show(price, q.Err) != expected {
				w.Errorf("%s: got %s, want %s", q.Tier.Name, show(price, q.Err), expected)
			}
			delete(want, q.Tier.ID)
		}
		if len(want) > 0 {
			w.Errorf("no quotes for %v", want)
		}
		if none, err := (pricing.Resolver{}).ForCommunity(ctx, w.Client, 1<<40, 0); err != nil || len(none) != 0 {
			w.Errorf("a community that doesn't exist: %v, %v", none, err)
		}
	})
}

func TestTheNumberOfStatementsIsFixed(t *testing.T) {
	each(t, func(ctx context.Context, w world) {
		statements := 0
		client := ent.NewClient(ent.Driver(entsql.OpenDB(w.Dialect, w.DB)), ent.Debug(),
			ent.Log(func(...any) { statements++ }))
		buyer := w.buyer(ctx, "NG", "GH")
		for _, size := range []int{1, 3, 20} {
			community := factory.Must(ctx, w.T, w.Community)
			var groups []*ent.CommunityGroup
			for range size {
				groups = append(groups, w.group(ctx, community, "10.00 USD", "120.00 GHS", "9.00 EUR"))
			}
			for name, c := range map[string]struct {
				ask              func(user int64) error
				signedIn, nobody int
			}{
				"Country": {func(user int64) error {
					_, err := pricing.Resolver{}.Country(ctx, client, user)
					return err
				}, 1, 0},
				"ForGroup": {func(user int64) error {
					_, err := pricing.Resolver{}.ForGroup(ctx, client, groups[0].ID, user)
					return err
				}, 3, 2},
				"ForGroups": {func(user int64) error {
					_, err := pricing.Resolver{}.ForGroups(ctx, client, groups, user)
					return err
				}, 2, 1},
				"ForGroups of none": {func(user int64) error {
					_, err := pricing.Resolver{}.ForGroups(ctx, client, nil, user)
					return err
				}, 0, 0},
				"ForCommunity": {func(user int64) error {
					_, err := pricing.Resolver{}.ForCommunity(ctx, client, community.ID, user)
					return err
				}, 3, 2},
			} {
				for user, want := range map[int64]int{buyer: c.signedIn, 0: c.nobody} {
					statements = 0
					if err := c.ask(user); err != nil || statements != want {
						w.Errorf("%s, %d tiers, user %d: %d statements, want %d (%v)", name, size, user, statements, want, err)
					}
				}
			}
		}
		tier := factory.Must(ctx, w.T, w.AppSubscriptionTier)
		statements = 0
		if _, err := (pricing.Resolver{}).ForAppTier(ctx, client, tier.ID, buyer); err != nil || statements != 3 {
			w.Errorf("ForAppTier: %d statements, want 3 (%v)", statements, err)
		}
	})
}
