package rulecheck

var learning = map[string]telling{
	"classroom_published_at_once":                  told(mistake(`is_published AND published_at IS NULL`)),
	"classroomcontent_activated_at_once":           told(mistake(`is_active AND activated_at IS NULL`)),
	"classroomcontentcompletion_content_is_active": untold(past),
	"classroomcertificate_issued_on_completion": told(usualRows(`SELECT max(done.id) FROM "ClassroomContentCompletion" AS done
		JOIN "ClassroomContent" AS c ON c.id = done.content_id AND c.is_active
		JOIN "Classroom" AS r ON r.id = c.classroom_id AND r.issue_certificate
		JOIN (SELECT classroom_id, count(*) AS contents FROM "ClassroomContent" WHERE is_active GROUP BY classroom_id) AS active
			ON active.classroom_id = r.id
		LEFT JOIN "ClassroomCertificate" AS issued ON issued.classroom_id = r.id AND issued.user_id = done.user_id
		WHERE issued.id IS NULL
		GROUP BY r.id, done.user_id, active.contents HAVING count(*) = active.contents`,
		"issue_certificate was switched on, or a content off, after the last completion").of("ClassroomContentCompletion")),
	"simplequiz_zero_is_no_limit": untold("a row that has both breaks simplequiz_no_limit_of_zero"),
	"simplequizsubmission_attempts_left": told(usualRows(`SELECT s.id FROM (
			SELECT id, quiz_id, row_number() OVER (PARTITION BY quiz_id, user_id ORDER BY id) AS attempt FROM "SimpleQuizSubmission") AS s
		JOIN "SimpleQuiz" AS q ON q.id = s.quiz_id
		WHERE q.has_attempt_limit AND q.max_attempts > 0 AND s.attempt > q.max_attempts`, "the limit was lowered after the attempts")),
	"simplequizsubmission_quiz_of_community": told(mistake(differ(ofRow("SimpleQuiz", "quiz_id", "community_id"), "community_id"))),
	"simplequizsubmission_quiz_stays":        untold("the quiz may have been deleted"),
	"simplequizsubmission_snapshot_stays": told(
		usual(`quiz_id_at_submit IS NULL OR quiz_title_snapshot = ''`, "other services leave it open"),
		mistake(`quiz_id_at_submit <> quiz_id`)),
	"quizgenerationjob_transitions": untold(once),
	"pollvote_poll_is_active":       untold(past),
}

var gatherings = map[string]telling{
	// As the server knows them, beside files of other names.
	"meetingseries_time_zone_known": told(mistake(`NOT EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = time_zone AND z.name ~ '^[A-Z]')`)),
	"meeting_sequence_in_series": told(
		usual(`series_id IS NULL AND series_sequence IS NOT NULL`, ""),
		mistake(`series_id IS NOT NULL AND series_sequence IS NULL`)),

	"conversationparticipant_members_of_community": told(usual(`NOT EXISTS (SELECT FROM "CommunityMember" AS m
		WHERE m.user_id = "ConversationParticipant".user_id AND m.community_id = `+
		ofRow("Conversation", `"ConversationParticipant".conversation_id`, "community_id")+`)`,
		"who leaves the community stays in its conversations")),
	"message_sender_takes_part": told(usual(`NOT EXISTS (SELECT FROM "ConversationParticipant" AS p
		WHERE p.conversation_id = "Message".conversation_id AND p.user_id = "Message".sender_id)`,
		"who leaves a conversation leaves messages behind")),
	"message_has_recipient": told(usual(`EXISTS (SELECT FROM "Message" AS m WHERE m.conversation_id = "Conversation".id)
		AND (SELECT count(*) FROM "ConversationParticipant" AS p WHERE p.conversation_id = "Conversation".id) < 2`,
		"the others have left").of("Conversation")),
	// Other services look at the clock twice.
	"conversation_last_message_at_follows": told(mistake(`EXISTS (SELECT FROM "Message" AS m WHERE m.conversation_id = "Conversation".id
		AND m.created_at > COALESCE("Conversation".last_message_at, '-infinity') + interval '1 minute')`)),
}
