package dbschema

import (
	"fmt"
	"strings"

	"ariga.io/atlas/sql/schema"
	"entgo.io/ent/dialect"
	"entgo.io/ent/schema/field"

	"github.com/communitybuilder/communitybuilder/ent/migrate"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// rules are the additions that keep the platform's invariants.
func rules() []addition {
	all := choices()
	for _, r := range invariant.All() {
		a := addition{table: r.Table, name: r.Name, reason: r.Reason}
		switch kept := r.Kept.(type) {
		case invariant.Check:
			a.what = check{kept.Postgres, kept.SQLite}
		case invariant.Unique:
			x := index{unique: true}
			for _, c := range kept.Columns {
				x.parts = append(x.parts, part{column: c})
			}
			if kept.Expr != (invariant.Expr{}) {
				x.parts = append(x.parts, part{expr: spelled(kept.Expr)})
			}
			if kept.Where != (invariant.Expr{}) {
				where := spelled(kept.Where)
				x.where = &where
			}
			a.what = x
		case invariant.Key:
			a.what = foreignKey{
				columns: kept.Columns, refTable: kept.RefTable, refColumns: kept.RefColumns,
				onDelete: schema.Cascade, // anything else would touch the other columns too
			}
		default:
			continue
		}
		all = append(all, a)
	}
	return all
}

func spelled(e invariant.Expr) expr { return expr{e.Postgres, e.SQLite} }

// A Choice is a column with a fixed set of values, which a check keeps.
type Choice struct {
	Table, Column string
	Check         string // the name of the check
	Values        []string
}

// Choices returns every choice of the graph.
func Choices() []Choice {
	var all []Choice
	for _, t := range migrate.Tables {
		for _, c := range t.Columns {
			if c.Type == field.TypeEnum {
				all = append(all, Choice{t.Name, c.Name, strings.ToLower(t.Name) + "_" + c.Name + "_choice", c.Enums})
			}
		}
	}
	return all
}

func choices() []addition {
	var all []addition
	for _, c := range Choices() {
		all = append(all, addition{
			table: c.Table, name: c.Check, reason: "programs know these values and no others", what: c.check(),
		})
	}
	return all
}

func (c Choice) check() check {
	texts := make([]string, len(c.Values))
	values := make([]string, len(c.Values))
	for i, v := range c.Values {
		values[i] = "'" + v + "'"
		texts[i] = values[i] + "::text"
	}
	return check{
		postgres: fmt.Sprintf("((%s)::text = ANY (ARRAY[%s]))", c.Column, strings.Join(texts, ", ")),
		sqlite:   fmt.Sprintf("%s IN (%s)", c.Column, strings.Join(values, ", ")),
	}
}

// A check is a check constraint.
type check expr

func (c check) addTo(t *schema.Table, name string, d dialectName) error {
	for _, a := range t.Attrs {
		if old, ok := a.(*schema.Check); ok && old.Name == name {
			return fmt.Errorf("the table has a check of this name already")
		}
	}
	e := "(" + c.sqlite + ")" // or Atlas leaves out brackets where one begins and one ends it
	if d == dialect.Postgres {
		e = c.postgres
	}
	t.AddChecks(schema.NewCheck().SetName(name).SetExpr(e))
	return nil
}
