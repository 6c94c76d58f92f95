package invariant

import "github.com/communitybuilder/communitybuilder/apierror"

var accountRules = []*Rule{
	Rule{
		Name: "user_email_lower", Table: "User", Fields: []string{"email"},
		Code: apierror.EmailTaken, Says: "must not be the address of another account, letter case aside",
		Reason: "two addresses that differ only in letter case are one account",
	}.by(Unique{Expr: Expr{Postgres: "lower((email)::text)", SQLite: "lower(email)"}}),
	once("User", "user_email", apierror.EmailTaken, "must not be the address of another account, letter case aside", "the address is the login", "email"),
	Rule{
		Name: "user_email_not_empty", Table: "User", Fields: []string{"email"},
		Code: apierror.InvalidValue, Says: "must not be empty", Reason: "the address is the login",
	}.by(Check{Postgres: "((email)::text <> ''::text)", SQLite: "email <> ''"}),
	handle("User", "username"),
	once("User", "user_username", apierror.UsernameTaken, "must not be the name of another account",
		"a user name is one account", "username"),
	once("UserProfile", "UserProfile_user_id_key", apierror.AlreadyExists, "a user has one profile",
		"one profile a user", "user_id"),
	counted("UserProfileSocialLink", "sort_order", "positions count from zero"),
	country("UserAddress"),
	once("UserBadge", "userbadge_user_id_badge_id", apierror.AlreadyAwarded, "awarding twice is one award",
		"a badge is had or not", "user_id", "badge_id"),
}

var otherRules = []*Rule{
	Rule{
		Name: "storageusage_file_size_not_negative", Table: "StorageUsage", Fields: []string{"file_size"},
		Code: apierror.InvalidValue, Says: "must not be negative", Reason: "sizes are added up against the tier's limit",
	}.by(Check{Postgres: "(file_size >= 0)", SQLite: "file_size >= 0"}),
	counted("StorageUsage", "parent_entity_id", "it is the id of a row"),
	once("ConversationParticipant", "conversationparticipant_conversation_id_user_id", apierror.AlreadyMember,
		"a user takes part in a conversation once", "one place a user and conversation", "conversation_id", "user_id"),
	once("CommunityTelegram", "CommunityTelegram_community_id_key", apierror.AlreadyExists,
		"a community has one row of Telegram settings", "one row a community", "community_id"),
	once("BadgeDefinition", "badgedefinition_code", apierror.AlreadyExists, "must not be the code of another badge",
		"a code names one badge", "code"),
}
