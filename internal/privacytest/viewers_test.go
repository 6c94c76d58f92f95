// Package privacytest holds the privacy of every entity against a table that was
// written by hand: who may read, make, change and delete which rows. Nothing in it
// is derived from the policies.
package privacytest

import (
	"context"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// who is a set of viewers.
type who uint32

// The viewers. What they are, they are in the community of [world]; the person of
// its rows (author, buyer, voter, …) is self.
const (
	anonymous   who = 1 << iota
	outsider        // signed in, in no community
	self            // the person of the rows: a member with access to the tier
	applicant       // has asked to join, and waits
	blocked         // a member with access to the tier, blocked
	tierless        // a member without access to the tier
	tiered          // a member with access to the tier
	expired         // a member whose access to the tier has ended
	contributor     // without access to the tier
	moderator
	coOwner
	owner
	otherOwner // owner of another community
	isStaff    // User.is_staff
	admin      // staff by a role
	system
	none        // no viewer in the context
	deactivated // a co_owner with access to the tier, whose account isn't active
	end
)

var names = map[who]string{
	anonymous: "anonymous", outsider: "outsider", self: "self", applicant: "applicant", blocked: "blocked",
	tierless: "member without tier", tiered: "member with tier", expired: "member with expired tier",
	contributor: "contributor", moderator: "moderator", coOwner: "co_owner", owner: "owner",
	otherOwner: "owner of another community", isStaff: "staff", admin: "admin by role",
	system: "system", none: "none", deactivated: "deactivated",
}

// The sets that the cells of the table are made of. Staff read what people read,
// and write what people write; the system does everything.
const (
	nobody     = system
	staff      = isStaff | admin | system
	me         = self | staff
	managers   = coOwner | owner | staff
	moderators = moderator | managers
	gated      = self | tiered | moderators // whom the tier lets in
	members    = gated | tierless | expired | contributor
	users      = members | outsider | applicant | blocked | otherOwner
	all        = users | anonymous
)

// has tells whether the viewer is one of the set. Who has no active account is as if
// they had not signed in.
func (w who) has(v who) bool {
	if v == deactivated {
		v = anonymous
	}
	return w&v != 0
}

// each are all viewers.
func each(do func(v who)) {
	for v := anonymous; v < end; v <<= 1 {
		do(v)
	}
}

// context is the context of a viewer's operations.
func (w *world) context(t *testing.T, v who) context.Context {
	switch v {
	case none:
		return t.Context()
	case anonymous:
		return viewer.NewContext(t.Context(), viewer.Anonymous())
	case system:
		return viewer.NewContext(t.Context(), viewer.System("test"))
	}
	return viewer.NewContext(t.Context(), viewer.User(w.people[v]))
}
