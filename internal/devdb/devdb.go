// Package devdb makes a PostgreSQL database for the length of a piece of work,
// such as the replay of migrations that are to be examined.
package devdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"testing/fstest"

	"ariga.io/atlas/sql/migrate"
	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/migrations"
)

// A Database is empty when it is made, and gone when it is closed.
type Database struct {
	*sql.DB
	admin *sql.DB
	name  string
}

// New makes a database on the server of a URL, postgres://user@host:5432/database,
// whose user must be allowed to create databases. The database that the URL names
// is only connected to. Errors don't show the URL.
func New(ctx context.Context, server string) (_ *Database, err error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("devdb: the server's URL must be of the form postgres://user:password@host:5432/database")
	}
	d := &Database{name: "communitybuilder_dev_" + strings.ToLower(rand.Text())}
	if d.admin, err = connect(u); err != nil {
		return nil, err
	}
	if _, err := d.admin.ExecContext(ctx, "CREATE DATABASE "+d.name+" TEMPLATE template0"); err != nil {
		return nil, errors.Join(fmt.Errorf("devdb: %w", err), d.admin.Close())
	}
	own := *u
	own.Path, own.RawPath = "/"+d.name, ""
	q := own.Query()
	q.Del("search_path")
	own.RawQuery = q.Encode()
	if d.DB, err = connect(&own); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func connect(u *url.URL) (*sql.DB, error) {
	c, err := pq.NewConnector(u.String())
	if err != nil {
		return nil, errors.New("devdb: the server's URL can't be read") // the error may quote it
	}
	return sql.OpenDB(c), nil
}

// Close ends the connections and drops the database, also when the work was
// called off.
func (d *Database) Close() error {
	var errs []error
	if d.DB != nil {
		errs = append(errs, d.DB.Close())
	}
	_, err := d.admin.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+d.name+" WITH (FORCE)")
	if err = errors.Join(append(errs, err, d.admin.Close())...); err != nil {
		return fmt.Errorf("devdb: %w", err)
	}
	return nil
}

// Replay applies the migrations of the names, in fsys, to the database as
// [migrations.Dir.Apply] does. They need no sum.
func (d *Database) Replay(ctx context.Context, fsys fs.FS, names []string) error {
	dir := &migrate.MemDir{}
	copied := fstest.MapFS{}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("devdb: %w", err)
		}
		if err := dir.WriteFile(name, b); err != nil {
			return fmt.Errorf("devdb: %w", err)
		}
		copied[name] = &fstest.MapFile{Data: b}
	}
	sum, err := dir.Checksum()
	if err != nil {
		return fmt.Errorf("devdb: %w", err)
	}
	text, err := sum.MarshalText()
	if err != nil {
		return fmt.Errorf("devdb: %w", err)
	}
	copied[migrate.HashFileName] = &fstest.MapFile{Data: text}
	_, err = migrations.New(copied).Apply(ctx, d.DB)
	return err
}
