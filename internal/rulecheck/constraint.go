package rulecheck

import (
	"fmt"
	"strings"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// keeps returns the query of the rows that break a rule which the database keeps,
// "" if the schema has no constraint or index for it.
func keeps(s catalogue.Schema, r *invariant.Rule) string {
	for _, k := range []catalogue.Kind{catalogue.Check, catalogue.ForeignKey, catalogue.Index} {
		if o, ok := s.Get(k, r.Table, r.Name); ok {
			return Broken(o)
		}
	}
	return ""
}

// Broken returns SQL that selects the ids of the rows which keep a database from
// having the object: those that break a check or a foreign key, are NULL in a
// column that must not be, or have what only one row may have. It is read off the
// object's definition, and "" for objects that hold nothing against rows. Tables
// without a column id have none to select.
func Broken(o catalogue.Object) string {
	def := strings.TrimSuffix(o.Def, catalogue.NotValid)
	switch o.Kind {
	case catalogue.Check:
		expr := strings.TrimSuffix(strings.TrimPrefix(def, "CHECK ("), ")")
		return where(o.Table, "NOT ("+expr+")")
	case catalogue.ForeignKey:
		return dangling(o.Table, def)
	case catalogue.Unique, catalogue.Index:
		if u, ok := UniqueOf(o); ok {
			return u.broken()
		}
	case catalogue.Column:
		if strings.Contains(def, " NOT NULL") {
			return where(o.Table, pq.QuoteIdentifier(o.Name)+" IS NULL")
		}
	}
	return ""
}

func where(table, condition string) string {
	return fmt.Sprintf("SELECT id FROM %s WHERE %s", pq.QuoteIdentifier(table), condition)
}

// Unique is what only one row of a table may have.
type Unique struct {
	Table string
	// Key are the columns and expressions, parted by commas.
	Key string
	// Where is the condition on the rows that it is about.
	Where string
}

// UniqueOf returns what a unique constraint or index says. It returns false for
// any other object.
func UniqueOf(o catalogue.Object) (Unique, bool) {
	var of string
	switch {
	case o.Kind == catalogue.Unique:
		of = strings.TrimPrefix(o.Def, "UNIQUE ")
	case o.Kind == catalogue.Index && strings.HasPrefix(o.Def, "UNIQUE "):
		_, of, _ = strings.Cut(o.Def, " btree ")
	default:
		return Unique{}, false
	}
	parts, rest := bracketed(of)
	u := Unique{Table: o.Table, Key: strings.Join(parts, ", ")}
	var conditions []string
	for _, p := range parts {
		conditions = append(conditions, p+" IS NOT NULL") // NULL equals nothing
	}
	if _, predicate, ok := strings.Cut(rest, "WHERE "); ok {
		conditions = append(conditions, strings.TrimSuffix(predicate, catalogue.Invalid))
	}
	u.Where = strings.Join(conditions, " AND ")
	return u, true
}

// broken sorts, which spills to disk; groups of as many keys as there are rows
// would not.
func (u Unique) broken() string {
	return fmt.Sprintf("SELECT id FROM (SELECT id, count(*) OVER (PARTITION BY %s) AS same FROM %s WHERE %s) AS counted WHERE same > 1",
		u.Key, pq.QuoteIdentifier(u.Table), u.Where)
}

// dangling selects the rows that refer to a row which isn't there.
func dangling(table, def string) string {
	k := catalogue.ParseKey(def)
	columns, refs := strings.Split(k.Columns, ", "), strings.Split(k.RefColumns, ", ")
	var on, conditions []string
	for i, c := range columns {
		on = append(on, fmt.Sprintf("target.%s = source.%s", refs[i], c))
		conditions = append(conditions, fmt.Sprintf("source.%s IS NOT NULL", c)) // NULL refers to nothing
	}
	return fmt.Sprintf("SELECT source.id FROM %s AS source LEFT JOIN %s AS target ON %s WHERE target.%s IS NULL AND %s",
		pq.QuoteIdentifier(table), pq.QuoteIdentifier(k.RefTable), strings.Join(on, " AND "), refs[0], strings.Join(conditions, " AND "))
}

// bracketed returns what stands between the brackets that s begins with, taken
// apart at its commas, and what follows them.
func bracketed(s string) (parts []string, rest string) {
	depth, start, quoted := 0, 1, false
	for i, r := range s {
		switch {
		case r == '\'' || r == '"':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			if depth--; depth == 0 {
				return append(parts, strings.TrimSpace(s[start:i])), s[i+1:]
			}
		case r == ',' && depth == 1:
			parts, start = append(parts, strings.TrimSpace(s[start:i])), i+1
		}
	}
	return parts, ""
}
