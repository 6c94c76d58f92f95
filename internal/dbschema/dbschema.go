// Package dbschema says what the database should look like: the tables of the
// entity graph, and beside them what the graph can't say.
//
// Everything that needs the desired state takes it from [Desired]: the SQL file
// that migrations are computed against ([WriteSQL]), the schema of an SQLite
// database ([CreateSQLite]), and the comparison of a live database with the
// graph ([Diff]). They can't disagree.
package dbschema

import (
	"context"
	"fmt"

	"ariga.io/atlas/sql/schema"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	entschema "entgo.io/ent/dialect/sql/schema"

	"github.com/communitybuilder/communitybuilder/ent/migrate"
)

// Desired returns the schema that a database of the dialect, dialect.Postgres
// or dialect.SQLite, should have. The schema has no name: it is to be compared
// with the one that a connection works in. Nothing but the graph goes into it,
// no database is asked, and the caller may change it.
func Desired(name string) (*schema.Schema, error) { return desired(name, additions) }

func desired(name string, additions []addition) (*schema.Schema, error) {
	s, err := fromGraph(name, migrate.Tables)
	if err != nil {
		return nil, fmt.Errorf("dbschema: %w", err)
	}
	if err := complete(s, name, additions); err != nil {
		return nil, fmt.Errorf("dbschema: %w", err)
	}
	return s, nil
}

// fromGraph turns ent's description of the tables into Atlas's.
func fromGraph(name string, tables []*entschema.Table) (*schema.Schema, error) {
	// ent writes into the tables that it works on, and they are package
	// variables, which other goroutines may be reading.
	tables, err := entschema.CopyTables(tables)
	if err != nil {
		return nil, err
	}
	m, err := entschema.NewMigrate(noDatabase(name))
	if err != nil {
		return nil, err
	}
	realm, err := m.StateReader(tables...)(context.Background())
	if err != nil {
		return nil, err
	}
	if n := len(realm.Schemas); n != 1 {
		return nil, fmt.Errorf("the graph has tables in %d schemas, want 1", n)
	}
	return realm.Schemas[0], nil
}

// noDatabase stands where ent wants a database, of the dialect that it names,
// and answers what ent asks before it describes tables.
type noDatabase string

var answers = map[string]string{
	// The oldest PostgreSQL that the module supports, so that nothing is
	// described in words that only a later one understands.
	"SHOW server_version_num": "130000",
	"PRAGMA foreign_keys":     "1",
}

func (d noDatabase) Dialect() string                        { return string(d) }
func (d noDatabase) Close() error                           { return nil }
func (d noDatabase) Tx(context.Context) (dialect.Tx, error) { return nil, d.refuse("a transaction") }

func (d noDatabase) Exec(_ context.Context, query string, _, _ any) error { return d.refuse(query) }

func (d noDatabase) Query(_ context.Context, query string, _, v any) error {
	answer, ok := answers[query]
	if !ok {
		return d.refuse(query)
	}
	v.(*entsql.Rows).ColumnScanner = &row{value: answer}
	return nil
}

func (noDatabase) refuse(what string) error {
	return fmt.Errorf("there is no database to ask for %s", what)
}

// row is a result of one row with one column.
type row struct {
	entsql.ColumnScanner // nil: ent calls only the methods below
	value                string
	read                 bool
}

func (r *row) Close() error               { return nil }
func (r *row) Err() error                 { return nil }
func (r *row) Columns() ([]string, error) { return []string{"value"}, nil }

func (r *row) Next() bool {
	first := !r.read
	r.read = true
	return first
}

func (r *row) Scan(dest ...any) error {
	_, err := fmt.Sscan(r.value, dest...)
	return err
}
