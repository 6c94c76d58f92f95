// Package access answers why a user may or may not open what a community offers:
// a classroom, forum, resource, quiz, poll, meeting or meeting series. To those
// whom a tier would let in it says which tiers, and what each costs them.
//
//	d, err := access.Check(ctx, client, access.Classroom(id), userID)
//	if err != nil {
//		return err // the database didn't answer
//	}
//	if d.Reason == access.NoTier {
//		for _, offer := range d.Tiers {
//			… // offer.Tier.Name, offer.Price
//		}
//	}
//	return d.Err() // nil, or an error to show to the user
//
// # Who gets in
//
// The first line that applies decides.
//
//	owner, co_owner                         opens everything
//	moderator                               opens everything of an active community
//	platform staff                          opens everything
//	the community is inactive               closed
//	classroom not published,
//	resource not active                     closed
//	somebody blocked                        opens nothing
//	member or contributor                   opens what no tier is linked to, and what
//	                                        a tier is linked to that they have access to
//	creator, invited attendee               opens the meeting or the series
//	everybody else                          closed
//
// Moderators and above who are blocked are somebody blocked, also for a meeting of
// their own. Applicants are no members, and open only what they are invited to.
// Access to a tier is a CommunityGroupAccess row that is active and not expired;
// it counts also when the tier has been switched off since, and whether the tier
// costs anything or not. A deactivated account opens nothing. Meetings and their
// series are checked each by itself: what is linked to the series doesn't hold for
// its meetings. Staff is told as the reason only where nothing else lets them in.
//
// # Expiry
//
// An access row is valid before its expires_at and not any more at it. The time is
// that of [Checker].Now, read once for a check, and not the database's.
//
// # Statements
//
// The package only reads, through the client that it is given, which may be that
// of a transaction. Unless that is one of repeatable reads, the answer may mix what
// was true before and after a write that happens meanwhile. The number of
// statements depends neither on how many tiers there are nor on how many members,
// prices or accesses:
//
//	no such item                            1
//	moderators and above                    2
//	member, nothing linked                  3; classroom, resource 4
//	member with access to a tier            4; classroom, resource 5
//	member without                          8; classroom, resource, meeting, series 9
//	anybody, at most                        9
package access
