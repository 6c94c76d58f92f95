package migrations_test

import (
	"database/sql"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/migratetest"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// Every version has its way back, or says why it has none, and nothing else is
// there.
func TestEveryMigrationHasAnUndoFile(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	apply(t, migrations.New(migrations.FS), db)
	steps, err := migrations.PlanDown(t.Context(), db, migrations.Empty)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "undone", len(steps), len(migratetest.Versions(t)))
	entries, err := migrations.FS.ReadDir("undo")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := migrations.FS.ReadFile(e.Name()); err != nil {
			t.Errorf("undo/%s: no migration has that name", e.Name())
		}
	}
}

// From the newest version down, each version is undone, applied again, and undone
// again: the schema is that of the version before, of the version, of the one
// before, and no row is another.
func TestEveryVersionAndBack(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	apply(t, migrations.New(migrations.FS), db)
	loadSample(t, db)
	want := contents(t, db)
	versions := migratetest.Versions(t)
	if rows := len(strings.Join(slices.Collect(maps.Values(want)), "")); rows < 100 {
		t.Fatalf("too few rows to try it on: %v", want)
	}
	look := func(version string) {
		t.Helper()
		at, err := catalogue.At(version)
		if err != nil {
			t.Fatal(err)
		}
		now, err := catalogue.Read(t.Context(), db, "public")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range catalogue.Diff(now, at) {
			t.Errorf("%s: %+v", version, c.Object())
		}
		for table, rows := range contents(t, db) {
			if rows != want[table] {
				t.Errorf("%s: the rows of %s are not what they were", version, table)
			}
		}
	}
	for i := len(versions) - 2; i >= 0; i-- {
		for _, to := range []string{versions[i], versions[i+1], versions[i]} {
			if to == versions[i] {
				if _, err := migrations.Down(t.Context(), db, to, false); err != nil {
					t.Fatal(err)
				}
			} else {
				apply(t, migrations.Until(to), db)
			}
			equal(t, "version", status(t, migrations.New(migrations.FS), db).Database, to)
			look(to)
		}
	}
	if _, err := migrations.Down(t.Context(), db, migrations.Empty, true); err != nil {
		t.Fatal(err)
	}
	left, err := catalogue.Read(t.Context(), db, "public")
	if err != nil || len(left) > 0 {
		t.Errorf("left when all is undone: %+v, %v", left, err)
	}
	equal(t, "applied again", len(apply(t, migrations.New(migrations.FS), db)), len(versions))
}

// contents are the rows of every table, as text.
func contents(t testing.TB, db *sql.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range strings.Fields(query(t, db, `
		SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`)) {
		all[table] = query(t, db, `SELECT string_agg(r::text, E'\n' ORDER BY id) FROM `+pq.QuoteIdentifier(table)+` r`)
	}
	return all
}

// loadSample puts the rows of the dump that SAMPLE_DATABASE names into a database,
// where they obey its rules, or else a few rows of ours.
func loadSample(t testing.TB, db *sql.DB) {
	t.Helper()
	path := os.Getenv("SAMPLE_DATABASE")
	if path == "" {
		rows, err := os.ReadFile("testdata/rows.sql")
		if err != nil {
			t.Fatal(err)
		}
		must(t, db, string(rows))
		return
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	must(t, db, `DELETE FROM "Roles"`) // the sample has its own
	sample := open(t, pgtest.New(t, pgtest.Dump(string(script))))
	pending := map[string][]json.RawMessage{}
	for table := range contents(t, db) {
		rows := query(t, sample, `SELECT coalesce(json_agg(r), '[]') FROM `+pq.QuoteIdentifier(table)+` r`)
		var list []json.RawMessage
		if err := json.Unmarshal([]byte(rows), &list); err != nil {
			t.Fatal(err)
		}
		pending[table] = list
	}
	total, loaded := 0, 0
	for _, rows := range pending {
		total += len(rows)
	}
	// A row waits for those that it refers to; those that break a rule stay out.
	for progress := true; progress; {
		progress = false
		for table, rows := range pending {
			quoted := pq.QuoteIdentifier(table)
			pending[table] = slices.DeleteFunc(rows, func(row json.RawMessage) bool {
				_, err := db.ExecContext(t.Context(), `INSERT INTO `+quoted+
					` SELECT * FROM json_populate_record(NULL::`+quoted+`, $1)`, string(row))
				if err == nil {
					loaded++
					progress = true
				}
				return err == nil
			})
		}
	}
	if loaded < total*3/4 {
		t.Fatalf("only %d of the sample's %d rows obey the rules", loaded, total)
	}
	t.Logf("%d of the sample's %d rows", loaded, total)
}
