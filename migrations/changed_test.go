package migrations_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// edited returns the files with a comment added to some.
func (f files) edited(names ...string) files {
	e := files{}
	for name, content := range f {
		e[name] = content
	}
	for _, name := range names {
		e[name] += "-- more\n"
	}
	return e
}

func TestExactlyTheChangedFilesAreNamed(t *testing.T) {
	t.Parallel()
	const fourth = "20240104000000_add_note.sql"
	all := files{first: createThings, second: changeThings, third: indexThings}
	grown := files{first: createThings, second: changeThings, third: indexThings, fourth: "SELECT 4;\n"}
	for name, tt := range map[string]struct {
		atlas bool // the Atlas program applied the files
		seen  bool // and then Apply ran once
		now   files
		want  string
	}{
		"none":                      {now: all, want: ""},
		"the first":                 {now: all.edited(first), want: first},
		"the last":                  {now: all.edited(third), want: third},
		"two with one between":      {now: all.edited(first, third), want: first + " " + third},
		"one, and one is pending":   {now: grown.edited(second), want: second},
		"a file gone is no change":  {now: files{first: createThings, third: indexThings}, want: ""},
		"Atlas's, unseen":           {now: all.edited(second), want: second, atlas: true},
		"Atlas's, two, unseen":      {now: all.edited(second, third), want: second, atlas: true},
		"Atlas's, two, seen":        {now: all.edited(first, third), want: first + " " + third, atlas: true, seen: true},
		"Atlas's, a file gone":      {now: files{second: changeThings, third: indexThings}, want: "", atlas: true},
		"Atlas's, and one pending":  {now: grown.edited(first), want: first, atlas: true, seen: true},
		"Atlas's, unseen, the last": {now: all.edited(third), want: third, atlas: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, pgtest.Empty(t))
			apply(t, all.dir(t), db)
			if tt.atlas { // whose rows have no hash of a single file
				must(t, db, `UPDATE atlas_schema_revisions.atlas_schema_revisions SET partial_hashes = NULL`)
			}
			if tt.seen {
				equal(t, "applied", len(apply(t, all.dir(t), db)), 0)
			}
			d := tt.now.dir(t)
			s := status(t, d, db)
			var names []string
			for _, c := range s.Changed {
				names = append(names, c.String())
			}
			equal(t, "changed", strings.Join(names, " "), tt.want)
			_, err := d.Apply(t.Context(), db)
			_, planErr := d.Plan(t.Context(), db)
			for by, err := range map[string]error{"Apply": err, "Check": migrations.Check(s), "Plan": planErr} {
				var one *migrations.ChangedError
				if errors.As(err, &one) != (tt.want != "") {
					t.Errorf("%s: got %v", by, err)
				}
				for _, file := range strings.Fields(tt.want) {
					if !strings.Contains(err.Error(), file+" was changed after it was applied") {
						t.Errorf("%s: %q does not name %s", by, err, file)
					}
				}
			}
		})
	}
}

func TestARoleThatMayOnlyReadLeavesTheHashesToOthers(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := files{first: createThings}.dir(t)
	apply(t, d, db)
	must(t, db, `UPDATE atlas_schema_revisions.atlas_schema_revisions SET partial_hashes = NULL`)
	must(t, db, `REVOKE UPDATE ON atlas_schema_revisions.atlas_schema_revisions FROM CURRENT_USER`)
	equal(t, "applied", len(apply(t, d, db)), 0)
	const recorded = `SELECT partial_hashes ->> 0 LIKE 'file:%' FROM atlas_schema_revisions.atlas_schema_revisions`
	equal(t, "recorded", query(t, db, recorded), "")
	must(t, db, `GRANT UPDATE ON atlas_schema_revisions.atlas_schema_revisions TO CURRENT_USER`)
	equal(t, "applied", len(apply(t, d, db)), 0)
	equal(t, "recorded", query(t, db, recorded), "true")
}

func TestTheTimesOfARevisionAreThoseOfItsFile(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"file", "none"} {
		db := open(t, pgtest.Empty(t))
		d := files{first: "-- atlas:txmode " + mode + "\n\nCREATE TABLE times (at timestamptz DEFAULT clock_timestamp());\n" +
			"INSERT INTO times DEFAULT VALUES;\nSELECT pg_sleep(0.1);\nINSERT INTO times DEFAULT VALUES;\nSELECT 1;\n"}.dir(t)
		apply(t, d, db)
		equal(t, mode+": began before its statements", query(t, db,
			`SELECT executed_at <= min(at) FROM atlas_schema_revisions.atlas_schema_revisions, times GROUP BY executed_at`), "true")
		equal(t, mode+": as long as its statements", query(t, db,
			`SELECT execution_time >= extract(epoch FROM max(at) - min(at)) * 1e9
			FROM atlas_schema_revisions.atlas_schema_revisions, times GROUP BY execution_time`), "true")
		equal(t, mode+": as Status says", query(t, db, `SELECT execution_time FROM atlas_schema_revisions.atlas_schema_revisions`),
			strconv.FormatInt(status(t, d, db).Applied[0].Took.Nanoseconds(), 10))
	}
}
