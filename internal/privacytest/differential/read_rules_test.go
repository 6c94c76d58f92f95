package differential

import "slices"

// confidential is what staff don't read.
var confidential = []string{"Conversation", "ConversationParticipant", "Message", "StoreDownloadToken", "QuizGenerationJob"}

// sees is the rule of who reads a row.
func (p person) sees(entity string, r row) bool {
	return p.reads(entity, r) || p.staff() && !slices.Contains(confidential, entity)
}

// reads is the rule for those who aren't staff.
func (p person) reads(entity string, r row) bool {
	home := p.home(entity, r)
	return (home == nil || p.shown(home)) && p.may(entity, r, home)
}

// may is the column "read" of the rules: who reads a row, whose community shows
// what is its own.
func (p person) may(entity string, r row, community any) bool {
	switch entity {
	case "QuizGenerationJob", "StoreDownloadToken", "CommunityAbuseReport":
		return false

	case "User":
		nobody := newPerson(p.graph, 0) // signed in
		wrote := func(entity, column string) bool {
			return p.some(entity, row{column: r["id"]}, func(w row) bool { return nobody.reads(entity, w) })
		}
		return p.user() && r.is("is_active") || p.self(r["id"]) ||
			wrote("BlogPost", "writer_id") || wrote("CommunityBlogPost", "writer_id") || wrote("CommunityBlogPostReply", "user_id") ||
			wrote("PublicFeed", "posted_by_id") || wrote("CommunityFeedback", "user_id")
	case "UserProfile":
		return p.reads("User", p.get(r["user_id"]))
	case "Role", "Permission", "RolePermission", "UserProfileSocialLink", "UserInterest", "UserBadge":
		return p.user()
	case "UserRole", "UserAddress", "AppSubscription", "CreatorPayoutAccount", "PayoutProfile":
		return p.self(r["user_id"])
	case "StorageUsage":
		return p.self(r["owner_id"])

	case "Tag", "BlogPost", "BadgeDefinition", "Community", "CommunityLike", "CommunityBadgeDefinition", "CommunitySocialLink", "CommunityTag",
		"CommunityBlogPost", "CommunityBlogPostReply", "PublicFeed", "PublicFeedsAttachment", "PublicFeedsLike", "CommunityFeedback":
		return true
	case "AppSubscriptionTier":
		return r.is("is_active")
	case "AppSubscriptionTierPrice":
		return p.get(r["tier_id"]).is("is_active")

	case "CommunityView", "CommunityLeaveReason", "CommunityTelegram":
		return p.manager(community)
	case "CommunityMember":
		return p.self(r["user_id"]) || p.member(community)
	case "CommunityMemberBadge":
		return p.member(community)
	case "CommunityGroup", "CommunityStore":
		return r.is("is_active") || p.manager(community)
	case "CommunityGroupPrice":
		return p.reads("CommunityGroup", p.parent(entity, r))
	case "CommunityGroupAccess", "CommunityMemberSubscription":
		return p.self(r["user_id"]) || p.manager(community)

	case "Classroom":
		return r.is("is_published") && p.gate(r, "ClassroomGroup", "classroom_id") || p.moderator(community)
	case "ClassroomContent":
		return r.is("is_active") && p.reads("Classroom", p.parent(entity, r)) || p.moderator(community)
	case "ClassroomAttachment":
		content := p.parent(entity, r)
		return p.reads("ClassroomContent", content) && p.opens(content) || p.moderator(community)
	case "ClassroomContentCompletion", "ClassroomCertificate", "PollVote", "QuizSubmission":
		return p.self(r["user_id"]) || p.moderator(community)

	case "Forum":
		return p.gate(r, "ForumGroup", "forum_id")
	case "Quiz":
		return p.gate(r, "QuizGroup", "simplequiz_id")
	case "Poll":
		return p.gate(r, "PollGroup", "poll_id")
	case "Resource":
		return r.is("is_active") && p.gate(r, "ResourceGroup", "resource_id") || p.moderator(community)
	case "ResourceContent":
		return r.is("is_active") && p.reads("Resource", p.parent(entity, r)) || p.moderator(community)
	case "ClassroomGroup":
		return p.reads("Classroom", p.parent(entity, r))
	case "ForumGroup", "Post":
		return p.reads("Forum", p.parent(entity, r))
	case "ResourceGroup":
		return p.reads("Resource", p.parent(entity, r))
	case "QuizGroup":
		return p.reads("Quiz", p.parent(entity, r))
	case "PollGroup", "PollOption":
		return p.reads("Poll", p.parent(entity, r))
	case "PostAttachment", "PostLike":
		return p.reads("Post", p.parent(entity, r))

	case "Meeting":
		return p.gate(r, "MeetingGroup", "meeting_id") || p.member(community) && p.invited("MeetingAttendee", "meeting_id", r)
	case "MeetingSeries":
		return p.gate(r, "MeetingSeriesGroup", "meetingseries_id") || p.member(community) && p.invited("MeetingSeriesAttendee", "meetingseries_id", r)
	case "MeetingGroup", "MeetingAttendee":
		return p.reads("Meeting", p.parent(entity, r))
	case "MeetingSeriesGroup", "MeetingSeriesAttendee":
		return p.reads("MeetingSeries", p.parent(entity, r))

	case "Conversation":
		return p.user() && p.any("ConversationParticipant", row{"conversation_id": r["id"], "user_id": p.id})
	case "ConversationParticipant", "Message":
		return p.reads("Conversation", p.parent(entity, r))

	case "Wheel":
		return p.participates(r["id"]) || p.moderator(community) || r["status"] == "open_for_join" && p.member(community)
	case "WheelParticipant":
		return p.self(r["user_id"]) || p.participates(r["wheel_id"]) || p.moderator(community)
	case "WheelHandoff":
		return p.participates(r["wheel_id"]) || p.moderator(community)
	case "WheelHandoffAttachment":
		return p.reads("WheelHandoff", p.parent(entity, r))

	case "StoreProduct":
		return r.is("is_active") && p.reads("CommunityStore", p.parent(entity, r)) || p.manager(community)
	case "StorePurchase":
		return p.self(r["buyer_user_id"]) || p.manager(community)
	case "PaymentTransaction":
		if s := p.get(r["app_subscription_id"]); s != nil {
			return p.self(s["user_id"])
		}
		if s := p.get(r["community_member_subscription_id"]); s != nil {
			return p.self(s["user_id"]) || p.owner(s["community_id"])
		}
		s := p.get(r["store_purchase_id"])
		return s != nil && (p.self(s["buyer_user_id"]) || p.owner(p.home("StorePurchase", s)))
	}
	panic("no rule for " + entity)
}

// invited is so of somebody who is among those invited.
func (p person) invited(attendees, column string, r row) bool {
	return p.whoever || p.user() && p.any(attendees, row{column: r["id"], "user_id": p.id})
}

var gatewayIDs = []string{"stripe_customer_id", "stripe_payment_intent_id", "paystack_customer_code", "paystack_subscription_code",
	"paystack_transaction_reference"}

// private are columns that not everybody sees who sees the row.
var private = map[string][]string{
	"User":                        append([]string{"email", "pending_email", "last_login", "is_staff"}, secret["User"]...),
	"UserProfile":                 {"phone_number", "date_of_birth", "gender"},
	"CommunityMember":             {"blocked_at", "blocked_by_id", "approved_by_id"},
	"CommunityMemberSubscription": append([]string{"stripe_subscription_id"}, gatewayIDs...),
	"CommunityTelegram":           secret["CommunityTelegram"],
	"ClassroomContent":            {"content_url", "notes"},
	"Quiz":                        {"quiz_data"},
	"Meeting":                     {"meeting_url"},
	"MeetingSeries":               {"meeting_url"},
	"WheelParticipant":            {"preference_message"},
	"PayoutProfile":               secret["PayoutProfile"],
	"StoreProduct":                {"file_url", "notes", "file_note_url"},
	"StorePurchase":               secret["StorePurchase"],
}

// secret are columns that only the system sees.
var secret = map[string][]string{
	"User":              {"password", "verification_token", "reset_password_token", "token_expires_at", "email_change_code", "email_change_code_expires_at"},
	"CommunityTelegram": {"token", "platform_link_code", "private_link_code", "platform_link_code_expires", "private_link_code_expires"},
	"PayoutProfile":     {"tax_id", "identity_document_number"},
	"StorePurchase":     append([]string{"stripe_checkout_session_id"}, gatewayIDs...),
}

// shows is the rule of who sees a private column of a row that they see.
func (p person) shows(entity, column string, r row) bool {
	if slices.Contains(secret[entity], column) {
		return false
	}
	if p.staff() {
		return true
	}
	community := p.home(entity, r)
	if community != nil && !p.shown(community) {
		return false
	}
	switch entity {
	case "User":
		return p.self(r["id"])
	case "UserProfile", "CommunityMemberSubscription":
		return p.self(r["user_id"])
	case "CommunityMember":
		return p.self(r["user_id"]) || p.moderator(community)
	case "ClassroomContent":
		return p.opens(r) || p.moderator(community)
	case "Quiz":
		return p.moderator(community)
	case "Meeting":
		return p.hasURL(r, "MeetingAttendee", "meeting_id")
	case "MeetingSeries":
		return p.hasURL(r, "MeetingSeriesAttendee", "meetingseries_id")
	case "WheelParticipant":
		return p.self(r["user_id"]) || p.participates(r["wheel_id"])
	case "StoreProduct":
		return p.manager(community) || p.user() && p.any("StorePurchase", row{"product_id": r["id"], "buyer_user_id": p.id, "status": "completed"})
	}
	panic("no rule for columns of " + entity)
}

// hasURL is the rule of who sees where a meeting takes place.
func (p person) hasURL(r row, attendees, column string) bool {
	return p.invited(attendees, column, r) || p.self(r["created_by_id"]) || p.moderator(r["community_id"]) ||
		p.member(r["community_id"]) && !p.any(attendees, row{column: r["id"]})
}

// view is what the person sees of an entity: the rows, nothing in the columns that
// are hidden from them.
func (p person) view(entity string) []row {
	if all, ok := p.seen[entity]; ok {
		return all
	}
	var all []row
	for _, r := range p.rows[entity] {
		if !p.sees(entity, r) {
			continue
		}
		seen := row{}
		for column, v := range r {
			if slices.Contains(private[entity], column) && !p.shows(entity, column, r) {
				v = nil
			}
			seen[column] = v
		}
		all = append(all, seen)
	}
	p.seen[entity] = all
	return all
}
