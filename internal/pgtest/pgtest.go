// Package pgtest gives every test a PostgreSQL database of its own, in
// milliseconds and without anything to set up.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestSomething(t *testing.T) {
//		db, err := sql.Open("postgres", pgtest.Empty(t))
//		…
//	}
//
// The server is, in this order: the one that TEST_DATABASE_URL names; a
// throw-away server made from the PostgreSQL programs on this machine; the same
// from programs fetched once into the user's cache. (Where there is no Unix,
// only the first.) When none can be had the test fails and says what to install.
// It never skips.
//
// A throw-away server is started by the first test that asks for a database and
// ends with the test process, however that ends. It listens on a Unix socket in
// a directory that only its user can enter, trades durability for speed, sorts
// text by code point, and lives in UTC: a test about time zones sets one for its
// own session. Its files are in TMPDIR if that is set, else in memory where
// there is plenty (on Linux), else in the system's temporary directory. Its
// databases belong to an ordinary role, whom their URLs name: what needs a
// superuser in production fails in a test as well.
//
// On the server of TEST_DATABASE_URL (PostgreSQL 13 or later) the databases
// belong to the user of that URL, who has to be allowed to create them. Templates
// stay there, and so does the database of a test that failed.
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"
)

// A Template is the state from which [New] clones databases.
type Template interface {
	// Key identifies the content, for instance by a hash of the migration
	// files: templates of the same key are taken for the same.
	Key() string

	// Build fills an empty database. It is handed a connection pool, which is
	// closed for it, and the URL of the same database for tools that want one.
	// It has to close the connections that it opens by that URL: PostgreSQL
	// does not clone a database that is in use.
	Build(ctx context.Context, db *sql.DB, url string) error
}

// Main runs the tests, stops the server if one of them started it, and exits.
// It is meant to be the whole of TestMain. In a package without it the server
// ends all the same, but nobody waits for that.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.end(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Server returns the administrator's URL of the server in use, for tools that
// need a database to work in. The error says what was tried and what helps.
func Server() (string, error) {
	s, err := shared.get()
	if err != nil {
		return "", err
	}
	return s.url.String(), nil
}

// Empty returns the URL of a new database that holds nothing. It is dropped at
// the end of the test, whoever is still connected. Without a server the test
// fails.
func Empty(t testing.TB) string {
	t.Helper()
	return serverFor(t).clone(t, "template0")
}

// New returns the URL of a new database with the template's content. It is
// dropped at the end of the test, whoever is still connected. The template is
// built once for its key, also when many tests, or many processes on one server,
// ask at the same time. Without a server, or when Build fails, the test fails.
func New(t testing.TB, tmpl Template) string {
	t.Helper()
	s := serverFor(t)
	name, err := s.template(context.Background(), tmpl)
	if err != nil {
		t.Fatal(err)
	}
	return s.clone(t, name)
}

func serverFor(t testing.TB) *server {
	t.Helper()
	s, err := shared.get()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
