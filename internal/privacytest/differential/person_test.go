package differential

import (
	"slices"
	"time"
)

// A person is who asks: 0 is somebody who hasn't signed in.
type person struct {
	*graph
	id int64
	// whoever takes the person for everybody that a rule names. Staff write where it
	// names somebody; what else has to be so of the row, has to be for them too.
	whoever bool
	seen    map[string][]row // by entity, what the person sees
}

func newPerson(g *graph, id int64) person { return person{graph: g, id: id, seen: map[string][]row{}} }

func (p person) user() bool {
	u := p.get(p.id)
	return u != nil && u.is("is_active")
}

// self is so of the person's own id.
func (p person) self(id any) bool { return p.whoever || p.user() && id == p.id }

func (p person) staff() bool {
	return p.user() && (p.get(p.id).is("is_staff") || p.some("UserRole", row{"user_id": p.id}, func(r row) bool {
		return p.get(r["role_id"]).is("is_admin_role")
	}))
}

// rank is what the person is in a community, "" for nothing.
func (p person) rank(community any) string {
	if !p.user() {
		return ""
	}
	for _, m := range p.rows["CommunityMember"] {
		if m.has(row{"user_id": p.id, "community_id": community, "is_blocked": int64(0)}) && m["role"] != "applicant" {
			return m["role"].(string)
		}
	}
	return ""
}

func (p person) ranks(community any, roles ...string) bool {
	return p.whoever || slices.Contains(roles, p.rank(community))
}

func (p person) member(community any) bool { return p.whoever || p.rank(community) != "" }

func (p person) moderator(community any) bool {
	return p.ranks(community, "moderator", "co_owner", "owner")
}

func (p person) manager(community any) bool { return p.ranks(community, "co_owner", "owner") }

func (p person) owner(community any) bool { return p.ranks(community, "owner") }

// shown is that of an inactive community only its managers see anything.
func (p person) shown(community any) bool {
	return p.get(community).is("is_active") || p.manager(community)
}

// gate lets members in whom a tier does.
func (p person) gate(r row, links, column string) bool {
	if p.moderator(r["community_id"]) {
		return true
	}
	if !p.member(r["community_id"]) {
		return false
	}
	return !p.any(links, row{column: r["id"]}) || p.some(links, row{column: r["id"]}, func(link row) bool {
		return p.some("CommunityGroupAccess", row{"user_id": p.id, "community_group_id": link["communitygroup_id"], "is_active": int64(1)},
			func(a row) bool {
				ends, bounded := a["expires_at"].(time.Time)
				return !bounded || ends.After(p.now)
			})
	})
}

// participates is so of an approved participant of the wheel. Where there is none,
// staff stand in for nobody.
func (p person) participates(wheel any) bool {
	if p.whoever {
		return p.any("WheelParticipant", row{"wheel_id": wheel, "approval_status": "approved"})
	}
	return p.user() && p.any("WheelParticipant", row{"wheel_id": wheel, "user_id": p.id, "approval_status": "approved"})
}

// gives is so of the giver of a handoff.
func (p person) gives(handoff row) bool {
	return p.self(p.get(handoff["from_participant_id"])["user_id"])
}

// opens is so of content of a classroom that the person has got to: all, unless
// progression is enforced; then what comes after nothing active that they haven't
// completed.
func (p person) opens(content row) bool {
	return p.whoever || !p.get(content["classroom_id"]).is("enforce_progression") ||
		!p.some("ClassroomContent", row{"classroom_id": content["classroom_id"], "is_active": int64(1)}, func(c row) bool {
			order, other := content["order"].(int64), c["order"].(int64)
			earlier := other < order || other == order && c.id() < content.id()
			return earlier && !p.any("ClassroomContentCompletion", row{"content_id": c["id"], "user_id": p.id})
		})
}

// homes are the columns that lead to the community which a row belongs to.
var homes = map[string]string{
	"CommunityGroupPrice": "community_group_id", "CommunityMemberBadge": "community_badge_id", "CommunityBlogPostReply": "community_blog_post_id",
	"ClassroomContent": "classroom_id", "ClassroomAttachment": "content_id", "ClassroomContentCompletion": "content_id",
	"ClassroomCertificate": "classroom_id", "ClassroomGroup": "classroom_id", "ForumGroup": "forum_id", "ResourceGroup": "resource_id",
	"QuizGroup": "simplequiz_id", "PollGroup": "poll_id", "MeetingGroup": "meeting_id", "MeetingSeriesGroup": "meetingseries_id",
	"Post": "forum_id", "PostAttachment": "post_id", "PostLike": "post_id", "ResourceContent": "resource_id", "PollOption": "poll_id",
	"PollVote": "poll_id", "MeetingAttendee": "meeting_id", "MeetingSeriesAttendee": "meetingseries_id",
	"ConversationParticipant": "conversation_id", "Message": "conversation_id", "WheelParticipant": "wheel_id", "WheelHandoff": "wheel_id",
	"WheelHandoffAttachment": "wheel_handoff_id", "PublicFeedsAttachment": "public_feed_id", "PublicFeedsLike": "public_feed_id",
	"StoreProduct": "store_id", "StorePurchase": "product_id",
}

// parent is the row that a row belongs to the community of.
func (p person) parent(entity string, r row) row { return p.get(r[homes[entity]]) }

// home is the community that a row belongs to, nil if it belongs to none. A file and
// a payment are the user's, a report is the platform's.
func (p person) home(entity string, r row) any {
	switch entity {
	case "Community":
		return r["id"]
	case "StorageUsage", "CommunityAbuseReport":
		return nil
	}
	for r["community_id"] == nil {
		column := homes[entity]
		if column == "" {
			return nil
		}
		r = p.get(r[column])
		entity = p.of[r.id()]
	}
	return r["community_id"]
}
