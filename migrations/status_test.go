package migrations_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestCheckOfADatabase(t *testing.T) {
	t.Parallel()
	all := files{first: createThings, second: changeThings, third: indexThings}
	tests := []struct {
		name    string
		module  files    // what the module has
		applied files    // what was applied before
		sql     string   // what was done without migrations
		want    error    // sentinel
		says    []string // parts of a VersionError's text
		newer   bool
	}{
		{name: "empty", module: all, want: migrations.ErrNoSchema},
		{name: "tables of another toolchain", module: all, sql: "CREATE TABLE django_migrations ()", want: migrations.ErrUnmanaged},
		{name: "up to date", module: all, applied: all},
		{
			name: "older", module: all, applied: files{first: createThings},
			says: []string{"older", "its version is 20240101000000", "the module's 20240103000000", "migrate apply"},
		},
		{
			name: "newer by an addition", module: files{first: createThings, second: changeThings}, applied: all,
		},
		{
			name: "newer by more than additions", module: files{first: createThings}, applied: all,
			says: []string{"newer", "its version is 20240103000000", "the module's 20240101000000"}, newer: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := open(t, pgtest.Empty(t))
			if tt.sql != "" {
				must(t, db, tt.sql)
			}
			if tt.applied != nil {
				apply(t, tt.applied.dir(t), db)
			}
			err := migrations.Check(status(t, tt.module.dir(t), db))
			if tt.says == nil {
				if !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				return
			}
			var version *migrations.VersionError
			if !errors.As(err, &version) {
				t.Fatalf("got %v, want a VersionError", err)
			}
			equal(t, "newer", version.Newer(), tt.newer)
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestAnEmptyRevisionTableIsNoSchema(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := files{first: "SELECT 1/0;"}.dir(t)
	if _, err := d.Apply(t.Context(), db); err == nil {
		t.Fatal("no error from a division by zero")
	}
	s := status(t, d, db)
	equal(t, "managed", s.Managed, true)
	equal(t, "version", s.Database, "")
	if err := migrations.Check(s); !errors.Is(err, migrations.ErrNoSchema) {
		t.Errorf("got %v, want ErrNoSchema", err)
	}
}

func TestADatabaseOfAnotherToolchainIsLeftAlone(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	must(t, db, "CREATE TABLE django_migrations ()")
	d := files{first: createThings}.dir(t)
	if _, err := d.Apply(t.Context(), db); !errors.Is(err, migrations.ErrUnmanaged) {
		t.Fatalf("got %v, want ErrUnmanaged", err)
	}
	equal(t, "managed", status(t, d, db).Managed, false)
}

func TestAnOldModuleLeavesANewerDatabaseAlone(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	apply(t, files{first: createThings, second: changeThings}.dir(t), db)
	equal(t, "applied", len(apply(t, files{first: createThings}.dir(t), db)), 0)
}

func TestABaselineCountsAsTheFilesBeforeIt(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := files{first: createThings, second: "CREATE TABLE others ();\n"}.dir(t)
	apply(t, d, db)
	// As `atlas migrate apply --baseline` writes it.
	must(t, db, `DELETE FROM atlas_schema_revisions.atlas_schema_revisions WHERE version = '20240101000000'`)
	must(t, db, `UPDATE atlas_schema_revisions.atlas_schema_revisions SET type = 1, applied = 0, total = 0, hash = ''`)
	equal(t, "applied", len(apply(t, d, db)), 0)
	if err := migrations.Check(status(t, d, db)); err != nil {
		t.Error(err)
	}
}

func TestAFileChangedAfterItWasApplied(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	apply(t, files{first: createThings, second: changeThings}.dir(t), db)
	for name, d := range map[string]*migrations.Dir{
		"nothing pending": files{first: createThings, second: changeThings + "-- more\n"}.dir(t),
		"one pending":     files{first: createThings, second: changeThings + "-- more\n", third: indexThings}.dir(t),
	} {
		_, err := d.Apply(t.Context(), db)
		var changed *migrations.ChangedError
		if !errors.As(err, &changed) {
			t.Fatalf("%s: got %v, want a ChangedError", name, err)
		}
		equal(t, name, changed.String(), second)
	}

	// The way out that the error names.
	d := files{first: createThings, second: changeThings + "-- more\n"}.dir(t)
	_, err := d.Apply(t.Context(), db)
	_, record, _ := strings.Cut(err.Error(), "record that: ")
	must(t, db, record)
	equal(t, "applied", len(apply(t, d, db)), 0)
}

func TestAFileThatWasPassedBy(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	apply(t, files{first: createThings, third: indexThings}.dir(t), db)
	_, err := files{first: createThings, second: changeThings, third: indexThings}.dir(t).Apply(t.Context(), db)
	var order *migrations.OutOfOrderError
	if !errors.As(err, &order) {
		t.Fatalf("got %v, want an OutOfOrderError", err)
	}
	equal(t, "skipped", order.Skipped[0].String(), second)
	equal(t, "ran", names(t, db), "first")
}

func TestABrokenSumNamesTheFile(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"edited":  func(p string) error { return os.WriteFile(filepath.Join(p, second), []byte("SELECT 3;"), 0o600) },
		"removed": func(p string) error { return os.Remove(filepath.Join(p, second)) },
		"added":   func(p string) error { return os.WriteFile(filepath.Join(p, third), []byte("SELECT 3;"), 0o600) },
		"missing": func(p string) error { return os.Remove(filepath.Join(p, "atlas.sum")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, pgtest.Empty(t))
			path := t.TempDir()
			d := files{first: createThings, second: changeThings}.write(t, path)
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			_, err := d.Apply(t.Context(), db)
			if !errors.Is(err, migrations.ErrChecksum) {
				t.Fatalf("got %v, want ErrChecksum", err)
			}
			file := map[string]string{"added": third, "missing": "atlas.sum"}[name]
			if file == "" {
				file = second
			}
			if !strings.Contains(err.Error(), file) {
				t.Errorf("%q does not name %s", err, file)
			}
			equal(t, "tables", query(t, db, `SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'atlas%'`), "0")
		})
	}
}

func TestStatusNeedsOnlyTheRightToRead(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := files{first: createThings}.dir(t)
	apply(t, d, db)
	// An owner can take rights from itself.
	must(t, db, "REVOKE ALL ON atlas_schema_revisions.atlas_schema_revisions FROM CURRENT_USER")
	must(t, db, "REVOKE ALL ON things FROM CURRENT_USER")
	if _, err := d.Status(t.Context(), db); err == nil || !strings.Contains(err.Error(), "GRANT SELECT") {
		t.Errorf("got %v, want an error that says what to grant", err)
	}
	must(t, db, "GRANT SELECT ON atlas_schema_revisions.atlas_schema_revisions TO CURRENT_USER")
	equal(t, "version", status(t, d, db).Database, "20240101000000")
	equal(t, "applied", len(apply(t, d, db)), 0)
}
