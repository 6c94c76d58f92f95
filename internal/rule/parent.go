package rule

import (
	"fmt"
	"reflect"
	"strconv"
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
	return f
}

func of(column string, parent ent.Interface, on func(p *Policy, s *scope, r row) condition) Fact {
	from := tableOf(parent)
	return Fact{on: func(s *scope, r row) condition {
		p := policyOf(parent) // not before: parents refer to one another
		return s.parent(from, r.column(column), func(other row) condition { return on(p, s, other) })
	}}
}

// parent asks for the row that the column refers to, which it always does where a
// policy reads by it.
func (s *scope) parent(from string, column func(*sql.Builder), such func(row) condition) condition {
	s.aliases++
	name := "v" + strconv.Itoa(s.aliases)
	other := table(name)
	referred := is(other.column("id"), column)
	var found func(condition) condition
	found = func(inner condition) condition {
		c := s.from(from, name, both(referred, inner))
		if !c.known {
			c.or = func(more condition) condition { return found(inner.orElse(more)) }
		}
		return c
	}
	return found(such(other))
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
