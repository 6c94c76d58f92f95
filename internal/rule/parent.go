package rule

import (
	"fmt"
	"reflect"
	"sync"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/dialect/sql"
)

// VisibleWith is so for everybody who sees the row that the column refers to.
func VisibleWith(column string, parent ent.Interface) Fact {
	f := of(column, parent, func(p *Policy, s *scope, r row) condition { return p.visible().on(s, r) })
	f.says, f.within = "who reads its "+nameOf(parent), true
	return f
}

// EditableWith is so for everybody who may update the row that the column refers
// to.
func EditableWith(column string, parent ent.Interface) Fact {
	f := of(column, parent, func(p *Policy, s *scope, r row) condition { return p.inside(p.Update.any()).on(s, r) })
	f.says, f.within = "who updates its "+nameOf(parent), true
	return f
}

// Of is the fact about the row that the column refers to.
func Of(column string, parent ent.Interface, fact Fact) Fact {
	f := of(column, parent, func(_ *Policy, s *scope, r row) condition { return fact.on(s, r) })
	f.says = fact.kept() + " of its " + nameOf(parent)
	return f
}

// Inside is so of a row that is where the row is which the column refers to: in an
// active community, or one of the viewer's own.
func Inside(column string, parent ent.Interface) Fact {
	f := of(column, parent, func(p *Policy, s *scope, r row) condition { return p.Within.on(s, r) })
	f.says = "as its " + nameOf(parent)
	f.into = func(s *scope, r row) []row {
		other := s.alias(keyed(tableOf(parent), r.column(column)))
		return policyOf(parent).Within.places(s, other)
	}
	return f
}

// places are the rows that are within what their community shows where the row is:
// itself, and those that it is within with.
func (f Fact) places(s *scope, r row) []row {
	if f.into == nil {
		return []row{r}
	}
	return append(f.into(s, r), r)
}

func of(column string, parent ent.Interface, on func(p *Policy, s *scope, r row) condition) Fact {
	from := tableOf(parent)
	return Fact{on: func(s *scope, r row) condition {
		p := policyOf(parent) // not before: parents refer to one another
		return s.parent(from, r, column, func(other row) condition { return on(p, s, other) })
	}}
}

// parent asks for the row that the column refers to, which it always does where a
// policy reads by it.
func (s *scope) parent(from string, r row, column string, such func(row) condition) condition {
	key := keyed(from, r.column(column))
	other := s.alias(key)
	l := lookup{key: key, there: true, such: such(other)}
	if r.name != s.loadedFrom || !s.shared[column] {
		return s.lookup(l, from, is(other.column("id"), r.column(column)))
	}
	// Of a row that is known it is asked once for all. That rows refer to it is said in
	// a way that no index is used for, which might find many more than were read.
	known := value(asked(column))
	return both(s.lookup(l, from, is(other.column("id"), known)), where(func(b *sql.Builder) {
		r.column(column)(b)
		b.WriteString(" IS NOT DISTINCT FROM ")
		known(b)
	}))
}

// policies are those that were asked for, by the type of the entity: a schema makes
// its policy anew each time.
var policies sync.Map

func policyOf(e ent.Interface) *Policy {
	t := reflect.TypeOf(e)
	if p, ok := policies.Load(t); ok {
		return p.(*Policy)
	}
	p, ok := e.Policy().(*Policy)
	if !ok {
		panic(fmt.Sprintf("rule: %s has no policy", nameOf(e)))
	}
	policies.Store(t, p)
	return p
}

func tableOf(e ent.Interface) string {
	for _, a := range e.Annotations() {
		if a, ok := a.(entsql.Annotation); ok && a.Table != "" {
			return a.Table
		}
	}
	panic(fmt.Sprintf("rule: %s names no table", nameOf(e)))
}

func nameOf(e ent.Interface) string { return reflect.TypeOf(e).Name() }
