package access

import (
	"fmt"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// A Reason says why somebody may open an item, or why not. Reasons are stable, and
// those that deny are errors for errors.Is, found in the error of [Decision.Err].
type Reason string

// Why somebody may open an item.
const (
	// Moderator means that they are moderator, co_owner or owner.
	Moderator Reason = "moderator"
	// Open means that they are a member, and no tier is linked to the item.
	Open Reason = "member_open"
	// Tier means that they are a member with access to a tier that is linked to
	// the item.
	Tier Reason = "tier"
	// Creator means that they have created the meeting or the series.
	Creator Reason = "creator"
	// Invited means that they are invited to the meeting or the series.
	Invited Reason = "invited"
	// Staff means that they work for the platform.
	Staff Reason = "staff"
)

// Why somebody may not open an item.
const (
	// NotFound means that there is no such item.
	NotFound Reason = "not_found"
	// InactiveCommunity means that the community is not active, and open to its
	// managers only.
	InactiveCommunity Reason = "inactive_community"
	// NotPublished means that the classroom is not published.
	NotPublished Reason = "not_published"
	// Inactive means that the resource is not active.
	Inactive Reason = "inactive"
	// Blocked means that they have been blocked in the community.
	Blocked Reason = "blocked"
	// Anonymous means that nobody is signed in.
	Anonymous Reason = "anonymous"
	// NotMember means that they are no member of the community, or that their
	// account has been deactivated.
	NotMember Reason = "not_member"
	// Applicant means that they wait for being approved as a member.
	Applicant Reason = "applicant"
	// NoTier means that they are a member without access to any of the tiers that
	// are linked to the item.
	NoTier Reason = "no_tier"
)

// Error returns the reason.
func (r Reason) Error() string { return string(r) }

// Unwrap returns the code of the catalogue, as far as the user may know it, which
// is [apierror.Internal] for a reason that denies nothing.
func (r Reason) Unwrap() error { return r.code() }

func (r Reason) code() apierror.Code {
	switch r {
	case Anonymous:
		return apierror.NotSignedIn
	case NotMember:
		return apierror.NotMember
	case Applicant:
		return apierror.AwaitingApproval
	case Blocked:
		return apierror.Blocked
	case NoTier:
		return apierror.TierNeeded
	}
	if r.Hidden() {
		return apierror.NotFound
	}
	return apierror.Internal
}

// Hidden reports that the reason is not for those whom it keeps out: they must not
// learn that there is such an item. [Decision.Err] tells them [NotFound].
func (r Reason) Hidden() bool {
	switch r {
	case NotFound, InactiveCommunity, NotPublished, Inactive:
		return true
	}
	return false
}

// tiersHelp reports that a tier would open the item, if need be after becoming a
// member.
func (r Reason) tiersHelp() bool {
	switch r {
	case Anonymous, NotMember, Applicant, NoTier:
		return true
	}
	return false
}

// DeniedError is the error for a user who may not open an item.
type DeniedError struct {
	Item Item
	// Reason is why, as far as the user may know it: [NotFound] for all that is
	// hidden from them. errors.Is finds it as well.
	Reason Reason
}

func (e *DeniedError) Error() string { return fmt.Sprintf("access: %s: %s", e.Item, e.Reason) }

// Unwrap returns the error of the catalogue, an [*apierror.Error], and the reason.
func (e *DeniedError) Unwrap() []error {
	return []error{&apierror.Error{Code: e.Reason.code(), Entity: kinds[e.Item.Kind].entity}, e.Reason}
}

// ErrKind means that an item's kind is none that this package knows.
const ErrKind = apierror.InvalidKind
