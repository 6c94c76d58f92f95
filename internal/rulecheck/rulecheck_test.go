package rulecheck

import (
	"context"
	"database/sql"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// badPost adds a post without a slug, which is a mistake.
const badPost = `INSERT INTO "BlogPost" (title, slug, blog_message, created_at, updated_at) VALUES ('a', '', 'b', now(), now());`

func TestRunSaysWhichRows(t *testing.T) {
	db := conformance.Postgres(t).DB
	if found := run(t, db); len(found) > 0 {
		t.Errorf("nothing is there, and found are %+v", found)
	}
	exec(t, db, badPost+`
		INSERT INTO "User" (email, password, date_joined) VALUES ('a', '', now());
		INSERT INTO "StorageUsage" (created_at, file_path, file_size, owner_id) SELECT now(), 'f', 1, 1 FROM generate_series(1, 7);
		ALTER TABLE "BadgeDefinition" DROP COLUMN icon_url;
		DROP INDEX badgedefinition_code;
		INSERT INTO "BadgeDefinition" (code, name, criteria, created_at, updated_at)
		SELECT 'twice', 'n', '{}', now(), now() FROM generate_series(1, 2)`)
	want := []Finding{
		{Rule: "badgedefinition_code", Table: "BadgeDefinition", Column: "code", Rows: 2, IDs: []int64{1, 2}},
		{Rule: "blogpost_slug_from_title", Table: "BlogPost", Column: "slug", Rows: 1, IDs: []int64{1}},
		{Rule: "storageusage_one_row_a_file", Table: "StorageUsage", Column: "file_path",
			Usual: "other services store a path again", Rows: 7, IDs: []int64{1, 2, 3, 4, 5}},
	}
	for i, f := range want {
		want[i].Says = invariant.Named(f.Table, f.Rule).Says
	}
	got := run(t, db)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	var mistakes []string
	for _, f := range got {
		if f.Mistake() {
			mistakes = append(mistakes, f.Rule)
		}
	}
	if diff := cmp.Diff([]string{"badgedefinition_code", "blogpost_slug_from_title"}, mistakes); diff != "" {
		t.Errorf("mistakes (-), and what is taken for one (+):\n%s", diff)
	}
}

func TestWhatIsMissingDoesNotStopTheRest(t *testing.T) {
	db := conformance.Postgres(t).DB
	exec(t, db, badPost+`DROP TABLE "PollVote"; ALTER TABLE "Meeting" DROP COLUMN series_sequence;
		ALTER TABLE "MeetingSeries" DROP CONSTRAINT meetingseries_weekly_days_iso, DROP CONSTRAINT meetingseries_weekly_days_with_weekly,
			ALTER COLUMN weekly_days TYPE text;
		REVOKE ALL ON "CommunityFeedback" FROM CURRENT_USER`)
	got := map[string]string{}
	for _, f := range run(t, db) {
		if f.Error != "" && f.Rows == 0 {
			got[f.Rule] = f.Error
		} else if f.Rule != "blogpost_slug_from_title" || f.Rows != 1 {
			t.Errorf("%+v", f)
		}
	}
	want := map[string]string{
		"pollvote_poll_id_user_id":               `relation "PollVote" does not exist`,
		"pollvote_option_of_poll":                `relation "PollVote" does not exist`,
		"meeting_series_sequence_from_one":       `column "series_sequence" does not exist`,
		"meeting_series_sequence_check":          `column "series_sequence" does not exist`,
		"meeting_series_id_series_sequence":      `column "series_sequence" does not exist`,
		"meeting_sequence_in_series":             `column "series_sequence" does not exist`,
		"meetingseries_weekly_days_iso":          `function jsonb_typeof(text) does not exist`,
		"meetingseries_weekly_days_with_weekly":  `COALESCE types text and jsonb cannot be matched`,
		"communityfeedback_rating_range":         `permission denied for table CommunityFeedback`,
		"communityfeedback_rating_check":         `permission denied for table CommunityFeedback`,
		"communityfeedback_user_id_community_id": `permission denied for table CommunityFeedback`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestAllIsSeenAsOfOneMomentAndNothingStaysLocked(t *testing.T) {
	db := conformance.Postgres(t).DB
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	q := query(t, "blogpost_slug_from_title")
	look := func() int {
		f, err := q.Run(t.Context(), tx)
		if err != nil || f.Error != "" {
			t.Fatal(f.Error, err)
		}
		return f.Rows
	}
	if look() != 0 {
		t.Fatal("there is a post")
	}
	// Would wait for a lock on the table.
	exec(t, db, `SET lock_timeout = '10s'; ALTER TABLE "BlogPost" ADD COLUMN later int; `+badPost)
	if look() != 0 {
		t.Error("a row of later is seen")
	}
	if found := run(t, db); len(found) != 1 || found[0].Rows != 1 {
		t.Errorf("afterwards found are %+v", found)
	}
}

func TestNoValueIsShown(t *testing.T) {
	db := conformance.Postgres(t).DB
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	q := Query{Rule: invariant.All()[0], SQL: `SELECT 's3cret'::text::bigint`}
	f, err := q.Run(t.Context(), tx)
	if err != nil || f.Error != "a value can't be evaluated (22P02)" {
		t.Errorf("%q, %v", f.Error, err)
	}
}

func TestADatabaseThatAnswersNoMore(t *testing.T) {
	db := conformance.Postgres(t).DB
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found, err := Run(ctx, db); err == nil {
		t.Errorf("found %+v", found)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	q := Query{Rule: invariant.All()[0], SQL: `SELECT 1 FROM pg_terminate_backend(pg_backend_pid())`}
	if f, err := q.Run(t.Context(), tx); err == nil {
		t.Errorf("found %+v", f)
	}
}

func run(t *testing.T, db *sql.DB) []Finding {
	t.Helper()
	found, err := Run(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func query(t *testing.T, rule string) Query {
	t.Helper()
	all, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(q Query) bool { return q.Rule.Name == rule })]
}
