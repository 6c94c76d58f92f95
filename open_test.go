package communitybuilder_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

const password = "s3cr3t/p%ss"

// wantOpenError wants an error of Open with the code, whose text has all the
// words, and whose chain nowhere shows the password or a part of it.
func wantOpenError(t *testing.T, err error, code cb.Code, words ...string) {
	t.Helper()
	var e *cb.OpenError
	if !errors.As(err, &e) || e.Code != code || !errors.Is(err, code) {
		t.Fatalf("got %v, want an error %q", err, code)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	var walk func(err error)
	walk = func(err error) {
		for _, format := range []string{"%v", "%+v", "%#v"} {
			if text := fmt.Sprintf(format, err); strings.Contains(text, "s3cr3t") || strings.Contains(text, "p%ss") {
				t.Errorf("the password is in %s", text)
			}
		}
		switch err := err.(type) { //nolint:errorlint // walks the whole tree itself
		case interface{ Unwrap() error }:
			if inner := err.Unwrap(); inner != nil {
				walk(inner)
			}
		case interface{ Unwrap() []error }:
			for _, inner := range err.Unwrap() {
				walk(inner)
			}
		}
	}
	walk(err)
}

func TestURLsThatCannotBeUsed(t *testing.T) {
	escaped := url.QueryEscape(password)
	for _, c := range []struct {
		url   string
		words []string
	}{
		{"", []string{"postgres://", "sqlite:"}},
		{"platform.db", []string{"postgres://", "sqlite:"}},
		{"mysql://app:" + escaped + "@db/platform", []string{"postgres://", "sqlite:"}},
		{"host=db user=app password=" + password, []string{"postgres://", "sqlite:"}},
		{"postgres:platform", []string{"postgres://user:password@host"}},
		{"postgres://app:" + password + "@db/platform", []string{"%2F", "%25"}},
		{"postgres://app:s3cr3t/x@db/platform", []string{"%2F"}},
		{"postgres://app:123/s3cr3t@db/platform", []string{"%2F"}},
		{"postgres://app:123?s3cr3t@db/platform", []string{"%3F"}},
		{"postgres://app:123#s3cr3t@db/platform", []string{"%23"}},
		{"postgres://app:s3cr3t#x@db:5432/platform", []string{"%23"}},
		{"postgres://app:" + escaped + "@db:port/platform", []string{"can't be read"}},
		{"postgres://app:" + escaped + "@%2Frun%2Fpostgresql/platform", []string{"postgres:///database?host=/var/run/postgresql"}},
		{"postgres://app:" + escaped + "@db", []string{"postgres://app@db", "no database"}},
		{"postgresql://app:" + escaped + "@db/", []string{"postgres://app@db/", "no database"}},
		{"postgres://app:" + escaped + "@db/platform?sslmode=perhaps", []string{"sslmode", "require"}},
		{"postgres://app:" + escaped + "@db/platform?connect_timeout=soon", []string{"connect_timeout"}},
		{"postgres://app:" + escaped + "@db/platform?connect_timeout=" + escaped, []string{"parameter"}},
		{"postgres://app@db/platform?password=" + escaped + "&connect_timeout=" + escaped, []string{"parameter"}},
		{"sqlite:", []string{"no file"}},
		{"sqlite:?mode=ro", []string{"no file"}},
		{"sqlite://platform.db", []string{"sqlite:platform.db", "sqlite:///platform.db"}},
		{"file://platform.db", []string{"sqlite:platform.db"}},
		{"sqlite:platform.db?mode=%zz", []string{"parameters"}},
		{"sqlite:" + t.TempDir() + "/test.db?_journal_mode=none", []string{"_journal_mode"}},
	} {
		t.Run(c.url, func(t *testing.T) {
			_, err := cb.Open(conformance.System(t), c.url)
			wantOpenError(t, err, cb.ErrURL, c.words...)
		})
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, opt := range map[string]cb.Option{
		"WithMaxOpenConns":             cb.WithMaxOpenConns(-1),
		"WithMaxIdleConns":             cb.WithMaxIdleConns(-1),
		"WithConnMaxLifetime":          cb.WithConnMaxLifetime(-1),
		"WithConnMaxIdleTime":          cb.WithConnMaxIdleTime(-1),
		"WithConnectTimeout":           cb.WithConnectTimeout(-1),
		"WithStatementTimeout":         cb.WithStatementTimeout(-1),
		"WithLockTimeout":              cb.WithLockTimeout(-1),
		"WithIdleInTransactionTimeout": cb.WithIdleInTransactionTimeout(-1),
		"WithStatementCache":           cb.WithStatementCache(-1),
	} {
		for _, url := range []string{"postgres:///platform", "sqlite::memory:"} {
			_, err := cb.Open(conformance.System(t), url, opt)
			wantOpenError(t, err, cb.ErrOption, name)
		}
	}
	_, err := cb.OpenDB(conformance.System(t), plain(t, "postgres:///platform"), "mysql")
	wantOpenError(t, err, cb.ErrOption, "mysql", "postgres", "sqlite3")
}

func TestServersThatCannotBeReached(t *testing.T) {
	escaped := url.QueryEscape(password)
	at := func(address string) string {
		return "postgres://app:" + escaped + "@" + address + "/platform?sslmode=disable"
	}

	t.Run("nobody listens", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		must(t, listener.Close())
		_, err = cb.Open(conformance.System(t), at(listener.Addr().String()))
		wantOpenError(t, err, cb.ErrUnreachable, "postgres://app@127.0.0.1:", "refused", "is it running")
	})
	t.Run("no socket", func(t *testing.T) {
		_, err := cb.Open(conformance.System(t), "postgres://app:"+escaped+"@/platform?host="+t.TempDir())
		wantOpenError(t, err, cb.ErrUnreachable, "postgres://app@/platform?host=/", "is it running")
	})
	t.Run("unknown host", func(t *testing.T) {
		_, err := cb.Open(conformance.System(t), at("db.invalid"))
		wantOpenError(t, err, cb.ErrUnreachable, "db.invalid", "check the host")
	})
	t.Run("silent server", func(t *testing.T) {
		_, err := cb.Open(conformance.System(t), at(silent(t)), cb.WithConnectTimeout(50*time.Millisecond))
		wantOpenError(t, err, cb.ErrUnreachable, "doesn't answer")
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(conformance.System(t))
		cancel()
		_, err := cb.Open(ctx, at(silent(t)))
		wantOpenError(t, err, cb.ErrUnreachable, "given up")
		wantIs(t, err, context.Canceled)
	})
	t.Run("SQLite", func(t *testing.T) {
		ctx, cancel := context.WithCancel(conformance.System(t))
		cancel()
		for _, url := range []string{"sqlite::memory:", sqliteFile(t)} {
			_, err := cb.Open(ctx, url)
			wantOpenError(t, err, cb.ErrUnreachable)
			wantIs(t, err, context.Canceled)
		}
	})
	t.Run("context during the connection", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(conformance.System(t), 50*time.Millisecond)
		defer cancel()
		_, err := cb.Open(ctx, at(silent(t)), cb.WithConnectTimeout(time.Hour))
		wantOpenError(t, err, cb.ErrUnreachable)
		wantIs(t, err, context.DeadlineExceeded)
	})
}

// silent is the address of a server that accepts connections and says nothing.
func silent(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

func TestDatabasesThatMayNotBeUsed(t *testing.T) {
	server := pgtest.Empty(t)
	u, err := url.Parse(server)
	must(t, err)

	t.Run("no such user", func(t *testing.T) {
		other := *u
		other.User = url.UserPassword("nobody at all", password)
		_, err := cb.Open(conformance.System(t), other.String())
		wantOpenError(t, err, cb.ErrAccessDenied, "nobody%20at%20all", "check the user and the password")
		var e *pq.Error
		if !errors.As(err, &e) {
			t.Errorf("the server's error is not in the chain of %v", err)
		}
	})
	t.Run("no such database", func(t *testing.T) {
		other := *u
		other.Path = "/no_such_database"
		_, err := cb.Open(conformance.System(t), other.String())
		wantOpenError(t, err, cb.ErrNoDatabase, "no_such_database", "createdb")
	})
	t.Run("a parameter that the server refuses", func(t *testing.T) {
		_, err := cb.Open(conformance.System(t), with(t, server, "no_such_setting", "1"))
		wantOpenError(t, err, cb.ErrUnreachable, "no_such_setting", "WithTransactionPooler")
	})
}

func TestSchemasThatCannotBeWorkedWith(t *testing.T) {
	const revisions = "atlas_schema_revisions.atlas_schema_revisions"
	latest := migrations.Latest()

	t.Run("none", func(t *testing.T) {
		url := pgtest.Empty(t)
		_, err := cb.Open(conformance.System(t), url)
		wantOpenError(t, err, cb.ErrNoSchema, "communitybuilder migrate apply", "cb.Migrate")
		wantIs(t, err, migrations.ErrNoSchema)

		must(t, cb.Migrate(conformance.System(t), plain(t, url)))
		must(t, cb.Migrate(conformance.System(t), plain(t, url)))
		open(t, url).Role.Query().CountX(conformance.System(t))
	})
	t.Run("another's", func(t *testing.T) {
		url := pgtest.Empty(t)
		exec(t, plain(t, url), `CREATE TABLE "User" (id bigint)`)
		_, err := cb.Open(conformance.System(t), url)
		wantOpenError(t, err, cb.ErrForeignSchema, "another toolchain")
	})
	t.Run("older", func(t *testing.T) {
		url := migrated(t)
		exec(t, plain(t, url), `DELETE FROM `+revisions+` WHERE version = $1`, latest)
		_, err := cb.Open(conformance.System(t), url)
		var e *migrations.VersionError
		if !errors.As(err, &e) {
			t.Fatalf("the versions are not in the chain of %v", err)
		}
		wantOpenError(t, err, cb.ErrSchemaOlder, "older", e.Database, latest, "communitybuilder migrate apply")
		if e.Database >= latest {
			t.Errorf("the database's version is %s", e.Database)
		}
	})
	t.Run("newer", func(t *testing.T) {
		url := migrated(t)
		exec(t, plain(t, url), `INSERT INTO `+revisions+` (version, description, type, applied, total, executed_at, execution_time, hash, operator_version)
			SELECT '29990101000000', 'rename_everything', type, applied, total, executed_at, execution_time, hash, operator_version
			FROM `+revisions+` WHERE version = $1`, latest)
		_, err := cb.Open(conformance.System(t), url)
		wantOpenError(t, err, cb.ErrSchemaNewer, "newer", "29990101000000", latest, "update the module")

		open(t, url, cb.WithoutSchemaCheck()).Role.Query().CountX(conformance.System(t))
	})
}

func TestAFailedOpenLeavesNoConnection(t *testing.T) {
	w := newWire(t, pgtest.Empty(t))
	_, err := cb.Open(conformance.System(t), w.url)
	wantOpenError(t, err, cb.ErrNoSchema)
	w.wantClosed(t)
}

func TestCloseClosesEveryConnection(t *testing.T) {
	w := newWire(t, migrated(t))
	client, err := cb.Open(conformance.System(t), w.url)
	must(t, err)
	must(t, cb.Tx(conformance.System(t), client, func(ctx context.Context, _ *ent.Client) error {
		client.Role.Query().CountX(conformance.System(t)) // on a second connection
		return nil
	}))
	must(t, client.Close())
	w.wantClosed(t)
	if _, err := client.Role.Query().Count(conformance.System(t)); err == nil {
		t.Error("a closed client reads")
	}
}

func TestConnectionsAreKept(t *testing.T) {
	w := newWire(t, migrated(t))
	client := open(t, w.url)
	for range 3 {
		client.Role.Query().CountX(conformance.System(t))
		must(t, addRole(conformance.System(t), client, fmt.Sprint(time.Now().UnixNano())))
	}
	if w.conns != 1 {
		t.Errorf("%d connections, want 1", w.conns)
	}
}

func TestOpenDB(t *testing.T) {
	t.Run("PostgreSQL", func(t *testing.T) {
		db := plain(t, migrated(t))
		testOpenDB(t, db, "postgres")
	})
	t.Run("SQLite", func(t *testing.T) {
		db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/test.db?_foreign_keys=1&_txlock=immediate&_time_format=sqlite")
		must(t, err)
		defer db.Close()
		testOpenDB(t, db, "sqlite3")
	})
	t.Run("SQLite without foreign keys", func(t *testing.T) {
		db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/test.db")
		must(t, err)
		defer db.Close()
		_, err = cb.OpenDB(conformance.System(t), db, "sqlite3")
		wantOpenError(t, err, cb.ErrForeignKeysOff, "_foreign_keys=1")
	})
	t.Run("no schema", func(t *testing.T) {
		_, err := cb.OpenDB(conformance.System(t), plain(t, pgtest.Empty(t)), "postgres")
		wantOpenError(t, err, cb.ErrNoSchema, "cb.Migrate")
	})
}

func testOpenDB(t *testing.T, db *sql.DB, dialect string) {
	ctx := conformance.System(t)
	client, err := cb.OpenDB(ctx, db, dialect)
	must(t, err)
	must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error { return addRole(ctx, client, "a") }))
	wantRoles(t, ctx, client, "a")
	must(t, client.Close())
	must(t, db.PingContext(ctx)) // still open
}

func TestOpenConnector(t *testing.T) {
	w := newWire(t, migrated(t))
	connector, err := pq.NewConnector(w.url)
	must(t, err)
	ctx := conformance.System(t)
	client, err := cb.OpenConnector(ctx, connector, "postgres", cb.WithMaxOpenConns(1))
	must(t, err)
	must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error { return addRole(ctx, client, "a") }))
	wantRoles(t, ctx, client, "a")
	must(t, client.Close())
	w.wantClosed(t)

	connector, err = pq.NewConnector(pgtest.Empty(t))
	must(t, err)
	_, err = cb.OpenConnector(ctx, connector, "postgres")
	wantOpenError(t, err, cb.ErrNoSchema)
}
