package dbschema_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
)

// sqliteURL is the URL of a database file with the settings that the module
// opens its own with; more are added to them. busy_timeout comes first, or
// several that open a new file at once don't wait for the switch to WAL.
func sqliteURL(path string, more ...string) string {
	q := url.Values{"_pragma": {"busy_timeout(60000)", "journal_mode(WAL)", "foreign_keys(1)"}}
	for i := 0; i < len(more); i += 2 {
		q.Add(more[i], more[i+1])
	}
	return "file:" + path + "?" + q.Encode()
}

// newSQLite is a database with the desired schema, and its path.
func newSQLite(t *testing.T) (*sql.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, "sqlite", sqliteURL(path))
	if err := dbschema.CreateSQLite(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db, path
}

func TestCreateSQLiteMakesTheDesiredSchema(t *testing.T) {
	db, _ := newSQLite(t)
	changes, err := dbschema.Diff(t.Context(), db, dialect.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) > 0 {
		t.Errorf("%d tables differ from the graph\n%s", len(changes), describe(t, changes))
	}
	want := []string{"admin|Platform administrator|1", "user|Default user role|0"}
	if diff := cmp.Diff(want, query(t, db, `SELECT name || '|' || description || '|' || is_admin_role FROM Roles ORDER BY name`)); diff != "" {
		t.Errorf("roles (-want +have)\n%s", diff)
	}
}

func TestCreateSQLiteAgainOnlyReads(t *testing.T) {
	_, path := newSQLite(t)
	readOnly := open(t, "sqlite", sqliteURL(path, "_pragma", "query_only(1)"))
	if err := dbschema.CreateSQLite(t.Context(), readOnly); err != nil {
		t.Error(err)
	}
}

func TestCreateSQLiteWorksInMemoryOnOneConnection(t *testing.T) {
	db := open(t, "sqlite", "file:one?mode=memory&_pragma=foreign_keys(1)")
	db.SetMaxOpenConns(1)
	for range 2 {
		if err := dbschema.CreateSQLite(t.Context(), db); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCreateSQLiteMendsWhatDiffersAndKeepsTheRows(t *testing.T) {
	db, _ := newSQLite(t)
	run(t, db, `
		DROP INDEX role_name;
		ALTER TABLE Roles DROP COLUMN is_admin_role;
		ALTER TABLE Roles ADD COLUMN colour text DEFAULT 'red';
		CREATE TABLE theirs (id integer PRIMARY KEY);
		INSERT INTO Permission (id, name, description, created_at) VALUES (1, 'read', '', '2026-01-01');
		INSERT INTO Roles_permissions (role_id, permission_id) SELECT id, 1 FROM Roles;
		DELETE FROM Roles WHERE name = 'user';
		DROP TABLE Message`)
	if err := dbschema.CreateSQLite(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	have := query(t, db, `
		SELECT 'role ' || r.name || ' admin=' || r.is_admin_role || ' permission=' || rp.permission_id || ' ' || r.colour
		FROM Roles r JOIN Roles_permissions rp ON rp.role_id = r.id
		UNION ALL
		SELECT 'table ' || name FROM sqlite_master WHERE name IN ('Message', 'theirs', 'role_name')
		UNION ALL
		SELECT 'foreign keys ' || foreign_keys FROM pragma_foreign_keys
		ORDER BY 1`)
	want := []string{
		"foreign keys 1",
		"role admin admin=0 permission=1 red",
		"table Message",
		"table role_name",
		"table theirs",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
}

func TestCreateSQLiteIsCalledByManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	// SQLite doesn't wait for the switch to WAL, so one does it for all.
	if err := open(t, "sqlite", sqliteURL(path)).Ping(); err != nil {
		t.Fatal(err)
	}
	const n = 8
	errs := make(chan error, n)
	for range n {
		db := open(t, "sqlite", sqliteURL(path))
		go func() { errs <- dbschema.CreateSQLite(t.Context(), db) }()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestCreateSQLiteLeavesNothingBehindWhenItFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, "sqlite", sqliteURL(path))
	db.SetMaxOpenConns(1)
	run(t, db, `CREATE TABLE theirs (id integer); CREATE VIEW Wheel AS SELECT id FROM theirs`)
	if err := dbschema.CreateSQLite(t.Context(), db); err == nil {
		t.Fatal("no error, but a view has the name of a table")
	}
	want := []string{"Wheel", "theirs"}
	if diff := cmp.Diff(want, query(t, db, `SELECT name FROM sqlite_master ORDER BY name`)); diff != "" {
		t.Errorf("left behind (-want +have)\n%s", diff)
	}
	if fk := query(t, db, `SELECT foreign_keys FROM pragma_foreign_keys`); fk[0] != "1" {
		t.Error("foreign keys are off")
	}
}

func TestCreateSQLiteEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	db := open(t, "sqlite", sqliteURL(filepath.Join(t.TempDir(), "test.db")))
	if err := dbschema.CreateSQLite(ctx, db); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func BenchmarkCreateSQLiteAgain(b *testing.B) {
	db, err := sql.Open("sqlite", sqliteURL(filepath.Join(b.TempDir(), "test.db")))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for b.Loop() {
		if err := dbschema.CreateSQLite(b.Context(), db); err != nil {
			b.Fatal(err)
		}
	}
}
