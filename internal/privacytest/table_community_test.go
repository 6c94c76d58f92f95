package privacytest

import (
	"time"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent/communityfeedback"
	"github.com/communitybuilder/communitybuilder/ent/communitylike"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/communitystore"
	"github.com/communitybuilder/communitybuilder/ent/communitytelegram"
)

// inAlready is what the system is told, which acts for a member.
var inAlready = []refusal{{system, apierror.AlreadyMember}}

// ownership is given by nobody but the system, and not while there is an owner.
var ownership = update{"Role", also{value: communitymember.RoleOwner, but: []refusal{{system, apierror.OwnerExists}}}, system}

// communal are the rows that belong to a community, or are one.
var communal = append(append(append(community, learning...), talk...), shop...)

var community = []line{
	{"Community", all, nil, updates{
		{"Name", "renamed", managers},
		{"IsOpen", false, managers},
		{"IsActive", false, staff},
		{"FlagCount", 1, staff},
	}, owner | staff},
	{"CommunityMember", members, creates{
		{who: users, set: set{"CommunityID": ref("Community"), "UserID": asker}, but: []refusal{
			{users &^ (outsider | otherOwner | isStaff | admin), apierror.AlreadyMember},
		}},
		{who: system, set: set{"CommunityID": ref("Community"), "UserID": asker, "Role": communitymember.RoleCoOwner}, but: inAlready},
		{who: system, set: set{"CommunityID": ref("Community"), "UserID": asker, "Points": int64(100)}, but: inAlready},
		{who: moderators, set: set{"CommunityID": ref("Community"), "UserID": ref("User, newcomer")}},
		{who: system, set: set{"CommunityID": ref("Community"), "UserID": ref("User, newcomer"), "Role": communitymember.RoleModerator}},
		{who: system, set: set{"CommunityID": ref("Community"), "UserID": ref("User, newcomer"), "Points": int64(100)}},
	}, updates{
		{"Role", communitymember.RoleContributor, moderators},
		{"Role", communitymember.RoleModerator, managers},
		{"Role", communitymember.RoleCoOwner, managers},
		ownership,
		{"Points", int64(7), system},
		{"IsBlocked", true, moderators},
		{"IsBlocked", also{value: true, set: set{"BlockedByID": asker}}, moderators},
		{"IsBlocked", also{value: true, set: set{"BlockedByID": ref("User, contributor")}}, system},
	}, me | moderators},
	{row: "CommunityMember, applicant", read: members | applicant, updates: updates{
		{"Role", communitymember.RoleMember, moderators},
		{"Role", communitymember.RoleModerator, managers},
	}, delete: applicant | moderators},
	{row: "CommunityMember, blocked", read: members | blocked, updates: updates{{"IsBlocked", false, moderators}}, delete: moderators},
	{row: "CommunityMember, contributor", read: members, updates: updates{
		{"Role", communitymember.RoleMember, moderators},
		{"Role", communitymember.RoleModerator, managers},
	}, delete: contributor | moderators},
	{row: "CommunityMember, moderator", read: members, updates: updates{
		{"Role", communitymember.RoleMember, managers},
		{"Role", communitymember.RoleCoOwner, managers},
		{"IsBlocked", true, managers},
		ownership,
	}, delete: managers | moderator},
	{row: "CommunityMember, second moderator", read: members, updates: updates{
		{"Role", communitymember.RoleMember, managers},
		{"Role", communitymember.RoleCoOwner, managers},
		{"IsBlocked", true, moderators},
	}, delete: managers},
	{row: "CommunityMember, co_owner", read: members, updates: updates{
		{"Role", communitymember.RoleMember, managers},
		{"IsBlocked", true, system},
		ownership,
	}, delete: managers},
	// Theirs to hand over, which is more than one write: no right of its own.
	{row: "CommunityMember, owner", read: members, updates: updates{
		{"Role", communitymember.RoleCoOwner, system},
		{"IsBlocked", true, system},
	}, delete: system},
	{"CommunityLike", all, creates{{who: users, set: set{"CommunityID": ref("Community"), "UserID": asker}, before: func(m *making) {
		m.tx.CommunityLike.Delete().Where(communitylike.UserID(m.asker)).ExecX(m.ctx)
	}}}, nil, me},
	{"CommunityView", managers, creates{
		{who: all, set: set{"CommunityID": ref("Community"), "UserID": asks{optional: true}}},
		{who: all, set: set{"CommunityID": ref("Community")}},
	}, updates{{"Country", "NG", nobody}}, nobody},
	{"CommunityGroup", all, creates{{who: managers, set: set{"CommunityID": ref("Community"), "Name": "new"}}}, updates{{"Name", "renamed", managers}}, managers},
	{row: "CommunityGroup, switched off", read: managers, updates: updates{{"IsActive", true, managers}}, delete: managers},
	{"CommunityGroupPrice", all, creates{{who: managers, set: set{"CommunityGroupID": ref("CommunityGroup, tier"), "Currency": "GHS", "Amount": price}}},
		updates{{"Amount", price, managers}}, managers},
	{row: "CommunityGroup, tier", read: all},
	{row: "CommunityGroup, free", read: all},
	{"CommunityGroupAccess", me | managers, creates{
		{who: members, set: set{"CommunityID": ref("Community"), "CommunityGroupID": ref("CommunityGroup, free"), "UserID": asker}},
		{who: managers, set: set{"CommunityID": ref("Community"), "CommunityGroupID": ref("CommunityGroup, tier"), "UserID": ref("User, quiet")}},
		{who: managers, set: set{"CommunityID": ref("Community"), "CommunityGroupID": ref("CommunityGroup, switched off"), "UserID": ref("User, quiet")}},
	}, updates{{"ExpiresAt", soon, managers}, {"IsActive", false, managers}}, managers},
	{"CommunityBadgeDefinition", all, creates{{who: managers, set: set{"CommunityID": ref("Community"), "Code": "new", "Name": "New"}}},
		updates{{"Name", "renamed", managers}}, managers},
	{row: "CommunityBadgeDefinition, second", read: all},
	{"CommunityMemberBadge", members, creates{{who: moderators, set: set{
		"CommunityBadgeID": ref("CommunityBadgeDefinition, second"), "CommunityMemberID": ref("CommunityMember"),
	}}}, nil, moderators},
	{"CommunitySocialLink", all, creates{{who: managers, set: set{"CommunityID": ref("Community"), "Platform": "website", "URL": "https://example.com"}}},
		updates{{"URL", "https://example.org", managers}}, managers},
	{"CommunityTag", all, creates{{who: managers, set: set{"CommunityID": ref("Community"), "TagID": ref("Tag, second")}}}, nil, managers},
	{"CommunityFeedback", all, creates{{who: members, set: set{"CommunityID": ref("Community"), "UserID": asker, "Rating": 4}, before: func(m *making) {
		m.tx.CommunityFeedback.Delete().Where(communityfeedback.UserID(m.asker)).ExecX(m.ctx)
	}}}, updates{{"Rating", 2, me}}, me},
	{"CommunityLeaveReason", managers, creates{{who: users, set: set{
		"CommunityID": ref("Community"), "UserID": asker, "FirstName": "A", "LastName": "B", "Email": "a@example.com", "Reason": "moved",
	}}, {who: tierless | staff, set: set{
		"CommunityID": ref("Community"), "UserID": ref("User, quiet"), "FirstName": "A", "LastName": "B", "Email": "a@example.com", "Reason": "moved",
	}}}, updates{{"Reason", "none", nobody}}, nobody},
	{"CommunityAbuseReport", staff, creates{{who: users, set: set{"CommunityID": ref("Community"), "UserID": asker, "Message": "spam"}}},
		updates{{"Message", "settled", staff}}, staff},
	{"CommunityTelegram", managers, creates{{who: system, set: set{"CommunityID": ref("Community")}, before: func(m *making) {
		m.tx.CommunityTelegram.Delete().Where(communitytelegram.CommunityID(m.rows["Community"])).ExecX(m.ctx)
	}}}, updates{
		{"PlatformIsEnabled", true, managers},
		{"PlatformChatID", "1", managers},
		{"Token", "new", managers},
		{"PlatformLinkCode", "new", system},
		{"PrivateLinkCodeExpires", soon.Add(time.Minute), system},
	}, system},
}

var shop = []line{
	{"CommunityStore", all, creates{{who: system, set: set{"CommunityID": ref("Community, bare")}, before: func(m *making) {
		m.tx.CommunityStore.Delete().Where(communitystore.CommunityID(m.rows["Community, bare"])).ExecX(m.ctx)
	}}}, updates{{"DownloadLinkExpiryHours", 5, managers}, {"IsActive", false, managers}}, nobody},
	{"StoreProduct", all, creates{{who: managers, set: set{
		"StoreID": ref("CommunityStore"), "ListedByID": asker, "Name": "new", "Amount": price, "FileURL": "https://files.example.com/new",
	}}}, updates{{"Name", "renamed", managers}, {"Notes", "new", managers}}, managers},
	{row: "StoreProduct, switched off", read: managers, updates: updates{{"IsActive", true, managers}}, delete: managers},
	{row: "StoreProduct, sold", read: all},
	{"StorePurchase", me | managers, creates{{who: system, set: set{"ProductID": ref("StoreProduct"), "BuyerUserID": asker, "BuyerEmail": "a@example.com"}}},
		updates{{"StripeCustomerID", "cus_3", system}}, nobody},
	{"StoreDownloadToken", system, creates{{who: system, set: set{"PurchaseID": ref("StorePurchase"), "ExpiresAt": soon}}}, updates{{"ExpiresAt", soon, system}}, system},
	{"CommunityMemberSubscription", me | managers, creates{{who: system, set: set{
		"CommunityID": ref("Community"), "CommunityGroupID": ref("CommunityGroup, tier"), "UserID": asker, "SubscribedAt": soon,
	}, before: func(m *making) { m.tx.CommunityMemberSubscription.Delete().ExecX(m.ctx) }}}, updates{{"BillingCountry", "NG", system}}, nobody},
}
