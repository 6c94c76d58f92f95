package communitybuilder

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
)

func openSQLite(ctx context.Context, rawURL string, opts []Option) (*ent.Client, error) {
	o, err := sqliteDefaults().apply(opts)
	if err != nil {
		return nil, err
	}
	s, err := readSQLiteURL(rawURL, o)
	if err != nil {
		return nil, err
	}
	t := target{dialect: dialect.SQLite, name: s.name, readOnly: s.readOnly}
	connector, err := sqlite.NewConnector(s.dsn)
	if err != nil {
		return nil, t.fail(ErrURL, err, "")
	}
	if !s.memory {
		connector = patient{connector, o.lockTimeout}
	} else {
		anchor, err := connector.Connect(ctx)
		if err != nil {
			return nil, t.sqliteError(err)
		}
		connector = anchored{connector, anchor}
	}
	return open(ctx, connector, t, o)
}

// patient tries to connect for as long as a writer would wait for its turn.
// SQLite's own busy_timeout doesn't count while several connections want to put
// a new file into WAL mode.
type patient struct {
	driver.Connector
	timeout time.Duration
}

func (p patient) Connect(ctx context.Context) (driver.Conn, error) {
	for end := time.Now().Add(p.timeout); ; {
		conn, err := p.Connector.Connect(ctx)
		if sqliteCode(err) != sqlite3.SQLITE_BUSY || time.Now().After(end) {
			return conn, err
		}
		if e := txdriver.Pause(ctx, 1); e != nil {
			return nil, errors.Join(e, err)
		}
	}
}

// anchored keeps a connection open beside those of the pool: a database in
// memory ends with its last connection.
type anchored struct {
	driver.Connector
	anchor driver.Conn
}

// Close is called when the pool is closed.
func (a anchored) Close() error { return a.anchor.Close() }

type sqliteURL struct {
	dsn      string // what the driver understands
	name     string // for errors
	memory   bool
	readOnly bool
}

// readSQLiteURL reads the URL and adds what it leaves open.
func readSQLiteURL(rawURL string, o options) (sqliteURL, error) {
	_, rest, _ := strings.Cut(rawURL, ":")
	path, query, _ := strings.Cut(rest, "?")
	s := sqliteURL{name: "sqlite:" + path}
	invalid := func(hint string) (sqliteURL, error) {
		return s, &OpenError{Code: ErrURL, Target: s.name, hint: hint}
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return invalid("the parameters can't be read: " + err.Error())
	}
	if strings.Contains(path, "#") {
		return invalid("a # in the name of the file is written %23")
	}
	if strings.Trim(path, "/") == "" {
		return invalid("the URL names no file: sqlite:platform.db, or sqlite::memory:")
	}
	if strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///") {
		return invalid("a relative path is written sqlite:" + strings.TrimPrefix(path, "//") +
			", an absolute one sqlite:///" + strings.TrimPrefix(path, "//"))
	}

	setDefault := func(value string, names ...string) {
		for _, name := range names {
			if params.Has(name) {
				return
			}
		}
		params.Set(names[0], value)
	}
	pragma := func(name string) string { // as the driver's own parameter, and whether it is given as _pragma
		for _, p := range params["_pragma"] {
			if strings.HasPrefix(strings.TrimSpace(strings.ToLower(p)), name) {
				return "_pragma"
			}
		}
		return "_" + name
	}
	s.memory = path == ":memory:" || params.Get("mode") == "memory"
	s.readOnly = params.Get("mode") == "ro" || params.Has("immutable")
	setDefault("immediate", "_txlock") // a reader that becomes a writer could fail
	setDefault("sqlite", "_time_format")
	setDefault("UTC", "_timezone") // times are compared as text
	setDefault("1", pragma("foreign_keys"), "_fk")
	setDefault(strconv.FormatInt(o.lockTimeout.Milliseconds(), 10), pragma("busy_timeout"), "_timeout")
	switch {
	case s.memory:
		// With cache=shared, SQLite's other way to share a database in memory,
		// one who waits for a table waits for ever.
		name := strings.TrimLeft(path, "/")
		if path == ":memory:" || params.Get("cache") != "shared" {
			name = rand.Text()
		}
		path = "/" + name
		params.Del("mode")
		params.Del("cache")
		params.Set("vfs", "memdb")
	case !s.readOnly:
		setDefault("WAL", pragma("journal_mode"), "_journal")
		setDefault("NORMAL", pragma("synchronous"), "_sync")
	}
	// SQLite reads the parameters too, and knows no + for a space.
	s.dsn = "file:" + path + "?" + strings.ReplaceAll(params.Encode(), "+", "%20")
	return s, nil
}

// prepareSQLite makes the schema, unless it is there.
func (t target) prepareSQLite(ctx context.Context, db *sql.DB, o options) error {
	var enforced bool
	if err := db.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&enforced); err != nil {
		return t.sqliteError(err)
	}
	if !enforced {
		return t.fail(ErrForeignKeysOff, nil, "the database must enforce foreign keys: "+
			"put _foreign_keys=1 into the data source name, or what the driver at hand calls it")
	}
	if o.withoutSchemaCheck {
		return nil
	}
	err := dbschema.CreateSQLite(ctx, db)
	switch {
	case err == nil:
		return nil
	case t.readOnly && ctx.Err() == nil: // it was found wanting, and can't be mended
		return t.fail(ErrNoSchema, err, "the database is opened for reading only and its schema is not this module's: open it for writing once")
	case sqliteCode(err) == sqlite3.SQLITE_READONLY:
		return t.fail(ErrAccessDenied, err, "the file and its directory must be writable")
	default:
		return t.fail(ErrSchema, err, "")
	}
}

// sqliteCode returns SQLite's primary result code, 0 if err has none.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func (t target) sqliteError(err error) error {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CANTOPEN:
		return t.fail(ErrUnreachable, err, "does the directory exist, and may this program use it?")
	case sqlite3.SQLITE_BUSY:
		return t.fail(ErrUnreachable, err, "another program holds the file for itself")
	case sqlite3.SQLITE_NOTADB:
		return t.fail(ErrNoDatabase, err, "the file is not an SQLite database")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return t.fail(ErrAccessDenied, err, "the file and its directory must be writable; to read only, add mode=ro to the URL")
	case 0:
		if t.handedIn || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return t.fail(ErrUnreachable, err, "")
		}
		return t.fail(ErrURL, err, "") // the driver didn't understand a parameter
	default:
		return t.fail(ErrUnreachable, err, "")
	}
}
