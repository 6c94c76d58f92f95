package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/lib/pq"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
)

// database is a PostgreSQL database, connected to twice: by the typed client,
// and by a pool for plain SQL with no timeouts but those of its URL, as
// migrations need it.
type database struct {
	client *ent.Client
	sql    *sql.DB
}

// open connects to the database that --url or DATABASE_URL names. Its errors
// don't show passwords.
func open(ctx context.Context, url string) (*database, error) {
	if url == "" {
		url = os.Getenv("DATABASE_URL")
	}
	switch scheme, _, _ := strings.Cut(url, ":"); {
	case url == "":
		return nil, errors.New("which database? Give --url postgres://user:password@host:5432/database, or set DATABASE_URL")
	case scheme == "sqlite", scheme == "file":
		return nil, errors.New("this command is for PostgreSQL: an SQLite database gets its schema from the program that opens it")
	}
	// The client that works through a connection pooler works without one too.
	client, err := cb.Open(ctx, url, cb.WithoutSchemaCheck(), cb.WithTransactionPooler())
	if err != nil {
		return nil, err
	}
	connector, err := pq.NewConnector(url)
	if err != nil {
		// Not reached, since the client's connector has read the same URL. The
		// error may quote it.
		return nil, errors.Join(errors.New("the URL can't be read"), client.Close())
	}
	return &database{client: client, sql: sql.OpenDB(connector)}, nil
}

// close returns err, and what goes wrong when the connections are closed.
func (d *database) close(err error) error {
	if e := errors.Join(d.client.Close(), d.sql.Close()); e != nil {
		e = fmt.Errorf("close the connections: %w", e)
		return errors.Join(err, e)
	}
	return err
}
