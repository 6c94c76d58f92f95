package communitybuilder

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// Open connects to a database and returns the client for it. The client is safe
// for concurrent use; a program makes one, and closes it at its end.
//
//	postgres://user:password@host:5432/database?sslmode=verify-full
//	postgres:///database?host=/var/run/postgresql
//	sqlite:platform.db
//	sqlite:///var/lib/app/platform.db
//	sqlite::memory:
//
// postgresql: and file: (an SQLite URI) mean the same as postgres: and sqlite:.
// On PostgreSQL the parameters are those of [github.com/lib/pq], any others are
// settings of the session; on SQLite those of [modernc.org/sqlite].
//
// Times are those of UTC in the session.
//
// Open connects once and looks at the schema before it returns. A PostgreSQL
// database has to be brought up to date beforehand, with [Migrate] or
// `communitybuilder migrate apply`. An SQLite database is made, and given what it
// lacks, by Open itself; it is for trying things out and for tests.
// sqlite::memory: is a new database at each Open, which lives until Close. While
// a transaction writes to a database in memory, statements outside of it wait for
// its end, and for no longer than [WithLockTimeout]; in a file they read what was
// committed before.
//
// What goes wrong is an [*OpenError].
func Open(ctx context.Context, url string, opts ...Option) (*ent.Client, error) {
	scheme, _, _ := strings.Cut(url, ":")
	switch scheme {
	case "postgres", "postgresql":
		return openPostgres(ctx, url, opts)
	case "sqlite", "file":
		return openSQLite(ctx, url, opts)
	default:
		// The text is not quoted: it may be a connection string with a password.
		return nil, &OpenError{Code: ErrURL, hint: "the URL must begin with postgres://, postgresql://, sqlite: or file:"}
	}
}

// OpenDB returns a client on a connection pool of any database/sql driver, whose
// dialect is "postgres" or "sqlite3". The pool stays the caller's: its limits
// and settings are as they are, closing the client leaves it open, and of the
// options only [WithoutSchemaCheck] has a meaning.
//
// The sessions' time zone should be UTC. Connections to SQLite must enforce
// foreign keys, and should begin transactions with BEGIN IMMEDIATE
// (_txlock=immediate) and write times in SQLite's format and UTC
// (_time_format=sqlite, _timezone=UTC).
//
// What goes wrong is an [*OpenError].
func OpenDB(ctx context.Context, db *sql.DB, dialectName string, opts ...Option) (*ent.Client, error) {
	o, err := defaults(dialectName, opts)
	if err != nil {
		return nil, err
	}
	t := handedIn(dialectName)
	if db == nil {
		return nil, &OpenError{Code: ErrOption, Target: t.name, hint: "the pool is nil"}
	}
	if err := t.prepare(ctx, db, o); err != nil {
		return nil, err
	}
	return ent.NewClient(ent.Driver(borrowed{txdriver.New(entsql.OpenDB(dialectName, db))})), nil
}

// OpenConnector returns a client on connections of another driver, whose dialect
// is "postgres" or "sqlite3". The connection pool is the client's: the options
// about it count, and it is closed with the client. Settings of the session are
// the connector's, as [OpenDB] says; no statements are cached.
//
// What goes wrong is an [*OpenError].
func OpenConnector(ctx context.Context, c driver.Connector, dialectName string, opts ...Option) (*ent.Client, error) {
	o, err := defaults(dialectName, opts)
	if err != nil {
		return nil, err
	}
	return open(ctx, c, handedIn(dialectName), o)
}

func defaults(dialectName string, opts []Option) (options, error) {
	switch dialectName {
	case dialect.Postgres:
		return postgresDefaults().apply(opts)
	case dialect.SQLite:
		return sqliteDefaults().apply(opts)
	default:
		return options{}, &OpenError{
			Code: ErrOption,
			hint: fmt.Sprintf("the dialect must be %q or %q, not %q", dialect.Postgres, dialect.SQLite, dialectName),
		}
	}
}

// borrowed is a driver on somebody else's pool.
type borrowed struct{ *txdriver.Driver }

// Close leaves the pool open.
func (borrowed) Close() error { return nil }

// target is the database to be opened.
type target struct {
	dialect  string
	name     string // for errors
	handedIn bool   // somebody else knows how to reach it
	readOnly bool
}

func handedIn(dialectName string) target {
	return target{dialect: dialectName, name: "the database handed in", handedIn: true}
}

// open makes a client on a pool of its own.
func open(ctx context.Context, c driver.Connector, t target, o options) (*ent.Client, error) {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(o.maxOpen)
	db.SetMaxIdleConns(o.maxIdle)
	db.SetConnMaxLifetime(o.maxLifetime)
	db.SetConnMaxIdleTime(o.maxIdleTime)
	if err := t.prepare(ctx, db, o); err != nil {
		_ = db.Close() // what kept it from being opened counts
		return nil, err
	}
	return ent.NewClient(ent.Driver(txdriver.New(entsql.OpenDB(t.dialect, db)))), nil
}

// prepare sees to it that the database can be worked with.
func (t target) prepare(ctx context.Context, db *sql.DB, o options) error {
	if err := db.PingContext(ctx); err != nil {
		return t.connectError(err)
	}
	if t.dialect == dialect.SQLite {
		return t.prepareSQLite(ctx, db, o)
	}
	if o.withoutSchemaCheck {
		return nil
	}
	s, err := migrations.Status(ctx, db)
	if err == nil {
		err = migrations.Check(s)
	}
	return t.schemaError(err)
}

// schemaError says what is wrong with the schema of a PostgreSQL database.
func (t target) schemaError(err error) error {
	var version *migrations.VersionError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, migrations.ErrNoSchema):
		return t.fail(ErrNoSchema, err, "")
	case errors.Is(err, migrations.ErrUnmanaged):
		return t.fail(ErrForeignSchema, err, "")
	case errors.As(err, &version) && version.Newer():
		return t.fail(ErrSchemaNewer, err, "")
	case errors.As(err, &version):
		return t.fail(ErrSchemaOlder, err, "")
	case sqlstate.Of(err) == insufficientPrivilege:
		return t.fail(ErrAccessDenied, err, "")
	default:
		return t.fail(ErrSchema, err, "")
	}
}

func (t target) fail(code Code, err error, hint string) error {
	return &OpenError{Code: code, Target: t.name, Err: err, hint: hint}
}

// connectError says why there is no connection.
func (t target) connectError(err error) error {
	if t.dialect == dialect.SQLite {
		return t.sqliteError(err)
	}
	return t.postgresError(err)
}
