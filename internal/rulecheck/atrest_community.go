package rulecheck

import (
	"fmt"
	"strings"

	"github.com/bojanz/currency"
)

var accounts = map[string]telling{
	"user_email_normalized": told(usual(emailNotNormal("email")+" OR "+emailNotNormal("pending_email"), "")),
	"roles_default_stays": told(mistake(`name = 'admin' AND NOT is_admin_role OR name = 'user' AND is_admin_role
		OR id = (SELECT min(id) FROM "Roles") AND NOT EXISTS (SELECT FROM "Roles" WHERE name = 'admin')
		OR id = (SELECT min(id) FROM "Roles") AND NOT EXISTS (SELECT FROM "Roles" WHERE name = 'user')`)),
	"user_one_token":                 told(usual(`verification_token <> '' AND reset_password_token <> ''`, "")),
	"useraddress_billing_country_gb": told(usual(`billing_country = 'UK'`, "other services keep the code as it was entered")),
	"tag_slug_from_name":             told(usual(`slug = ''`, withoutLetters)),
}

// withoutLetters is why a slug may be missing.
const withoutLetters = "other services slug a name without usable letters to nothing"

// emailNotNormal is the condition that an address has spaces around it or a domain
// that is not in lower case.
func emailNotNormal(column string) string {
	return fmt.Sprintf(`%[1]s ~ '^\s|\s$' OR substring(%[1]s FROM '[^@]*$') <> lower(substring(%[1]s FROM '[^@]*$'))`, column)
}

var communities = map[string]telling{
	"community_alias_from_name": told(usual(`alias = ''`, withoutLetters)),
	// Tiers and owners may go.
	"community_default_rows": told(mistake(`NOT EXISTS (SELECT FROM "Forum" AS f WHERE f.community_id = "Community".id AND f.name = 'town_hall')
		OR NOT EXISTS (SELECT FROM "CommunityStore" AS s WHERE s.community_id = "Community".id)
		OR NOT EXISTS (SELECT FROM "CommunityTelegram" AS t WHERE t.community_id = "Community".id)`)),
	"community_flag_count_of_reports": untold("staff may have set flag_count back since"),
	"forum_town_hall_stays":           untold("a community without one breaks community_default_rows"),
	"communitymember_points_of_year":  untold(once),
	"communitymember_role_of_joining": untold(past),
	"communitymember_approval": told(usual(`is_blocked AND blocked_at IS NULL
		OR approved_by_id IS NOT NULL AND approved_at IS NULL`, "")),
	"communitymember_joining_opens_free_tier": untold(past),
	"communitymemberbadge_badge_of_community": told(mistake(differ(
		ofRow("CommunityMember", "community_member_id", "community_id"),
		ofRow("CommunityBadgeDefinition", "community_badge_id", "community_id")))),
	"communitytelegram_platform_code_expires": told(usual(`platform_link_code <> '' AND platform_link_code_expires IS NULL`, "")),
	"communitytelegram_private_code_expires":  told(usual(`private_link_code <> '' AND private_link_code_expires IS NULL`, "")),

	"post_replies_allowed":              untold(past),
	"post_posting_allowed":              untold(past),
	"publicfeeds_replies_allowed":       untold(past),
	"publicfeeds_posted_by_moderator":   untold(past),
	"communityblogpost_slug_from_title": told(mistake(`slug = ''`)),
	"blogpost_slug_from_title":          told(mistake(`slug = ''`)),
}

var tiers = map[string]telling{
	"communitygroup_cadence_of_prices": told(
		usual(defaultTier, ""),
		mistake(fmt.Sprintf(`is_monthly::int + is_yearly::int + is_lifetime::int <> (%s)::int AND NOT (%s)`, paid, defaultTier))),
	"communitygroup_in_use": untold(gone),

	"communitygroupprice_currency_known":      told(mistake(currencyUnknown("amount"))),
	"appsubscriptiontierprice_currency_known": told(mistake(currencyUnknown("amount"))),
	"paymenttransaction_currency_known":       told(mistake(currencyUnknown("total_amount", "platform_fee", "owner_amount"))),
	"storepurchase_currency_known":            told(mistake(currencyUnknown("amount_paid"))),

	"communitygroupaccess_expires_after_start":        told(usual(`expires_at <= subscribed_at`, "")),
	"communitymembersubscription_expires_after_start": told(usual(`expires_at <= subscribed_at`, "")),
	"appsubscription_expires_after_start":             told(usual(`expires_at <= subscribed_at`, "")),

	"classroom_payment_plans_same_community":     sameCommunity("Classroom", "classroom_id"),
	"forum_payment_plans_same_community":         sameCommunity("Forum", "forum_id"),
	"meeting_payment_plans_same_community":       sameCommunity("Meeting", "meeting_id"),
	"meetingseries_payment_plans_same_community": sameCommunity("MeetingSeries", "meetingseries_id"),
	"poll_payment_plans_same_community":          sameCommunity("Poll", "poll_id"),
	"resource_payment_plans_same_community":      sameCommunity("Resource", "resource_id"),
	"simplequiz_payment_plans_same_community":    sameCommunity("SimpleQuiz", "simplequiz_id"),
}

const (
	// paid tells whether a tier has to be paid for.
	paid = `id IN (SELECT community_group_id FROM "CommunityGroupPrice" WHERE amount > 0)`
	// defaultTier is the free tier as other services make it.
	defaultTier = `name = 'hobby plan' AND is_lifetime AND NOT is_monthly AND NOT is_yearly AND NOT ` + paid
)

// sameCommunity is the sign of a tier that opens what is of another community.
func sameCommunity(table, column string) telling {
	return told(mistake(differ(ofRow(table, column, "community_id"), ofRow("CommunityGroup", "communitygroup_id", "community_id"))))
}

// currencyUnknown is the condition that a row's currency is none of ISO 4217, or
// that one of its amounts has more decimals than the currency.
func currencyUnknown(amounts ...string) string {
	codes := currency.GetCurrencyCodes()
	byDigits := map[uint8][]string{}
	for _, code := range codes {
		digits, _ := currency.GetDigits(code)
		byDigits[digits] = append(byDigits[digits], code)
	}
	conditions := []string{fmt.Sprintf("currency NOT IN (%s)", quoted(codes))}
	for digits := range uint8(2) { // the columns have two decimals
		for _, amount := range amounts {
			conditions = append(conditions, fmt.Sprintf("currency IN (%s) AND %[2]s <> round(%[2]s, %d)", quoted(byDigits[digits]), amount, digits))
		}
	}
	return strings.Join(conditions, " OR ")
}

func quoted(codes []string) string { return "'" + strings.Join(codes, "', '") + "'" }
