package txdriver_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var errRefused = errors.New("refused")

// each runs a test on both databases, which have a table note of unique texts.
func each(t *testing.T, test func(t *testing.T, drv *txdriver.Driver)) {
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgres(t)) })
	t.Run("SQLite", func(t *testing.T) { test(t, sqlite(t)) })
}

func postgres(t *testing.T) *txdriver.Driver {
	return open(t, dialect.Postgres, "postgres", pgtest.Empty(t))
}

func sqlite(t *testing.T) *txdriver.Driver {
	return open(t, dialect.SQLite, "sqlite",
		"file:"+filepath.Join(t.TempDir(), "test.db")+"?_txlock=immediate&_busy_timeout=5000&_journal_mode=WAL")
}

func open(t *testing.T, name, driver, dsn string) *txdriver.Driver {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	drv := txdriver.New(entsql.OpenDB(name, db))
	t.Cleanup(func() {
		// One more connection can be had only when no other one is open: neither
		// idle nor, but for a moment after a context ended, in use.
		db.SetMaxIdleConns(0)
		db.SetMaxOpenConns(1)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := db.ExecContext(ctx, `SELECT 1`); err != nil {
			t.Errorf("a connection is still in use: %v", err)
		}
		if err := drv.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := drv.Exec(t.Context(), `CREATE TABLE note (body text UNIQUE)`, []any{}, nil); err != nil {
		t.Fatal(err)
	}
	return drv
}

// add inserts a note.
func add(ctx context.Context, on dialect.ExecQuerier, body string) error {
	return on.Exec(ctx, `INSERT INTO note (body) VALUES ($1)`, []any{body}, nil)
}

func mustAdd(t *testing.T, ctx context.Context, on dialect.ExecQuerier, body string) {
	t.Helper()
	if err := add(ctx, on, body); err != nil {
		t.Fatalf("adding %q: %v", body, err)
	}
}

// wantNotes compares all notes, in order.
func wantNotes(t *testing.T, ctx context.Context, on dialect.ExecQuerier, want ...string) {
	t.Helper()
	var rows entsql.Rows
	if err := on.Query(ctx, `SELECT body FROM note ORDER BY body`, []any{}, &rows); err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	if err := entsql.ScanSlice(rows, &got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("notes: got %q, want %q", got, want)
	}
}

func wantIs(t *testing.T, err error, want ...error) {
	t.Helper()
	for _, w := range want {
		if !errors.Is(err, w) {
			t.Fatalf("got error %v, want one that is %v", err, w)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
