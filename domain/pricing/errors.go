package pricing

import (
	"fmt"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

// Why a tier has no price for a buyer: codes of the catalogue.
const (
	// ErrTierNotFound means that there is no tier with the given id.
	ErrTierNotFound = apierror.TierNotFound
	// ErrNoPrice means that a paid tier has no price that the gateway of the
	// buyer's country could charge.
	ErrNoPrice = apierror.NoPrice
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
	// Code is the reason, [ErrTierNotFound] or [ErrNoPrice], which errors.Is finds
	// as well.
	Code apierror.Code
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

func (e *Error) Error() string { return "pricing: " + e.rule() }

func (e *Error) rule() string {
	if e.Code == ErrTierNotFound {
		return fmt.Sprintf("there is no %s %d", e.Kind, e.TierID)
	}
	return fmt.Sprintf("%s %d %q has no price in any of %v, which %s takes in country %s",
		e.Kind, e.TierID, e.Tier, e.Currencies, e.Gateway, e.Country)
}

// Unwrap returns the error of the catalogue, an [*apierror.Error].
func (e *Error) Unwrap() error { return &apierror.Error{Code: e.Code, Rule: e.rule()} }
