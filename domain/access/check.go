package access

import (
	"context"
	"fmt"
	"time"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/domain/pricing"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
)

// Checker answers who may open what. The zero value is ready for use.
type Checker struct {
	// Prices finds what the tiers cost that would open an item.
	Prices pricing.Resolver
	// Now is the time at which an access must not have expired; nil means
	// [time.Now].
	Now func() time.Time
}

// Decision is whether a user may open an item, and why.
type Decision struct {
	Item    Item
	Allowed bool
	Reason  Reason
	// Access is the row that lets the user in, if Reason is [Tier], else nil. Of
	// several it is the one that lasts longest; its ExpiresAt says until when.
	Access *ent.CommunityGroupAccess
	// Tiers are those of which a member needs one, oldest first, with what they
	// cost the user, if Reason is [NoTier]; if it is [Anonymous], [NotMember] or
	// [Applicant] becoming a member comes first, and suffices if there are none.
	// Tiers that have been switched off are not among them: if there are no others
	// the item can't be opened by anybody new.
	Tiers []pricing.Quote[ent.CommunityGroup]
}

// Err returns nil if the user may open the item, and else a [*DeniedError], which
// may be shown to them: it doesn't tell of items that are hidden from them.
func (d Decision) Err() error {
	switch {
	case d.Allowed:
		return nil
	case d.Reason.Hidden():
		return &DeniedError{d.Item, NotFound}
	}
	return &DeniedError{d.Item, d.Reason}
}

// Check is [Checker.Check] with the zero Checker: at the current time, with prices
// of the zero Resolver.
func Check(ctx context.Context, client *ent.Client, item Item, userID int64) (Decision, error) {
	return Checker{}.Check(ctx, client, item, userID)
}

// Check tells whether the user may open the item, and why. userID 0 stands for
// somebody who isn't signed in. That the item doesn't exist is a decision,
// [NotFound], not an error; the error is [ErrKind] for an item of no known kind.
func (c Checker) Check(ctx context.Context, client *ent.Client, item Item, userID int64) (Decision, error) {
	k, ok := kinds[item.Kind]
	if !ok {
		return Decision{}, &apierror.Error{Code: ErrKind, Field: "kind", Rule: fmt.Sprintf("must be one of %v", Kinds())}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	q := question{client: client, kind: k, id: item.ID, userID: userID, now: c.Now()}
	ctx = acting(ctx)
	d, err := q.decide(ctx)
	if err == nil && d.Reason.tiersHelp() {
		d.Tiers, err = q.offers(ctx, c.Prices)
	}
	if err != nil {
		return Decision{}, fmt.Errorf("access: %s: %w", item, err)
	}
	d.Item = item
	return d, nil
}

func allow(r Reason) Decision { return Decision{Allowed: true, Reason: r} }

func deny(r Reason) Decision { return Decision{Reason: r} }

// decide applies the rules.
func (q question) decide(ctx context.Context) (Decision, error) {
	c, err := q.client.Community.Query().
		Where(q.kind.community(q.id)).
		Select(community.FieldIsActive).
		Only(ctx)
	if ent.IsNotFound(err) {
		return deny(NotFound), nil
	}
	if err != nil {
		return Decision{}, err
	}
	s, err := q.standing(ctx, c.ID)
	if err != nil {
		return Decision{}, err
	}
	if s == manager || s == moderator && c.IsActive {
		return allow(Moderator), nil
	}
	d, err := q.withoutRank(ctx, c.IsActive, s)
	if err != nil || d.Allowed {
		return d, err
	}
	staff, err := q.staff(ctx)
	if err != nil || !staff {
		return d, err
	}
	return allow(Staff), nil
}

// withoutRank applies the rules for all but moderators and above and staff.
func (q question) withoutRank(ctx context.Context, communityActive bool, s standing) (Decision, error) {
	if !communityActive {
		return deny(InactiveCommunity), nil
	}
	if q.kind.hidden != nil {
		hidden, err := q.kind.hidden(ctx, q.client, q.id)
		if err != nil || hidden {
			return deny(q.kind.hiddenAs), err
		}
	}
	if s == blocked {
		return deny(Blocked), nil
	}
	if s == member {
		d, err := q.asMember(ctx)
		if err != nil || d.Allowed {
			return d, err
		}
	}
	reason, err := q.called(ctx)
	if err != nil || reason != "" {
		return allow(reason), err
	}
	return deny(s.reason()), nil
}

// asMember applies the rules of tiers.
func (q question) asMember(ctx context.Context) (Decision, error) {
	tiers, err := q.tiersWithAccess(ctx)
	if err != nil {
		return Decision{}, err
	}
	if len(tiers) == 0 {
		return allow(Open), nil
	}
	if a := q.lasting(tiers); a != nil {
		return Decision{Allowed: true, Reason: Tier, Access: a}, nil
	}
	return deny(NoTier), nil
}
