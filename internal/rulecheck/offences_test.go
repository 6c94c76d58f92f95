package rulecheck

import (
	"fmt"
	"strings"
)

// An offence makes a good row bad.
type offence struct {
	rule    string
	sign    int    // which of the rule's
	row     string // the factory's builder of it
	good    string // SQL that completes the good row
	bad     string // SQL that breaks the rule
	offends string // a query of the ids that are found then; "" for the row's
}

// In each :row is the row's id and :other that of a community that it isn't of.
var offences = []offence{
	{rule: "user_email_normalized", row: "User", bad: `UPDATE "User" SET email = 'ada@Example.com' WHERE id = :row`},
	{rule: "user_email_normalized", row: "User", bad: `UPDATE "User" SET pending_email = ' ada@example.com' WHERE id = :row`},
	{rule: "user_one_token", row: "User", good: `UPDATE "User" SET verification_token = 'a', reset_password_token = '' WHERE id = :row`,
		bad: `UPDATE "User" SET reset_password_token = 'b' WHERE id = :row`},
	{rule: "useraddress_billing_country_gb", row: "UserAddress", bad: `UPDATE "UserAddress" SET billing_country = 'UK' WHERE id = :row`},
	{rule: "tag_slug_from_name", row: "Tag", bad: `UPDATE "Tag" SET slug = '' WHERE id = :row`},
	{rule: "communityblogpost_slug_from_title", row: "CommunityBlogPost", bad: `UPDATE "CommunityBlogPost" SET slug = '' WHERE id = :row`},
	{rule: "blogpost_slug_from_title", row: "BlogPost", bad: `UPDATE "BlogPost" SET slug = '' WHERE id = :row`},

	{rule: "community_alias_from_name", row: "Community", bad: `UPDATE "Community" SET alias = '' WHERE id = :row`},
	{rule: "community_default_rows", row: "Tag",
		bad:     `INSERT INTO "Community" (created_at, updated_at, name, alias) VALUES (now(), now(), 'Bare', 'bare')`,
		offends: `SELECT id FROM "Community" WHERE alias = 'bare'`},
	{rule: "communitymember_approval", row: "CommunityMember", bad: `UPDATE "CommunityMember" SET is_blocked = true, blocked_at = NULL WHERE id = :row`},
	{rule: "communitymember_approval", row: "CommunityMember", bad: `UPDATE "CommunityMember" SET approved_by_id = user_id, approved_at = NULL WHERE id = :row`},
	{rule: "communitymemberbadge_badge_of_community", row: "CommunityMemberBadge",
		bad: `UPDATE "CommunityBadgeDefinition" SET community_id = :other WHERE id = (SELECT community_badge_id FROM "CommunityMemberBadge" WHERE id = :row)`},
	{rule: "communitytelegram_platform_code_expires", row: "CommunityTelegram",
		bad: `UPDATE "CommunityTelegram" SET platform_link_code = 'a', platform_link_code_expires = NULL WHERE id = :row`},
	{rule: "communitytelegram_private_code_expires", row: "CommunityTelegram",
		bad: `UPDATE "CommunityTelegram" SET private_link_code = 'a', private_link_code_expires = NULL WHERE id = :row`},
	{rule: "communitygroup_cadence_of_prices", sign: 0, row: "CommunityGroup",
		good: `DELETE FROM "CommunityGroup" WHERE name = 'hobby plan'`,
		bad:  `UPDATE "CommunityGroup" SET name = 'hobby plan', is_lifetime = true WHERE id = :row`},
	{rule: "communitygroup_cadence_of_prices", sign: 1, row: "CommunityGroup", bad: `UPDATE "CommunityGroup" SET is_yearly = true WHERE id = :row`},
	{rule: "communitygroup_cadence_of_prices", sign: 1, row: "CommunityGroupPrice",
		bad:     `UPDATE "CommunityGroup" SET is_monthly = false WHERE id = (SELECT community_group_id FROM "CommunityGroupPrice" WHERE id = :row)`,
		offends: `SELECT community_group_id FROM "CommunityGroupPrice" WHERE id = :row`},
	{rule: "communitygroupprice_currency_known", row: "CommunityGroupPrice", bad: `UPDATE "CommunityGroupPrice" SET currency = 'QQQ' WHERE id = :row`},
	{rule: "communitygroupprice_currency_known", row: "CommunityGroupPrice",
		good: `UPDATE "CommunityGroupPrice" SET currency = 'JPY', amount = 100 WHERE id = :row`,
		bad:  `UPDATE "CommunityGroupPrice" SET amount = 100.5 WHERE id = :row`},
	{rule: "appsubscriptiontierprice_currency_known", row: "AppSubscriptionTierPrice",
		bad: `UPDATE "AppSubscriptionTierPrice" SET currency = 'QQQ' WHERE id = :row`},
	{rule: "paymenttransaction_currency_known", row: "PaymentTransaction",
		good: `UPDATE "PaymentTransaction" SET status = 'pending', currency = 'XOF', total_amount = 10, platform_fee = 0, owner_amount = 0 WHERE id = :row`,
		bad:  `UPDATE "PaymentTransaction" SET owner_amount = 9.5 WHERE id = :row`},
	{rule: "storepurchase_currency_known", row: "StorePurchase", bad: `UPDATE "StorePurchase" SET currency = 'QQQ' WHERE id = :row`},
	{rule: "communitygroupaccess_expires_after_start", row: "CommunityGroupAccess", bad: `UPDATE "CommunityGroupAccess" SET expires_at = subscribed_at WHERE id = :row`},
	moved("Classroom", "classroom_id"), moved("Forum", "forum_id"), moved("Meeting", "meeting_id"), moved("MeetingSeries", "meetingseries_id"),
	moved("Poll", "poll_id"), moved("Resource", "resource_id"), moved("SimpleQuiz", "simplequiz_id"),

	{rule: "classroom_published_at_once", row: "Classroom", bad: `UPDATE "Classroom" SET published_at = NULL WHERE id = :row`},
	{rule: "classroomcontent_activated_at_once", row: "ClassroomContent", bad: `UPDATE "ClassroomContent" SET activated_at = NULL WHERE id = :row`},
	{rule: "classroomcertificate_issued_on_completion", row: "ClassroomContentCompletion",
		good: `UPDATE "Classroom" SET issue_certificate = true;
			INSERT INTO "ClassroomContent" (created_at, updated_at, title, is_active, activated_at, classroom_id)
			SELECT now(), now(), 'not completed yet', true, now(), classroom_id FROM "ClassroomContent"`,
		bad: `UPDATE "ClassroomContent" SET is_active = false WHERE title = 'not completed yet'`},
	{rule: "simplequizsubmission_attempts_left", row: "QuizSubmission",
		good: `UPDATE "SimpleQuiz" SET has_attempt_limit = true, max_attempts = 1`,
		bad: `INSERT INTO "SimpleQuizSubmission" (created_at, updated_at, submission_data, total_questions, community_id, quiz_id, user_id)
			SELECT created_at, updated_at, submission_data, total_questions, community_id, quiz_id, user_id FROM "SimpleQuizSubmission" WHERE id = :row`,
		offends: `SELECT max(id) FROM "SimpleQuizSubmission"`},
	{rule: "simplequizsubmission_snapshot_stays", sign: 0, row: "QuizSubmission",
		bad: `UPDATE "SimpleQuizSubmission" SET quiz_id_at_submit = NULL WHERE id = :row`},
	{rule: "simplequizsubmission_snapshot_stays", sign: 0, row: "QuizSubmission",
		bad: `UPDATE "SimpleQuizSubmission" SET quiz_title_snapshot = '' WHERE id = :row`},
	{rule: "simplequizsubmission_snapshot_stays", sign: 1, row: "QuizSubmission",
		bad: `UPDATE "SimpleQuizSubmission" SET quiz_id_at_submit = 404 WHERE id = :row`},
	{rule: "simplequizsubmission_quiz_of_community", row: "QuizSubmission", bad: `UPDATE "SimpleQuizSubmission" SET community_id = :other WHERE id = :row`},

	{rule: "meetingseries_time_zone_known", row: "MeetingSeries", bad: `UPDATE "MeetingSeries" SET time_zone = 'Mars/Olympus' WHERE id = :row`},
	{rule: "meeting_sequence_in_series", sign: 0, row: "Meeting", bad: `UPDATE "Meeting" SET series_sequence = 7 WHERE id = :row`},
	{rule: "meeting_sequence_in_series", sign: 1, row: "MeetingSeries",
		bad: `INSERT INTO "Meeting" (created_at, updated_at, title, start_datetime, end_datetime, series_id, community_id, created_by_id)
			SELECT now(), now(), 'm', now(), now() + interval '1 hour', id, community_id, created_by_id FROM "MeetingSeries" WHERE id = :row`,
		offends: `SELECT id FROM "Meeting"`},
	{rule: "conversationparticipant_members_of_community", row: "ConversationParticipant",
		bad: `DELETE FROM "CommunityMember" WHERE user_id = (SELECT user_id FROM "ConversationParticipant" WHERE id = :row)`},
	{rule: "message_sender_takes_part", row: "Message",
		bad: `DELETE FROM "ConversationParticipant" WHERE user_id = (SELECT sender_id FROM "Message" WHERE id = :row)`},
	{rule: "message_has_recipient", row: "Message",
		bad:     `DELETE FROM "ConversationParticipant" WHERE user_id <> (SELECT sender_id FROM "Message" WHERE id = :row)`,
		offends: `SELECT id FROM "Conversation"`},
	{rule: "conversation_last_message_at_follows", row: "Message",
		bad: `UPDATE "Conversation" SET last_message_at = last_message_at - interval '1 hour'`, offends: `SELECT id FROM "Conversation"`},
	{rule: "conversation_last_message_at_follows", row: "Message",
		bad: `UPDATE "Conversation" SET last_message_at = NULL`, offends: `SELECT id FROM "Conversation"`},

	// A contribution is one of a wheel that has two participants and has been
	// started; it is made to the first of them.
	{rule: "wheel_ready_to_start", row: "Wheel", bad: `UPDATE "Wheel" SET status = 'in_progress', started_at = now() WHERE id = :row`},
	{rule: "wheel_ready_to_start", row: "WheelHandoff", bad: `UPDATE "WheelParticipant" SET "order" = 3 WHERE "order" = 2`, offends: `SELECT id FROM "Wheel"`},
	{rule: "wheel_completed_in_full", row: "WheelHandoff", bad: `UPDATE "Wheel" SET status = 'completed'`, offends: `SELECT id FROM "Wheel"`},
	{rule: "wheel_started_at_once", row: "Wheel", bad: `UPDATE "Wheel" SET started_at = now() WHERE id = :row`},
	{rule: "wheel_started_at_once", row: "WheelHandoff", bad: `UPDATE "Wheel" SET started_at = NULL`, offends: `SELECT id FROM "Wheel"`},
	{rule: "wheel_holds_participants", row: "WheelParticipant",
		good: `UPDATE "Wheel" SET max_members = 1`, bad: `UPDATE "Wheel" SET max_members = 0`, offends: `SELECT id FROM "Wheel"`},
	{rule: "wheelparticipant_room", row: "WheelParticipant", good: `UPDATE "Wheel" SET max_members = 1`, bad: `UPDATE "Wheel" SET max_members = 0`},
	{rule: "wheelparticipant_approval_time", row: "WheelHandoff",
		bad: `UPDATE "WheelParticipant" SET approved_at = NULL`, offends: `SELECT id FROM "WheelParticipant"`},
	{rule: "roles_default_stays", row: "Role", bad: `UPDATE "Roles" SET is_admin_role = false WHERE name = 'admin'`,
		offends: `SELECT id FROM "Roles" WHERE name = 'admin'`},
	{rule: "roles_default_stays", row: "Role", bad: `DELETE FROM "Roles" WHERE name = 'user'`, offends: `SELECT min(id) FROM "Roles"`},
	{rule: "wheelparticipant_received_in_turn", row: "WheelHandoff",
		bad: `UPDATE "WheelParticipant" SET round_received_at = now() WHERE "order" = 2`, offends: `SELECT id FROM "WheelParticipant" WHERE "order" = 2`},
	{rule: "wheelparticipant_received_in_turn", row: "WheelHandoff",
		bad: `UPDATE "WheelParticipant" SET round_received_at = now() WHERE "order" = 1`, offends: `SELECT id FROM "WheelParticipant" WHERE "order" = 1`},
	{rule: "wheelhandoff_in_progress", row: "WheelHandoff", bad: `UPDATE "Wheel" SET status = 'draft'`},
	{rule: "wheelhandoff_in_progress", row: "WheelHandoff", bad: `UPDATE "WheelParticipant" SET approval_status = 'pending' WHERE "order" = 1`},
	{rule: "wheelhandoff_in_progress", row: "WheelHandoff", bad: `UPDATE "WheelParticipant" SET approval_status = 'pending' WHERE "order" = 2`},
	{rule: "wheelhandoff_acknowledged_by_another", sign: 0, row: "WheelHandoff",
		good: acknowledged("to_participant_id"), bad: acknowledged("from_participant_id")},
	{rule: "wheelhandoff_acknowledged_by_another", sign: 0, row: "WheelHandoff",
		good: acknowledged("to_participant_id"), bad: `UPDATE "WheelHandoff" SET acknowledged_by_id = NULL`},
	{rule: "wheelhandoff_acknowledged_by_another", sign: 1, row: "WheelHandoff",
		good: acknowledged("to_participant_id"), bad: `UPDATE "WheelHandoff" SET status = 'action_done'`},
	{rule: "wheelhandoff_acknowledged_once", row: "WheelHandoff",
		good: acknowledged("to_participant_id"), bad: `UPDATE "WheelHandoff" SET acknowledged_at = NULL`},
	{rule: "wheelhandoff_acknowledged_once", row: "WheelHandoff", bad: `UPDATE "WheelHandoff" SET acknowledged_at = now()`},
	{rule: "wheelhandoffattachment_before_acknowledgement", row: "WheelHandoffAttachment",
		good: `UPDATE "WheelHandoffAttachment" SET created_at = now() - interval '1 hour';` + acknowledged("to_participant_id"),
		bad:  `UPDATE "WheelHandoffAttachment" SET created_at = now() + interval '1 hour'`},

	{rule: "communitymembersubscription_expires_after_start", row: "CommunityMemberSubscription",
		bad: `UPDATE "CommunityMemberSubscription" SET expires_at = subscribed_at WHERE id = :row`},
	{rule: "appsubscription_expires_after_start", row: "AppSubscription", bad: `UPDATE "AppSubscription" SET expires_at = subscribed_at WHERE id = :row`},
	{rule: "storedownloadtoken_expires_after_start", row: "StoreDownloadToken", bad: `UPDATE "StoreDownloadToken" SET expires_at = created_at - interval '1 second' WHERE id = :row`},
	{rule: "paymenttransaction_one_subject", row: "PaymentTransaction",
		bad: `UPDATE "PaymentTransaction" SET app_subscription_id = NULL, community_member_subscription_id = NULL, store_purchase_id = NULL WHERE id = :row`},
	{rule: "payoutprofile_tax_id_hashed", row: "PayoutProfile", bad: `UPDATE "PayoutProfile" SET tax_id = '12-3456789' WHERE id = :row`},
	{rule: "payoutprofile_identity_document_number_hashed", row: "PayoutProfile",
		bad: `UPDATE "PayoutProfile" SET identity_document_number = 'A01234567' WHERE id = :row`},
	{rule: "storageusage_within_limit", row: "StorageUsage",
		bad: `INSERT INTO "AppSubscriptionTier" (created_at, updated_at, tier_name, display_name, storage_limit_gb)
			VALUES (now(), now(), 'free_hobby', 'Free', 0)`,
		offends: `SELECT owner_id FROM "StorageUsage"`},
	{rule: "storageusage_within_limit", row: "AppSubscription",
		good: `UPDATE "AppSubscription" SET status = 'active', expires_at = NULL; UPDATE "AppSubscriptionTier" SET storage_limit_gb = 1;
			INSERT INTO "StorageUsage" (created_at, file_path, file_size, owner_id) SELECT now(), 'big', 1000000000, user_id FROM "AppSubscription"`,
		bad:     `INSERT INTO "StorageUsage" (created_at, file_path, file_size, owner_id) SELECT now(), 'small', 1, user_id FROM "AppSubscription"`,
		offends: `SELECT user_id FROM "AppSubscription"`},
	{rule: "storageusage_one_row_a_file", row: "StorageUsage",
		bad: `INSERT INTO "StorageUsage" (created_at, file_path, file_size, owner_id)
			SELECT created_at, file_path, file_size, owner_id FROM "StorageUsage" WHERE id = :row`,
		offends: `SELECT id FROM "StorageUsage"`},
}

// moved is the offence of a gated row that comes to be of another community than
// its tier.
func moved(table, column string) offence {
	return offence{
		rule: strings.ToLower(table) + "_payment_plans_same_community",
		row:  strings.TrimPrefix(table, "Simple") + "Group",
		bad:  fmt.Sprintf(`UPDATE "%[1]s" SET community_id = :other WHERE id = (SELECT %[2]s FROM "%[1]s_payment_plans" WHERE id = :row)`, table, column),
	}
}

// acknowledged says that a contribution was acknowledged by a participant.
func acknowledged(by string) string {
	return fmt.Sprintf(`UPDATE "WheelHandoff" SET status = 'acknowledged', acknowledged_at = now(),
		acknowledged_by_id = (SELECT user_id FROM "WheelParticipant" AS p WHERE p.id = %s)`, by)
}
