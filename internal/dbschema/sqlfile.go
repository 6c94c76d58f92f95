package dbschema

import (
	"context"
	"fmt"
	"io"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"entgo.io/ent/dialect"
)

const header = `-- Code generated from the entity graph by go generate. DO NOT EDIT.
--
-- The schema that a PostgreSQL database should have: the desired state for the
-- Atlas program (see atlas.hcl). Databases get it by the files in migrations/.

`

// WriteSQL writes the statements that make the desired schema in an empty
// PostgreSQL database. The same graph gives the same text.
func WriteSQL(w io.Writer) error {
	desired, err := Desired(dialect.Postgres)
	if err != nil {
		return err
	}
	own := withoutOwnKeys(desired)
	stmts, err := statements(desired, postgres.DefaultDiff, postgres.DefaultPlan, indented)
	if err != nil {
		return err
	}
	keys, err := plan(own, postgres.DefaultPlan, indented)
	if err != nil {
		return err
	}
	stmts = append(stmts, keys...)
	var b strings.Builder
	b.WriteString(header)
	for _, c := range stmts {
		fmt.Fprintf(&b, "-- %s\n%s;\n", c.Comment, c.Cmd)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("dbschema: %w", err)
	}
	return nil
}

// statements returns the statements that make s in an empty database.
func statements(s *schema.Schema, differ schema.Differ, planner migrate.PlanApplier, opts ...migrate.PlanOption) ([]*migrate.Change, error) {
	changes, err := differ.SchemaDiff(schema.New(s.Name), s)
	if err != nil {
		return nil, fmt.Errorf("dbschema: %w", err)
	}
	return plan(changes, planner, append(opts, dump)...)
}

func plan(changes []schema.Change, planner migrate.PlanApplier, opts ...migrate.PlanOption) ([]*migrate.Change, error) {
	plan, err := planner.PlanChanges(context.Background(), "schema", changes, append(opts, unqualified)...)
	if err != nil {
		return nil, fmt.Errorf("dbschema: %w", err)
	}
	return plan.Changes, nil
}

// withoutOwnKeys takes the keys of several columns that refer to their own table
// out of the schema, and returns the changes that put them in: PostgreSQL needs
// the index that they refer to first, which is made after the table.
func withoutOwnKeys(s *schema.Schema) []schema.Change {
	var changes []schema.Change
	for _, t := range s.Tables {
		var rest []*schema.ForeignKey
		for _, k := range t.ForeignKeys {
			if k.RefTable == t && len(k.Columns) > 1 {
				changes = append(changes, &schema.ModifyTable{T: t, Changes: []schema.Change{&schema.AddForeignKey{F: k}}})
			} else {
				rest = append(rest, k)
			}
		}
		t.ForeignKeys = rest
	}
	return changes
}

// unqualified leaves the schema's name out of statements, so that they work in
// whichever schema the connection does.
func unqualified(o *migrate.PlanOptions) { o.SchemaQualifier = new(string) }

// dump plans the making of a whole schema rather than a change.
func dump(o *migrate.PlanOptions) { o.Mode = migrate.PlanModeDump }

func indented(o *migrate.PlanOptions) { o.Indent = "  " }
