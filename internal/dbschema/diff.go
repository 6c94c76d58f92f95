package dbschema

import (
	"context"
	"fmt"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"
	"entgo.io/ent/dialect"
)

// Diff returns the changes that would give the database, of the dialect
// dialect.Postgres or dialect.SQLite, the desired schema; none if it has it. A
// table that the graph does not know is a *schema.DropTable.
//
// Only the schema that db works in is compared. Atlas, which compares, does not
// see everything: not the order of columns, nor whether constraints are valid
// and deferrable, nor functions and triggers.
func Diff(ctx context.Context, db schema.ExecQuerier, name string) ([]schema.Change, error) {
	desired, err := Desired(name)
	if err != nil {
		return nil, err
	}
	open := postgres.Open
	if name == dialect.SQLite {
		open = sqlite.Open
	}
	drv, err := open(db)
	if err != nil {
		return nil, fmt.Errorf("dbschema: %w", err)
	}
	return DiffTo(ctx, drv, desired)
}

// DiffTo is [Diff] for a database that is open already, and another desired
// schema, which it writes into.
func DiffTo(ctx context.Context, drv migrate.Driver, desired *schema.Schema) ([]schema.Change, error) {
	current, err := drv.InspectSchema(ctx, "", nil)
	if err != nil {
		return nil, fmt.Errorf("dbschema: read the database's schema: %w", err)
	}
	desired.Name, desired.Attrs = current.Name, current.Attrs
	// Normalized: expressions are compared letter by letter.
	changes, err := drv.SchemaDiff(current, desired, schema.DiffNormalized())
	if err != nil {
		return nil, fmt.Errorf("dbschema: compare the database's schema: %w", err)
	}
	return changes, nil
}
