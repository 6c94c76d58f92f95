package invariant

import (
	"strings"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// goRules are kept by Go alone: by the hooks of package hook.
var goRules = []*Rule{
	inGo("User", "email_normalized", apierror.InvalidValue, "the address, and the one to replace it, are written without spaces around them and their domain in lower case",
		"mail domains know no case", "other services write the address as they normalise it", "email", "pending_email"),
	inGo("User", "one_token", apierror.InvalidValue, "a verification token and a reset token never stand together: setting one clears the other",
		"they share token_expires_at", "other services issue the one and leave the other", "verification_token", "reset_password_token"),
	inGo("UserAddress", "billing_country_gb", apierror.InvalidValue, "the code is put in upper case, and UK is written as GB",
		"ISO 3166-1 has no UK", rewritten, "billing_country"),
	inGo("Tag", "slug_from_name", apierror.InvalidValue, "a tag without a slug gets one from its name, and never loses it", "links need one", rewritten, "slug"),

	inGo("Community", "alias_from_name", apierror.AliasTaken, "a community without an alias gets one from its name", "links need one", rewritten, "alias"),
	inGo("Community", "default_rows", apierror.InvalidReference, "a new community has its free tier, forum, store and Telegram row, and the user who makes it as its owner",
		"every part of the platform expects them", manyRows, "id"),
	inGo("Community", "flag_count_of_reports", apierror.InvalidReference, "every abuse report raises flag_count; deleting one doesn't lower it",
		"staff look at what is reported", manyRows, "flag_count"),
	inGo("Roles", "default_stays", apierror.DefaultRoleStays, "the roles admin and user always exist: they can't be deleted or renamed, and admin alone makes staff",
		"every part of the platform expects them", earlier, "name", "is_admin_role"),
	inGo("CommunityMember", "role_of_joining", apierror.InvalidValue, "who joins without a role becomes a member of an open community and an applicant of a closed one",
		"that is what is_open says", manyRows, "role"),
	inGo("WheelParticipant", "approval_time", apierror.InvalidValue, "an approved participant has the time of it, and no other has",
		"moderators answer for it", "other services write the status and the time one after the other", "approved_at"),
	inGo("Wheel", "running_stays", apierror.WheelClosed, "a wheel in progress can't be deleted by itself", "contributions have been made in it",
		"other services delete it with its community, row by row", "status"),
	inGo("WheelHandoff", "stays", apierror.AlreadyAcknowledged, "a contribution can't be deleted by itself once the giver has said that it was made",
		"it tells who has paid", "other services delete it with its wheel, row by row", "status"),
	inGo("Forum", "town_hall_stays", apierror.TownHallStays, "the forum town_hall goes with its community: it can't be deleted by itself or renamed", "every community has one",
		"other services delete it with its community, row by row", "name"),
	inGo("CommunityMember", "points_of_year", apierror.InvalidValue, "points start from zero when leaderboard_year changes; those added without a year are of the current one",
		"a leaderboard is of a year", earlier, "points", "leaderboard_year"),
	inGo("CommunityMember", "approval", apierror.InvalidValue, "who is approved or blocked has the time of it, until the person is an applicant again or unblocked",
		"moderators answer for it", "other services write the flag and the time one after the other", "approved_at", "blocked_at"),
	inGo("CommunityMember", "joining_opens_free_tier", apierror.InvalidValue, "who joins, at once or by approval, has access to the free tier `hobby plan`",
		"what it opens is for every member", manyRows, "role"),
	inGo("CommunityGroup", "cadence_of_prices", apierror.InvalidCadence,
		"exactly one of is_monthly, is_yearly, is_lifetime is true when a tier has a price above zero, and none when it has not: write tier and prices in one transaction",
		"the cadence says when to pay again",
		"it depends on the tier's prices, and other services make `hobby plan` with is_lifetime and no price", "is_monthly", "is_yearly", "is_lifetime"),
	inGo("CommunityGroup", "in_use", apierror.InUse,
		"a tier can't be deleted while somebody has active access or an active subscription to it, or something is open to its members alone",
		"what somebody pays for doesn't vanish, and what was closed doesn't open to everybody", "other services delete it all the same", "id"),
	currencyKnown("CommunityGroupPrice", "amount"),
	currencyKnown("AppSubscriptionTierPrice", "amount"),
	currencyKnown("PaymentTransaction", "total_amount", "platform_fee", "owner_amount"),
	currencyKnown("StorePurchase", "amount_paid"),
	inGo("CommunityGroupAccess", "expires_after_start", apierror.EndsBeforeStart, "must be later than subscribed_at", "an access lasts",
		lateStart, "expires_at", "subscribed_at"),
	inGo("CommunityMemberSubscription", "expires_after_start", apierror.EndsBeforeStart, "must be later than subscribed_at", "a subscription lasts",
		lateStart, "expires_at", "subscribed_at"),
	inGo("AppSubscription", "expires_after_start", apierror.EndsBeforeStart, "must be later than subscribed_at", "a subscription lasts",
		lateStart, "expires_at", "subscribed_at"),
	inGo("StoreDownloadToken", "expires_after_start", apierror.EndsBeforeStart,
		"must not be earlier than created_at; where nobody sets it, it is the store's download_link_expiry_hours later",
		"a link ends", lateStart, "expires_at", "created_at"),
	sameCommunity("Classroom_payment_plans", "classroom_id"),
	sameCommunity("Forum_payment_plans", "forum_id"),
	sameCommunity("Meeting_payment_plans", "meeting_id"),
	sameCommunity("MeetingSeries_payment_plans", "meetingseries_id"),
	sameCommunity("Poll_payment_plans", "poll_id"),
	sameCommunity("Resource_payment_plans", "resource_id"),
	sameCommunity("SimpleQuiz_payment_plans", "simplequiz_id"),
	inGo("CommunityMemberBadge", "badge_of_community", apierror.OtherCommunity, "the badge must be one of the member's community", "communities award their own badges",
		noColumn, "community_badge_id", "community_member_id"),

	inGo("Classroom", "published_at_once", apierror.InvalidValue, "is set when the classroom is first published, and never changes or goes",
		"members are told once", earlier, "published_at"),
	inGo("ClassroomContent", "activated_at_once", apierror.InvalidValue, "is set when the content is first active, and never changes or goes",
		"members are told once", earlier, "activated_at"),
	inGo("ClassroomContentCompletion", "content_is_active", apierror.ContentInactive, "a content that is switched off can't be completed",
		"members don't see it", manyRows, "content_id"),
	inGo("ClassroomCertificate", "issued_on_completion", apierror.AlreadyAwarded,
		"completing the last active content of a classroom that has issue_certificate issues the certificate; switching a content off or issue_certificate on does not",
		"a certificate is for what somebody did", manyRows, "user_id"),
	inGo("Post", "replies_allowed", apierror.RepliesClosed, "the parent takes no replies", "authors may close a discussion", manyRows, "parent_post_id"),
	inGo("Post", "posting_allowed", apierror.PostingRestricted,
		"must be a moderator or up who is not blocked, where the forum or its community restricts posting", "announcements", manyRows, "user_id", "forum_id"),
	inGo("PublicFeeds", "replies_allowed", apierror.RepliesClosed, "the parent takes no replies", "authors may close a discussion", manyRows, "parent_feed_id"),
	inGo("PublicFeeds", "posted_by_moderator", apierror.PostingRestricted,
		"must be a moderator or up of the community who is not blocked; anybody may reply", "it speaks for the community", manyRows, "posted_by_id", "community_id"),
	inGo("CommunityBlogPost", "slug_from_title", apierror.SlugTaken, "a post without a slug gets one from its title and the time", "links need one", rewritten, "slug"),
	inGo("BlogPost", "slug_from_title", apierror.SlugTaken, "a post without a slug gets one from its title and the time", "links need one", rewritten, "slug"),
	inGo("SimpleQuiz", "zero_is_no_limit", apierror.InvalidValue, "setting max_attempts to 0 makes it false", "zero stands for no limit", rewritten, "has_attempt_limit"),
	inGo("SimpleQuizSubmission", "attempts_left", apierror.NoAttemptsLeft, "a user submits at most max_attempts times, where has_attempt_limit is on",
		"the limit holds for two at once, too", manyRows, "quiz_id"),
	inGo("SimpleQuizSubmission", "quiz_of_community", apierror.OtherCommunity, "the quiz must be one of the community", "a community sees what was submitted to its quizzes",
		"quiz_id becomes NULL with the quiz; a key of two columns would take community_id along", "quiz_id"),
	inGo("SimpleQuizSubmission", "quiz_stays", apierror.InvalidValue, "must be set when the row is made, and stays until the quiz is deleted",
		"a submission is an attempt at one quiz", "it becomes NULL with the quiz", "quiz_id"),
	inGo("SimpleQuizSubmission", "snapshot_stays", apierror.InvalidValue,
		"the quiz's id and title at the time of the attempt are noted when the row is made, and never change", "submissions outlive their quiz",
		earlier, "quiz_id_at_submit", "quiz_title_snapshot"),
	inGo("QuizGenerationJob", "transitions", apierror.InvalidTransition,
		"queued, processing, and then completed or failed follow one another; who sets processing takes a job that is still queued", "a job is done by one worker",
		earlier, "status"),
	inGo("PollVote", "poll_is_active", apierror.PollClosed, "an inactive poll takes no votes", "a result stands", manyRows, "poll_id", "option_id"),

	inGo("MeetingSeries", "time_zone_known", apierror.InvalidValue, "must be a name of the IANA time zone database, such as Africa/Lagos",
		"occurrences keep their wall-clock time in it", "the list changes", "time_zone"),
	inGo("Meeting", "sequence_in_series", apierror.InvalidValue, "is set in a series and nowhere else", "it is the number of an occurrence",
		"other services move a meeting out of its series and leave the number", "series_sequence", "series_id"),
	inGo("ConversationParticipant", "members_of_community", apierror.NotMember,
		"must be a member of the conversation's community, neither an applicant nor blocked, at the time of joining",
		"a conversation belongs to its community", noColumn, "user_id", "conversation_id"),
	inGo("Message", "sender_takes_part", apierror.NotParticipant, "must take part in the conversation",
		"a conversation is among its participants", "a key would delete the messages of those who leave", "sender_id", "conversation_id"),
	inGo("Message", "has_recipient", apierror.NoRecipient, "must be a conversation in which somebody else than the sender takes part",
		"a conversation has two or more participants, who come one after the other", manyRows, "conversation_id", "sender_id"),
	inGo("Conversation", "last_message_at_follows", apierror.InvalidValue,
		"messages move it on to when they were sent, in the same transaction; it stays when they are deleted",
		"conversations are listed by it", manyRows, "last_message_at"),
	linkCode("platform"),
	linkCode("private"),

	inGo("Wheel", "transitions", apierror.InvalidTransition,
		"begins as draft or open_for_join, and goes on from draft to open_for_join, from either to in_progress, from there to completed, and from these three to cancelled",
		"money moves by it", earlier, "status"),
	inGo("Wheel", "ready_to_start", apierror.WheelNotReady,
		"becomes in_progress with at least two approved participants, whose positions are 1 to n without gaps",
		"every round has a recipient and somebody who gives", manyRows, "status"),
	inGo("Wheel", "completed_in_full", apierror.RoundOpen, "becomes completed when every approved participant has received",
		"everybody who gives receives", manyRows, "status"),
	inGo("Wheel", "started_at_once", apierror.InvalidValue, "is set when the wheel becomes in_progress, and never changes",
		"the first round runs from it", earlier, "started_at", "status"),
	inGo("Wheel", "holds_participants", apierror.WheelFull, "must not be less than the number of approved participants",
		"they have been promised a round", manyRows, "max_members"),
	inGo("WheelParticipant", "before_start", apierror.WheelClosed,
		"must be a wheel that is draft or open_for_join: after that nobody is added, removed, moved, approved or rejected",
		"who takes part, and when, is settled before money moves", manyRows, "wheel_id", "order", "approval_status"),
	inGo("WheelParticipant", "room", apierror.WheelFull,
		"must be a wheel with a seat left: of its max_members, those who wait for approval take one each, those who are rejected none",
		"rounds are planned by it", manyRows, "wheel_id", "approval_status"),
	inGo("WheelParticipant", "received_in_turn", apierror.RoundOpen,
		"is set once, in a wheel that is in_progress, when every other approved participant's contribution is acknowledged and everybody before has received",
		"the next round starts with it", manyRows, "round_received_at"),
	inGo("WheelHandoff", "transitions", apierror.InvalidTransition, "begins as pending, and goes on to action_done and then to acknowledged",
		"money has been received when it says so", earlier, "status"),
	inGo("WheelHandoff", "in_progress", apierror.WheelNotInProgress, "must be a wheel that is in_progress, and giver and recipient approved",
		"nobody owes anything before the start", manyRows, "wheel_id", "from_participant_id", "to_participant_id"),
	inGo("WheelHandoff", "acknowledged_by_another", apierror.InvalidAcknowledger,
		"must be, with the status acknowledged and only with it, an approved participant of the wheel other than the giver",
		"nobody confirms their own", "who may be NULL after the account is deleted, and the giver is a participant, not a user",
		"acknowledged_by_id", "acknowledged_at", "status"),
	inGo("WheelHandoff", "acknowledged_once", apierror.AlreadyAcknowledged,
		"is set with the status acknowledged, as is acknowledged_at, and neither changes then",
		"of two who acknowledge at once it was the first", earlier, "acknowledged_by_id", "acknowledged_at", "status"),
	inGo("WheelHandoffAttachment", "before_acknowledgement", apierror.AlreadyAcknowledged, "must be a contribution that is not acknowledged yet",
		"what was confirmed was confirmed on the evidence of then", manyRows, "wheel_handoff_id", "file_url", "file_type"),

	inGo("PaymentTransaction", "one_subject", apierror.InvalidSubject,
		"the payment must refer to exactly one subscription or purchase", "a payment is for one thing",
		"references become NULL when their subject is deleted",
		"transaction_type", "app_subscription_id", "community_member_subscription_id", "store_purchase_id"),
	hashed("tax_id"),
	hashed("identity_document_number"),
	inGo("StorePurchase", "buyer_email_written", apierror.InvalidValue, "the address is trimmed and put in lower case on the way in", "people type it as they like",
		rewritten, "buyer_email"),
	inGo("StorageUsage", "within_limit", apierror.StorageFull,
		"the owner's files must not pass the storage_limit_gb of their platform tier, which is free_hobby for who has no active subscription",
		"storage is what a tier sells", manyRows, "file_size", "owner_id"),
	inGo("StorageUsage", "one_row_a_file", apierror.AlreadyExists, "a stored file has one row of its owner",
		"its bytes count once", "other services store a path again", "file_path", "owner_id"),
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
	return inGo(table, "same_community", apierror.OtherCommunity, "must be of the community of the tier",
		"a tier opens nothing of another community", noColumn, column, "communitygroup_id")
}

func currencyKnown(table string, amounts ...string) *Rule {
	return inGo(table, "currency_known", apierror.InvalidValue,
		"must be a currency of ISO 4217, with amounts of no more decimals than it has", "gateways refuse anything else", "the list changes",
		append([]string{"currency"}, amounts...)...)
}

func hashed(column string) *Rule {
	return inGo("PayoutProfile", column+"_hashed", apierror.InvalidValue,
		"must be a hash, never the number itself: the hexadecimal digest of SHA-256, SHA-384 or SHA-512, or the encoded form of Argon2, scrypt, bcrypt or PBKDF2",
		"the numbers are nobody's business here", "the form of the hash is the writer's own", column)
}

func linkCode(bot string) *Rule {
	code := bot + "_link_code"
	return inGo("CommunityTelegram", bot+"_code_expires", apierror.InvalidValue, "must come with "+code+"_expires",
		"a code that is never used must not stay good", "other services write the code and its end one after the other",
		code, code+"_expires")
}

// inGo is a rule that a hook keeps.
func inGo(table, name string, code apierror.Code, says, reason, why string, fields ...string) *Rule {
	return Rule{
		Name: strings.ToLower(table) + "_" + name, Table: table, Fields: fields, Code: code, Says: says, Reason: reason,
	}.by(GoOnly{Why: why})
}
