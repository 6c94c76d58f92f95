package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	osexec "os/exec"
	"slices"
	"strings"
	"testing"

	"ariga.io/atlas/sql/schema"
	"entgo.io/ent/dialect"
	"github.com/google/go-cmp/cmp"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// todayState is a database as the Python services make it today, with few rows.
type todayState struct{}

func (todayState) Key() string { return "today's state 4" }

func (todayState) Build(ctx context.Context, db *sql.DB, _ string) error {
	// The first migration is the graph without what is only this module's.
	s, err := catalogue.At("20261123000001")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, djangoSchema(s, s.Tables()...)+`;
		INSERT INTO "Roles" (name, description, is_admin_role) VALUES ('admin', 'Platform administrator', true), ('user', 'Default', false);
		INSERT INTO "Tag" (name, slug, created_at) VALUES ('a', 'a', now()), ('b', 'b', now())`)
	return err
}

// takenOver are the databases of the tests, with how they came to be.
var takenOver = map[string]func(t *testing.T) pgtest.Template{
	"today's":         func(t *testing.T) pgtest.Template { return dump(t, "SAMPLE_DATABASE", todayState{}) },
	"payment plans'":  func(t *testing.T) pgtest.Template { return dump(t, "LEGACY_DATABASE", legacyState{}) },
	"of the platform": func(*testing.T) pgtest.Template { return fresh{} },
}

// dropped are the columns whose values the steps of the Python services' history
// take elsewhere.
var dropped = []string{"AppSubscriptionTier.price", "PaymentPlan.fee", "PaymentPlan.is_free", "PaymentPlan.is_recurring",
	"UserAddress.is_billing_address", "UserAddress.is_default_billing"}

func TestADatabaseIsTakenOver(t *testing.T) {
	for name, tmpl := range takenOver {
		t.Run(name, func(t *testing.T) {
			url := pgtest.New(t, tmpl(t))
			db, err := sql.Open("postgres", url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			p := plan(t, db, Choices{})
			rows := newRowsThatStay(t, db)

			r, err := Apply(t.Context(), db, Choices{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(statements(p.Steps), statements(r.Steps)); diff != "" {
				t.Errorf("statements (-planned +taken)\n%s", diff)
			}
			rows.compare(t, db)
			onlyWaiting(t, db, r.Waiting)
			if s, err := migrations.Status(t.Context(), db); err != nil || s.Database != migrations.Latest() || len(s.Pending) > 0 {
				t.Errorf("the database's version is %q with %v pending (%v)", s.Database, s.Pending, err)
			}

			// A second time there is nothing to do.
			before := everything(t, db)
			if again := plan(t, db, Choices{}); len(again.Steps) > 0 {
				t.Errorf("these steps are left: %q", statements(again.Steps))
			}
			if _, err := Apply(t.Context(), db, Choices{}, nil); err != nil {
				t.Fatal(err)
			}
			for key, after := range everything(t, db) {
				if before[key] != after {
					t.Errorf("the second time changed %s", key)
				}
			}

			// What waits may be accepted.
			var accept []string
			for _, w := range r.Waiting {
				if !w.Bound {
					accept = append(accept, w.Rule)
				}
			}
			r, err = Apply(t.Context(), db, Choices{Accept: accept}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range r.Waiting {
				if !w.Bound {
					t.Errorf("%s was accepted, and does not bind new rows", w.Rule)
				}
			}
			onlyWaiting(t, db, r.Waiting)
			rows.compare(t, db)
			equalToAtlas(t, db)
			if checker := os.Getenv("SCHEMA_PARITY"); checker != "" {
				if out, err := osexec.CommandContext(t.Context(), checker, url).CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			}
		})
	}
}

func plan(t testing.TB, db *sql.DB, choices Choices) *Plan {
	t.Helper()
	p, err := MakePlan(t.Context(), db, choices)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// onlyWaiting asserts that the schema is that of a new database, apart from the
// rules that wait.
func onlyWaiting(t *testing.T, db *sql.DB, waiting []Waiting) {
	t.Helper()
	want, err := catalogue.At(migrations.Latest())
	if err != nil {
		t.Fatal(err)
	}
	var differ []string
	for _, c := range catalogue.Diff(readSchema(t, db), want) {
		o := c.Object()
		if c.Want == nil || c.Have != nil && c.Have.Def != o.Def+catalogue.NotValid {
			t.Errorf("have %+v, want %+v", c.Have, c.Want)
		}
		differ = append(differ, fmt.Sprint(Waiting{o.Name, o.Table, c.Have != nil}))
	}
	var waits []string
	for _, w := range waiting {
		waits = append(waits, fmt.Sprint(w))
	}
	slices.Sort(differ)
	slices.Sort(waits)
	if !slices.Equal(differ, waits) {
		t.Errorf("these wait: %v; these differ: %v", waits, differ)
	}
}

// equalToAtlas asserts that Atlas would change nothing but the Django tables.
func equalToAtlas(t *testing.T, db *sql.DB) {
	t.Helper()
	changes, err := dbschema.Diff(t.Context(), db, dialect.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if drop, ok := c.(*schema.DropTable); !ok || !catalogue.Foreign(drop.T.Name) {
			t.Errorf("Atlas would change %#v", c)
		}
	}
}

// rowsThatStay are the rows of a database in the columns that it will keep, by
// the names that these will have.
type rowsThatStay struct {
	columns map[string][]string // of tables
	rows    map[string]string
}

func newRowsThatStay(t *testing.T, db *sql.DB) rowsThatStay {
	t.Helper()
	live := readSchema(t, db)
	m := newModel(live)
	legacySteps(m, wanted(t))
	is := map[column]column{} // what live columns will be called
	for c, name := range m.live {
		is[column{m.liveTable(c.table), name}] = c
	}
	r := rowsThatStay{map[string][]string{}, map[string]string{}}
	for _, table := range live.Tables() {
		will := is[column{table, table}].table
		if will == "" {
			t.Fatalf("the table %s would be lost", table)
		}
		var as []string
		for _, o := range live.Of(table, catalogue.Column) {
			c, ok := is[column{table, o.Name}]
			if !ok {
				if !slices.Contains(dropped, table+"."+o.Name) {
					t.Errorf("the column %s of %s would be lost", o.Name, table)
				}
				continue
			}
			as = append(as, quoted(o.Name)+" AS "+quoted(c.name))
			r.columns[will] = append(r.columns[will], quoted(c.name))
		}
		r.rows[will] = rowsOf(t, db, table, as)
	}
	return r
}

func (r rowsThatStay) compare(t *testing.T, db *sql.DB) {
	t.Helper()
	for _, table := range slices.Sorted(maps.Keys(r.rows)) {
		// Rows that the takeover adds come after those that were there.
		if now := rowsOf(t, db, table, r.columns[table]); !strings.HasPrefix(now, r.rows[table]) {
			t.Errorf("the rows of %s are not the same", table)
		}
	}
}

func rowsOf(t testing.TB, db *sql.DB, table string, columns []string) string {
	t.Helper()
	var rows string
	err := db.QueryRowContext(t.Context(), fmt.Sprintf(
		`SELECT coalesce(string_agg(to_jsonb(r)::text, E'\n' ORDER BY id), '') FROM (SELECT %s FROM %s) AS r`,
		strings.Join(columns, ", "), quoted(table))).Scan(&rows)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// everything is what a database holds, by what it is: rows, sequences, and which
// objects there are, so that one which was made anew is seen.
func everything(t testing.TB, db *sql.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	read := func(query string, args ...any) [][2]string {
		rows, err := db.QueryContext(t.Context(), query, args...)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		var pairs [][2]string
		for rows.Next() {
			var p [2]string
			if err := rows.Scan(&p[0], &p[1]); err != nil {
				t.Fatal(err)
			}
			pairs = append(pairs, p)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return pairs
	}
	for _, p := range read(`
		SELECT 'relation ' || relname, oid || ' ' || relfilenode FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_|information_)'
		UNION ALL SELECT 'constraint ' || conname || ' ' || oid, pg_get_constraintdef(oid) FROM pg_constraint
		UNION ALL SELECT 'sequence ' || schemaname || '.' || sequencename, coalesce(last_value::text, '') FROM pg_sequences`) {
		all[p[0]] = p[1]
	}
	for _, p := range read(`SELECT 'rows of ' || c.oid::regclass, c.oid::regclass::text FROM pg_class c
		WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_)'`) {
		rows := read(`SELECT '', coalesce(string_agg(r::text, E'\n' ORDER BY r::text), '') FROM ` + p[1] + ` AS r`)
		all[p[0]] = rows[0][1]
	}
	return all
}
