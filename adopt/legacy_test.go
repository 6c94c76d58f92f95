package adopt

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// planLegacy returns the steps that a database has yet to take, and the model that
// is past them.
func planLegacy(t testing.TB, db *sql.DB) ([]Step, *model) {
	t.Helper()
	m := newModel(readSchema(t, db))
	return legacySteps(m, wanted(t)), m
}

// takeAll takes steps as the takeover does.
func takeAll(t testing.TB, db *sql.DB, steps []Step) {
	t.Helper()
	r := &runner{db: db}
	for _, s := range steps {
		if err := r.take(t.Context(), s, func(error) {}); err != nil {
			t.Fatalf("%s: %v", s.Title, err)
		}
	}
}

// From every point the data rules hold, no row and no other value is lost, the
// model is what the schema has become, and nothing is left to do.
func TestLegacySteps(t *testing.T) {
	for _, p := range legacyPoints(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			db := openLegacy(t)
			exec(t, db, p.script)
			for _, at := range positions(readSchema(t, db)) {
				if at.At != p.at[at.Part] {
					t.Errorf("%s is at %q, want %q", at.Part, at.At, p.at[at.Part])
				}
			}
			before := snap(t, db)
			steps, m := planLegacy(t, db)
			takeAll(t, db, steps)
			for _, c := range catalogue.Diff(readSchema(t, db), m.schema) {
				t.Errorf("the schema has %+v, the model %+v", c.Have, c.Want)
			}
			kept(t, before, snap(t, db))
			looksLegacy(t, db, p)
			left, _ := planLegacy(t, db)
			for _, s := range left {
				// Submissions are looked through until converge has made their
				// community NOT NULL.
				if !s.Repeated || s.Point != "quiz 0003" {
					t.Errorf("there is still to do: %+v", s)
				}
			}
		})
	}
}

// The whole takeover leads from every point to the same, which is that of a new
// database, and has nothing to do a second time.
func TestATakeoverFromEveryPoint(t *testing.T) {
	for _, p := range legacyPoints(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			db := openLegacy(t)
			exec(t, db, p.script)
			before := snap(t, db)
			r, err := Apply(t.Context(), db, Choices{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			onlyWaiting(t, db, r.Waiting)
			kept(t, before, snap(t, db))
			looksLegacy(t, db, p)
			again := plan(t, db, Choices{})
			if len(again.Steps) > 0 {
				t.Errorf("these steps are left: %q", statements(again.Steps))
			}
			today := []Position{
				{"community", "0017"}, {"app_subscription", "0014"}, {"polls", "0003"}, {"quiz", "0004"},
				{"user_profile", "0005"}, {"telegram", "0005"}, {"store", "0001"}, {"payments", "0001"},
			}
			if !slices.Equal(again.Positions, today) {
				t.Errorf("the parts are at %v", again.Positions)
			}
		})
	}
}

// looksLegacy looks at what every data rule says of [legacyRows].
func looksLegacy(t *testing.T, db *sql.DB, p legacyPoint) {
	t.Helper()
	same := func(what, query string, want []string) {
		t.Helper()
		if got := selected(t, db, query); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	var prices, flags []string
	for _, f := range fees {
		if f.price != nil {
			prices = append(prices, fmt.Sprintf("%d USD %s", f.id, f.price))
		}
		flags = append(flags, fmt.Sprintf("%d %t %t false", f.id, f.monthly, f.yearly))
	}
	same("prices of groups", `SELECT community_group_id, currency, amount FROM "CommunityGroupPrice" WHERE community_group_id >= 9000 ORDER BY 1`, prices)
	same("cadences", `SELECT id, is_monthly, is_yearly, is_lifetime FROM "CommunityGroup" WHERE id >= 9000 ORDER BY 1`, flags)
	same("prices of tiers", `SELECT tier_id, currency, amount FROM "AppSubscriptionTierPrice" WHERE tier_id >= 9000 ORDER BY 1`,
		[]string{"9001 USD 0.00", "9002 USD 49.50"})
	same("limits of tiers", `SELECT id, max_free_community_groups, max_paid_community_groups FROM "AppSubscriptionTier" WHERE id >= 9000 ORDER BY 1`,
		[]string{"9001 3 4", "9002 3 4"})
	same("tiers without a price", `SELECT id FROM "AppSubscriptionTier" WHERE id NOT IN (SELECT tier_id FROM "AppSubscriptionTierPrice" WHERE currency = 'USD')`, nil)
	same("access", `SELECT user_id, community_id, community_group_id FROM "CommunityGroupAccess" WHERE id >= 9000`, []string{"9001 9001 9002"})
	same("gates", `SELECT 'poll', poll_id, communitygroup_id FROM "Poll_payment_plans" WHERE id >= 9000 UNION ALL
		SELECT 'quiz', simplequiz_id, communitygroup_id FROM "SimpleQuiz_payment_plans" WHERE id >= 9000 ORDER BY 1, 2`,
		[]string{"poll 9001 9003", "quiz 9001 9003", "quiz 9002 9003"})
	same("submissions", `SELECT id, quiz_id, community_id, quiz_title_snapshot, quiz_id_at_submit FROM "SimpleQuizSubmission" WHERE id BETWEEN 9000 AND 9099 ORDER BY 1`,
		[]string{"9001 9001 9003 Quiz 9001 9001", "9002 9002 9004 Quiz 9002 9002"})
	same("submissions without a community", `SELECT id FROM "SimpleQuizSubmission" WHERE community_id IS NULL`, nil)

	types := []string{"9000 tax", "9001 tax", "9002 tax", "9003 tax"}
	if p.at["user_profile"] != "0005" {
		types = []string{"9000 residence", "9001 billing", "9002 billing", "9003 billing"}
	}
	same("addresses", `SELECT id, address_type FROM "UserAddress" WHERE id BETWEEN 9000 AND 9099 ORDER BY 1`, types)

	var telegram, stores []string
	for id := 9000; id < 9010; id++ {
		chat, enabled := "NULL", false
		if p.at["telegram"] != "before 0001" {
			enabled = id%2 == 0
			if id%5 > 2 {
				chat = fmt.Sprint("-100", id)
			}
		}
		telegram = append(telegram, fmt.Sprintf("%d %s %s %t %t", id, chat, chat, enabled, enabled))
		if p.at["store"] == "0001" {
			stores = append(stores, fmt.Sprintf("%d %t 24", id, id%2 == 0))
		} else {
			stores = append(stores, fmt.Sprintf("%d true 72", id))
		}
	}
	same("Telegram", `SELECT community_id, platform_chat_id, private_bot_chat_id, platform_is_enabled, private_is_enabled
		FROM "CommunityTelegram" WHERE community_id >= 9000 ORDER BY 1`, telegram)
	same("stores", `SELECT community_id, is_active, download_link_expiry_hours FROM "CommunityStore" WHERE community_id >= 9000 ORDER BY 1`, stores)
	for _, table := range []string{"CommunityTelegram", "CommunityStore"} {
		same("communities without "+table, `SELECT id FROM "Community" WHERE id NOT IN (SELECT community_id FROM "`+table+`")`, nil)
	}
}
