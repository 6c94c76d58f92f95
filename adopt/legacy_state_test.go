package adopt

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// lines complains if a query's rows are others than those wanted.
func lines(t testing.TB, db *sql.DB, query string, want ...string) {
	t.Helper()
	if got := selected(t, db, query); !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %s\nwant %s", query, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// atPoint returns a database of the payment-plan era that has taken points.
func atPoint(t testing.TB, points ...point) *sql.DB {
	t.Helper()
	db := openLegacy(t)
	exec(t, db, take(points...))
	return db
}

// upTo returns the points of the community part up to and with one.
func upTo(at string) []point {
	i := slices.IndexFunc(communityPoints, func(p point) bool { return p.at == at })
	return communityPoints[:i+1]
}

// A takeover that is planned anew after every single step and batch ends as one
// that is planned once.
func TestLegacyStepsPlannedAnew(t *testing.T) {
	t.Parallel()
	many := beforeAddressTypes + `
		INSERT INTO "QuizSubmission" (id, submission_data, total_questions, correct_answers, incorrect_answers, created_at, updated_at, quiz_id, user_id)
		SELECT 100000 + i, 'x', 1, 1, 0, now(), now(), 9001 + i % 2, 9001 FROM generate_series(1, 5000) i;
		INSERT INTO "UserAddress" (id, street_line1, created_at, updated_at, user_id, is_billing_address, is_default_billing)
		SELECT 100000 + i, 'street', now(), now(), 9001, true, i % 2 = 0 FROM generate_series(1, 5000) i;`
	once, anew := openLegacy(t), openLegacy(t)
	exec(t, once, many)
	exec(t, anew, many)
	before := snap(t, anew)
	steps, _ := planLegacy(t, once)
	takeAll(t, once, steps)

	runs := 0
	for again := true; again; runs++ {
		again = false
		left, _ := planLegacy(t, anew)
		for _, s := range left {
			if !s.Repeated {
				takeAll(t, anew, []Step{s})
				again = true
				break
			}
			changed, err := (&runner{db: anew}).exec(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if changed > batch {
				t.Fatalf("%s: %d rows at a time", s.Title, changed)
			}
			if changed > 0 {
				again = true
				break
			}
		}
	}
	if want := len(steps) + 2*2; runs < want {
		t.Errorf("%d runs, want %d or more: not every batch was one", runs, want)
	}
	for _, c := range catalogue.Diff(readSchema(t, anew), readSchema(t, once)) {
		t.Errorf("planned anew there is %+v, want %+v", c.Have, c.Want)
	}
	kept(t, before, snap(t, anew))
	looksLegacy(t, anew, legacyPoint{at: map[string]string{"user_profile": "before 0005", "telegram": "before 0001", "store": "before 0001"}})
	lines(t, anew, `SELECT DISTINCT community_id, quiz_title_snapshot, quiz_id_at_submit FROM "SimpleQuizSubmission" WHERE id > 100000 ORDER BY 1`,
		"9003 Quiz 9001 9001", "9004 Quiz 9002 9002")
	lines(t, anew, `SELECT DISTINCT address_type FROM "UserAddress" WHERE id > 100000`, "billing")
}

// As long as fees are there they are what counts, whatever prices are there
// already; and prices that have nothing to do with them stay as they are.
func TestPricesThatAreThere(t *testing.T) {
	t.Parallel()
	db := atPoint(t, append(upTo("0014"), otherPoints[:3]...)...)
	exec(t, db, `
		UPDATE "CommunityGroupPrice" SET amount = 99 WHERE community_group_id = 9002;
		DELETE FROM "CommunityGroupPrice" WHERE community_group_id = 9003;
		INSERT INTO "CommunityGroupPrice" (community_group_id, currency, amount, created_at, updated_at) VALUES
			(9002, 'EUR', 8, '2026-02-01', '2026-02-01'), (9003, 'EUR', 9, '2026-02-01', '2026-02-01'), (9004, 'USD', 7, '2026-02-01', '2026-02-01'), (9006, 'GHS', 6, '2026-02-01', '2026-02-01'),
			(9008, 'USD', 0, '2026-02-01', '2026-02-01');
		UPDATE "AppSubscriptionTierPrice" SET amount = 5 WHERE tier_id = 9001;
		DELETE FROM "AppSubscriptionTierPrice" WHERE tier_id = 9002;
		INSERT INTO "AppSubscriptionTierPrice" (tier_id, currency, amount, created_at, updated_at) VALUES (9001, 'GHS', 6, '2026-02-01', '2026-02-01')`)
	steps, _ := planLegacy(t, db)
	takeAll(t, db, steps)
	lines(t, db, `SELECT community_group_id, currency, amount, created_at = '2026-02-01', updated_at = '2026-02-01'
		FROM "CommunityGroupPrice" WHERE community_group_id >= 9000 ORDER BY 1, 2`,
		"9002 EUR 8.00 true true", "9002 USD 10.00 true false", "9003 EUR 9.00 true true", "9003 USD 25.50 false false", "9004 USD 7.00 true true",
		"9006 GHS 6.00 true true", "9007 USD -3.00 true true", "9008 USD 0.00 true true", "9009 USD 0.01 true true")
	lines(t, db, `SELECT id, is_monthly, is_yearly, is_lifetime FROM "CommunityGroup" WHERE id >= 9000 AND (is_monthly OR is_yearly OR is_lifetime) ORDER BY 1`,
		"9002 true false false", "9003 false true false", "9004 true false false", "9006 true false false", "9009 false true false")
	lines(t, db, `SELECT tier_id, currency, amount FROM "AppSubscriptionTierPrice" WHERE tier_id >= 9000 ORDER BY 1, 2`,
		"9001 GHS 6.00", "9001 USD 0.00", "9002 USD 49.50")
}

// A submission whose quiz is gone stops the takeover before it changes anything.
// If the quiz goes in the middle of it, the submission keeps what it has and holds
// up no other.
func TestSubmissionsWhoseQuizIsGone(t *testing.T) {
	t.Parallel()
	db := openLegacy(t)
	exec(t, db, `DO $$ BEGIN
		EXECUTE (SELECT format('ALTER TABLE "QuizSubmission" DROP CONSTRAINT %I', conname) FROM pg_constraint
			WHERE conrelid = '"QuizSubmission"'::regclass AND confrelid = '"Quiz"'::regclass);
		END $$;
		INSERT INTO "QuizSubmission" (id, submission_data, total_questions, correct_answers, incorrect_answers, created_at, updated_at, quiz_id, user_id)
		SELECT 9100 + i, 'x', 1, 1, 0, now(), now(), CASE WHEN i <= 2500 THEN 8000 ELSE 9001 END, 9001 FROM generate_series(1, 2501) i`)
	stops := func(table string) {
		t.Helper()
		_, err := Apply(t.Context(), db, Choices{}, nil)
		var broken *BrokenError
		if !errors.As(err, &broken) {
			t.Fatalf("the takeover says %v", err)
		}
		i := slices.IndexFunc(broken.Findings, func(f Finding) bool { return f.Rule == "community_id" })
		if i < 0 || broken.Findings[i].Table != table || broken.Findings[i].Rows != 2500 {
			t.Fatalf("it says %v", err)
		}
		var shown int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM ("+broken.Findings[i].SQL+") s").Scan(&shown); err != nil || shown != 2500 {
			t.Errorf("its statement shows %d rows (%v)", shown, err)
		}
	}
	before := readSchema(t, db)
	stops("QuizSubmission")
	if changes := catalogue.Diff(readSchema(t, db), before); len(changes) > 0 {
		t.Errorf("it has changed %+v", changes)
	}
	steps, _ := planLegacy(t, db)
	takeAll(t, db, steps)
	lines(t, db, `SELECT quiz_id, community_id, quiz_title_snapshot, quiz_id_at_submit, count(*) FROM "SimpleQuizSubmission"
		WHERE id > 9100 GROUP BY 1, 2, 3, 4 ORDER BY 1`, "8000 NULL  NULL 2500", "9001 9003 Quiz 9001 9001 1")
	stops("SimpleQuizSubmission")
}

// What services of the time write while addresses are gone through is not lost
// when the marks are dropped.
func TestAddressesThatAreMarkedLate(t *testing.T) {
	t.Parallel()
	db := openLegacy(t)
	exec(t, db, beforeAddressTypes)
	steps, _ := planLegacy(t, db)
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Title == "drop the marks of billing addresses" })
	takeAll(t, db, steps[:i])
	exec(t, db, `UPDATE "UserAddress" SET is_billing_address = true WHERE id = 9000;
		INSERT INTO "UserAddress" (id, street_line1, created_at, updated_at, user_id, is_billing_address, is_default_billing)
		VALUES (9100, '', now(), now(), 9001, false, true), (9101, '', now(), now(), 9001, false, false)`)
	takeAll(t, db, steps[i:])
	lines(t, db, `SELECT id, address_type FROM "UserAddress" WHERE id IN (9000, 9100, 9101) ORDER BY 1`, "9000 billing", "9100 billing", "9101 residence")
}

// Settings that are copied in part are copied whole, and a community that has none
// gets none where others have theirs.
func TestTelegramInPart(t *testing.T) {
	t.Parallel()
	db := atPoint(t, otherPoints[6])
	exec(t, db, `ALTER TABLE "CommunityTelegram" ADD COLUMN platform_chat_id varchar(64);
		UPDATE "CommunityTelegram" SET platform_chat_id = 'kept' WHERE community_id = 9001;
		DELETE FROM "CommunityTelegram" WHERE community_id = 9002`)
	steps, _ := planLegacy(t, db)
	takeAll(t, db, steps)
	lines(t, db, `SELECT community_id, platform_chat_id, private_bot_chat_id, platform_is_enabled FROM "CommunityTelegram"
		WHERE community_id BETWEEN 9000 AND 9003 ORDER BY 1`, "9000 NULL NULL true", "9001 kept NULL false", "9003 -1009003 -1009003 false")
}

// What a killed process has left of an index doesn't count as one.
func TestIndexesThatAreNotComplete(t *testing.T) {
	t.Parallel()
	db := openLegacy(t)
	exec(t, db, beforeAddressTypes+`ALTER TABLE "UserAddress" ADD COLUMN address_type varchar(64) NOT NULL DEFAULT 'residence'`)
	if _, err := db.ExecContext(t.Context(), `CREATE UNIQUE INDEX CONCURRENTLY useraddress_to_type ON "UserAddress" (address_type)`); err == nil {
		t.Fatal("the types are unique")
	}
	steps, _ := planLegacy(t, db)
	if !slices.ContainsFunc(steps, func(s Step) bool { return s.Index == "useraddress_to_type" }) {
		t.Error("the index is not made again")
	}
	takeAll(t, db, steps)
	lines(t, db, `SELECT id, address_type FROM "UserAddress" WHERE id BETWEEN 9000 AND 9003 ORDER BY 1`,
		"9000 residence", "9001 billing", "9002 billing", "9003 billing")
}

// Nothing is done about what is no state of the platform.
func TestWhatIsNoStateOfThePlatform(t *testing.T) {
	for _, tt := range []struct{ name, script, title string }{
		{"a fee without is_free", `ALTER TABLE "PaymentPlan" DROP COLUMN is_free`, "fees of groups"},
		{"a new table beside the old one", `CREATE TABLE "CommunityGroup" (id bigint)`, `table "PaymentPlan"`},
		{"a new column beside the old one", `ALTER TABLE "Poll_payment_plans" ADD COLUMN communitygroup_id bigint`, `table "Poll_payment_plans"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := openLegacy(t)
			named := func() bool {
				steps, _ := planLegacy(t, db)
				return slices.ContainsFunc(steps, func(s Step) bool { return strings.Contains(s.Title, tt.title) })
			}
			if !named() {
				t.Errorf("nothing is done about the %s before", tt.title)
			}
			exec(t, db, tt.script)
			if named() {
				t.Errorf("something is done about the %s", tt.title)
			}
		})
	}
}

// A part that stands between two points says so.
func TestPositionsInPart(t *testing.T) {
	t.Parallel()
	db := openLegacy(t)
	for _, tt := range []struct{ script, part, at string }{
		{`ALTER TABLE "PaymentPlan" RENAME TO "CommunityGroup"`, "community", "0010, 0011 in part"},
		{`ALTER TABLE "QuizSubmission" ADD COLUMN community_id bigint`, "quiz", "before 0003, 0003 in part"},
		{`ALTER TABLE "Quiz" RENAME TO "SimpleQuiz"`, "quiz", "before 0003, 0003 in part, 0004 in part"},
		{`CREATE TABLE "AppSubscriptionTierPrice" (id bigint)`, "app_subscription", "before 0003, and 0011"},
		{`ALTER TABLE "AppSubscriptionTier" DROP COLUMN price`, "app_subscription", "before 0003, and 0014"},
	} {
		exec(t, db, tt.script)
		if at := positions(readSchema(t, db)); !slices.Contains(at, Position{tt.part, tt.at}) {
			t.Errorf("after %s: got %+v, want %s of %s", tt.script, at, tt.at, tt.part)
		}
	}
}
