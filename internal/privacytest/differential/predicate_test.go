package differential

import (
	"fmt"
	"math/rand/v2"
	"reflect"
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

func truthOf(b bool) truth {
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

var anything = condition{"anything", func(*sql.Selector) {}, func(person, row) truth { return yes }}

// maker draws predicates.
type maker struct {
	*rand.Rand
	*graph
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
				far = anything
			}
			return condition{"has " + e.Name + " of " + far.says, orm.Has(t.Table, e.Name, far.where), func(p person, r row) truth {
				for _, n := range p.ends(e, r) {
					if far.holds(p, n) == yes {
						return yes
					}
				}
				return no
			}}
		}
	}
	return m.compares(t)
}

// compares is about one column, private ones more often than others.
func (m *maker) compares(t *orm.Type) condition {
	column := t.Columns[m.IntN(len(t.Columns))]
	if hidden := private[t.Name]; hidden != nil && m.IntN(3) == 0 {
		column = hidden[m.IntN(len(hidden))]
	}
	var v any
	if rows := m.rows[t.Name]; len(rows) > 0 {
		v = rows[m.IntN(len(rows))][column]
	}
	if v == nil || !comparable(t, column) {
		return condition{column + " is null", sql.FieldIsNull(column), func(_ person, r row) truth { return truthOf(r[column] == nil) }}
	}
	arg := argument(t, column, v)
	eq := func(_ person, r row) truth {
		if r[column] == nil {
			return unknown
		}
		return truthOf(r[column] == v)
	}
	switch n, number := v.(int64); {
	case m.IntN(3) == 0:
		return condition{fmt.Sprintf("%s <> %v", column, v), sql.FieldNEQ(column, arg), func(p person, r row) truth { return yes - eq(p, r) }}
	case number && !isBool(t, column) && m.IntN(2) == 0:
		return condition{fmt.Sprintf("%s >= %v", column, v), sql.FieldGTE(column, arg), func(_ person, r row) truth {
			if r[column] == nil {
				return unknown
			}
			return truthOf(r[column].(int64) >= n)
		}}
	}
	return condition{fmt.Sprintf("%s = %v", column, v), sql.FieldEQ(column, arg), eq}
}

// comparable is so of columns of numbers without a fraction, text and truth.
func comparable(t *orm.Type, column string) bool {
	switch orm.GoType(t, column).Kind() {
	case reflect.Int, reflect.Int64, reflect.Bool, reflect.String:
		return true
	}
	return false
}

// edge draws an edge; nil if there is none.
func (m *maker) edge(t *orm.Type) *orm.Edge {
	if len(t.Edges) == 0 {
		return nil
	}
	return t.Edges[m.IntN(len(t.Edges))]
}

// ends are the rows at the end of an edge, as the person sees them.
func (p person) ends(e *orm.Edge, r row) (found []row) {
	for _, n := range p.view(e.To) {
		switch {
		case len(e.Columns) == 2:
			near, far := e.Columns[0], e.Columns[1]
			if e.Inverse {
				near, far = far, near
			}
			through := byTable[e.Table]
			if p.some(through, row{near: r["id"], far: n["id"]}, func(link row) bool { return p.sees(through, link) }) {
				found = append(found, n)
			}
		case e.Key != "":
			if r[e.Key] == n["id"] {
				found = append(found, n)
			}
		case n[e.Columns[0]] == r["id"]:
			found = append(found, n)
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
