package rule

import (
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// A condition is a part of a WHERE clause. What is known before the database is
// asked, because it depends on the viewer alone, is one without SQL, and takes
// what it decides along: nobody pays for a rule that can't apply.
type condition struct {
	known bool
	holds bool
	write func(*sql.Builder)
	parts []condition // that all have to hold, where it consists of such
	of    *lookup     // where it is one about another row
}

// A lookup is a condition on the one row, if it is there, that a key tells. To the
// database each costs about as much as a row does that is read; so conditions on
// the same row are joined into one.
type lookup struct {
	key   string
	there bool // the row always is
	such  condition
	found func(such condition) condition // the lookup with another condition
	apart func(such condition) condition // the same, row by row
}

var (
	always = condition{known: true, holds: true}
	never  = condition{known: true}
)

func where(write func(*sql.Builder)) condition { return condition{write: write} }

// both holds where all conditions do.
func both(cs ...condition) condition {
	var parts []condition
	for _, c := range cs {
		if c.parts == nil {
			c.parts = []condition{c}
		}
		for _, p := range c.parts {
			if at := about(parts, p.of); at >= 0 {
				parts[at] = p.of.found(both(parts[at].of.such, p.of.such))
			} else {
				parts = append(parts, p)
			}
		}
	}
	c := join(" AND ", always, parts)
	if c.write != nil && len(parts) > 1 {
		c.parts = slices.DeleteFunc(parts, func(p condition) bool { return p.known })
	}
	return c
}

// about is which of the conditions is about the row of the lookup, or -1.
func about(cs []condition, l *lookup) int {
	return slices.IndexFunc(cs, func(c condition) bool { return l != nil && c.of != nil && c.of.key == l.key })
}

// either holds where one of the conditions does.
func either(cs ...condition) condition {
	var all []condition
next:
	for _, c := range cs {
		for i, other := range all {
			if one, ok := alternative(other, c); ok {
				all[i] = one
				continue next
			}
		}
		all = append(all, c)
	}
	return join(" OR ", never, all)
}

// alternative is a lookup that holds where one of two conditions does; false where
// there is no row that both of them look up.
func alternative(a, b condition) (condition, bool) {
	for _, l := range a.lookups() {
		if at := about(b.lookups(), l.of); at >= 0 {
			return l.of.found(either(a.under(l), b.under(b.lookups()[at]))), true
		}
	}
	return condition{}, false
}

// lookups are the lookups among the conditions that all have to hold.
func (c condition) lookups() []condition {
	if c.of != nil {
		return []condition{c}
	}
	return slices.DeleteFunc(slices.Clone(c.parts), func(p condition) bool { return p.of == nil })
}

// under is what has to hold beside there being the row of the lookup, one of the
// condition's.
func (c condition) under(l condition) condition {
	such := []condition{l.of.such}
	for _, p := range c.parts {
		if p.of == nil || p.of.key != l.of.key {
			such = append(such, p)
		}
	}
	return both(such...)
}

// join joins conditions; neutral is the one that adds nothing, and its contrary
// decides alone.
func join(by string, neutral condition, cs []condition) condition {
	var left []condition
	for _, c := range cs {
		switch {
		case !c.known:
			left = append(left, c)
		case c.holds != neutral.holds:
			return c
		}
	}
	switch len(left) {
	case 0:
		return neutral
	case 1:
		return left[0]
	}
	return where(func(b *sql.Builder) {
		b.WriteByte('(')
		for i, c := range left {
			if i > 0 {
				b.WriteString(by)
			}
			c.write(b)
		}
		b.WriteByte(')')
	})
}

// orElse holds where one of the two conditions does; the other one depends on no
// row. It is asked in the lookups of rows that are there in any case: a planner makes
// a join of these, and asks what follows once for all rows with the same parent, but
// not behind an OR.
func (c condition) orElse(other condition) condition {
	if !slices.ContainsFunc(c.lookups(), func(l condition) bool { return l.of.there }) {
		return either(c, other)
	}
	if c.of != nil {
		return c.of.found(c.of.such.orElseInside(other))
	}
	parts := make([]condition, len(c.parts))
	for i, p := range c.parts {
		parts[i] = p.orElse(other)
	}
	return both(parts...)
}

// orElseInside is orElse for what is asked of a parent, and so seldom: several parts
// have the other condition once, which there costs less than a join does.
func (c condition) orElseInside(other condition) condition {
	if c.of != nil && c.of.there {
		return c.orElse(other)
	}
	parts := slices.Clone(c.parts)
	for i, p := range parts {
		if p.of != nil && p.of.there {
			parts[i] = p.of.apart(p.of.such)
		}
	}
	if parts != nil {
		c = both(parts...)
	}
	return either(c, other)
}

// rowByRow ends an EXISTS so that PostgreSQL looks for each row by itself, by an
// index. It would read a whole table into a hash where it expects to be asked often,
// also of what an OR hardly ever asks for.
func (c condition) rowByRow(in string) condition {
	if in != dialect.Postgres {
		return c
	}
	return where(func(b *sql.Builder) {
		c.write(b)
		b.WriteString(" OFFSET 0")
	})
}

// not holds where the condition doesn't. A condition that is NULL, of a column
// without a value, holds neither way.
func not(c condition) condition {
	if c.known {
		return condition{known: true, holds: !c.holds}
	}
	return where(func(b *sql.Builder) {
		b.WriteString("NOT (")
		c.write(b)
		b.WriteByte(')')
	})
}

// predicate is the condition for ent's statements.
func (c condition) predicate() *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		switch {
		case !c.known:
			c.write(b)
		case c.holds:
			b.WriteString("1 = 1")
		default:
			b.WriteString("1 = 0")
		}
	})
}

// orNone is the condition for a guard: none where it holds in any case.
func (c condition) orNone() *sql.Predicate {
	if c.known && c.holds {
		return nil
	}
	return c.predicate()
}
