package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
	}
	Main(m)
}

// childVariable makes the test program a process that only starts a server.
const childVariable = "PGTEST_CHILD"

func child() {
	dsn, err := Server()
	if err != nil {
		panic(err)
	}
	fmt.Println(dsn)
	select {}
}

// notes is a template of one table, which counts how often it is built.
type notes struct {
	key    string
	builds atomic.Int32
	err    error
}

func (n *notes) Key() string { return n.key }

func (n *notes) Build(ctx context.Context, db *sql.DB, dsn string) error {
	n.builds.Add(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE notes (body text NOT NULL)"); err != nil {
		return err
	}
	// The URL leads to the same database.
	_, err := open(dsn).ExecContext(ctx, "INSERT INTO notes VALUES ('from the template')")
	return errors.Join(err, n.err)
}

// open returns a pool that keeps no connection, so that none has to be closed.
func open(dsn string) *sql.DB {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		panic(err)
	}
	db.SetMaxIdleConns(-1)
	return db
}

func scan[T any](t testing.TB, dsn, query string, args ...any) (v T) {
	t.Helper()
	if err := open(dsn).QueryRow(query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func run(t testing.TB, dsn, statement string) {
	t.Helper()
	if _, err := open(dsn).Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func admin(t testing.TB) string {
	t.Helper()
	dsn, err := Server()
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

func TestEveryTestHasItsOwnDatabase(t *testing.T) {
	tmpl := &notes{key: rand.Text()}
	a, b := New(t, tmpl), New(t, tmpl)
	run(t, a, "INSERT INTO notes VALUES ('mine')")
	if n := scan[int](t, a, "SELECT count(*) FROM notes"); n != 2 {
		t.Errorf("the first database has %d notes, want 2", n)
	}
	if n := scan[int](t, b, "SELECT count(*) FROM notes"); n != 1 {
		t.Errorf("the second database has %d notes, want 1", n)
	}
	if n := scan[int](t, Empty(t), "SELECT count(*) FROM pg_class WHERE relname = 'notes'"); n != 0 {
		t.Error("the empty database has a table")
	}
}

func TestTemplateIsBuiltOnce(t *testing.T) {
	tmpl := &notes{key: rand.Text()}
	t.Run("tests", func(t *testing.T) {
		for i := range 20 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				if n := scan[int](t, New(t, tmpl), "SELECT count(*) FROM notes"); n != 1 {
					t.Errorf("%d notes, want 1", n)
				}
			})
		}
	})
	if n := tmpl.builds.Load(); n != 1 {
		t.Errorf("built %d times, want once", n)
	}
}

func TestTemplateIsBuiltOnceByManyProcesses(t *testing.T) {
	tmpl := &notes{key: rand.Text()}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := another(t).template(t.Context(), tmpl); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := tmpl.builds.Load(); n != 1 {
		t.Errorf("built %d times, want once", n)
	}
}

// another is the server as another process sees it.
func another(t *testing.T) *server {
	s, err := connect(t.Context(), admin(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.admin.Close() })
	return s
}

func TestFailedBuildIsReportedAndBuiltAnew(t *testing.T) {
	broken := &notes{key: rand.Text(), err: errors.New("no such migration")}
	s := another(t)
	for range 2 {
		if _, err := s.template(t.Context(), broken); !errors.Is(err, broken.err) {
			t.Errorf("error %v, want %v", err, broken.err)
		}
	}
	if n := broken.builds.Load(); n != 1 {
		t.Errorf("built %d times, want once", n)
	}
	if _, err := another(t).template(t.Context(), &notes{key: broken.key}); err != nil {
		t.Errorf("after the failure: %v", err)
	}
}

func TestDatabaseIsGoneAfterItsTest(t *testing.T) {
	var dsn string
	t.Run("test", func(t *testing.T) {
		dsn = Empty(t)
		conn, err := open(dsn).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn // stays open
	})
	if n := scan[int](t, admin(t), "SELECT count(*) FROM pg_database WHERE datname = $1", name(t, dsn)); n != 0 {
		t.Error("the database is still there")
	}
}

func name(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

func TestNamedServerIsUsed(t *testing.T) {
	// The user of the URL needs no more than the right to create databases, and
	// a name and a password may hold anything.
	role := "named@" + rand.Text()
	run(t, admin(t), `CREATE ROLE "`+role+`" LOGIN CREATEDB PASSWORD 'p/w:d?'`)
	u, err := url.Parse(admin(t))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "p/w:d?")
	t.Setenv(variable, u.String())

	var h holder
	s, err := h.get()
	if err != nil {
		t.Fatal(err)
	}
	if s.url.String() != u.String() || !s.foreign {
		t.Errorf("the server is %s, want %s", s.url, u)
	}
	var dsn string
	t.Run("test", func(t *testing.T) {
		template, err := s.template(t.Context(), &notes{key: rand.Text()})
		if err != nil {
			t.Fatal(err)
		}
		dsn = s.clone(t, template)
		if user := scan[string](t, dsn, "SELECT current_user"); user != role {
			t.Errorf("the user is %s", user)
		}
	})
	failed := &endedTest{TB: t, failed: true}
	kept := s.clone(failed, "template0")
	failed.cleanup()
	if err := h.end(); err != nil {
		t.Error(err)
	}

	const exists = "SELECT count(*) FROM pg_database WHERE datname = $1"
	if n := scan[int](t, admin(t), exists, name(t, dsn)); n != 0 {
		t.Error("the database of a test that passed is still there")
	}
	if n := scan[int](t, admin(t), exists, name(t, kept)); n != 1 {
		t.Error("the database of a test that failed is gone")
	}
}

// endedTest is a test that cleans up when told.
type endedTest struct {
	testing.TB
	failed  bool
	cleanup func()
}

func (e *endedTest) Failed() bool     { return e.failed }
func (e *endedTest) Cleanup(c func()) { e.cleanup = c }

func TestNamedServerThatCannotBeUsed(t *testing.T) {
	for _, named := range []string{
		"mysql://user:secret@localhost/db",
		"postgres://user:secret@local host/db",
		"postgres://localhost/db",
		"postgres://user:secret@localhost:1/db?sslmode=disable",
	} {
		t.Run("", func(t *testing.T) {
			_, err := choose(t.Context(), named, func(context.Context) (*server, error) {
				t.Error("another server was started")
				return nil, nil
			})
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error(), variable) || strings.Contains(err.Error(), "secret") {
				t.Error(err)
			}
		})
	}
}

func TestNoServerSaysWhatHelps(t *testing.T) {
	cause := errors.New("postgres and initdb are nowhere")
	_, err := choose(t.Context(), "", func(context.Context) (*server, error) { return nil, cause })
	if !errors.Is(err, cause) {
		t.Fatalf("error %v, want %v", err, cause)
	}
	for _, want := range []string{"apt-get install postgresql", "brew install postgresql", variable} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
}

func TestNoServerIsStartedAfterTheTests(t *testing.T) {
	var h holder
	if err := h.end(); err != nil {
		t.Error(err)
	}
	if _, err := h.get(); err == nil {
		t.Error("no error")
	}
}

// BenchmarkEmpty and BenchmarkNew include what a test does first and last.
func BenchmarkEmpty(b *testing.B) { benchmark(b, Empty) }

func BenchmarkNew(b *testing.B) {
	tmpl := &notes{key: rand.Text()}
	benchmark(b, func(b testing.TB) string { return New(b, tmpl) })
}

func benchmark(b *testing.B, database func(testing.TB) string) {
	database(b) // starts the server, builds the template
	for b.Loop() {
		t := &endedTest{TB: b}
		db, err := sql.Open("postgres", database(t))
		if err == nil {
			err = errors.Join(db.Ping(), db.Close())
		}
		if err != nil {
			b.Fatal(err)
		}
		t.cleanup()
	}
}
