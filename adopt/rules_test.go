package adopt

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// people are two users, 1 and 2, who are in two communities, 1 and 2.
const people = `
INSERT INTO "User" (email, password, date_joined) VALUES ('ada@example.com', '', now()), ('ben@example.com', '', now());
INSERT INTO "Community" (name, alias, created_at, updated_at) VALUES ('A', 'a', now(), now()), ('B', 'b', now(), now());
`

// meetings are three of community 1: 2 ends before it starts, 3 is of a series of
// community 2.
const meetings = `
INSERT INTO "MeetingSeries" (title, time_zone, recurrence_frequency, "interval", recurrence_end_type, created_at, updated_at, community_id, created_by_id)
VALUES ('s', 'UTC', 'daily', 1, 'never', now(), now(), 2, 1);
INSERT INTO "Meeting" (title, start_datetime, end_datetime, created_at, updated_at, community_id, created_by_id, series_id, series_sequence)
VALUES ('m', '2026-01-01', '2026-01-02', now(), now(), 1, 1, NULL, NULL),
       ('m', '2026-01-02', '2026-01-01', now(), now(), 1, 1, NULL, NULL),
       ('m', '2026-01-01', '2026-01-02', now(), now(), 1, 1, 1, 1);
`

// found returns what is found of rows in a database whose schema becomes that of the
// version by way of the steps that rename does to a model.
func found(t *testing.T, db *sql.DB, rename func(*model)) findings {
	t.Helper()
	live := readSchema(t, db)
	m := newModel(live)
	if rename != nil {
		rename(m)
	}
	fs, err := examine(t.Context(), db, live, m, wanted(t))
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// compare holds findings against those that are wanted, and their SQL against their
// ids.
func compare(t *testing.T, db *sql.DB, want, got findings) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Finding{}), cmpopts.IgnoreFields(Finding{}, "SQL", "Says"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	for _, f := range got {
		if f.Says == "" {
			t.Errorf("%s: what does the rule say?", f.Rule)
		}
		if f.Rows == 0 {
			continue
		}
		if ids := selectIDs(t, db, "SELECT id FROM ("+f.SQL+") AS shown"); !slices.Equal(ids, f.IDs) {
			t.Errorf("%s: %s shows the rows %d, not %d", f.Rule, f.SQL, ids, f.IDs)
		}
	}
}

func selectIDs(t *testing.T, db *sql.DB, query string) []int64 {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestRowsThatBreakARuleAreFound(t *testing.T) {
	db := open(t, fresh{})
	if fs := found(t, db, nil); len(fs) > 0 {
		t.Errorf("a new database has %+v", fs)
	}
	exec(t, db, people+`
		ALTER TABLE "Meeting" DROP CONSTRAINT meeting_ends_after_start, DROP CONSTRAINT meeting_series_of_community;
		ALTER TABLE "Meeting" ADD CONSTRAINT of_another_name FOREIGN KEY (series_id, community_id) REFERENCES "MeetingSeries" (id, community_id) NOT VALID;
		ALTER TABLE "CommunityLike" DROP CONSTRAINT "CommunityLike_User_community_likes";
		ALTER TABLE "User" ALTER COLUMN password DROP NOT NULL;
		DROP INDEX user_email_lower;
		INSERT INTO "User" (email, password, date_joined) VALUES ('ADA@example.com', NULL, now());
		INSERT INTO "CommunityLike" (created_at, user_id, community_id) VALUES (now(), 1, 1), (now(), 77, 1);
	`)
	exec(t, db, strings.Replace(meetings, "1, 1, 1, 1)", "1, 1, NULL, NULL)", 1))
	exec(t, db, `ALTER TABLE "Meeting" DROP CONSTRAINT of_another_name;
		UPDATE "Meeting" SET series_id = 1, series_sequence = 1 WHERE id = 3;
		ALTER TABLE "Meeting" ADD CONSTRAINT of_another_name FOREIGN KEY (series_id, community_id) REFERENCES "MeetingSeries" (id, community_id) NOT VALID`)
	compare(t, db, findings{
		{Rule: "CommunityLike_User_community_likes", Table: "CommunityLike", Rows: 1, IDs: []int64{2}},
		{Rule: "meeting_ends_after_start", Table: "Meeting", Rows: 1, IDs: []int64{2}},
		{Rule: "meeting_series_of_community", Table: "Meeting", Rows: 1, IDs: []int64{3}},
		{Rule: "password", Table: "User", Rows: 1, IDs: []int64{3}},
		{Rule: "user_email_lower", Table: "User", Rows: 2, IDs: []int64{1, 3}},
	}, found(t, db, nil))
}

// What holds rows to a rule under another name, or to more than it says, is enough.
func TestARuleThatIsKeptIsNotLookedAt(t *testing.T) {
	db := open(t, fresh{})
	exec(t, db, `
		ALTER TABLE "Meeting" RENAME CONSTRAINT meeting_ends_after_start TO of_another_name;
		DROP INDEX tag_name; ALTER TABLE "Tag" ADD CONSTRAINT tag_name_key UNIQUE (name);
		ALTER TABLE "PollVote" DROP CONSTRAINT pollvote_option_of_poll;
		DROP INDEX polloption_id_poll_id;
		ALTER TABLE "CommunityLike" DROP CONSTRAINT "CommunityLike_User_community_likes";
		ALTER TABLE "CommunityLike" ADD FOREIGN KEY (user_id) REFERENCES "User" (id) DEFERRABLE INITIALLY DEFERRED`)
	live := readSchema(t, db)
	var asked []string
	for _, q := range newModel(live).questions(wanted(t)) {
		asked = append(asked, q.Rule)
	}
	if want := []string{"pollvote_option_of_poll"}; !slices.Equal(asked, want) {
		t.Errorf("looked at are %q, want %q", asked, want)
	}
}

// oldNames is what a database of the payment-plan era calls tables and columns.
const oldNames = `
ALTER TABLE "CommunityGroupAccess" RENAME COLUMN community_group_id TO payment_plan_id;
ALTER TABLE "CommunityGroupAccess" RENAME TO "UserPaymentPlan";
ALTER TABLE "CommunityGroup" RENAME TO "PaymentPlan";
ALTER TABLE "PaymentPlan" DROP COLUMN is_monthly, DROP COLUMN is_yearly, DROP COLUMN is_lifetime,
	ADD COLUMN fee numeric(10,2), ADD COLUMN is_free boolean, ADD COLUMN is_recurring boolean;
ALTER TABLE "UserPaymentPlan" DROP CONSTRAINT communitygroupaccess_tier_of_community;
DROP TABLE "StoreDownloadToken", "StorePurchase" CASCADE;
ALTER TABLE "PaymentTransaction" DROP COLUMN store_purchase_id;
`

func TestRowsAreFoundBeforeTheirTablesHaveTheirNames(t *testing.T) {
	db := open(t, fresh{})
	exec(t, db, people+oldNames+`
		ALTER TABLE "AppSubscriptionTier" ADD COLUMN price numeric(10,2);
		ALTER TABLE "CommunityGroupPrice" DROP CONSTRAINT communitygroupprice_amount_not_negative;
		INSERT INTO "PaymentPlan" (name, offerings, created_at, updated_at, community_id, fee, is_free)
		VALUES ('a', '{}', now(), now(), 1, -1, false), ('b', '{}', now(), now(), 2, -1, true);
		INSERT INTO "UserPaymentPlan" (subscribed_at, community_id, payment_plan_id, user_id) VALUES (now(), 1, 1, 1), (now(), 1, 2, 2);
		INSERT INTO "AppSubscriptionTier" (tier_name, display_name, created_at, updated_at, price) VALUES ('hobby', 'h', now(), now(), -5);
		INSERT INTO "AppSubscription" (subscribed_at, created_at, updated_at, user_id, tier_id) VALUES (now(), now(), now(), 1, 1);
		INSERT INTO "PaymentTransaction" (transaction_type, total_amount, platform_fee, owner_amount, currency, created_at, app_subscription_id)
		VALUES ('app_subscription', 1, 0, 0, 'USD', now(), 1), ('store_purchase', 1, 0, 0, 'USD', now(), 1);`)
	compare(t, db, findings{
		{Rule: "communitygroup_one_cadence", Table: "PaymentPlan", Unknown: `the column is_lifetime of "CommunityGroup" is not there yet`},
		{Rule: "communitygroupaccess_tier_of_community", Table: "UserPaymentPlan", Rows: 1, IDs: []int64{2}},
		{Rule: "paymenttransaction_subject", Table: "PaymentTransaction", Rows: 1, IDs: []int64{2}},
		{Rule: "communitygroupprice_amount_not_negative", Table: "PaymentPlan", Rows: 1, IDs: []int64{1}},
		{Rule: "appsubscriptiontierprice_amount_not_negative", Table: "AppSubscriptionTier", Rows: 1, IDs: []int64{1}},
	}, found(t, db, func(m *model) {
		m.renameTable("PaymentPlan", "CommunityGroup")
		m.renameTable("UserPaymentPlan", "CommunityGroupAccess")
		m.renameColumn("CommunityGroupAccess", "payment_plan_id", "community_group_id")
	}))
}

func TestWhatCannotBeExaminedDoesNotHideTheRest(t *testing.T) {
	db := open(t, fresh{})
	exec(t, db, people+meetings[:strings.Index(meetings, `INSERT INTO "Meeting" `)]+`
		ALTER TABLE "Meeting" DROP CONSTRAINT meeting_ends_after_start;
		DROP INDEX user_email_lower;
		INSERT INTO "Meeting" (title, start_datetime, end_datetime, created_at, updated_at, community_id, created_by_id)
		VALUES ('m', '2026-01-02', '2026-01-01', now(), now(), 1, 1);
		REVOKE SELECT ON "User" FROM CURRENT_USER`)
	compare(t, db, findings{
		{Rule: "meeting_ends_after_start", Table: "Meeting", Rows: 1, IDs: []int64{1}},
		{Rule: "user_email_lower", Table: "User", Unknown: "permission denied for table User"},
	}, found(t, db, nil))
}
