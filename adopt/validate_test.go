package adopt

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// unruly makes a database that has not had the rules which the rows of meetings
// break.
const unruly = `ALTER TABLE "Meeting" DROP CONSTRAINT meeting_ends_after_start, DROP CONSTRAINT meeting_series_of_community;`

func TestRulesThatRowsBreakWait(t *testing.T) {
	const check, key = "meeting_ends_after_start", "meeting_series_of_community"
	for _, tt := range []struct {
		name    string
		choices Choices
		check   Response
	}{
		{"by themselves", Choices{}, Waits},
		{"accepted", Choices{Accept: []string{check}}, Binds},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := unmanaged(t, unruly+meetings)
			p, err := MakePlan(t.Context(), db, tt.choices)
			if err != nil {
				t.Fatal(err)
			}
			want := findings{
				{Rule: check, Table: "Meeting", Rows: 1, IDs: []int64{2}, Response: tt.check},
				{Rule: key, Table: "Meeting", Rows: 1, IDs: []int64{3}, Response: Binds},
			}
			compare(t, db, want, p.Findings)
			report, err := Apply(t.Context(), db, tt.choices, nil)
			if err != nil {
				t.Fatal(err)
			}
			waiting := []Waiting{{Rule: check, Table: "Meeting", Bound: tt.check == Binds}, {Rule: key, Table: "Meeting", Bound: true}}
			if diff := cmp.Diff(waiting, report.Waiting); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			var differs []string
			for _, c := range catalogue.Diff(readSchema(t, db), wanted(t)) {
				differs = append(differs, c.Object().Name)
			}
			if diff := cmp.Diff([]string{check, key}, differs); diff != "" {
				t.Errorf("waiting (-), different (+):\n%s", diff)
			}

			// A key lets the rows be changed that break it, and a check does not.
			for rule, change := range map[string]string{
				check: `UPDATE "Meeting" SET title = 'n' WHERE id = 2`,
				key:   `UPDATE "Meeting" SET title = 'n' WHERE id = 3`,
			} {
				_, err := db.ExecContext(t.Context(), change)
				if refused := sqlstate.Of(err) == "23514"; refused != (rule == check && tt.check == Binds) {
					t.Errorf("%s: changing the row: %v", rule, err)
				}
			}
			if _, err := db.ExecContext(t.Context(), `UPDATE "Meeting" SET series_id = 1, series_sequence = 2 WHERE id = 1`); sqlstate.Of(err) != "23503" {
				t.Errorf("another row that breaks the key: %v", err)
			}

			v, err := Validate(t.Context(), db)
			if err != nil || len(v.Validated) > 0 {
				t.Fatalf("%+v, %v", v, err)
			}
			compare(t, db, want, v.Waiting)

			exec(t, db, `UPDATE "Meeting" SET end_datetime = '2026-01-03' WHERE id = 2`)
			v, err = Validate(t.Context(), db)
			if diff := cmp.Diff([]Rule{{check, "Meeting"}}, v.Validated); err != nil || diff != "" {
				t.Errorf("%v; want (-), got (+):\n%s", err, diff)
			}
			compare(t, db, want[1:], v.Waiting)

			exec(t, db, `UPDATE "Meeting" SET community_id = 2 WHERE id = 3`)
			v, err = Validate(t.Context(), db)
			if diff := cmp.Diff(&Validation{Validated: []Rule{{key, "Meeting"}}}, v, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("%v; want (-), got (+):\n%s", err, diff)
			}
			if diff := catalogue.Diff(readSchema(t, db), wanted(t)); len(diff) > 0 {
				t.Errorf("different are %+v", diff)
			}
			v, err = Validate(t.Context(), db)
			if diff := cmp.Diff(&Validation{}, v, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("%v; want (-), got (+):\n%s", err, diff)
			}
		})
	}
}

func TestValidateIsForDatabasesThatWereTakenOver(t *testing.T) {
	if _, err := Validate(t.Context(), unmanaged(t, unruly)); !errors.Is(err, migrations.ErrUnmanaged) {
		t.Error(err)
	}
	if _, err := Validate(t.Context(), openEmpty(t)); !errors.Is(err, migrations.ErrNoSchema) {
		t.Error(err)
	}
}

// A constraint that is not what its name says is not one that waits.
func TestValidateLeavesWhatIsOtherwise(t *testing.T) {
	db := open(t, fresh{})
	exec(t, db, people+unruly+`ALTER TABLE "Meeting" ADD CONSTRAINT meeting_ends_after_start CHECK (end_datetime >= start_datetime) NOT VALID`)
	v, err := Validate(t.Context(), db)
	if diff := cmp.Diff(&Validation{Validated: []Rule{{"meeting_series_of_community", "Meeting"}}}, v, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("%v; want (-), got (+):\n%s", err, diff)
	}
	if o, _ := readSchema(t, db).Get(catalogue.Check, "Meeting", "meeting_ends_after_start"); o.Def != "CHECK ((end_datetime >= start_datetime)) NOT VALID" {
		t.Errorf("the check is now %q", o.Def)
	}
}
