package migrations_test

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ariga.io/atlas/sql/migrate"
	_ "github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(processDir); dir != "" {
		applyAndExit(dir, os.Getenv(processURL))
	}
	pgtest.Main(m)
}

// Files of the tests. things has one row a migration that ran, so that one
// which ran twice is seen.
const (
	first  = "20240101000000_create_things.sql"
	second = "20240102000000_change_things.sql"
	third  = "20240103000000_add_thing_index.sql"

	createThings = "CREATE TABLE things (name text);\nINSERT INTO things VALUES ('first');\n"
	changeThings = "INSERT INTO things VALUES ('second');\nALTER TABLE things ADD COLUMN note text;\n"
	indexThings  = "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY things_name ON things (name);\n"
)

// files are the contents of migration files by name, and of undo files by the
// name that follows undo.
type files map[string]string

const undo = "undo/"

// write makes path hold these files, the sums included, and no others.
func (f files) write(t testing.TB, path string) *migrations.Dir {
	t.Helper()
	own, undos := files{}, files{}
	for name, content := range f {
		if undone, ok := strings.CutPrefix(name, undo); ok {
			undos[undone] = content
		} else {
			own[name] = content
		}
	}
	own.fill(t, path)
	if len(undos) > 0 {
		undos.fill(t, filepath.Join(path, undo))
	}
	return migrations.New(os.DirFS(path))
}

func (f files) fill(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	dir, err := migrate.NewLocalDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range f {
		if err := dir.WriteFile(name, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := dir.Checksum()
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate.WriteSumFile(dir, sum); err != nil {
		t.Fatal(err)
	}
}

func (f files) dir(t testing.TB) *migrations.Dir {
	t.Helper()
	return f.write(t, t.TempDir())
}

// open connects to the database at u, with settings for every session.
func open(t testing.TB, u string, settings ...string) *sql.DB {
	t.Helper()
	parsed, err := url.Parse(u)
	if err != nil {
		t.Fatal(err)
	}
	q := parsed.Query()
	for i := 0; i < len(settings); i += 2 {
		q.Set(settings[i], settings[i+1])
	}
	parsed.RawQuery = q.Encode()
	db, err := sql.Open("postgres", parsed.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func apply(t testing.TB, d *migrations.Dir, db *sql.DB) []migrations.Migration {
	t.Helper()
	applied, err := d.Apply(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return applied
}

func status(t testing.TB, d *migrations.Dir, db *sql.DB) migrations.State {
	t.Helper()
	s, err := d.Status(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t testing.TB, db *sql.DB, stmt string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), stmt); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
}

// query returns the first column of the first row as text.
func query(t testing.TB, db *sql.DB, stmt string) string {
	t.Helper()
	var s sql.NullString
	if err := db.QueryRowContext(t.Context(), stmt).Scan(&s); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	return s.String
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// names are the names of the things table's rows: which migrations ran.
func names(t testing.TB, db *sql.DB) string {
	t.Helper()
	return query(t, db, `SELECT string_agg(name, ' ' ORDER BY name) FROM things`)
}
