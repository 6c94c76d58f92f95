package rulecheck

// statesOnly is how wheels come to break the rules between their states.
const statesOnly = "other services know the states, and no rules between them"

var wheels = map[string]telling{
	"wheel_transitions": untold(once),
	"wheel_ready_to_start": told(usual(`status IN ('in_progress', 'completed') AND NOT (
		SELECT count(*) >= 2 AND count(*) = max(p."order") FROM "WheelParticipant" AS p
		WHERE p.wheel_id = "Wheel".id AND p.approval_status = 'approved')`,
		statesOnly+"; and participants go with their accounts")),
	"wheel_completed_in_full": told(usual(`status = 'completed' AND EXISTS (SELECT FROM "WheelParticipant" AS p
		WHERE p.wheel_id = "Wheel".id AND p.approval_status = 'approved' AND p.round_received_at IS NULL)`, statesOnly)),
	"wheel_started_at_once": told(usual(`status IN ('in_progress', 'completed') AND started_at IS NULL
		OR status IN ('draft', 'open_for_join') AND started_at IS NOT NULL`, statesOnly)),
	"wheel_holds_participants": told(mistake(`max_members < (SELECT count(*) FROM "WheelParticipant" AS p
		WHERE p.wheel_id = "Wheel".id AND p.approval_status = 'approved')`)),

	"wheelparticipant_before_start": untold(past),
	"wheelparticipant_room": told(usualRows(`SELECT p.id FROM (
			SELECT id, wheel_id, row_number() OVER (PARTITION BY wheel_id ORDER BY id) AS seat
			FROM "WheelParticipant" WHERE approval_status <> 'rejected') AS p
		JOIN "Wheel" AS w ON w.id = p.wheel_id
		WHERE p.seat > w.max_members`, "max_members was lowered after they had applied, or another service let them")),
	"wheelparticipant_received_in_turn": told(usual(`round_received_at IS NOT NULL AND (
		EXISTS (SELECT FROM "WheelParticipant" AS earlier WHERE earlier.wheel_id = "WheelParticipant".wheel_id
			AND earlier."order" < "WheelParticipant"."order" AND earlier.approval_status = 'approved' AND earlier.round_received_at IS NULL)
		OR EXISTS (SELECT FROM "WheelHandoff" AS h WHERE h.to_participant_id = "WheelParticipant".id AND h.status <> 'acknowledged'))`,
		statesOnly)),

	"wheelparticipant_approval_time": told(usual(`(approval_status = 'approved') <> (approved_at IS NOT NULL)`, statesOnly)),
	"wheel_running_stays":            untold(gone),
	"wheelhandoff_stays":             untold(gone),
	"wheelhandoff_transitions":       untold(once),
	"wheelhandoff_in_progress": told(usual(ofRow("Wheel", "wheel_id", "status")+` IN ('draft', 'open_for_join')
		OR `+differ(ofRow("WheelParticipant", "from_participant_id", "approval_status"), `'approved'`)+`
		OR `+differ(ofRow("WheelParticipant", "to_participant_id", "approval_status"), `'approved'`), statesOnly)),
	"wheelhandoff_acknowledged_by_another": told(
		usual(`status = 'acknowledged' AND NOT EXISTS (SELECT FROM "WheelParticipant" AS p
			WHERE p.user_id = acknowledged_by_id AND p.wheel_id = "WheelHandoff".wheel_id
			AND p.approval_status = 'approved' AND p.id <> from_participant_id)`,
			"the account of who did was deleted, or another service let the giver do it"),
		mistake(`status <> 'acknowledged' AND acknowledged_by_id IS NOT NULL`)),
	"wheelhandoff_acknowledged_once": told(mistake(`(status = 'acknowledged') <> (acknowledged_at IS NOT NULL)`)),
	"wheelhandoffattachment_before_acknowledgement": told(usual(
		`created_at > `+ofRow("WheelHandoff", "wheel_handoff_id", "acknowledged_at"), statesOnly)),
}

var payments = map[string]telling{
	"paymenttransaction_one_subject": told(usual(
		`app_subscription_id IS NULL AND community_member_subscription_id IS NULL AND store_purchase_id IS NULL`, "")),
	// Whatever its form, no hash is that short.
	"payoutprofile_tax_id_hashed":                   told(mistake(`tax_id <> '' AND length(tax_id) < 32`)),
	"payoutprofile_identity_document_number_hashed": told(mistake(`identity_document_number <> '' AND length(identity_document_number) < 32`)),
	"storepurchase_buyer_email_written":             untold("a row with another form breaks storepurchase_buyer_email_normalized"),
	"storedownloadtoken_expires_after_start":        told(usual(`expires_at < created_at`, "")),
	"storageusage_within_limit": told(usualRows(`SELECT used.owner_id
		FROM (SELECT owner_id, sum(file_size) AS bytes FROM "StorageUsage" GROUP BY owner_id) AS used
		LEFT JOIN "AppSubscription" AS s ON s.user_id = used.owner_id
			AND s.status = 'active' AND (s.expires_at IS NULL OR s.expires_at > now())
		JOIN "AppSubscriptionTier" AS t ON t.id = s.tier_id OR s.id IS NULL AND t.tier_name = 'free_hobby'
		GROUP BY used.owner_id, used.bytes
		HAVING bool_and(t.storage_limit_gb IS NOT NULL) AND used.bytes > max(t.storage_limit_gb) * 1000000000::bigint`,
		"the limit was lowered, or a subscription ended, after the files were stored").of("User")),
	"storageusage_one_row_a_file": told(usualRows(`SELECT id FROM (
		SELECT id, count(*) OVER (PARTITION BY owner_id, file_path) AS same FROM "StorageUsage") AS counted WHERE same > 1`, "")),
}
