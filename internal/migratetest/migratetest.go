// Package migratetest tries a data migration on rows: it stops before it, the test
// puts rows in with plain SQL, goes on, and looks.
//
//	d := migratetest.Before(t, "20261123000002")
//	d.Exec(`INSERT INTO "Roles" (name, …) VALUES ('admin', …)`)
//	d.Migrate()
//	if got := d.Query(`SELECT string_agg(name, ' ' ORDER BY name) FROM "Roles"`); got != "admin user" { … }
package migratetest

import (
	"database/sql"
	"io/fs"
	"strings"
	"testing"

	_ "github.com/lib/pq" // opens the databases

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// A Database is a PostgreSQL database at a version of the schema. Its methods end
// the test when they fail.
type Database struct {
	*sql.DB
	// URL is where other programs find it.
	URL string

	t       testing.TB
	version string // the migration that is tried
	before  string // the one before it
}

// Before returns a new database as it is before the module's migration of the
// version, and without rows but those that the migrations make.
func Before(t testing.TB, version string) *Database {
	t.Helper()
	before, known := migrations.Empty, false
	for _, v := range Versions(t) {
		if known = v == version; known {
			break
		}
		before = v
	}
	if !known {
		t.Fatalf("no migration has the version %s", version)
	}
	d := &Database{URL: pgtest.Empty(t), t: t, version: version, before: before}
	var err error
	if d.DB, err = sql.Open("postgres", d.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	d.apply(before)
	return d
}

// Versions returns the versions of the module's migrations, oldest first.
func Versions(t testing.TB) []string {
	t.Helper()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		names[i], _, _ = strings.Cut(name, "_")
	}
	return names
}

// Migrate applies the migration.
func (d *Database) Migrate() {
	d.t.Helper()
	d.apply(d.version)
}

func (d *Database) apply(version string) {
	d.t.Helper()
	if _, err := migrations.Until(version).Apply(d.t.Context(), d.DB); err != nil {
		d.t.Fatal(err)
	}
}

// Undo undoes the migration, also where that loses data.
func (d *Database) Undo() {
	d.t.Helper()
	if _, err := migrations.Down(d.t.Context(), d.DB, d.before, true); err != nil {
		d.t.Fatal(err)
	}
}

// Exec runs statements.
func (d *Database) Exec(stmts string) {
	d.t.Helper()
	if _, err := d.ExecContext(d.t.Context(), stmts); err != nil {
		d.t.Fatalf("%s: %v", stmts, err)
	}
}

// Query returns the first column of a query's first row as text, "" if it is NULL.
func (d *Database) Query(query string) string {
	d.t.Helper()
	var s sql.NullString
	if err := d.QueryRowContext(d.t.Context(), query).Scan(&s); err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
	return s.String
}
