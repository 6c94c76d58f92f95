package adopt

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// repaired has for each repair rows that break the rule, how many they are, and
// what is written down of each row that has to change.
var repaired = []struct {
	rule   string
	rows   string
	broken int64
	notes  [][3]string // row, old and new value
}{
	{
		rule: "user_email_lower",
		rows: `DROP INDEX user_email_lower;
			INSERT INTO "User" (id, email, password, date_joined, is_active, is_verified, last_login) VALUES
				(11, 'eve@example.com', '', now(), true, false, '2026-03-03'), -- signed up with the address of 12
				(12, 'Eve@example.com', '', now(), true, true, '2026-01-01'),
				(13, 'EVE@example.com', '', now(), false, true, '2026-04-04'),
				(14, 'fay@example.com', '', now(), true, true, NULL),
				(15, 'Fay@example.com', '', now(), true, true, '2026-01-01'),
				(16, 'fAY@example.com', '', now(), true, true, '2026-01-02'),
				(17, 'Gil@example.com', '', now(), true, true, NULL),
				(18, 'gil@example.com', '', now(), true, true, NULL),
				(19, 'hal@example.com', '', now(), true, true, NULL),
				(20, repeat('0', 242) || '@EXAMPLE.com', '', now(), true, true, '2026-01-01'),
				(21, repeat('0', 242) || '@example.com', '', now(), true, true, NULL)`,
		broken: 10,
		notes: [][3]string{
			{"11", "eve@example.com", "eve@example.com.account-11.invalid"},
			{"13", "EVE@example.com", "eve@example.com.account-13.invalid"},
			{"14", "fay@example.com", "fay@example.com.account-14.invalid"},
			{"15", "Fay@example.com", "fay@example.com.account-15.invalid"},
			{"18", "gil@example.com", "gil@example.com.account-18.invalid"},
			{"21", fmt.Sprintf("%0242d@example.com", 0), fmt.Sprintf("%0218d.account-21.invalid", 0)},
		},
	},
	{
		rule: "communitymember_one_owner",
		rows: `DROP INDEX communitymember_one_owner;
			INSERT INTO "User" (id, email, password, date_joined) SELECT n, 'user' || n, '', now() FROM generate_series(11, 16) AS n;
			INSERT INTO "CommunityMember" (id, role, joined_at, is_blocked, leaderboard_year, user_id, community_id) VALUES
				(1, 'owner', '2026-01-01', true, 2026, 11, 1),
				(2, 'owner', '2026-01-03', false, 2026, 12, 1),
				(3, 'owner', '2026-01-02', false, 2026, 13, 1),
				(4, 'member', '2025-01-01', false, 2026, 14, 1),
				(5, 'owner', '2026-01-01', true, 2026, 15, 2),
				(6, 'co_owner', '2025-01-01', false, 2026, 16, 2)`,
		broken: 3,
		notes:  [][3]string{{"1", "owner", "co_owner"}, {"2", "owner", "co_owner"}},
	},
	{
		rule: "meeting_series_id_series_sequence",
		rows: `DROP INDEX meeting_series_id_series_sequence;
			INSERT INTO "MeetingSeries" (id, title, time_zone, recurrence_frequency, "interval", recurrence_end_type, created_at, updated_at, community_id, created_by_id)
			SELECT n, 's', 'UTC', 'daily', 1, 'never', now(), now(), 1, 1 FROM generate_series(1, 2) AS n;
			INSERT INTO "Meeting" (id, title, start_datetime, end_datetime, created_at, updated_at, community_id, created_by_id, series_id, series_sequence)
			SELECT n, 'm', '2026-01-01', '2026-01-02', now(), now(), 1, 1, series, number FROM (VALUES
				(1, 1, 1), (2, 1, 2), (3, 1, 2), (4, 2, 2), (5, 1, 2), (6, NULL, NULL), (7, 1, NULL), (8, 1, NULL)) AS m (n, series, number)`,
		broken: 3,
		notes:  [][3]string{{"3", "2", ""}, {"5", "2", ""}},
	},
}

// unmanaged is a database with people and more rows that no migration of the module's
// own has touched.
func unmanaged(t *testing.T, rows string) *sql.DB {
	t.Helper()
	db := open(t, fresh{})
	exec(t, db, `DROP SCHEMA atlas_schema_revisions CASCADE;`+people+rows)
	return db
}

func TestRowsThatBreakAUniqueRuleStopTheTakeoverOrAreRepaired(t *testing.T) {
	for _, tt := range repaired {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			db := unmanaged(t, tt.rows)
			before := contents(t, db)
			_, err := Apply(t.Context(), db, Choices{}, nil)
			var broken *BrokenError
			if !errors.As(err, &broken) || len(broken.Findings) != 1 || broken.Findings[0].Rule != tt.rule || broken.Findings[0].Rows != tt.broken {
				t.Fatalf("without a choice: %v", err)
			}
			if after := contents(t, db); after != before {
				t.Errorf("before %s, after %s", before, after)
			}
			if notes := notes(t, db); notes != nil {
				t.Errorf("written down is %q", notes)
			}

			choices := Choices{Repair: []string{tt.rule}}
			if _, err := Apply(t.Context(), db, choices, nil); err != nil {
				t.Fatal(err)
			}
			r, _ := repairOf(tt.rule)
			var want [][7]string
			for _, n := range tt.notes {
				want = append(want, [7]string{tt.rule, r.table, n[0], r.column, n[1], n[2], n[2]})
			}
			if diff := cmp.Diff(want, valuesOf(t, db, r)); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			again, err := MakePlan(t.Context(), db, choices)
			if err != nil || len(again.Steps) > 0 || len(again.Findings) > 0 {
				t.Errorf("afterwards %+v, %v", again, err)
			}
		})
	}
}

// A row that was changed after those in question had been read isn't changed again.
func TestARepairSeesWhatOthersDo(t *testing.T) {
	db := unmanaged(t, repaired[1].rows)
	index, _ := wanted(t).Get("index", "CommunityMember", "communitymember_one_owner")
	r, _ := repairOf(index.Name)
	statements := r.step(index, "CommunityMember").SQL
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	// 3, who would stay the owner, leaves before the repair has locked the rows.
	exec(t, db, `UPDATE "CommunityMember" SET role = 'member' WHERE id = 3`)
	for i, s := range statements {
		if _, err := tx.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if i == len(statements)-2 { // and 2, who does now, can't leave afterwards
			_, err := db.ExecContext(t.Context(), `SET lock_timeout = '50ms'; UPDATE "CommunityMember" SET role = 'member' WHERE id = 2`)
			if sqlstate.Of(err) != "55P03" {
				t.Errorf("an owner in question was changed: %v", err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if owners := selectIDs(t, db, `SELECT id FROM "CommunityMember" WHERE role = 'owner' ORDER BY id`); !slices.Equal(owners, []int64{2, 5}) {
		t.Errorf("owners are %d", owners)
	}
}

func TestChoicesNameRules(t *testing.T) {
	db := unmanaged(t, "")
	for _, tt := range []struct {
		choices Choices
		field   string
	}{
		{Choices{Accept: []string{"meeting_ends_after_start"}, Repair: []string{"user_email_lower"}}, ""},
		{Choices{Accept: []string{"meeting_ends"}}, "accept"},
		{Choices{Accept: []string{"user_email_lower"}}, "accept"},
		{Choices{Accept: []string{"meeting_series_of_community"}}, "accept"},
		{Choices{Repair: []string{"tag_name"}}, "repair"},
		{Choices{Repair: []string{"meeting_ends_after_start"}}, "repair"},
		{Choices{Repair: []string{""}}, "repair"},
	} {
		_, err := MakePlan(t.Context(), db, tt.choices)
		var e *apierror.Error
		if (err != nil || tt.field != "") && (!errors.As(err, &e) || e.Code != apierror.InvalidValue || e.Field != tt.field) {
			t.Errorf("%+v: %v", tt.choices, err)
		}
	}
}

// contents is everything that the database holds, and what of.
func contents(t *testing.T, db *sql.DB) string {
	t.Helper()
	s := fmt.Sprint(readSchema(t, db))
	for _, table := range readSchema(t, db).Tables() {
		var rows string
		err := db.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT coalesce(string_agg(r::text, ';' ORDER BY id), '') FROM %s AS r`, quoted(table))).Scan(&rows)
		if err != nil {
			t.Fatal(err)
		}
		s += table + rows
	}
	return s
}

// notes returns what repairs have written down: rule, table, row, column, old and
// new value.
func notes(t *testing.T, db *sql.DB) [][6]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT rule, "table", row_id, "column", coalesce(old_value, ''), coalesce(new_value, ''), at
		FROM `+RepairsTable+` ORDER BY id`)
	if sqlstate.Of(err) == "42P01" || sqlstate.Of(err) == "3F000" {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all [][6]string
	for rows.Next() {
		var n [6]string
		var at time.Time
		if err := rows.Scan(&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &at); err != nil {
			t.Fatal(err)
		}
		if at.IsZero() {
			t.Errorf("%q has no time", n)
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// valuesOf returns the notes and, of each, what the row has now.
func valuesOf(t *testing.T, db *sql.DB, r repair) [][7]string {
	t.Helper()
	var all [][7]string
	for _, n := range notes(t, db) {
		var now string
		err := db.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT coalesce(%s::text, '') FROM %s WHERE id = $1`, quoted(r.column), quoted(r.table)), n[2]).Scan(&now)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, [7]string{n[0], n[1], n[2], n[3], n[4], n[5], now})
	}
	return all
}
