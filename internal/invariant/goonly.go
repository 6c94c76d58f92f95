package invariant

import (
	"strings"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// goRules are kept by Go alone. Those without a code have no hook so far.
var goRules = []*Rule{
	toCome("User", "email_normalized", "the domain of the address is in lower case", "mail domains know no case",
		"other services write the address as they normalise it", "email"),
	toCome("User", "one_token", "a verification token and a reset token never stand together", "they share token_expires_at",
		"other services issue the one and leave the other", "verification_token", "reset_password_token"),
	toCome("UserAddress", "billing_country_gb", "UK is written as GB", "ISO 3166-1 has no UK", rewritten, "billing_country"),
	toCome("Tag", "slug_from_name", "a tag without a slug gets one from its name", "links need one", rewritten, "slug"),

	toCome("Community", "alias_from_name", "a community without an alias gets one from its name", "links need one", rewritten, "alias"),
	toCome("Community", "default_rows", "a new community has its free tier, forum, store, Telegram row and owner",
		"every part of the platform expects them", manyRows, "id"),
	toCome("Community", "flag_count_of_reports", "every abuse report raises flag_count", "staff look at what is reported", manyRows, "flag_count"),
	toCome("Forum", "town_hall_stays", "the forum town_hall can't be removed or renamed", "every community has one",
		"other services delete it with its community, row by row", "name"),
	toCome("CommunityMember", "points_of_year", "points start from zero when leaderboard_year changes", "a leaderboard is of a year", earlier, "points"),
	toCome("CommunityMember", "approval", "who is approved or blocked has the time of it", "moderators answer for it",
		"other services write the flag and the time one after the other", "approved_at", "blocked_at"),
	toCome("CommunityGroup", "cadence_of_prices", "a free tier has no cadence and a paid one exactly one", "the cadence says when to pay again",
		"it depends on the tier's prices, and other services make `hobby plan` with is_lifetime and no price", "is_monthly", "is_yearly", "is_lifetime"),
	toCome("CommunityGroupPrice", "currency_known", "the currency is one of ISO 4217, and the amount has its number of decimals",
		"gateways refuse anything else", "the list changes", "currency", "amount"),
	toCome("CommunityGroupAccess", "expires_after_start", "expires_at is later than subscribed_at", "an access lasts",
		lateStart, "expires_at"),
	toCome("CommunityMemberSubscription", "expires_after_start", "expires_at is later than subscribed_at", "a subscription lasts",
		lateStart, "expires_at"),
	toCome("AppSubscription", "expires_after_start", "expires_at is later than subscribed_at", "a subscription lasts",
		lateStart, "expires_at"),
	toCome("StoreDownloadToken", "expires_after_start", "expires_at is the store's download_link_expiry_hours after created_at",
		"a link ends", lateStart, "expires_at"),
	sameCommunity("Classroom_payment_plans", "classroom_id"),
	sameCommunity("Forum_payment_plans", "forum_id"),
	sameCommunity("Meeting_payment_plans", "meeting_id"),
	sameCommunity("MeetingSeries_payment_plans", "meetingseries_id"),
	sameCommunity("Poll_payment_plans", "poll_id"),
	sameCommunity("Resource_payment_plans", "resource_id"),
	sameCommunity("SimpleQuiz_payment_plans", "simplequiz_id"),
	toCome("CommunityMemberBadge", "badge_of_community", "the badge is one of the member's community", "communities award their own badges",
		noColumn, "community_badge_id"),

	toCome("Classroom", "published_at_once", "published_at is set when the classroom is first published, and never changes",
		"members are told once", earlier, "published_at"),
	toCome("ClassroomContent", "activated_at_once", "activated_at is set when the content is first active, and never changes",
		"members are told once", earlier, "activated_at"),
	toCome("ClassroomCertificate", "issued_on_completion", "completing the last active content issues the certificate",
		"that is what issue_certificate says", manyRows, "user_id"),
	toCome("Post", "replies_allowed", "a reply needs a parent that allows replies", "authors may close a discussion", manyRows, "parent_post_id"),
	toCome("Post", "posting_allowed", "where posting is restricted only moderators and up post", "announcements", manyRows, "user_id"),
	toCome("PublicFeeds", "replies_allowed", "a reply needs a parent that allows replies", "authors may close a discussion", manyRows, "parent_feed_id"),
	toCome("PublicFeeds", "posted_by_moderator", "only moderators and up post on behalf of a community", "it speaks for the community", manyRows, "posted_by_id"),
	toCome("CommunityBlogPost", "slug_from_title", "a post without a slug gets one from its title", "links need one", rewritten, "slug"),
	toCome("BlogPost", "slug_from_title", "a post without a slug gets one from its title", "links need one", rewritten, "slug"),
	toCome("SimpleQuiz", "zero_is_no_limit", "max_attempts 0 makes has_attempt_limit false", "zero stands for no limit", rewritten, "has_attempt_limit"),
	toCome("SimpleQuizSubmission", "attempts_left", "a user submits at most max_attempts times", "the limit holds for two at once, too", manyRows, "quiz_id"),
	toCome("SimpleQuizSubmission", "quiz_of_community", "the quiz is one of the community, and its title and id are kept",
		"submissions outlive their quiz", "quiz_id becomes NULL with the quiz; a key of two columns would take community_id along", "quiz_id"),
	inGo("PollVote", "poll_is_active", apierror.PollClosed, "an inactive poll takes no votes", "a result stands", manyRows, "poll_id", "option_id"),

	toCome("MeetingSeries", "time_zone_known", "time_zone is a name of the IANA database", "occurrences keep their wall-clock time in it",
		"the list changes", "time_zone"),
	toCome("Meeting", "sequence_in_series", "series_sequence is set in a series and nowhere else", "it is the number of an occurrence",
		"other services move a meeting out of its series and leave the number", "series_sequence", "series_id"),
	toCome("ConversationParticipant", "members_of_community", "participants are members of the conversation's community",
		"a conversation belongs to its community", noColumn, "user_id"),
	toCome("Message", "sender_takes_part", "the sender takes part in the conversation, whose last_message_at follows",
		"conversations are listed by it", "a key would delete the messages of those who leave", "sender_id"),

	toCome("Wheel", "transitions", "draft, open_for_join, in_progress, completed follow one another; cancelled is no way back; started_at is set on the way",
		"money moves by it", earlier, "status", "started_at"),
	toCome("WheelParticipant", "room", "max_members caps the participants, also when several join at once", "rounds are planned by it", manyRows, "wheel_id"),
	toCome("WheelHandoff", "acknowledged_by_another", "an acknowledged contribution has who and when, and not the giver",
		"nobody confirms their own", "who may be NULL after the account is deleted, and the giver is a participant, not a user",
		"acknowledged_by_id", "acknowledged_at"),

	toCome("PaymentTransaction", "one_subject", "a new row refers to exactly one subject", "a payment is for one thing",
		"references become NULL when their subject is deleted", "transaction_type"),
	toCome("PayoutProfile", "hashes_only", "tax_id and identity_document_number hold hashes", "the numbers are nobody's business here",
		"the form of the hash is the writer's own", "tax_id", "identity_document_number"),
	toCome("StorePurchase", "buyer_email_written", "the address is trimmed and put in lower case on the way in", "people type it as they like",
		rewritten, "buyer_email"),
	toCome("StorageUsage", "within_limit", "an owner's files never pass the tier's storage_limit_gb", "storage is what a tier sells", manyRows, "file_size"),
	toCome("StorageUsage", "one_row_a_file", "a stored file has one row", "its bytes count once", "other services store a path again", "file_path"),
}

// Why rules are out of the database's reach.
const (
	rewritten = "a constraint refuses and doesn't rewrite"
	manyRows  = "it depends on other rows"
	earlier   = "a constraint doesn't see what a row was before"
	noColumn  = "the table has no column for the community"
	lateStart = "other services stamp the start when the row is made, after the end was computed, and late news from a gateway is about the past"
)

func sameCommunity(table, column string) *Rule {
	r := toCome(table, "same_community", "the tier and what it opens are of the same community", "a tier opens nothing of another community",
		noColumn, column, "communitygroup_id")
	r.Code = apierror.OtherCommunity
	return r
}

// inGo is a rule that a hook keeps.
func inGo(table, name string, code apierror.Code, says, reason, why string, fields ...string) *Rule {
	return Rule{
		Name: strings.ToLower(table) + "_" + name, Table: table, Fields: fields, Code: code, Says: says, Reason: reason,
	}.by(GoOnly{Why: why})
}

func toCome(table, name, says, reason, why string, fields ...string) *Rule {
	return Rule{Name: strings.ToLower(table) + "_" + name, Table: table, Fields: fields, Says: says, Reason: reason}.by(GoOnly{Why: why, Pending: true})
}
