// Package conformance checks that the typed client and the database agree: that
// every field of every entity comes back as it was written, and that what the
// platform's other services write can be read and written back unchanged.
//
// Beside the tests it has what they share with other packages' tests: a client on
// each of the databases that the module supports.
package conformance

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"entgo.io/ent/dialect"
	_ "github.com/lib/pq"  // the driver "postgres"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// Database is a database of a test's own, with the module's schema.
type Database struct {
	Client  *ent.Client
	DB      *sql.DB // the same database, for plain SQL
	URL     string
	Dialect string // dialect.Postgres or dialect.SQLite
}

// System is the context of a test that isn't about who may do what.
func System(t testing.TB) context.Context {
	return viewer.NewContext(t.Context(), viewer.System("test"))
}

// Each runs a test on PostgreSQL and on SQLite.
func Each(t *testing.T, test func(*testing.T, Database)) {
	t.Run("PostgreSQL", func(t *testing.T) { test(t, Postgres(t)) })
	t.Run("SQLite", func(t *testing.T) { test(t, SQLite(t)) })
}

// Postgres returns a PostgreSQL database that the migrations have made.
func Postgres(t testing.TB) Database {
	t.Helper()
	return open(t, dialect.Postgres, pgtest.New(t, Migrated))
}

// SQLite returns a new SQLite database in a file.
func SQLite(t testing.TB) Database {
	t.Helper()
	return open(t, dialect.SQLite, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
}

func open(t testing.TB, name, url string, opts ...communitybuilder.Option) Database {
	t.Helper()
	client, err := communitybuilder.Open(context.Background(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	driver, dsn := "postgres", url
	if name == dialect.SQLite {
		driver, dsn = "sqlite", strings.TrimPrefix(url, "sqlite:")
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), client.Close()); err != nil {
			t.Error(err)
		}
	})
	return Database{Client: client, DB: db, URL: url, Dialect: name}
}

// Migrated is the state of a PostgreSQL database after all of the module's
// migrations.
var Migrated pgtest.Template = migrated{}

type migrated struct{}

// Key is a hash of the migrations.
func (migrated) Key() string { return migrationsKey() }

var migrationsKey = sync.OnceValue(func() string {
	hash := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(migrations.FS, path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(hash, "%s\x00%d\x00%s", path, len(content), content)
		return err
	})
	if err != nil {
		panic(err) // of files that are part of the program
	}
	return fmt.Sprintf("migrated %x", hash.Sum(nil))
})

// Build applies the migrations.
func (migrated) Build(ctx context.Context, db *sql.DB, _ string) error {
	_, err := migrations.Apply(ctx, db)
	return err
}
