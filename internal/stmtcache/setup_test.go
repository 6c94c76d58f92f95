package stmtcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/stmtcache"
)

// plain opens url with lib/pq alone, on one connection.
func plain(t testing.TB, url string) *sql.DB {
	t.Helper()
	return open(t, connector(t, url))
}

// cached opens url with up to size statements prepared, on one connection.
func cached(t testing.TB, url string, size int) *sql.DB {
	t.Helper()
	return open(t, stmtcache.New(connector(t, url), size))
}

func connector(t testing.TB, url string) *pq.Connector {
	t.Helper()
	c, err := pq.NewConnector(url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t testing.TB, c driver.Connector) *sql.DB {
	t.Helper()
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func exec(t testing.TB, on interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, query string, args ...any) {
	t.Helper()
	if _, err := on.ExecContext(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

type queryer interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// values reads the first column of every row.
func values(on queryer, query string, args ...any) ([]string, error) {
	rows, err := on.QueryContext(context.Background(), query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

func wantValues(t testing.TB, on queryer, want []string, query string, args ...any) {
	t.Helper()
	got, err := values(on, query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got %q, want %q", query, got, want)
	}
}

// wantPrepared compares the texts of the statements that the server keeps
// prepared for the connection, in the order in which they were prepared.
func wantPrepared(t testing.TB, on queryer, want ...string) {
	t.Helper()
	wantValues(t, on, want, `SELECT statement FROM pg_prepared_statements ORDER BY prepare_time`)
}

// turns is a dialer that counts how often the client, having written, waits for
// the server's answer.
type turns struct{ n atomic.Int64 }

func (d *turns) Dial(network, address string) (net.Conn, error) {
	c, err := net.Dial(network, address)
	return &countedConn{Conn: c, turns: d}, err
}

func (d *turns) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	c, err := net.DialTimeout(network, address, timeout)
	return &countedConn{Conn: c, turns: d}, err
}

// during counts the turns that f takes.
func (d *turns) during(f func()) int64 {
	before := d.n.Load()
	f()
	return d.n.Load() - before
}

type countedConn struct {
	net.Conn
	turns *turns
	wrote bool
}

func (c *countedConn) Write(b []byte) (int, error) {
	c.wrote = true
	return c.Conn.Write(b)
}

func (c *countedConn) Read(b []byte) (int, error) {
	if c.wrote {
		c.wrote = false
		c.turns.n.Add(1)
	}
	return c.Conn.Read(b)
}
