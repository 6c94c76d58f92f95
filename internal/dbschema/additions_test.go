package dbschema

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"
	"entgo.io/ent/dialect"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// Every kind of addition, on both databases, is what it was asked to be: the
// second comparison finds nothing to do.
func TestAdditionsAreMadeOnce(t *testing.T) {
	extra := append([]addition{
		{table: "Community", name: "community_alias_lower", what: index{
			unique: true,
			parts:  []part{{expr: expr{postgres: "lower((alias)::text)", sqlite: "lower(alias)"}}},
		}},
		{table: "Poll", name: "poll_active", what: index{
			parts: []part{{column: "community_id"}, {column: "id"}},
			where: &expr{postgres: "is_active", sqlite: "is_active"},
		}},
		{table: "SimpleQuiz", name: "simplequiz_id_community_id", what: index{
			unique: true,
			parts:  []part{{column: "id"}, {column: "community_id"}},
		}},
		{table: "SimpleQuizSubmission", name: "submission_of_community", what: foreignKey{
			columns: []string{"quiz_id", "community_id"}, refTable: "SimpleQuiz", refColumns: []string{"id", "community_id"},
			onDelete: schema.Cascade,
		}},
		{table: "Wheel", name: "wheel_has_room", what: check{postgres: "((max_members > 1) OR (max_members IS NULL))", sqlite: "(max_members > 1) OR (max_members IS NULL)"}},
		{table: "Wheel", name: "wheel_max_members_check", what: spelling("((max_members)::bigint >= 0)")},
	}, additions...)

	for _, d := range []struct {
		dialect string
		db      *sql.DB
		open    func(schema.ExecQuerier) (migrate.Driver, error)
	}{
		{dialect.Postgres, openDB(t, "postgres", pgtest.Empty(t)), postgres.Open},
		{dialect.SQLite, openDB(t, "sqlite", filepath.Join(t.TempDir(), "test.db")), sqlite.Open},
	} {
		t.Run(d.dialect, func(t *testing.T) {
			drv, err := d.open(d.db)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []int{80, 0} {
				s, err := desired(d.dialect, extra)
				if err != nil {
					t.Fatal(err)
				}
				var own []schema.Change
				if want > 0 && d.dialect == dialect.Postgres {
					own = withoutOwnKeys(s)
				}
				changes, err := DiffTo(t.Context(), drv, s)
				if err != nil {
					t.Fatal(err)
				}
				if len(changes) != want {
					t.Fatalf("%d tables to make or change, want %d: %v", len(changes), want, changes)
				}
				if err := drv.ApplyChanges(t.Context(), append(changes, own...)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func openDB(t *testing.T, driver, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestAdditionsThatDoNotFitTheGraphAreRefused(t *testing.T) {
	id := []part{{column: "id"}}
	for _, tt := range []struct {
		want string // part of the error
		addition
	}{
		{`table "Nothing" does not exist`, addition{table: "Nothing", name: "x", what: index{parts: id}}},
		{`table "User" has no column "nothing"`, addition{table: "User", name: "x", what: index{parts: []part{{column: "nothing"}}}}},
		{`has an index of this name already`, addition{table: "User", name: "user_email", what: index{parts: id}}},
		{`two indexes named user_email`, addition{table: "Poll", name: "user_email", what: index{parts: id}}},
		{`longer than 63 bytes`, addition{table: "Poll", name: strings.Repeat("x", 64), what: index{parts: id}}},
		{`has a check of this name already`, addition{table: "Wheel", name: "wheel_max_members_check", what: check{postgres: "true"}}},
		{`neither an index nor a check`, addition{table: "Poll", name: "x", what: spelling("true")}},
		{`the index has no predicate`, addition{table: "User", name: "user_email", what: spelling("true")}},
		{`table "Nothing" does not exist`, addition{table: "Poll", name: "x", what: foreignKey{refTable: "Nothing"}}},
		{`table "User" has no column "y"`, addition{table: "Poll", name: "x", what: foreignKey{
			columns: []string{"id"}, refTable: "User", refColumns: []string{"y"}}}},
		{`two constraints named`, addition{table: "Wheel", name: "wheel_max_members_check", what: foreignKey{
			columns: []string{"id"}, refTable: "User", refColumns: []string{"id"}}}},
	} {
		if _, err := desired(dialect.Postgres, []addition{tt.addition}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want one that says: %s", err, tt.want)
		}
	}
}

func TestAdditionsHaveAReason(t *testing.T) {
	for _, a := range additions {
		if a.reason == "" {
			t.Errorf("%s does not say why it is there", a.name)
		}
	}
}
