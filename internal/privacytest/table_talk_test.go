package privacytest

import (
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
)

// private are the participants of a private conversation: neither moderators nor
// staff are among them.
const private = self | tiered | system

// inWheel is who sees the wheels of self and the contributor; tiered is in the one
// that has been started.
const inWheel = self | contributor | moderators

var talk = []line{
	// forum
	{"Forum", gated, creates{{who: moderators, set: set{"CommunityID": ref("Community"), "Name": "new"}}}, updates{
		{"Description", "new", moderators},
		{"RestrictPostingToOwnersModerators", true, moderators},
	}, managers},
	{row: "Forum, for all members", read: members, delete: managers},
	{row: "Forum, restricted", read: members},
	{"ForumGroup", gated, creates{{who: moderators, set: set{"ForumID": ref("Forum"), "CommunityGroupID": ref("CommunityGroup, free")}}}, nil, moderators},
	{"Post", gated, creates{
		{who: gated, set: set{"ForumID": ref("Forum"), "UserID": asker, "Message": "hello"}},
		{who: members, set: set{"ForumID": ref("Forum, for all members"), "UserID": asker, "Message": "hello"}},
		{who: moderators, set: set{"ForumID": ref("Forum, restricted"), "UserID": asker, "Message": "hello"}, but: []refusal{
			{members &^ (moderator | coOwner | owner), apierror.PostingRestricted},
		}},
		{who: members, set: set{"ForumID": ref("Forum, for all members"), "ParentPostID": ref("Post, for all members"), "UserID": asker, "Message": "hello"}},
		{who: moderators, set: set{"ForumID": ref("Forum"), "UserID": asker, "Message": "hello", "IsPinned": true}},
	}, updates{
		{"Message", "new", me},
		{"AllowReplies", false, me},
		{"IsPinned", true, moderators},
	}, me | moderators},
	{row: "Post, second", read: gated},
	{row: "Post, for all members", read: members},
	{"PostAttachment", gated, creates{{who: me, set: set{"PostID": ref("Post"), "FileURL": "https://example.com", "FileType": schematype.Image}}},
		updates{{"FileURL", "https://example.org", nobody}}, me | moderators},
	{"PostLike", gated, creates{{who: gated, set: set{"PostID": ref("Post, second"), "UserID": asker}}}, nil, me},

	// community_blog
	{"CommunityBlogPost", all, creates{{who: contributor | moderators, set: set{
		"CommunityID": ref("Community"), "WriterID": asker, "Title": "t", "BlogMessage": "m",
	}}}, updates{{"Title", "new", me | moderators}}, me | moderators},
	{"CommunityBlogPostReply", all, creates{{who: users, set: set{"CommunityBlogPostID": ref("CommunityBlogPost"), "UserID": asker, "Message": "m"}}},
		updates{{"Message", "new", me}}, me | moderators},

	// publicfeeds
	{"PublicFeed", all, creates{
		{who: moderators, set: set{"CommunityID": ref("Community"), "PostedByID": asker, "Message": "m"}, but: []refusal{{staff, apierror.PostingRestricted}}},
		{who: users, set: set{"CommunityID": ref("Community"), "PostedByID": asker, "Message": "m", "ParentFeedID": ref("PublicFeed")}},
	}, updates{{"Message", "new", me}}, me | moderators},
	{row: "PublicFeed, second", read: all},
	{"PublicFeedsAttachment", all, creates{{who: me, set: set{"PublicFeedID": ref("PublicFeed"), "FileURL": "https://example.com", "FileType": schematype.Image}}},
		updates{{"FileURL", "https://example.org", nobody}}, me},
	{"PublicFeedsLike", all, creates{{who: users, set: set{"PublicFeedID": ref("PublicFeed, second"), "UserID": asker}}}, nil, me},

	// chat
	{"Conversation", private, creates{{who: members &^ (isStaff | admin), set: set{"CommunityID": ref("Community")}}},
		updates{{"LastMessageAt", soon, system}}, system},
	{"ConversationParticipant", private, creates{{who: private, set: set{"ConversationID": ref("Conversation"), "UserID": ref("User, quiet")}, blind: "ConversationID"}}, updates{
		{"LastReadAt", soon, self | system},
		{"IsMuted", true, self | system},
	}, self | system},
	{"Message", private, creates{
		{who: private, set: set{"ConversationID": ref("Conversation"), "SenderID": participant, "Content": "hi"}},
		{who: self | system, set: set{"ConversationID": ref("Conversation"), "SenderID": ref("User"), "Content": "hi"}},
	}, updates{
		{"Content", "new", self | system},
		{"IsRead", true, tiered | system},
	}, self | system},

	// wheel: self has made the draft
	{"Wheel", inWheel, creates{{who: moderators, set: set{"CommunityID": ref("Community"), "CreatedByID": asker, "Title": "new", "Description": "d", "RoundDurationDays": 30}}}, updates{
		{"Title", "renamed", self | moderators},
		{"Status", wheel.StatusOpenForJoin, self | moderators},
	}, me},
	{row: "Wheel, open", read: members, updates: updates{{"Title", "renamed", moderators}}},
	{row: "Wheel, started", read: inWheel | tiered, updates: updates{{"Title", "renamed", moderators}}},
	{"WheelParticipant", inWheel, creates{
		{who: members, set: set{"WheelID": ref("Wheel, open"), "UserID": asker, "Order": 2}, but: []refusal{{tiered, apierror.AlreadyMember}}},
		{who: system, set: set{"WheelID": ref("Wheel, open"), "UserID": asker, "Order": 2, "ApprovalStatus": wheelparticipant.ApprovalStatusApproved}},
		{who: moderators, set: set{"WheelID": ref("Wheel"), "UserID": ref("User, quiet"), "Order": 3}},
	}, updates{
		{"PreferenceMessage", "late, please", me},
		{"Order", 5, moderators},
	}, self | moderators},
	{row: "WheelParticipant, pending", read: tiered | moderators, updates: updates{
		{"ApprovalStatus", wheelparticipant.ApprovalStatusApproved, moderators},
		{"ApprovalStatus", wheelparticipant.ApprovalStatusRejected, moderators},
		{"PreferenceMessage", "late, please", tiered | staff},
	}, delete: tiered | moderators},
	// A moderator has added the member without the tier: it is for that one to accept.
	{row: "WheelParticipant, added", read: tierless | moderators, updates: updates{
		{"ApprovalStatus", wheelparticipant.ApprovalStatusApproved, tierless | staff},
		{"ApprovalStatus", wheelparticipant.ApprovalStatusRejected, tierless | moderators},
		{"ApprovedByID", ref("User, quiet"), system},
	}, delete: tierless | moderators},
	{row: "WheelParticipant, giver", read: inWheel | tiered},
	{"WheelHandoff", inWheel | tiered, creates{{who: system, set: set{
		"WheelID": ref("Wheel, started"), "FromParticipantID": ref("WheelParticipant, first"), "ToParticipantID": ref("WheelParticipant, giver"),
	}}}, updates{{"Status", wheelhandoff.StatusActionDone, me}, {"Note", "by transfer", me}}, system},
	// From the contributor: the others may say that they have seen it, as themselves.
	{row: "WheelHandoff, done", read: inWheel | tiered, updates: updates{
		{"Status", also{
			value: wheelhandoff.StatusAcknowledged, set: set{"AcknowledgedByID": asker},
			but: []refusal{{staff, apierror.InvalidAcknowledger}},
		}, self | tiered | staff},
		{"Status", also{value: wheelhandoff.StatusAcknowledged, set: set{"AcknowledgedByID": ref("User")}}, self | system},
		{"Note", "by transfer", contributor | staff},
	}},
	{row: "WheelParticipant, first", read: inWheel | tiered},
	{"WheelHandoffAttachment", inWheel | tiered, creates{{who: me, set: set{"WheelHandoffID": ref("WheelHandoff"), "FileURL": "https://example.com", "FileType": schematype.Image}}},
		updates{{"FileURL", "https://example.org", nobody}}, me},
}

// participant is whoever asks, and self where the system does.
var participant = made(func(m *making) int64 {
	if m.asker == m.friend {
		return m.people[self]
	}
	return m.asker
})
