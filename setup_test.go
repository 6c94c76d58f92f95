package communitybuilder_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var errRefused = errors.New("refused")

// each runs a test with the URLs of new databases that have the schema.
func each(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("PostgreSQL", func(t *testing.T) { test(t, migrated(t)) })
	t.Run("SQLite file", func(t *testing.T) { test(t, sqliteFile(t)) })
	t.Run("SQLite memory", func(t *testing.T) { test(t, "sqlite::memory:") })
}

func migrated(t testing.TB) string { return pgtest.New(t, conformance.Migrated) }

func sqliteFile(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") }

func open(t testing.TB, url string, opts ...cb.Option) *ent.Client {
	t.Helper()
	client, err := cb.Open(viewer.NewContext(context.Background(), viewer.System("test")), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// plain opens a PostgreSQL database for SQL.
func plain(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func exec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(viewer.NewContext(context.Background(), viewer.System("test")), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// with adds parameters to a PostgreSQL URL, as key and value in turns.
func with(t testing.TB, raw string, params ...string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantIs(t testing.TB, err error, want ...error) {
	t.Helper()
	for _, w := range want {
		if !errors.Is(err, w) {
			t.Fatalf("got error %v, want one that is %v", err, w)
		}
	}
}

// wire stands between a client and the PostgreSQL server, and counts.
type wire struct {
	url string // of the server, through the wire

	mu       sync.Mutex
	conns    int
	open     sync.WaitGroup
	startups [][]byte // the first message of each connection
	turns    int      // how often a client, having written, got an answer
}

// newWire listens until the end of the test.
func newWire(t testing.TB, server string) *wire {
	t.Helper()
	cfg, err := pq.NewConfig(server)
	must(t, err)
	network, address := "tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	if filepath.IsAbs(cfg.Host) {
		network, address = "unix", filepath.Join(cfg.Host, ".s.PGSQL."+strconv.Itoa(int(cfg.Port)))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	host, port, err := net.SplitHostPort(listener.Addr().String())
	must(t, err)
	w := &wire{url: with(t, server, "host", host, "port", port)}

	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			backend, err := net.Dial(network, address)
			if err != nil {
				_ = client.Close()
				continue
			}
			w.mu.Lock()
			w.conns++
			w.mu.Unlock()
			w.open.Add(1)
			stop := context.AfterFunc(conformance.System(t), func() { _ = client.Close() })
			var asked bool
			all.Go(func() {
				defer w.open.Done()
				defer stop()
				first := true
				w.pass(backend, client, func(b []byte) {
					asked = true
					if first {
						w.startups = append(w.startups, append([]byte(nil), b...))
						first = false
					}
				})
			})
			all.Go(func() {
				w.pass(client, backend, func([]byte) {
					if asked {
						w.turns++
					}
					asked = false
				})
			})
		}
	})
	return w
}

// pass copies what it reads, having shown it to see.
func (w *wire) pass(to, from net.Conn, see func([]byte)) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			w.mu.Lock()
			see(buf[:n])
			w.mu.Unlock()
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wantClosed waits until the clients have closed all connections.
func (w *wire) wantClosed(t testing.TB) {
	t.Helper()
	closed := make(chan struct{})
	go func() { w.open.Wait(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("connections are still open")
	}
}

// during counts the turns that f takes.
func (w *wire) during(f func()) int {
	w.mu.Lock()
	before := w.turns
	w.mu.Unlock()
	f()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.turns - before
}
