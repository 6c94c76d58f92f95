// Command quickstart opens a community and lets it live for a day, then asks the
// database what has happened, as people who may not all see the same. It needs nothing but Go:
//
//	go run ./examples/quickstart
//
// and does the same on PostgreSQL, once its schema is there:
//
//	go run ./cmd/communitybuilder migrate apply --url "$DATABASE_URL"
//	go run ./examples/quickstart -db "$DATABASE_URL"
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
)

func main() {
	url := flag.String("db", "sqlite::memory:", "`URL` of the database: sqlite:… or postgres://…")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *url); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, url string) error {
	// One client for the whole program. On SQLite this also makes the tables.
	client, err := cb.Open(ctx, url)
	if err != nil {
		return err
	}
	defer client.Close()

	// The whole story is one transaction: all of it happens or none of it. Every
	// write through tx, or through client with this ctx, belongs to it. Who does what
	// is in the context, too: without a viewer nothing is read or written.
	var day *day
	err = cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
		day, err = live(ctx, out, tx)
		return err
	})
	if err != nil {
		return err
	}
	return day.lookBack(ctx, out, client)
}
