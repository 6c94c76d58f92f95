// Package invariant lists what always holds for the platform's rows: each rule,
// what keeps it, and the error that breaking it gives. The list is the one
// source of the constraints that the entity graph can't declare (package dbschema
// adds them to the desired schema), of the errors that violated constraints come
// back as (package orm), and of docs/rules.md.
//
// Whoever adds a rule adds an entry to the list of its domain.
package invariant

import (
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// A Rule is one thing that always holds.
type Rule struct {
	// Name is that of the constraint or index; of a rule that Go alone keeps, a
	// name like one.
	Name  string
	Table string
	// Fields are the columns that the rule is about, the one to blame first; those
	// of a unique index of the graph in its order, where it is the last.
	Fields []string
	Code   apierror.Code
	// Says is the rule, in words that follow the name of the field.
	Says string
	// Reason is what the rule is for.
	Reason string
	// Kept is what keeps it.
	Kept Keeper
}

// A Keeper is what keeps a rule.
type Keeper interface{ keeper() }

// Graph is for rules whose check or unique index is declared in the entity graph.
type Graph struct{ Unique bool }

// Check is for a check constraint. The two expressions say the same. That of
// PostgreSQL is written as the server prints it back (pg_get_constraintdef), with
// its casts and brackets: a comparison with a live database finds any other
// spelling different, for ever.
type Check struct{ Postgres, SQLite string }

// Unique is for a unique index over columns or an expression, of all rows or
// those that Where selects. The spelling of PostgreSQL is as for Check.
type Unique struct {
	Columns []string
	Expr    Expr // instead of columns
	Where   Expr
}

// Expr is an SQL expression on either database.
type Expr struct{ Postgres, SQLite string }

// Key is for a foreign key of several columns, the first of which refers to a
// row that has the same in the others. What refers goes with what it refers to.
type Key struct {
	Columns    []string
	RefTable   string
	RefColumns []string
}

// GoOnly is for rules that only writers in Go are held to. Why tells what keeps
// them out of the database.
type GoOnly struct{ Why string }

func (Graph) keeper()  {}
func (Check) keeper()  {}
func (Unique) keeper() {}
func (Key) keeper()    {}
func (GoOnly) keeper() {}

// InDatabase tells whether a constraint keeps the rule.
func (r *Rule) InDatabase() bool {
	_, only := r.Kept.(GoOnly)
	return !only
}

// Broken is the error that breaking the rule gives, by a row of the entity.
func (r *Rule) Broken(entity string) *apierror.Error {
	field := r.Fields[0]
	if g, ok := r.Kept.(Graph); ok && g.Unique {
		field = r.Fields[len(r.Fields)-1]
	}
	return &apierror.Error{Code: r.Code, Entity: entity, Field: field, Rule: r.Says}
}

// All returns every rule, domain by domain.
func All() []*Rule { return slices.Clone(all) }

// Named returns the rule that a constraint or index of a table keeps, or nil.
func Named(table, name string) *Rule { return byName[key{table, name}] }

// Over returns the rule that a unique index over the columns of a table keeps,
// or nil. SQLite tells a violated index by its columns.
func Over(table string, columns []string) *Rule {
	return unique[key{table, strings.Join(columns, ",")}]
}

// Keys returns the rules of a table that foreign keys of several columns keep.
func Keys(table string) []*Rule { return keys[table] }

type key struct{ table, name string }

var (
	all    = slices.Concat(communityRules, meetingRules, paymentRules, wheelRules, accountRules, otherRules, goRules)
	byName = make(map[key]*Rule, len(all))
	unique = make(map[key]*Rule, len(all))
	keys   = make(map[string][]*Rule)
)

func init() {
	for _, r := range all {
		byName[key{r.Table, r.Name}] = r
		columns := r.Fields
		switch kept := r.Kept.(type) {
		case Unique:
			if columns = kept.Columns; len(columns) > 0 {
				unique[key{r.Table, strings.Join(columns, ",")}] = r
			}
		case Key:
			keys[r.Table] = append(keys[r.Table], r)
		case Graph:
			if kept.Unique {
				unique[key{r.Table, strings.Join(columns, ",")}] = r
			}
		}
	}
}
