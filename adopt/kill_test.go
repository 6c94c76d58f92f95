package adopt

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

var killEvery = flag.Bool("killevery", true, "kill a takeover at every statement; else at some, which takes half a minute")

// With these in its environment the test program takes over a database instead,
// and kills itself when it has sent so many statements that change something.
const (
	victimURL   = "ADOPT_TEST_URL"
	victimKills = "ADOPT_TEST_KILL_AT"
)

// A takeover that is killed at a statement, and started again, comes to the same
// end, whether or not the server has done with the statement when it is. Each process
// is killed at its first statement, or a later one where that has left nothing; not
// at every one, the first process is killed at its first, the next at its third, and
// so on.
func TestAKilledTakeoverGoesOn(t *testing.T) {
	tmpl := takenOver["payment plans'"](t)
	straight := open(t, tmpl)
	if _, err := Apply(t.Context(), straight, Choices{}, nil); err != nil {
		t.Fatal(err)
	}
	url := pgtest.New(t, tmpl)
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	rows := newRowsThatStay(t, db)

	for at, before := 1, ""; dies(t, url, at); {
		if !*killEvery {
			at += 2
			continue
		}
		settle(t, db)
		now := fmt.Sprint(end(t, db))
		if at++; now != before { // else the statement ended with its transaction
			at = 1
		}
		before = now
	}
	rows.compare(t, db)
	sameEnd(t, db, straight)
}

// dies runs a takeover that is killed at a statement, and tells whether it came so
// far.
func dies(t *testing.T, url string, at int) bool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.CommandContext(t.Context(), self)
	cmd.Env = append(cmd.Environ(), victimURL+"="+url, victimKills+"="+strconv.Itoa(at))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	if cmd.ProcessState.Exited() { // by itself
		t.Fatalf("%v: %s", err, out)
	}
	return true
}

// settle waits until the server has done with what processes have left behind. It
// asks again and again: a statement that waited would have to be waited for itself.
func settle(t *testing.T, db *sql.DB) {
	t.Helper()
	for word(t, db, `SELECT count(*) FROM pg_sleep(0.005), pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`) != "0" {
	}
}

// beVictim takes a database over, if this process was started for that, and ends.
func beVictim() {
	url := os.Getenv(victimURL)
	if url == "" {
		return
	}
	at, err := strconv.Atoi(os.Getenv(victimKills))
	if err == nil {
		var connector *pq.Connector
		if connector, err = pq.NewConnector(url); err == nil {
			connector.Dialer(&killer{at: int64(at)})
			_, err = Apply(context.Background(), sql.OpenDB(connector), Choices{}, nil)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A killer kills its own process when it has sent a number of statements that
// change something.
type killer struct{ at, sent int64 }

func (k *killer) Dial(network, address string) (net.Conn, error) {
	return k.DialTimeout(network, address, 0)
}

func (k *killer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	c, err := net.DialTimeout(network, address, timeout)
	return killerConn{c, k}, err
}

type killerConn struct {
	net.Conn
	*killer
}

// changes finds statements that change something, in a message of the protocol: a
// letter, its length, for some a name, and the text. The batches of an UPDATE don't
// count: they are sent again by every process, until there can be nothing left for
// them to do.
var changes = regexp.MustCompile(`(?s)(^Q.{4}|^P.{4}[^\x00]*\x00|;)\s*(CREATE|ALTER|DROP|LOCK|INSERT|COMMIT)\b`)

func (c killerConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if changes.Match(b) && atomic.AddInt64(&c.sent, 1) == c.at {
		if self, err := os.FindProcess(os.Getpid()); err != nil || self.Kill() != nil {
			os.Exit(1)
		}
		select {} // the end comes at any moment
	}
	return n, err
}

// sameEnd asserts that two databases have come to the same.
func sameEnd(t *testing.T, got, want *sql.DB) {
	t.Helper()
	is, should := end(t, got), end(t, want)
	for key, value := range should {
		if is[key] != value {
			t.Errorf("%s: %s, want %s", key, is[key], value)
		}
	}
	if len(is) != len(should) {
		t.Errorf("there are %d things, want %d", len(is), len(should))
	}
}

// end is what a takeover makes of a database: its schema, how many rows there are,
// and what is recorded.
func end(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, o := range readSchema(t, db) {
		all[fmt.Sprint(o.Key())] = o.Def
	}
	for _, table := range readSchema(t, db).Tables() {
		all["rows of "+table] = word(t, db, `SELECT count(*) FROM `+quoted(table))
	}
	if word(t, db, `SELECT to_regclass('atlas_schema_revisions.atlas_schema_revisions')`) != "" {
		all["revisions"] = word(t, db, `SELECT string_agg(concat_ws(' ', version, description, type, hash), ', ') FROM atlas_schema_revisions.atlas_schema_revisions`)
	}
	if word(t, db, `SELECT to_regclass('django_migrations')`) != "" {
		all["Django's migrations"] = word(t, db, `SELECT string_agg(app || ' ' || name, ', ' ORDER BY app, name) FROM django_migrations`)
	}
	return all
}

// word is the value that a query returns.
func word(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var text sql.NullString
	if err := db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text.String)
}
