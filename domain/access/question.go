package access

import (
	"context"
	"time"

	"github.com/communitybuilder/communitybuilder/domain/pricing"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupaccess"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
	"github.com/communitybuilder/communitybuilder/ent/role"
	"github.com/communitybuilder/communitybuilder/ent/user"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// A question is whether a user may open an item. Each of its methods that takes a
// context reads one thing.
type question struct {
	client *ent.Client
	kind   kind
	id     int64 // of the item
	userID int64 // 0: not signed in
	now    time.Time
}

// user selects the user, unless their account has been deactivated.
func (q question) user() predicate.User {
	return user.And(user.ID(q.userID), user.IsActive(true))
}

// staff tells whether the user works for the platform.
func (q question) staff(ctx context.Context) (bool, error) {
	if q.userID <= 0 {
		return false, nil
	}
	return q.client.User.Query().
		Where(q.user(), user.Or(user.IsStaff(true), user.HasRolesWith(role.IsAdminRole(true)))).
		Exist(ctx)
}

// called tells whether the user created the item or is invited to it, "" if not.
func (q question) called(ctx context.Context) (Reason, error) {
	if q.kind.called == nil || q.userID <= 0 {
		return "", nil
	}
	creator, err := q.kind.called(ctx, q.client, q.id, q.user())
	switch {
	case err != nil || len(creator) == 0:
		return "", err
	case creator[0] == q.userID:
		return Creator, nil
	}
	return Invited, nil
}

// tiersWithAccess reads the tiers that are linked to the item, with the user's
// access to each.
func (q question) tiersWithAccess(ctx context.Context) ([]*ent.CommunityGroup, error) {
	return q.client.CommunityGroup.Query().
		Where(q.kind.tiers(q.id)).
		Select(communitygroup.FieldID).
		WithAccesses(func(a *ent.CommunityGroupAccessQuery) {
			a.Where(communitygroupaccess.UserID(q.userID), communitygroupaccess.IsActive(true))
		}).
		All(ctx)
}

// lasting is the access that lasts longest of those that haven't expired, or nil.
func (q question) lasting(tiers []*ent.CommunityGroup) (best *ent.CommunityGroupAccess) {
	for _, t := range tiers {
		for _, a := range t.Edges.Accesses {
			if a.ExpiresAt != nil && !a.ExpiresAt.After(q.now) {
				continue
			}
			if best == nil || longer(a, best) {
				best = a
			}
		}
	}
	return best
}

// longer tells whether a lasts longer than b.
func longer(a, b *ent.CommunityGroupAccess) bool {
	if a.ExpiresAt == nil || b.ExpiresAt == nil {
		return a.ExpiresAt == nil && b.ExpiresAt != nil
	}
	return a.ExpiresAt.After(*b.ExpiresAt)
}

// offers reads the tiers that would open the item, with what they cost the user.
func (q question) offers(ctx context.Context, prices pricing.Resolver) ([]pricing.Quote[ent.CommunityGroup], error) {
	tiers, err := q.client.CommunityGroup.Query().
		Where(q.kind.tiers(q.id), communitygroup.IsActive(true)).
		Order(communitygroup.ByID()).
		All(ctx)
	if err != nil {
		return nil, err
	}
	return prices.ForGroups(ctx, q.client, tiers, q.userID)
}

// acting is the context in which this package reads and writes: the answer
// tells what somebody may not see, and why.
func acting(ctx context.Context) context.Context {
	return viewer.NewContext(ctx, viewer.System("access"))
}
