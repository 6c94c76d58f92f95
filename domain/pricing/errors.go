package pricing

import (
	"fmt"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

// A Code says why a tier has no price for a buyer. Codes are stable, and errors
// themselves, for errors.Is.
type Code string

// Error returns the code.
func (c Code) Error() string { return string(c) }

const (
	// ErrTierNotFound means that there is no tier with the given id.
	ErrTierNotFound Code = "tier_not_found"
	// ErrNoPrice means that a paid tier has no price that the gateway of the
	// buyer's country could charge.
	ErrNoPrice Code = "no_price"
)

// Kind says what sort of tier it is.
type Kind string

// The kinds of tiers.
const (
	CommunityGroup      Kind = "community group"
	AppSubscriptionTier Kind = "app subscription tier"
)

// Error tells which tier has no price, and for whom.
type Error struct {
	// Code is the reason, which errors.Is finds as well.
	Code Code
	Kind Kind
	// TierID is the id of the tier, of the entity that Kind says.
	TierID int64
	// Tier is the tier's name. It and the fields below are empty if there is no
	// such tier.
	Tier string
	// Country is the buyer's, ISO 3166-1 alpha-2.
	Country string
	// Gateway is the one that serves the country.
	Gateway schematype.PaymentGateway
	// Currencies are those that a price was looked for in, ISO 4217.
	Currencies []string
}

func (e *Error) Error() string {
	if e.Code == ErrTierNotFound {
		return fmt.Sprintf("pricing: there is no %s %d", e.Kind, e.TierID)
	}
	return fmt.Sprintf("pricing: %s %d %q has no price in any of %v, which %s takes in country %s",
		e.Kind, e.TierID, e.Tier, e.Currencies, e.Gateway, e.Country)
}

// Unwrap returns the code.
func (e *Error) Unwrap() error { return e.Code }
