package stmtcache_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/internal/stmtcache"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestReusedStatementTakesOneRoundTrip(t *testing.T) {
	url := pgtest.Empty(t)
	exec(t, plain(t, url), `CREATE TABLE post (id bigint PRIMARY KEY, title text NOT NULL)`)
	ctx := context.Background()
	statements := []struct {
		name string
		run  func(db *sql.DB, n int) error
	}{
		{"exec", func(db *sql.DB, n int) error {
			_, err := db.ExecContext(ctx, `INSERT INTO post VALUES ($1, $2)`, n, "title")
			return err
		}},
		{"query", func(db *sql.DB, n int) error {
			_, err := values(db, `SELECT title FROM post WHERE id <= $1`, n)
			return err
		}},
		{"query without rows", func(db *sql.DB, n int) error {
			_, err := values(db, `SELECT title FROM post WHERE id < $1`, -n)
			return err
		}},
		{"query row", func(db *sql.DB, n int) error {
			var title string
			return db.QueryRowContext(ctx, `SELECT title FROM post WHERE id = $1`, n).Scan(&title)
		}},
		{"returning", func(db *sql.DB, n int) error {
			_, err := values(db, `UPDATE post SET title = $2 WHERE id = $1 RETURNING title`, n, "other")
			return err
		}},
	}
	for _, way := range []struct {
		name string
		wrap func(driver.Connector) driver.Connector
		want []int64 // the first execution prepares
	}{
		{"lib/pq alone", func(c driver.Connector) driver.Connector { return c }, []int64{2, 2, 2}},
		{"cached", func(c driver.Connector) driver.Connector { return stmtcache.New(c, 10) }, []int64{2, 1, 1}},
	} {
		t.Run(way.name, func(t *testing.T) {
			exec(t, plain(t, url), `TRUNCATE post`)
			var trips turns
			c := connector(t, url)
			c.Dialer(&trips)
			db := open(t, way.wrap(c))
			if err := db.PingContext(ctx); err != nil {
				t.Fatal(err)
			}
			for _, s := range statements {
				for i, want := range way.want {
					got := trips.during(func() {
						if err := s.run(db, i+1); err != nil {
							t.Fatalf("%s: %v", s.name, err)
						}
					})
					if got != want {
						t.Errorf("%s, execution %d: %d round trips, want %d", s.name, i+1, got, want)
					}
				}
			}
		})
	}
}

func TestLeastRecentlyUsedStatementIsClosed(t *testing.T) {
	db := cached(t, pgtest.Empty(t), 2)
	const a, b, c = `SELECT 'a' || $1`, `SELECT 'b' || $1`, `SELECT 'c' || $1`
	wantValues(t, db, []string{"a1"}, a, "1")
	wantValues(t, db, []string{"b1"}, b, "1")
	wantValues(t, db, []string{"a2"}, a, "2")
	wantPrepared(t, db, a, b)
	wantValues(t, db, []string{"c1"}, c, "1")
	wantPrepared(t, db, a, c)
	wantValues(t, db, []string{"b2"}, b, "2")
	wantPrepared(t, db, c, b)
}

func TestStatementsWithoutArgumentsAreNotPrepared(t *testing.T) {
	db := cached(t, pgtest.Empty(t), 10)
	exec(t, db, `CREATE TABLE post (id int); INSERT INTO post VALUES (1); INSERT INTO post VALUES (2)`)
	wantValues(t, db, []string{"1", "2"}, `SELECT id FROM post ORDER BY id`)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, `SAVEPOINT s`)
	exec(t, tx, `DELETE FROM post`)
	exec(t, tx, `ROLLBACK TO SAVEPOINT s`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	wantValues(t, db, []string{"2"}, `SELECT count(*) FROM post`)
	wantPrepared(t, db)

	rows, err := db.Query(`SELECT 1; SELECT 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var sets int
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
			sets++
		}
	}
	if err := rows.Err(); err != nil || sets != 2 {
		t.Fatalf("%d result sets and %v, want 2", sets, err)
	}
}

func TestStatementPreparedByCallerIsLeftAlone(t *testing.T) {
	db := cached(t, pgtest.Empty(t), 1)
	const own = `SELECT 'own' || $1`
	st, err := db.Prepare(own)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"1", "2", "3"} {
		wantValues(t, db, []string{n}, `SELECT $1 || '' AS v`+n, n) // fills and evicts
		var got string
		if err := st.QueryRow(n).Scan(&got); err != nil || got != "own"+n {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	wantPrepared(t, db, `SELECT $1 || '' AS v3`)
}

func TestCopyWorks(t *testing.T) {
	db := cached(t, pgtest.Empty(t), 10)
	exec(t, db, `CREATE TABLE post (id int)`)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	st, err := tx.Prepare(`COPY "post" ("id") FROM STDIN`)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]any{{1}, {2}, {}} {
		if _, err := st.Exec(args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(st.Close(), tx.Commit()); err != nil {
		t.Fatal(err)
	}
	wantValues(t, db, []string{"1", "2"}, `SELECT id FROM post WHERE id > $1 ORDER BY id`, 0)
}

// A statement that only the inner connection can prepare in its own way is
// handed to it, whatever it thinks of it.
func TestStatementThatCannotBeCachedGetsInnerAnswer(t *testing.T) {
	url := pgtest.Empty(t)
	exec(t, plain(t, url), `CREATE TABLE post (id int)`)
	var answers []string
	for _, db := range []*sql.DB{plain(t, url), cached(t, url, 10)} {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		_, execErr := tx.Exec(`COPY post FROM STDIN`, 1)
		_, queryErr := values(tx, `COPY post FROM STDIN`, 1)
		if execErr == nil || queryErr == nil {
			t.Fatal("COPY with an argument succeeded")
		}
		answers = append(answers, execErr.Error()+"; "+queryErr.Error())
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		wantValues(t, db, []string{"0"}, `SELECT count(*) FROM post WHERE id > $1`, 0)
	}
	if answers[0] != answers[1] {
		t.Errorf("lib/pq alone: %s\ncached: %s", answers[0], answers[1])
	}
}

func TestStatementUnderOpenRowsInTransaction(t *testing.T) {
	const other = `SELECT 'x' || $1`
	for _, test := range []struct {
		name  string
		query string
		args  []any
		want  string
	}{
		{"of a cached statement", `SELECT i FROM generate_series(1, $1) i`, []any{2}, stmtcache.ErrRowsOpen.Error()},
		{"of an inner statement", `SELECT i FROM generate_series(1, 2) i`, nil, "pq: there is already a query being processed on this connection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := cached(t, pgtest.Empty(t), 1)
			wantValues(t, db, []string{"x0"}, other, "0")
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			rows, err := tx.Query(test.query, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var read []string
			for rows.Next() {
				var v string
				if err := rows.Scan(&v); err != nil {
					t.Fatal(err)
				}
				read = append(read, v)
				_, query := values(tx, other, v)
				_, exec := tx.Exec(other, v)
				_, bare := tx.Exec(`SAVEPOINT s`)
				for _, err := range []error{query, exec, bare} {
					if err == nil || err.Error() != test.want {
						t.Errorf("got %v, want %s", err, test.want)
					}
				}
			}
			if err := rows.Err(); err != nil || !slices.Equal(read, []string{"1", "2"}) {
				t.Errorf("read %q, %v", read, err)
			}
			wantValues(t, tx, []string{"x3"}, other, "3")
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
			wantPrepared(t, db, other)
		})
	}
}

func TestValuesAreThoseOfTheInnerDriver(t *testing.T) {
	url := pgtest.Empty(t)
	word := "word"
	tests := []struct {
		expression string
		arg        any
	}{
		{`$1::bytea`, []byte{0, 1, 255}},
		{`$1::bytea`, []byte(nil)},
		{`$1::text`, []byte("bytes")},
		{`$1::text`, &word},
		{`$1::text`, (*string)(nil)},
		{`$1::text`, nil},
		{`$1::timestamptz`, when},
		{`$1::timestamp`, when},
		{`$1::date`, when},
		{`$1::text[]`, pq.Array([]string{"a", `b"c`})},
		{`$1::text[]`, []string{"a", `b"c`}},
		{`$1::bigint[]`, pq.Array([]int64{1, 2})},
		{`$1::numeric(20,2)`, uint64(1<<64 - 1)},
		{`$1::numeric(20,2)`, "12.50"},
		{`$1::int`, 7},
		{`$1::bigint`, sql.NullInt64{}},
		{`$1::float8`, 1.5},
		{`$1::bool`, true},
		{`$1::uuid`, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{`$1::jsonb`, raw(`{"a": [1]}`)},
		{`$1::varchar(20)`, valuer("value")},
		{`$1::text`, failing{}},
		{`$1::text`, struct{}{}},
		{`$1::int`, "seven"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%T as %s", test.arg, test.expression), func(t *testing.T) {
			alone := describe(plain(t, url), `SELECT `+test.expression, test.arg)
			db := cached(t, url, 10)
			for range 2 {
				if got := describe(db, `SELECT `+test.expression, test.arg); got != alone {
					t.Errorf("got %s\nlib/pq alone: %s", got, alone)
				}
			}
		})
	}
}

func TestCancelledQueryLeavesCacheUsable(t *testing.T) {
	url := pgtest.Empty(t)
	db, holder := cached(t, url, 10), plain(t, url)
	const query = `SELECT pg_backend_pid() FROM pg_advisory_xact_lock($1)`
	before, err := values(db, query, 1)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := holder.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	exec(t, tx, `SELECT pg_advisory_xact_lock(1)`)

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		var pid string
		done <- db.QueryRowContext(ctx, query, 1).Scan(&pid)
	}()
	for waiting := false; !waiting; {
		if err := tx.QueryRow(`SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; code(err) != "57014" {
		t.Fatalf("cancelled query: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	wantValues(t, db, before, query, 1)
	wantPrepared(t, db, query)
}

func TestBrokenConnectionIsReportedAsSuch(t *testing.T) {
	url := pgtest.Empty(t)
	db, killer := cached(t, url, 10), plain(t, url)
	ctx := context.Background()
	const query = `SELECT pg_backend_pid() WHERE $1`
	held, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	pid, err := values(held, query, true)
	if err != nil {
		t.Fatal(err)
	}
	kill := func() { wantValues(t, killer, []string{"true"}, `SELECT pg_terminate_backend($1, 10000)`, pid[0]) }
	kill()
	if _, err := values(held, query, true); !errors.Is(err, driver.ErrBadConn) {
		t.Fatalf("got %v, want driver.ErrBadConn", err)
	}
	_ = held.Close()

	// A pooled connection is replaced, and its cache with it.
	if pid, err = values(db, query, true); err != nil {
		t.Fatal(err)
	}
	kill()
	fresh, err := values(db, query, true)
	if err != nil || slices.Equal(fresh, pid) {
		t.Fatalf("got %v, %v from a new connection, before %v", fresh, err, pid)
	}
	wantPrepared(t, db, query)
}

func TestManyGoroutines(t *testing.T) {
	url := pgtest.Empty(t)
	db := cached(t, url, 3)
	db.SetMaxOpenConns(4)
	exec(t, db, `CREATE TABLE post (id bigserial PRIMARY KEY, n int NOT NULL)`)
	work := func(worker, i int) error {
		n := worker*1000 + i
		got, err := values(db, fmt.Sprintf(`SELECT $1::int + %d`, i%7), n)
		if err != nil {
			return err
		}
		if want := fmt.Sprint(n + i%7); !slices.Equal(got, []string{want}) {
			return fmt.Errorf("got %q, want %s", got, want)
		}
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.Exec(`INSERT INTO post (n) VALUES ($1)`, n); err != nil {
			return err
		}
		if got, err := values(tx, `SELECT n FROM post WHERE n = $1`, n); err != nil || len(got) != 1 {
			return fmt.Errorf("got %q, %w", got, err)
		}
		if i%3 == 0 {
			return nil
		}
		return tx.Commit()
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 30 {
				if err := work(worker, i); err != nil {
					t.Errorf("worker %d, turn %d: %v", worker, i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	wantValues(t, db, []string{"160"}, `SELECT count(*) FROM post WHERE n >= $1`, 0)
}

func TestUnwrapReachesInnerConnection(t *testing.T) {
	ctx := context.Background()
	c, err := cached(t, pgtest.Empty(t), 10).Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var notice string
	err = c.Raw(func(dc any) error {
		inner := dc.(interface{ Unwrap() driver.Conn }).Unwrap()
		pq.SetNoticeHandler(inner, func(e *pq.Error) { notice = e.Message })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, c, `DO $$ BEGIN RAISE NOTICE 'heard'; END $$`)
	if notice != "heard" {
		t.Errorf("notice %q", notice)
	}
}

func TestConnectorIsClosedWithTheDatabase(t *testing.T) {
	url := pgtest.Empty(t)
	inner := &closer{Connector: connector(t, url)}
	for _, c := range []driver.Connector{inner, connector(t, url)} {
		db := sql.OpenDB(stmtcache.New(c, 1))
		if err := errors.Join(db.Ping(), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if inner.closed != 1 {
		t.Errorf("inner connector closed %d times", inner.closed)
	}
}

func TestConnectFails(t *testing.T) {
	url := pgtest.Empty(t)
	refused := errors.New("refused")
	for _, test := range []struct {
		name  string
		inner driver.Connector
		size  int
		want  string
	}{
		{"size", connector(t, url), 0, "stmtcache: size 0"},
		{"driver", altered{connector(t, url), func(c driver.Conn, err error) (driver.Conn, error) {
			return struct{ driver.Conn }{c}, err
		}}, 1, "lacks optional interfaces"},
		{"inner error", altered{connector(t, url), func(c driver.Conn, err error) (driver.Conn, error) {
			return nil, errors.Join(refused, err, c.Close())
		}}, 1, "refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := stmtcache.New(test.inner, test.size).Connect(context.Background())
			if err == nil || c != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, %v, want an error with %q", c, err, test.want)
			}
		})
	}
}

type closer struct {
	driver.Connector
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

// altered is a connector that changes what the inner one answers.
type altered struct {
	driver.Connector
	alter func(driver.Conn, error) (driver.Conn, error)
}

func (a altered) Connect(ctx context.Context) (driver.Conn, error) {
	return a.alter(a.Connector.Connect(ctx))
}

var _ io.Closer = (*closer)(nil)
