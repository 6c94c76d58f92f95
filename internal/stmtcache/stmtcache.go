// Package stmtcache makes a database/sql driver prepare each statement once
// per connection and then reuse it.
//
// ent sends every statement with its arguments through QueryContext and
// ExecContext. For these lib/pq parses an unnamed statement first and executes
// it second: two round trips, and a new plan, each time. Behind [New] the first
// use on a connection prepares a named statement, and every later one is a
// single round trip on a plan that PostgreSQL keeps. A bounded number of
// statements stays prepared on each connection; the least recently used one
// makes room.
//
// # What is cached
//
// Statements with arguments, by their exact text. Statements without any go to
// the inner connection untouched: BEGIN and SAVEPOINT, DDL, scripts of several
// statements, none of which can or need be prepared. So do
//
//   - CALL: a procedure may commit before it fails, and must not be tried twice;
//   - what the caller prepares.
//
// Inside a transaction a statement may be issued while the rows of another one
// are still open. lib/pq can't do that, and notices only sometimes before the
// connection is lost. Under the rows of a cached statement it is refused with
// [ErrRowsOpen]; under others it goes to the inner connection. No prepared
// statement is ever closed under open rows.
//
// # When the schema changes
//
// A prepared statement outlives the schema it was prepared against. The server
// then refuses it (0A000, "cached plan must not change result type"), or has
// lost it (26000, after DEALLOCATE or behind some poolers). Outside of a
// transaction the statement is prepared anew and executed once more, and nobody
// notices; a failed statement leaves nothing behind there. Inside one the
// server has already given up the transaction: the error is [ErrStale].
//
// The types of the arguments are fixed by preparing, too: after a column went
// from integer to bigint, a reused statement would refuse large values as out
// of range. A reused statement that fails with a data exception or an access
// rule violation (classes 22 and 42) is therefore given the same second try;
// inside a transaction it fails with the server's own error and is prepared
// anew the next time. A change that no error tells of, such as timestamp to
// timestamptz, needs fresh connections.
//
// # Poolers
//
// A pooler that hands out server connections by transaction must know about
// prepared statements (PgBouncer: max_prepared_statements). One that doesn't
// may let two clients' statements of the same name meet on one server
// connection, which no client can detect.
package stmtcache

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// ErrStale means that a reused statement no longer fits the schema, and that
// the transaction it ran in is lost. Nothing is wrong with the statement itself:
// roll back and run the whole transaction again. The connection has dropped its
// prepared statements, so that the next attempt on it doesn't stumble over
// another stale one. The server's error is wrapped beside it.
//
// A statement that fails with "feature not supported" of its own accord, having
// succeeded before on the same connection, can't be told apart in a transaction
// and is reported as stale once; the next attempt shows the server's error alone.
var ErrStale = errors.New("stmtcache: prepared statement is stale, run the transaction again")

// ErrRowsOpen means that the rows of another statement are still open on the
// same connection. They remain readable, and the transaction is intact: read
// them to their end or close them before issuing the next statement.
var ErrRowsOpen = errors.New("stmtcache: rows of another statement are still open in the transaction")

// SQLSTATE codes, https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	featureNotSupported = "0A000"
	invalidStatement    = "26000"
	inFailedTransaction = "25P02"

	classDataException = "22"
	classAccessRule    = "42"
)

// New returns a connector whose connections keep up to size statements prepared.
//
// It is made for github.com/lib/pq, but knows only the interfaces of
// database/sql/driver and errors with a method SQLState() string. A connection
// of inner has to implement all of the optional interfaces of a lib/pq
// connection; otherwise, and if size is less than one, Connect fails. Values
// are converted, and transactions, pings and session resets handled, by the
// inner connection alone. Its statements should implement
// [driver.StmtQueryContext] and [driver.StmtExecContext]; those that don't are
// not cached.
//
// The connections have a method Unwrap() driver.Conn for users of
// [database/sql.Conn.Raw] who need the inner one. The connector is an
// [io.Closer] that closes inner, if inner is one.
func New(inner driver.Connector, size int) driver.Connector {
	return &connector{Connector: inner, size: size}
}

type connector struct {
	driver.Connector
	size int
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	// An error in closing needs no care: the connection then is broken, and the
	// next statement says so.
	stmts, err := simplelru.NewLRU(c.size, func(_ string, s stmt) { _ = s.Close() })
	if err != nil {
		return nil, fmt.Errorf("stmtcache: size %d: %w", c.size, err)
	}
	dc, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	in, ok := dc.(innerConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("stmtcache: %T lacks optional interfaces of database/sql/driver", dc), dc.Close())
	}
	return &conn{innerConn: in, stmts: stmts}, nil
}

// Close closes the inner connector, if it can be closed.
func (c *connector) Close() error {
	if closer, ok := c.Connector.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// innerConn lists what database/sql looks for in a connection. Embedding all of
// it hands everything on that conn doesn't redefine.
type innerConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type stmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// conn needs no lock: database/sql uses a connection and its rows from one
// goroutine at a time.
type conn struct {
	innerConn
	stmts *simplelru.LRU[string, stmt]

	// Rows not yet closed. The inner connection knows of its own, but lib/pq does
	// not look out for those of its statements.
	cachedRows, innerRows int
}

// Unwrap returns the inner connection.
func (c *conn) Unwrap() driver.Conn { return c.innerConn }

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.cachedRows > 0 {
		return nil, ErrRowsOpen
	}
	if c.innerRows == 0 && cacheable(query, args) {
		res, err := run(ctx, c, query, func(s stmt) (driver.Result, error) { return s.ExecContext(ctx, args) })
		if !errors.Is(err, errNotCacheable) {
			return res, err
		}
	}
	return c.innerConn.ExecContext(ctx, query, args)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.cachedRows > 0 {
		return nil, ErrRowsOpen
	}
	if c.innerRows == 0 && cacheable(query, args) {
		r, err := run(ctx, c, query, func(s stmt) (driver.Rows, error) { return s.QueryContext(ctx, args) })
		if !errors.Is(err, errNotCacheable) {
			return counted(&c.cachedRows, r, err)
		}
	}
	r, err := c.innerConn.QueryContext(ctx, query, args)
	return counted(&c.innerRows, r, err)
}

func cacheable(query string, args []driver.NamedValue) bool {
	const call = "CALL"
	query = strings.TrimSpace(query)
	isCall := len(query) >= len(call) && strings.EqualFold(query[:len(call)], call)
	return len(args) > 0 && !isCall
}

var errNotCacheable = errors.New("stmtcache: statement without context interfaces")

// prepared returns the statement for query, and whether it was reused.
func (c *conn) prepared(ctx context.Context, query string) (_ stmt, reused bool, _ error) {
	if s, ok := c.stmts.Get(query); ok {
		return s, true, nil
	}
	ds, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, false, err
	}
	s, ok := ds.(stmt)
	if !ok {
		_ = ds.Close()
		return nil, false, errNotCacheable
	}
	c.stmts.Add(query, s)
	return s, false, nil
}

// run executes the cached statement for query, and once more with a fresh one if
// the failure may come from having reused it. The server is asked, by preparing,
// whether a transaction is in the way: unlike a note taken in BeginTx that holds
// for a BEGIN sent as a statement, too.
func run[T any](ctx context.Context, c *conn, query string, do func(stmt) (T, error)) (T, error) {
	var none T
	var first error // of the reused statement
	for {
		s, reused, err := c.prepared(ctx, query)
		if first != nil && sqlstate.Of(err) == inFailedTransaction {
			if isStale(first) {
				c.stmts.Purge()
				first = fmt.Errorf("%w: %w", ErrStale, first)
			}
			return none, first
		}
		if err != nil {
			return none, err
		}
		res, err := do(s)
		if !isStale(err) && !isTypeError(err) {
			return res, err
		}
		// Also if it is fresh: what is in the cache has not failed like that,
		// or a failure of its own would be taken for a stale plan next time.
		c.stmts.Remove(query)
		if !reused {
			return none, err
		}
		first = err
	}
}

// isStale goes by the code alone. "Feature not supported" has other causes, but
// the message that tells them apart is translated by the server's lc_messages,
// and a second try does no harm to the others.
func isStale(err error) bool {
	state := sqlstate.Of(err)
	return state == featureNotSupported || state == invalidStatement
}

// isTypeError reports errors by which the server may refuse argument types that
// were right when the statement was prepared.
func isTypeError(err error) bool {
	state := sqlstate.Of(err)
	return strings.HasPrefix(state, classDataException) || strings.HasPrefix(state, classAccessRule)
}
