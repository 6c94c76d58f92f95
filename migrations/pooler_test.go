package migrations_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// pooler gives its clients sessions of the server as a connection pooler in
// transaction mode does: one for each transaction or single statement, and never
// the one that the client had before if there is another.
type pooler struct {
	server driver.Connector
	mu     sync.Mutex
	idle   []session // the one that was in use last is at the end
}

// session is what database/sql needs of a connection of lib/pq.
type session interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
}

func newPooler(t testing.TB, u string) *pooler {
	t.Helper()
	connector, err := pq.NewConnector(u)
	if err != nil {
		t.Fatal(err)
	}
	p := &pooler{server: connector}
	for range 4 {
		conn, err := connector.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p.put(conn.(session))
	}
	t.Cleanup(func() {
		for _, s := range p.idle {
			_ = s.Close()
		}
	})
	return p
}

func (p *pooler) get() (session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil, errors.New("the pooler has no session left")
	}
	s := p.idle[0]
	p.idle = p.idle[1:]
	return s, nil
}

func (p *pooler) put(s session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, s)
}

func (p *pooler) Connect(context.Context) (driver.Conn, error) { return &pooled{pooler: p}, nil }
func (p *pooler) Driver() driver.Driver                        { return p.server.Driver() }

// pooled is a client's connection to the pooler.
type pooled struct {
	pooler *pooler
	in     session // while in a transaction
}

var errTwoExchanges = errors.New("a statement with arguments outside of a transaction takes two exchanges, which two sessions may get")

// use calls fn with the session of the transaction, or with any.
func (c *pooled) use(args []driver.NamedValue, fn func(session) error) error {
	if c.in != nil {
		return fn(c.in)
	}
	if len(args) > 0 {
		return errTwoExchanges
	}
	s, err := c.pooler.get()
	if err != nil {
		return err
	}
	defer c.pooler.put(s)
	return fn(s)
}

func (c *pooled) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (r driver.Result, err error) {
	err = c.use(args, func(s session) error {
		r, err = s.ExecContext(ctx, query, args)
		return err
	})
	return r, err
}

// QueryContext of lib/pq has read a simple query's rows to the end of the message,
// so that the session is free; in a transaction it stays anyway.
func (c *pooled) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (r driver.Rows, err error) {
	err = c.use(args, func(s session) error {
		r, err = s.QueryContext(ctx, query, args)
		return err
	})
	return r, err
}

func (c *pooled) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	s, err := c.pooler.get()
	if err != nil {
		return nil, err
	}
	tx, err := s.BeginTx(ctx, opts)
	if err != nil {
		c.pooler.put(s)
		return nil, err
	}
	c.in = s
	return pooledTx{c, tx}, nil
}

func (c *pooled) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }
func (c *pooled) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (c *pooled) Close() error                        { return nil }

type pooledTx struct {
	conn *pooled
	driver.Tx
}

func (t pooledTx) Commit() error   { return t.end(t.Tx.Commit) }
func (t pooledTx) Rollback() error { return t.end(t.Tx.Rollback) }

func (t pooledTx) end(fn func() error) error {
	err := fn()
	t.conn.pooler.put(t.conn.in)
	t.conn.in = nil
	return err
}

func TestBehindAPoolerInTransactionMode(t *testing.T) {
	t.Parallel()
	u := pgtest.Empty(t)
	db := sql.OpenDB(newPooler(t, u))
	defer db.Close()
	f := reversible.with(files{third: uniqueThings})
	d := f.dir(t)
	equal(t, "applied", len(apply(t, d, db)), 3)
	equal(t, "ran", names(t, open(t, u)), "first second")
	equal(t, "indexes", query(t, open(t, u), indexes), "things_name t")
	undone, err := d.Down(t.Context(), db, version1, false)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "undone", len(undone), 2)
	equal(t, "applied again", len(apply(t, d, db)), 2)

	// What failed is picked up.
	if _, err := d.Down(t.Context(), db, version2, false); err != nil {
		t.Fatal(err)
	}
	must(t, open(t, u), `INSERT INTO things VALUES ('first')`)
	if _, err := d.Apply(t.Context(), db); err == nil {
		t.Fatal("no error from two rows of one name")
	}
	must(t, open(t, u), `DELETE FROM things WHERE ctid = (SELECT max(ctid) FROM things WHERE name = 'first')`)
	equal(t, "applied when repaired", len(apply(t, d, db)), 1)
	equal(t, "indexes", query(t, open(t, u), indexes), "things_name t")
}

// The lock holds while other sessions do the work, against processes with and
// without a pooler.
func TestTheLockHoldsBehindAPooler(t *testing.T) {
	t.Parallel()
	u := pgtest.Empty(t)
	shared := newPooler(t, u)
	behind, direct := sql.OpenDB(shared), open(t, u)
	defer behind.Close()
	d := files{first: createThings, second: "-- atlas:txmode none\n\nSELECT pg_sleep(3600);\n"}.dir(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := d.Apply(ctx, behind)
		done <- err
	}()
	await(t, direct, `SELECT EXISTS (SELECT FROM pg_stat_activity
		WHERE datname = current_database() AND wait_event = 'PgSleep')`)
	other := sql.OpenDB(shared)
	defer other.Close()
	for name, db := range map[string]*sql.DB{"direct": direct, "behind the same pooler": other} {
		refused, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if _, err := d.Apply(refused, db); !errors.Is(err, migrations.ErrLocked) {
			t.Errorf("%s: got %v, want ErrLocked", name, err)
		}
		stop()
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("no error from a cancelled call")
	}
}

func TestTheSchemaIsPublicWhateverTheSearchPath(t *testing.T) {
	t.Parallel()
	u := pgtest.Empty(t)
	plain := open(t, u)
	must(t, plain, `CREATE SCHEMA app`)
	for name, path := range map[string]string{"another schema": "app", "another first": "app,public", "no schema": "nowhere"} {
		db := open(t, u, "search_path", path)
		d := reversible.dir(t)
		equal(t, name+": applied", len(apply(t, d, db)), 3)
		equal(t, name+": the table's schema", query(t, plain, `SELECT string_agg(schemaname, ' ') FROM pg_tables WHERE tablename = 'things'`), "public")
		equal(t, name+": the index's schema", query(t, plain, `SELECT string_agg(schemaname, ' ') FROM pg_indexes WHERE indexname = 'things_name'`), "public")
		s := status(t, d, db)
		equal(t, name+": version", s.Database, version3)
		equal(t, name+": tables", s.Tables, true)
		if err := migrations.Check(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := d.Down(t.Context(), db, migrations.Empty, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		equal(t, name+": left", query(t, plain, `SELECT count(*) FROM pg_tables WHERE schemaname IN ('app', 'public')`), "0")
	}
}
