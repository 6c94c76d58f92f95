package rulecheck

import (
	"fmt"
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// constraints are those that a database should have. What breaks a rule that one
// of them keeps is read off the constraint itself.
type constraints struct{ *schema.Schema }

func readConstraints() (constraints, error) {
	s, err := dbschema.Desired(dialect.Postgres)
	if err != nil {
		return constraints{}, fmt.Errorf("rulecheck: %w", err)
	}
	return constraints{s}, nil
}

// broken selects the rows that break a rule which the database keeps.
func (c constraints) broken(r *invariant.Rule) (string, error) {
	t, ok := c.Table(r.Table)
	if !ok {
		return "", fmt.Errorf("rulecheck: %s: there is no table %s", r.Name, r.Table)
	}
	if x, ok := t.Index(r.Name); ok && x.Unique {
		return notUnique(t, x), nil
	}
	if k, ok := t.ForeignKey(r.Name); ok {
		return dangling(t, k), nil
	}
	for _, a := range t.Attrs {
		if check, ok := a.(*schema.Check); ok && check.Name == r.Name {
			return where(t.Name, "NOT ("+check.Expr+")"), nil
		}
	}
	return "", fmt.Errorf("rulecheck: table %s has no constraint %s", r.Table, r.Name)
}

func where(table, condition string) string {
	return fmt.Sprintf("SELECT id FROM %s WHERE %s", pq.QuoteIdentifier(table), condition)
}

// notUnique selects the rows that have what only one may have. It sorts, which
// spills to disk; groups of as many keys as there are rows would not.
func notUnique(t *schema.Table, x *schema.Index) string {
	var parts, conditions []string
	for _, p := range x.Parts {
		part := ""
		if e, ok := p.X.(*schema.RawExpr); ok {
			part = e.X
		} else {
			part = pq.QuoteIdentifier(p.C.Name)
		}
		parts = append(parts, part)
		conditions = append(conditions, part+" IS NOT NULL") // NULL equals nothing
	}
	for _, a := range x.Attrs {
		if p, ok := a.(*postgres.IndexPredicate); ok {
			conditions = append(conditions, p.P)
		}
	}
	return fmt.Sprintf("SELECT id FROM (SELECT id, count(*) OVER (PARTITION BY %s) AS same FROM %s WHERE %s) AS counted WHERE same > 1",
		strings.Join(parts, ", "), pq.QuoteIdentifier(t.Name), strings.Join(conditions, " AND "))
}

// dangling selects the rows that refer to a row which isn't there.
func dangling(t *schema.Table, k *schema.ForeignKey) string {
	var on, conditions []string
	for i, c := range k.Columns {
		column, ref := pq.QuoteIdentifier(c.Name), pq.QuoteIdentifier(k.RefColumns[i].Name)
		on = append(on, fmt.Sprintf("target.%s = source.%s", ref, column))
		conditions = append(conditions, fmt.Sprintf("source.%s IS NOT NULL", column)) // NULL refers to nothing
	}
	return fmt.Sprintf("SELECT source.id FROM %s AS source LEFT JOIN %s AS target ON %s WHERE target.id IS NULL AND %s",
		pq.QuoteIdentifier(t.Name), pq.QuoteIdentifier(k.RefTable.Name), strings.Join(on, " AND "), strings.Join(conditions, " AND "))
}
