package differential

import (
	"slices"
	"time"
)

// A person is who asks: 0 is somebody who hasn't signed in.
type person struct {
	*graph
	id int64
}

func (p person) user() bool {
	u := p.get("User", p.id)
	return u != nil && u.is("is_active")
}

func (p person) self(id any) bool { return p.user() && id == p.id }

func (p person) staff() bool {
	u := p.get("User", p.id)
	return p.user() && (u.is("is_staff") || p.any("UserRole", row{"user_id": p.id}, func(r row) bool {
		return p.get("Role", r["role_id"]).is("is_admin_role")
	}))
}

// rank is what the person is in a community, "" for nothing.
func (p person) rank(community any) string {
	if !p.user() {
		return ""
	}
	for _, m := range p.rows["CommunityMember"] {
		if has(m, row{"user_id": p.id, "community_id": community, "is_blocked": int64(0)}) && m["role"] != "applicant" {
			return m["role"].(string)
		}
	}
	return ""
}

func (p person) member(community any) bool { return p.rank(community) != "" }
func (p person) moderator(community any) bool {
	return slices.Contains([]string{"moderator", "co_owner", "owner"}, p.rank(community))
}
func (p person) manager(community any) bool {
	return slices.Contains([]string{"co_owner", "owner"}, p.rank(community))
}

// shown is that of an inactive community only its managers see anything.
func (p person) shown(community any) bool {
	return p.get("Community", community).is("is_active") || p.manager(community)
}

// gate lets members in whom a tier does.
func (p person) gate(community any, links, column string, id any) bool {
	if !p.member(community) {
		return false
	}
	if p.moderator(community) || !p.any(links, row{column: id}) {
		return true
	}
	return p.any(links, row{column: id}, func(link row) bool {
		return p.any("CommunityGroupAccess", row{
			"user_id": p.id, "community_id": community, "community_group_id": link["communitygroup_id"], "is_active": int64(1),
		}, func(a row) bool {
			ends, bounded := a["expires_at"].(time.Time)
			return !bounded || ends.After(p.now)
		})
	})
}

// confidential is what staff don't read.
var confidential = []string{"Conversation", "ConversationParticipant", "Message"}

// sees is the rule of who reads a row.
func (p person) sees(entity string, r row) bool {
	return p.reads(entity, r) || p.staff() && !slices.Contains(confidential, entity)
}

func (p person) reads(entity string, r row) bool {
	community := r["community_id"]
	switch entity {
	case "User":
		wrote := func(entity, column string) bool {
			return p.any(entity, row{column: r["id"]}, func(w row) bool { return person{p.graph, 0}.reads(entity, w) })
		}
		return p.user() && r.is("is_active") || p.self(r["id"]) ||
			wrote("BlogPost", "writer_id") || wrote("CommunityBlogPost", "writer_id") || wrote("CommunityBlogPostReply", "user_id") ||
			wrote("PublicFeed", "posted_by_id") || wrote("CommunityFeedback", "user_id")
	case "UserProfile":
		return p.reads("User", p.get("User", r["user_id"]))
	case "UserRole":
		return p.self(r["user_id"])
	case "Role":
		return p.user()
	case "BlogPost":
		return true
	case "Community":
		return p.shown(r["id"])
	case "CommunityMember":
		return p.shown(community) && (p.self(r["user_id"]) || p.member(community))
	case "CommunityLike", "CommunityBlogPost", "PublicFeed", "CommunityFeedback":
		return p.shown(community)
	case "CommunityBlogPostReply":
		return p.reads("CommunityBlogPost", p.get("CommunityBlogPost", r["community_blog_post_id"]))
	case "CommunityGroup":
		return p.shown(community) && (r.is("is_active") || p.manager(community))
	case "CommunityGroupAccess":
		return p.shown(community) && (p.self(r["user_id"]) || p.manager(community))
	case "Forum":
		return p.shown(community) && p.gate(community, "ForumGroup", "forum_id", r["id"])
	case "ForumGroup", "Post":
		return p.reads("Forum", p.get("Forum", r["forum_id"]))
	case "PostLike":
		return p.reads("Post", p.get("Post", r["post_id"]))
	case "Meeting":
		return p.shown(community) && (p.gate(community, "MeetingGroup", "meeting_id", r["id"]) ||
			p.member(community) && p.any("MeetingAttendee", row{"meeting_id": r["id"], "user_id": p.id}))
	case "MeetingGroup", "MeetingAttendee":
		return p.reads("Meeting", p.get("Meeting", r["meeting_id"]))
	case "Conversation":
		return p.user() && p.shown(community) && p.any("ConversationParticipant", row{"conversation_id": r["id"], "user_id": p.id})
	case "ConversationParticipant", "Message":
		return p.reads("Conversation", p.get("Conversation", r["conversation_id"]))
	}
	panic("no rule for " + entity)
}

// private are columns that not everybody sees who sees the row.
var private = map[string][]string{
	"User": {"email", "pending_email", "last_login", "is_staff", "password", "verification_token", "reset_password_token",
		"token_expires_at", "email_change_code", "email_change_code_expires_at"},
	"UserProfile":     {"phone_number", "date_of_birth", "gender"},
	"CommunityMember": {"blocked_at", "blocked_by_id", "approved_by_id"},
	"Meeting":         {"meeting_url"},
}

// secret are columns that only the system sees.
var secret = []string{"password", "verification_token", "reset_password_token", "token_expires_at", "email_change_code", "email_change_code_expires_at"}

// shows is the rule of who sees a private column of a row that they see.
func (p person) shows(entity, column string, r row) bool {
	community := r["community_id"]
	if slices.Contains(secret, column) {
		return false
	}
	if p.staff() {
		return true
	}
	switch entity {
	case "User":
		return p.self(r["id"])
	case "UserProfile":
		return p.self(r["user_id"])
	case "CommunityMember":
		return p.shown(community) && (p.self(r["user_id"]) || p.moderator(community))
	case "Meeting":
		invited := p.any("MeetingAttendee", row{"meeting_id": r["id"]})
		return p.user() && p.shown(community) && (p.any("MeetingAttendee", row{"meeting_id": r["id"], "user_id": p.id}) ||
			p.self(r["created_by_id"]) || p.moderator(community) || p.member(community) && !invited)
	}
	panic("no rule for columns of " + entity)
}

// view is a row as the person sees it, nil if they don't.
func (p person) view(entity string, r row) row {
	if r == nil || !p.sees(entity, r) {
		return nil
	}
	seen := row{}
	for column, v := range r {
		if slices.Contains(private[entity], column) && !p.shows(entity, column, r) {
			v = nil
		}
		seen[column] = v
	}
	return seen
}
