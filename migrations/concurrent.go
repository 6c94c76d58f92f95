package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"time"

	"ariga.io/atlas/sql/migrate"
	"github.com/lib/pq"
)

// PostgreSQL makes and drops an index CONCURRENTLY in several transactions of its
// own. So it is done outside of a transaction, and when it fails it leaves an
// index that is invalid: of no use, and in the way of the next attempt.

var (
	concurrently      = regexp.MustCompile(`(?is)^\s*(?:CREATE|DROP|REINDEX|ALTER|REFRESH)\b[^'"$;]*\bCONCURRENTLY\b`)
	unnamedIndex      = regexp.MustCompile(`(?is)^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+ON\b`)
	concurrentlyIndex = regexp.MustCompile(
		`(?is)^\s*(CREATE\s+(?:UNIQUE\s+)?|DROP\s+)INDEX\s+CONCURRENTLY\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:"?public"?\s*\.\s*)?("(?:[^"]|"")+"|\w+)`)
)

// index is one that a file makes or drops concurrently.
type index struct {
	name string // as it stands in the statement, quoted or not
	stmt string
	drop bool
}

// concurrentIndex returns the index that a file makes or drops concurrently, nil
// if it does no such thing, and ErrConcurrently if it does anything besides or
// leaves the name to the server.
func concurrentIndex(f *migrate.LocalFile) (*index, error) {
	stmts, err := f.Stmts()
	if err != nil {
		return nil, fmt.Errorf("migrations: %s: %w", f.Name(), err)
	}
	transactional, err := inTransaction(f)
	if err != nil {
		return nil, err
	}
	for _, stmt := range stmts {
		if !concurrently.MatchString(stmt) {
			continue
		}
		if len(stmts) > 1 || transactional {
			return nil, fmt.Errorf("%w: %s", ErrConcurrently, f.Name())
		}
		if unnamedIndex.MatchString(stmt) {
			return nil, fmt.Errorf("%w: %s: its index needs a name, by which the next attempt finds what this one left", ErrConcurrently, f.Name())
		}
		m := concurrentlyIndex.FindStringSubmatch(stmt)
		if m == nil {
			return nil, nil
		}
		return &index{name: m[2], stmt: stmt, drop: m[1][0] == 'D' || m[1][0] == 'd'}, nil
	}
	return nil, nil
}

// state tells whether the index exists, and whether it is usable.
func (i *index) state(ctx context.Context, conn *sql.Conn) (exists, valid bool, err error) {
	err = inTx(ctx, conn, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `
			SELECT count(*) > 0, coalesce(bool_and(x.indisvalid), false)
			FROM pg_catalog.pg_index x
			WHERE x.indexrelid = pg_catalog.to_regclass($1)`, "public."+i.name).Scan(&exists, &valid)
	})
	return exists, valid, err
}

// clear drops what an earlier attempt left of an index that is to be made,
// whoever made that attempt: it is invalid. If the attempt's end is unknown it
// drops a valid one too, which was finished when nobody was there any more to
// write that down.
func (i *index) clear(ctx context.Context, conn *sql.Conn, unknown bool) error {
	if i.drop {
		return nil
	}
	exists, valid, err := i.state(ctx, conn)
	if err != nil || !exists || valid && !unknown {
		return err
	}
	_, err = conn.ExecContext(ctx, "DROP INDEX CONCURRENTLY IF EXISTS public."+i.name)
	return err
}

// awaitEnd waits until no session runs the statement any more: the server goes
// on with that of a process which was killed. It polls, since a statement that
// waits holds a snapshot, for whose end a concurrent index in turn would wait.
func awaitEnd(ctx context.Context, conn *sql.Conn, stmt string) error {
	// What the server shows of a long statement is cut off, at a character's border.
	const running = `
		SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity
		WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
		  AND state = 'active' AND pg_catalog.starts_with(stmt, query)
		  AND (query = stmt OR pg_catalog.octet_length(query) >
		       pg_catalog.pg_size_bytes(pg_catalog.current_setting('track_activity_query_size')) - 8))
		FROM (SELECT %s AS stmt) s`
	question := fmt.Sprintf(running, pq.QuoteLiteral(stmt))
	const slowest = time.Second
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, slowest) {
		var yes bool
		if err := conn.QueryRowContext(ctx, question).Scan(&yes); err != nil || !yes {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}
