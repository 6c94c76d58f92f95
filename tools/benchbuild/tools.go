//go:build tools

package main

// What the stock client and the quickstart on it are compiled with.
import (
	_ "ariga.io/atlas/sql/migrate"
	_ "entgo.io/contrib/entgql"
	_ "entgo.io/ent/dialect/sql/schema"
	_ "entgo.io/ent/entc"
	_ "github.com/99designs/gqlgen/graphql"
	_ "github.com/google/uuid"
	_ "github.com/hashicorp/go-multierror"
	_ "github.com/lib/pq"
	_ "github.com/shopspring/decimal"
	_ "github.com/vmihailenco/msgpack/v5"
	_ "golang.org/x/sync/semaphore"
	_ "modernc.org/sqlite"
)
