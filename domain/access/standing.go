package access

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
)

// standing is what somebody is in a community.
type standing int

const (
	anonymous standing = iota
	stranger
	applicant
	blocked
	member
	moderator
	manager
)

// reason is why the standing alone opens nothing that is for some members.
func (s standing) reason() Reason {
	switch s {
	case anonymous:
		return Anonymous
	case applicant:
		return Applicant
	case blocked:
		return Blocked
	case member:
		return NoTier
	}
	return NotMember
}

// standing reads what the user is in a community.
func (q question) standing(ctx context.Context, communityID int64) (standing, error) {
	if q.userID <= 0 {
		return anonymous, nil
	}
	m, err := q.client.CommunityMember.Query().
		Where(
			communitymember.CommunityID(communityID),
			communitymember.UserID(q.userID),
			communitymember.HasUserWith(q.user()),
		).
		Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return stranger, nil
	case err != nil:
		return stranger, err
	case m.IsBlocked:
		return blocked, nil
	}
	switch m.Role {
	case communitymember.RoleOwner, communitymember.RoleCoOwner:
		return manager, nil
	case communitymember.RoleModerator:
		return moderator, nil
	case communitymember.RoleContributor, communitymember.RoleMember:
		return member, nil
	case communitymember.RoleApplicant:
		return applicant, nil
	}
	return stranger, nil // of a role that isn't known nothing is known to follow
}
