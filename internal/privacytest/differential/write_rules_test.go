package differential

import "slices"

// change is one column that is given a value.
type change struct {
	column string
	to     any
}

// mayUpdate is the rule of who makes the change to a row.
func (p person) mayUpdate(entity string, r row, c change) bool {
	return p.mayWrite(entity, r, func(as person) bool { return as.updates(p, entity, r, c) })
}

// mayDelete is the rule of who deletes a row.
func (p person) mayDelete(entity string, r row) bool {
	return p.mayWrite(entity, r, func(as person) bool { return as.deletes(p, entity, r) })
}

// mayWrite is what holds for all that is written: nobody writes what they don't see,
// and staff write where a person may.
func (p person) mayWrite(entity string, r row, rule func(as person) bool) bool {
	if !p.sees(entity, r) || !p.user() {
		return false
	}
	home := p.home(entity, r)
	if (home == nil || p.shown(home)) && rule(p) {
		return true
	}
	anybody := p
	anybody.whoever = true
	return p.staff() && !slices.Contains(confidential, entity) && rule(anybody)
}

// updates is the column "update" of the rules. It is asked of somebody for whom the
// rules name a person, or of whoever they name, for one of the staff; who is the one
// that asks.
func (p person) updates(who person, entity string, r row, c change) bool {
	community := p.home(entity, r)
	switch entity {
	case "User":
		return c.column == "username" && p.self(r["id"])
	case "UserProfile", "UserAddress", "PayoutProfile", "CommunityFeedback", "CommunityBlogPostReply":
		return p.self(r["user_id"])
	case "UserProfileSocialLink":
		return p.self(p.get(r["user_profile_id"])["user_id"])
	case "UserInterest":
		return p.self(p.get(r["userprofile_id"])["user_id"])
	case "Tag", "BlogPost", "BadgeDefinition", "AppSubscriptionTier", "AppSubscriptionTierPrice", "CommunityAbuseReport":
		return who.staff()
	case "Community":
		if c.column == "is_active" || c.column == "flag_count" {
			return who.staff()
		}
		return p.manager(community)
	case "CommunityMember":
		return p.updatesMember(who, r, c)
	case "CommunityGroup", "CommunityGroupPrice", "CommunityGroupAccess", "CommunityBadgeDefinition", "CommunitySocialLink", "CommunityTag",
		"CommunityStore", "StoreProduct":
		return p.manager(community)
	case "CommunityTelegram":
		return p.manager(community) && slices.Contains([]string{"token", "platform_chat_id", "private_bot_chat_id", "platform_is_enabled", "private_is_enabled"}, c.column)
	case "Classroom", "ClassroomContent", "ClassroomAttachment", "Forum", "Resource", "ResourceContent", "Quiz", "Poll", "PollOption":
		return p.moderator(community)
	case "Post":
		if c.column == "is_pinned" {
			return p.moderator(community)
		}
		return p.self(r["user_id"]) && (c.column == "message" || c.column == "allow_replies")
	case "CommunityBlogPost":
		return c.column != "writer_id" && (p.self(r["writer_id"]) || p.moderator(community))
	case "PollVote":
		return p.votes(r)
	case "Meeting", "MeetingSeries", "Wheel":
		return p.self(r["created_by_id"]) || p.moderator(community)
	case "ConversationParticipant":
		return p.self(r["user_id"]) && (c.column == "last_read_at" || c.column == "is_muted")
	case "Message":
		if c.column == "is_read" {
			return !p.self(r["sender_id"])
		}
		return c.column == "content" && p.self(r["sender_id"])
	case "WheelParticipant":
		return p.updatesParticipant(who, r, c)
	case "WheelHandoff":
		return p.updatesHandoff(who, r, c)
	case "PublicFeed":
		return p.self(r["posted_by_id"])
	case "CreatorPayoutAccount":
		return p.self(r["user_id"]) && (c.column == "label" || c.column == "is_primary")
	}
	return false
}

// votes is so of the own vote in a poll that is readable and active.
func (p person) votes(r row) bool {
	poll := p.get(r["poll_id"])
	return p.self(r["user_id"]) && poll.is("is_active") && p.reads("Poll", poll)
}

// names is so of a change that puts the person who asks into a column, or nobody.
func (c change) names(who person) bool { return c.to == nil || c.to == who.id }

var below = []string{"contributor", "member", "applicant"}

// updatesMember: moderators approve, reject and block whom they stand above, and never
// themselves; who becomes moderator or co-owner, and who no longer is, is for
// managers; the owner's role changes hands otherwise.
func (p person) updatesMember(who person, r row, c change) bool {
	community, self := r["community_id"], who.self(r["user_id"])
	role, to := r["role"].(string), c.to
	low := slices.Contains(below, role)
	switch c.column {
	case "role":
		return !self && p.moderator(community) && low && slices.Contains(below, to.(string)) ||
			!self && p.manager(community) && role != "owner" && to != "owner" ||
			p.self(r["user_id"]) && p.manager(community) && role == "co_owner" && slices.Contains([]string{"moderator", "contributor", "member"}, to.(string))
	case "approved_at":
		return !self && p.moderator(community) && low
	case "approved_by_id":
		return !self && p.moderator(community) && low && c.names(who)
	case "is_blocked", "blocked_at":
		return !self && p.moderator(community) && (low || role == "moderator")
	case "blocked_by_id":
		return !self && p.moderator(community) && (low || role == "moderator") && c.names(who)
	}
	return false
}

// updatesParticipant: moderators order, accept and reject; who was added by one
// accepts or declines; what somebody would prefer is theirs to say.
func (p person) updatesParticipant(who person, r row, c change) bool {
	moderator := p.moderator(p.home("WheelParticipant", r))
	answers := p.self(r["user_id"]) && r["approval_status"] == "pending" && r["approved_by_id"] != nil
	switch c.column {
	case "preference_message":
		return p.self(r["user_id"])
	case "order":
		return moderator
	case "approval_status":
		return answers || moderator && (r["approved_by_id"] == nil || c.to == "rejected")
	case "approved_at":
		return answers || moderator
	case "approved_by_id":
		return moderator && r["approved_by_id"] == nil && c.names(who)
	}
	return false
}

// updatesHandoff: the giver says that it is done, and any other participant that they
// know of it.
func (p person) updatesHandoff(who person, r row, c change) bool {
	acknowledges := p.participates(r["wheel_id"]) && !who.gives(r)
	switch c.column {
	case "note":
		return p.gives(r)
	case "status":
		return p.gives(r) && c.to == "action_done" || acknowledges && c.to == "acknowledged"
	case "acknowledged_at":
		return acknowledges
	case "acknowledged_by_id":
		return acknowledges && c.names(who)
	}
	return false
}

// deletes is the column "delete" of the rules.
func (p person) deletes(who person, entity string, r row) bool {
	community := p.home(entity, r)
	switch entity {
	case "Tag", "BlogPost", "BadgeDefinition", "AppSubscriptionTier", "AppSubscriptionTierPrice", "CommunityAbuseReport":
		return who.staff()
	case "UserAddress", "CommunityLike", "CommunityFeedback", "ClassroomContentCompletion", "PostLike", "PublicFeedsLike", "ConversationParticipant":
		return p.self(r["user_id"])
	case "UserProfileSocialLink":
		return p.self(p.get(r["user_profile_id"])["user_id"])
	case "UserInterest":
		return p.self(p.get(r["userprofile_id"])["user_id"])
	case "Community":
		return p.owner(community)
	case "CommunityMember":
		switch role := r["role"].(string); {
		case p.self(r["user_id"]) && role != "owner" && !r.is("is_blocked"):
			return true
		case slices.Contains(below, role):
			return p.moderator(community)
		case role == "moderator":
			return p.manager(community)
		default:
			return role == "co_owner" && p.owner(community)
		}
	case "CommunityGroup", "CommunityGroupPrice", "CommunityGroupAccess", "CommunityBadgeDefinition", "CommunitySocialLink", "CommunityTag", "Classroom":
		return p.manager(community)
	case "CommunityMemberBadge", "ClassroomContent", "ClassroomAttachment", "ClassroomGroup", "ForumGroup", "ResourceGroup", "QuizGroup",
		"PollGroup", "Resource", "ResourceContent", "Quiz", "Poll", "PollOption":
		return p.moderator(community)
	case "Forum":
		return p.manager(community) && r["name"] != "town_hall"
	case "Post", "CommunityBlogPostReply":
		return p.self(r["user_id"]) || p.moderator(community)
	case "PostAttachment":
		return p.self(p.get(r["post_id"])["user_id"]) || p.moderator(community)
	case "CommunityBlogPost":
		return p.self(r["writer_id"]) || p.moderator(community)
	case "PollVote":
		return p.votes(r)
	case "Meeting", "MeetingSeries":
		return p.self(r["created_by_id"]) || p.moderator(community)
	case "MeetingGroup", "MeetingSeriesGroup":
		return p.self(p.parent(entity, r)["created_by_id"]) || p.moderator(community)
	case "MeetingAttendee", "MeetingSeriesAttendee":
		return p.self(r["user_id"]) || p.self(p.parent(entity, r)["created_by_id"]) || p.moderator(community)
	case "Message":
		return p.self(r["sender_id"])
	case "Wheel":
		return p.self(r["created_by_id"]) && r["status"] == "draft"
	case "WheelParticipant":
		before := p.get(r["wheel_id"])["status"] == "draft" || p.get(r["wheel_id"])["status"] == "open_for_join"
		return before && (p.self(r["user_id"]) || p.moderator(community))
	case "WheelHandoffAttachment":
		handoff := p.parent(entity, r)
		return p.gives(handoff) && handoff["status"] == "pending"
	case "PublicFeed":
		return p.self(r["posted_by_id"]) || p.moderator(community)
	case "PublicFeedsAttachment":
		return p.self(p.get(r["public_feed_id"])["posted_by_id"])
	case "CreatorPayoutAccount":
		return p.self(r["user_id"]) && !p.any("PaymentTransaction", row{"creator_payout_account_id": r["id"]})
	case "StoreProduct":
		return p.manager(community) && !p.any("StorePurchase", row{"product_id": r["id"]})
	}
	return false
}
