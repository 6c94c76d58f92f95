package differential

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// truth is that of SQL.
type truth int

const (
	no truth = iota
	unknown
	yes
)

func of(b bool) truth {
	if b {
		return yes
	}
	return no
}

// A condition is a predicate for the client, and what it means for a row as the
// person sees it.
type condition struct {
	says  string
	where func(*sql.Selector)
	holds func(person, row) truth
}

// maker draws predicates.
type maker struct {
	*rand.Rand
	graph *graph
	types map[string]*orm.Type
}

// condition draws a predicate for rows of the type, with edges up to the depth.
func (m *maker) condition(t *orm.Type, depth int) condition {
	switch n := m.IntN(10); {
	case n < 2 && depth > 0:
		a := m.condition(t, depth-1)
		return condition{"not(" + a.says + ")", sql.NotPredicates(a.where), func(p person, r row) truth { return yes - a.holds(p, r) }}
	case n < 4 && depth > 0:
		a, b := m.condition(t, depth-1), m.condition(t, depth-1)
		if m.IntN(2) == 0 {
			return condition{"(" + a.says + " and " + b.says + ")", sql.AndPredicates(a.where, b.where),
				func(p person, r row) truth { return min(a.holds(p, r), b.holds(p, r)) }}
		}
		return condition{"(" + a.says + " or " + b.says + ")", sql.OrPredicates(a.where, b.where),
			func(p person, r row) truth { return max(a.holds(p, r), b.holds(p, r)) }}
	case n < 8 && depth > 0:
		if e := m.edge(t); e != nil {
			far := m.condition(m.types[e.To], depth-1)
			if m.IntN(4) == 0 {
				far = condition{"any", func(*sql.Selector) {}, func(person, row) truth { return yes }}
			}
			return condition{"has " + e.Name + " of " + far.says, orm.Has(t.Table, e.Name, far.where), func(p person, r row) truth {
				for _, n := range m.ends(p, t, e, r) {
					if far.holds(p, n) == yes {
						return yes
					}
				}
				return no
			}}
		}
	}
	return m.comparison(t)
}

// comparison is about one column, private ones more often than others.
func (m *maker) comparison(t *orm.Type) condition {
	column := t.Columns[m.IntN(len(t.Columns))]
	if hidden := private[t.Name]; hidden != nil && m.IntN(3) == 0 {
		column = hidden[m.IntN(len(hidden))]
	}
	var v any
	if rows := m.graph.rows[t.Name]; len(rows) > 0 {
		v = rows[m.IntN(len(rows))][column]
	}
	kind := fmt.Sprint(orm.GoType(t, column))
	comparable := kind == "int64" || kind == "bool" || kind == "string"
	if v == nil || !comparable {
		return condition{column + " is null", sql.FieldIsNull(column), func(_ person, r row) truth { return of(r[column] == nil) }}
	}
	arg := v
	if kind == "bool" {
		arg = v == int64(1)
	}
	eq := func(_ person, r row) truth {
		if r[column] == nil {
			return unknown
		}
		return of(r[column] == v)
	}
	n, number := v.(int64)
	switch m.IntN(3) {
	case 0:
		return condition{fmt.Sprintf("%s <> %v", column, v), sql.FieldNEQ(column, arg), func(p person, r row) truth { return yes - eq(p, r) }}
	case 1:
		if number && kind == "int64" {
			return condition{fmt.Sprintf("%s >= %v", column, v), sql.FieldGTE(column, arg), func(_ person, r row) truth {
				if r[column] == nil {
					return unknown
				}
				return of(r[column].(int64) >= n)
			}}
		}
	}
	return condition{fmt.Sprintf("%s = %v", column, v), sql.FieldEQ(column, arg), eq}
}

// edge draws an edge to an entity that there are rules for; nil if there is none.
func (m *maker) edge(t *orm.Type) *orm.Edge {
	var all []*orm.Edge
	for _, e := range t.Edges {
		if m.types[e.To] != nil && (len(e.Columns) < 2 || m.byTable(e.Table) != "") {
			all = append(all, e)
		}
	}
	if all == nil {
		return nil
	}
	return all[m.IntN(len(all))]
}

func (m *maker) byTable(table string) string {
	for name, t := range m.types {
		if t.Table == table {
			return name
		}
	}
	return ""
}

// ends are the rows at the end of an edge, as the person sees them.
func (m *maker) ends(p person, t *orm.Type, e *orm.Edge, r row) (found []row) {
	for _, n := range m.graph.rows[e.To] {
		seen := p.view(e.To, n)
		if seen == nil {
			continue
		}
		switch {
		case len(e.Columns) == 2:
			near, far := e.Columns[0], e.Columns[1]
			if e.Inverse {
				near, far = far, near
			}
			through := m.byTable(e.Table)
			if m.graph.any(through, row{near: r["id"], far: n["id"]}, func(link row) bool { return p.sees(through, link) }) {
				found = append(found, seen)
			}
		case e.Key != "":
			if r[e.Key] == n["id"] {
				found = append(found, seen)
			}
		case n[e.Columns[0]] == r["id"]:
			found = append(found, seen)
		}
	}
	return found
}

// camel is the name of an edge in Go.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
