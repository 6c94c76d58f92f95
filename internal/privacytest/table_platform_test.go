package privacytest

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/creatorpayoutaccount"
	"github.com/communitybuilder/communitybuilder/ent/paymenttransaction"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/storageusage"
	"github.com/communitybuilder/communitybuilder/factory"
)

var (
	soon     = time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	birthday = schematype.DateOf(time.Date(1990, time.May, 17, 0, 0, 0, 0, time.UTC))
	price    = decimal.New(1250, -2)
	digest   = strings.Repeat("0123456789abcdef", 4)
)

// profile is a new profile of whoever asks.
var profile = made(func(m *making) int64 {
	return factory.Must(m.ctx, m.t, m.f.UserProfile, func(c *ent.UserProfileCreate) { c.SetUserID(m.asker) }).ID
})

// platform are the rows that belong to no community.
var platform = []line{
	// account
	{"User", all, creates{{who: system, set: set{"Email": "new@example.com", "Password": "pbkdf2_sha256$1$a$b"}}}, updates{
		{"Username", "renamed", me},
		{"Email", "renamed@example.com", system},
		{"Password", "pbkdf2_sha256$1$a$b", system},
		{"IsStaff", true, system},
		{"IsActive", false, system},
		{"IsVerified", false, system},
		{"ResetPasswordToken", "token", system},
		{"EmailChangeCode", "654321", system},
		{"LastLogin", soon, system},
	}, system},
	{row: "User, quiet", read: users},
	{row: "User, contributor", read: users},
	{row: "User, newcomer", read: users},
	{row: "User, tiered", read: users},
	{row: "User, staff", read: all},
	{row: "User, switched off", read: staff, updates: updates{{"Username", "renamed", staff}}},
	{"Role", users, creates{{who: system, set: set{"Name": "reader"}}}, updates{{"IsAdminRole", true, system}}, system},
	{"Permission", users, creates{{who: system, set: set{"Name": "read"}}}, updates{{"Name", "write", system}}, system},
	{"RolePermission", users, creates{{who: system, set: set{"RoleID": ref("Role"), "PermissionID": ref("Permission, second")}}}, nil, system},
	{"UserRole", me, creates{{who: system, set: set{"RoleID": ref("Role"), "UserID": asker}}}, nil, system},

	// user_profile
	{"UserProfile", all, creates{{
		who: users, set: set{"UserID": asker, "FirstName": "A", "LastName": "B"},
		before: noProfile,
	}}, updates{{"Bio", "new", me}, {"PhoneNumber", "+2348000000001", me}}, system},
	{row: "UserProfile, quiet", read: users},
	{"UserProfileSocialLink", users, creates{
		{who: users, set: set{"UserProfileID": profile, "Platform": "website", "URL": "https://example.com"}, before: noProfile},
		{who: me, set: set{"UserProfileID": ref("UserProfile"), "Platform": "website", "URL": "https://example.com"}},
	}, updates{{"URL", "https://example.org", me}}, me},
	{"UserInterest", users, creates{
		{who: users, set: set{"UserProfileID": profile, "TagID": ref("Tag")}, before: noProfile},
		{who: me, set: set{"UserProfileID": ref("UserProfile"), "TagID": ref("Tag, second")}},
	}, nil, me},
	{"UserAddress", me, creates{
		{who: users, set: set{"UserID": asker, "City": "Lagos"}},
		{who: tierless | staff, set: set{"UserID": ref("User, quiet"), "City": "Lagos"}},
	}, updates{{"City", "Accra", me}}, me},

	// shared
	{"Tag", all, creates{{who: users, set: set{"Name": "new tag"}}}, updates{{"Name", "renamed", staff}}, staff},

	// others, to refer to
	{row: "Community, bare", read: all, create: creates{{who: users, set: set{"Name": "new"}}}},
	{row: "Tag, second", read: all},
	{row: "Permission, second", read: users},
	{row: "BadgeDefinition, second", read: all},

	// blog, badges
	{"BlogPost", all, creates{{who: staff, set: set{"Title": "t", "BlogMessage": "m", "WriterID": asker}}}, updates{{"Title", "new", staff}}, staff},
	{"BadgeDefinition", all, creates{{who: staff, set: set{"Code": "new", "Name": "New"}}}, updates{{"Name", "renamed", staff}}, staff},
	{"UserBadge", users, creates{{who: system, set: set{"BadgeID": ref("BadgeDefinition, second"), "UserID": asker}}}, nil, system},

	// quiz
	{"QuizGenerationJob", system, creates{{who: system, set: set{"JobID": "1", "MetaData": "{}", "FileURL": "https://example.com"}}},
		updates{{"MetaData", `{"topic": "x"}`, system}}, system},

	// app_payments
	{"PaymentTransaction", me | owner, creates{{who: system, set: set{
		"CommunityMemberSubscriptionID": ref("CommunityMemberSubscription"), "TotalAmount": price, "Currency": "USD",
		"TransactionType": paymenttransaction.TransactionTypeCommunityMemberSubscription, "PaymentGateway": schematype.Stripe,
	}}}, updates{{"StripeChargeID", "ch_1", system}}, nobody},
	{"CreatorPayoutAccount", me, creates{
		{who: users, set: set{"UserID": asker, "PaymentGateway": schematype.Stripe, "Label": "savings"}},
		{who: system, set: set{"UserID": asker, "PaymentGateway": schematype.Stripe, "Label": "savings", "StripeConnectAccountID": "acct_9"}},
		{who: system, set: set{"UserID": asker, "PaymentGateway": schematype.Stripe, "Label": "savings", "Status": creatorpayoutaccount.StatusActive}},
	}, updates{
		{"Label", "new", me},
		{"IsPrimary", true, me},
		{"Status", creatorpayoutaccount.StatusActive, system},
		{"StripeConnectAccountID", "acct_8", system},
	}, me},
	{"PayoutProfile", me, creates{{who: users, set: set{"UserID": asker, "LegalFullName": "A B"}, before: func(m *making) {
		m.tx.PayoutProfile.Delete().ExecX(m.ctx)
	}}}, updates{{"LegalFullName", "C D", me}, {"TaxID", digest, me}}, system},

	// app_subscription
	{"AppSubscriptionTier", all, creates{{who: staff, set: set{"TierName": "free_hobby", "DisplayName": "New"}}}, updates{{"DisplayName", "renamed", staff}}, staff},
	{row: "AppSubscriptionTier, subscribed to", read: all},
	{row: "AppSubscriptionTier, switched off", read: staff, updates: updates{{"IsActive", true, staff}}, delete: staff},
	{"AppSubscriptionTierPrice", all, creates{{who: staff, set: set{"TierID": ref("AppSubscriptionTier"), "Currency": "GHS", "Amount": price}}},
		updates{{"Amount", price, staff}}, staff},
	{"AppSubscription", me, creates{{who: system, set: set{"TierID": ref("AppSubscriptionTier, subscribed to"), "UserID": asker, "SubscribedAt": soon}, before: func(m *making) {
		m.tx.AppSubscription.Delete().ExecX(m.ctx)
	}}}, updates{{"BillingCountry", "NG", system}}, nobody},

	// storage_usage
	{"StorageUsage", me, creates{{who: system, set: set{
		"OwnerID": asker, "FilePath": "a.jpg", "FileSize": int64(1), "FileType": storageusage.FileTypeAvatar,
	}}}, updates{{"FileSize", int64(2), system}}, system},
}

// noProfile takes away the profile that whoever asks may have.
func noProfile(m *making) { m.tx.UserProfile.Delete().ExecX(m.ctx) }
