package adopt

import (
	"context"
	"database/sql"
	"os"
	"testing"

	_ "github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestMain(m *testing.M) {
	beVictim()
	pgtest.Main(m)
}

// fresh is the state of a new database.
type fresh struct{}

func (fresh) Key() string { return "fresh " + migrations.Latest() }

func (fresh) Build(ctx context.Context, db *sql.DB, _ string) error {
	_, err := migrations.Apply(ctx, db)
	return err
}

// open returns a database of a template's state.
func open(t testing.TB, tmpl pgtest.Template) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", pgtest.New(t, tmpl))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// dump returns the state that a variable of the environment names the script of,
// or else one that otherwise makes.
func dump(t testing.TB, variable string, otherwise pgtest.Template) pgtest.Template {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		return otherwise
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.Dump(string(script))
}

func exec(t testing.TB, db *sql.DB, script string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
}

func readSchema(t testing.TB, db *sql.DB) catalogue.Schema {
	t.Helper()
	s, err := catalogue.Read(t.Context(), db, "public")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wanted(t testing.TB) catalogue.Schema {
	t.Helper()
	s, err := catalogue.At(Version)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
