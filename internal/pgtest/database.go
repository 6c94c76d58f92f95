package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lib/pq"
)

// clone makes a database from a template for the length of a test, and returns
// its URL.
func (s *server) clone(t testing.TB, template string) string {
	t.Helper()
	ctx := context.Background() // the test's own has ended when it cleans up
	name := "pgtest_" + strings.ToLower(rand.Text())
	if err := s.create(ctx, s.admin, name, template); err != nil {
		t.Fatalf("cloning %s: %v", template, err)
	}
	t.Cleanup(func() {
		if s.foreign && t.Failed() {
			t.Logf("the database %s stays for inspection", name)
			return
		}
		if err := drop(ctx, s.admin, name); err != nil {
			t.Errorf("dropping %s: %v", name, err)
		}
	})
	return s.database(name)
}

// template returns the name of the template database, which it builds if there
// is none.
func (s *server) template(ctx context.Context, tmpl Template) (string, error) {
	id := sha256.Sum256([]byte(s.owner.Username() + "\n" + tmpl.Key()))
	name := fmt.Sprintf("pgtest_template_%x", id[:16])
	// One of this process's tests asks the server, for all of them: the others
	// wait here and hold no connection.
	once, _ := s.templates.LoadOrStore(name, sync.OnceValue(func() error {
		if err := s.build(ctx, name, tmpl); err != nil {
			return fmt.Errorf("building template %s: %w", name, err)
		}
		return nil
	}))
	return name, once.(func() error)()
}

// build makes the template database unless another process has.
func (s *server) build(ctx context.Context, name string, tmpl Template) (err error) {
	conn, err := s.admin.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	const key = "hashtextextended($1, 0)"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+key+")", name); err != nil {
		return err
	}
	defer func() {
		if _, e := conn.ExecContext(ctx, "SELECT pg_advisory_unlock("+key+")", name); err == nil {
			err = e
		}
	}()

	var built bool
	err = conn.QueryRowContext(ctx,
		"SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&built)
	if err != nil || built {
		return err
	}
	// Not marked as a template: what is there comes from a build that failed.
	if err := drop(ctx, conn, name); err != nil {
		return err
	}
	if err := s.create(ctx, conn, name, "template0"); err != nil {
		return err
	}
	if err := s.fill(ctx, name, tmpl); err != nil {
		return err
	}
	if err := disconnect(ctx, conn, name); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true ALLOW_CONNECTIONS false")
	return err
}

// fill runs the template's Build.
func (s *server) fill(ctx context.Context, name string, tmpl Template) error {
	dsn := s.database(name)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	return tmpl.Build(ctx, db, dsn)
}

// database returns the URL of one of the server's databases.
func (s *server) database(name string) string {
	u := *s.url
	u.User, u.Path, u.RawPath = s.owner, "/"+name, ""
	return u.String()
}

// execer is a connection, or a pool of them.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *server) create(ctx context.Context, on execer, name, template string) error {
	_, err := on.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+
		" OWNER "+pq.QuoteIdentifier(s.owner.Username())+s.strategy)
	return err
}

func drop(ctx context.Context, on execer, name string) error {
	if err := disconnect(ctx, on, name); err != nil {
		return err
	}
	_, err := on.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	return err
}

// disconnect ends the sessions of a database and sees them off, for a second at
// most. A session that a client has closed lives on for an instant, and whoever
// then drops or clones its database waits for it in steps of 100 ms.
func disconnect(ctx context.Context, on execer, name string) error {
	_, err := on.ExecContext(ctx, `DO $$ BEGIN
		FOR i IN 1..1000 LOOP
			PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = '`+name+`' AND backend_type = 'client backend';
			EXIT WHEN NOT FOUND;
			PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
		END LOOP;
	END $$`)
	return err
}

// strategy returns the clause that makes cloning quick. Since version 15 a clone
// is written to the log block by block, so that its files need no flushing.
// Where nothing is ever flushed, copying the files takes a third of the time.
func strategy(ctx context.Context, db *sql.DB) (string, error) {
	var copying bool
	err := db.QueryRowContext(ctx, `SELECT current_setting('fsync') = 'off'
		AND current_setting('server_version_num')::int >= 150000`).Scan(&copying)
	if err != nil || !copying {
		return "", err
	}
	return " STRATEGY FILE_COPY", nil
}
