package stmtcache_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/internal/stmtcache"
)

const (
	selectPost = `SELECT * FROM post WHERE id = $1`
	touchPost  = `UPDATE post SET n = n WHERE id = $1 RETURNING *`
)

// stales are the ways in which prepared statements become stale, each with the
// server's answer to them.
var stales = []struct {
	name string
	code string
	make func(t *testing.T, same, other *sql.DB)
}{
	{"column type changed", "0A000", func(t *testing.T, _, other *sql.DB) {
		exec(t, other, `ALTER TABLE post ALTER COLUMN id TYPE bigint, ALTER COLUMN n TYPE text`)
	}},
	{"statements deallocated", "26000", func(t *testing.T, same, _ *sql.DB) {
		exec(t, same, `DEALLOCATE ALL`)
	}},
}

// posts returns two databases with a table of one row, one connection each: the
// first has used its statements before.
func posts(t *testing.T) (db, other *sql.DB) {
	t.Helper()
	url := pgtest.Empty(t)
	db, other = cached(t, url, 10), plain(t, url)
	exec(t, other, `CREATE TABLE post (id int PRIMARY KEY, n int NOT NULL); INSERT INTO post VALUES (1, 2)`)
	exec(t, db, selectPost, 1)
	exec(t, db, touchPost, 1)
	wantPrepared(t, db, selectPost, touchPost)
	return db, other
}

// column returns the second column of the row that query finds.
func column(on interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, query string) (n any, err error) {
	var id int
	err = on.QueryRowContext(context.Background(), query, 1).Scan(&id, &n)
	return n, err
}

// What the cache relies on: lib/pq reports a stale statement when it is
// executed, not when its first row is read.
func TestStaleStatementFailsAtQuery(t *testing.T) {
	for _, stale := range stales {
		t.Run(stale.name, func(t *testing.T) {
			_, db := posts(t)
			st, err := db.Prepare(selectPost)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			stale.make(t, db, db)
			rows, err := st.Query(1)
			if err == nil {
				_ = rows.Close()
			}
			if code(err) != stale.code {
				t.Errorf("Query: %v, want %s", err, stale.code)
			}
			if _, err := st.Exec(1); code(err) != stale.code {
				t.Errorf("Exec: %v, want %s", err, stale.code)
			}
		})
	}
}

func TestStaleStatementOutsideOfTransactionGoesUnnoticed(t *testing.T) {
	for _, stale := range stales {
		t.Run(stale.name, func(t *testing.T) {
			db, other := posts(t)
			stale.make(t, db, other)
			if _, err := column(db, selectPost); err != nil {
				t.Errorf("query: %v", err)
			}
			res, err := db.Exec(touchPost, 1)
			if err != nil {
				t.Fatalf("exec: %v", err)
			}
			if n, err := res.RowsAffected(); n != 1 || err != nil {
				t.Errorf("%d rows affected, %v", n, err)
			}
			wantPrepared(t, db, selectPost, touchPost)
		})
	}
}

func TestStaleStatementInTransaction(t *testing.T) {
	for _, stale := range stales {
		for name, run := range map[string]func(tx *sql.Tx) error{
			"query": func(tx *sql.Tx) error { _, err := column(tx, selectPost); return err },
			"exec":  func(tx *sql.Tx) error { _, err := tx.Exec(selectPost, 1); return err },
		} {
			t.Run(stale.name+", "+name, func(t *testing.T) {
				db, other := posts(t)
				stale.make(t, db, other)
				attempt := func() error {
					tx, err := db.Begin()
					if err != nil {
						t.Fatal(err)
					}
					defer tx.Rollback()
					if _, err := tx.Exec(`INSERT INTO post VALUES ($1, $2)`, 2, 3); err != nil {
						return err
					}
					if err := run(tx); err != nil {
						return err
					}
					if _, err := tx.Exec(touchPost, 1); err != nil {
						return err
					}
					return tx.Commit()
				}
				err := attempt()
				if !errors.Is(err, stmtcache.ErrStale) || code(err) != stale.code {
					t.Fatalf("got %v, want ErrStale with %s", err, stale.code)
				}
				wantPrepared(t, db)
				wantValues(t, other, []string{"1"}, `SELECT count(*) FROM post`)

				// One more attempt is enough, though another statement was stale, too.
				if err := attempt(); err != nil {
					t.Fatalf("second attempt: %v", err)
				}
				wantValues(t, other, []string{"2"}, `SELECT count(*) FROM post`)
			})
		}
	}
}

func TestStaleStatementInTransactionBegunByStatement(t *testing.T) {
	for _, stale := range stales {
		t.Run(stale.name, func(t *testing.T) {
			db, other := posts(t)
			stale.make(t, db, other)
			c, err := db.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			exec(t, c, `BEGIN`)
			if _, err := column(c, selectPost); !errors.Is(err, stmtcache.ErrStale) || code(err) != stale.code {
				t.Fatalf("got %v, want ErrStale with %s", err, stale.code)
			}
			exec(t, c, `ROLLBACK`)
			if _, err := column(c, selectPost); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestFeatureNotSupportedIsNotStale(t *testing.T) {
	db, _ := posts(t)
	exec(t, db, `
		CREATE SEQUENCE calls;
		CREATE FUNCTION refuse(n int) RETURNS bigint LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM nextval('calls');
			IF n < 0 THEN RAISE EXCEPTION 'negative' USING ERRCODE = 'feature_not_supported'; END IF;
			RETURN n;
		END $$`)
	const query = `SELECT refuse($1)`
	refused := func(on queryer) {
		t.Helper()
		if _, err := values(on, query, -1); code(err) != "0A000" || errors.Is(err, stmtcache.ErrStale) {
			t.Errorf("got %v, want the server's error alone", err)
		}
	}
	refused(db)
	wantValues(t, db, []string{"1"}, `SELECT last_value FROM calls`)
	wantValues(t, db, []string{"1"}, query, 1)
	refused(db) // reused: tried twice
	wantValues(t, db, []string{"4"}, `SELECT last_value FROM calls`)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	refused(tx)
}

// A procedure that has committed something before it fails must not run twice.
func TestProcedureIsNotTriedTwice(t *testing.T) {
	db, _ := posts(t)
	exec(t, db, `CREATE PROCEDURE reciprocal(x int) LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO post SELECT max(id) + 1, x FROM post;
			COMMIT;
			PERFORM 1 / x;
		END $$`)
	exec(t, db, `CALL reciprocal($1)`, 1)
	if _, err := db.Exec(`
		call reciprocal($1)`, 0); code(err) != "22012" {
		t.Fatalf("got %v, want a division by zero", err)
	}
	wantValues(t, db, []string{"2", "1", "0"}, `SELECT n FROM post ORDER BY id`)
	wantPrepared(t, db, selectPost, touchPost)
}

// id is an integer when the statement is prepared, and so is its argument.
func TestArgumentOfChangedType(t *testing.T) {
	const insert, big = `INSERT INTO post VALUES ($1, $2)`, int64(3_000_000_000)
	prepare := func(t *testing.T) *sql.DB {
		db, other := posts(t)
		exec(t, db, insert, 2, 2)
		exec(t, other, `ALTER TABLE post ALTER COLUMN id TYPE bigint`)
		return db
	}
	t.Run("outside of a transaction", func(t *testing.T) {
		exec(t, prepare(t), insert, big, 3)
	})
	t.Run("in a transaction", func(t *testing.T) {
		db := prepare(t)
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec(insert, big, 3); code(err) != "22003" || errors.Is(err, stmtcache.ErrStale) {
			t.Errorf("got %v, want the server's error", err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if tx, err = db.Begin(); err != nil {
			t.Fatal(err)
		}
		exec(t, tx, insert, big, 3)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	})
}
