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
	// or is the condition that this one or another holds, the other being asked where
	// the row that this one is about is looked up.
	or func(condition) condition
}

var (
	always = condition{known: true, holds: true}
	never  = condition{known: true}
)

func where(write func(*sql.Builder)) condition { return condition{write: write} }

// both holds where all conditions do.
func both(cs ...condition) condition { return join(" AND ", always, cs) }

// either holds where one of the conditions does.
func either(cs ...condition) condition { return join(" OR ", never, cs) }

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
	c := where(func(b *sql.Builder) {
		b.WriteByte('(')
		for i, c := range left {
			if i > 0 {
				b.WriteString(by)
			}
			c.write(b)
		}
		b.WriteByte(')')
	})
	if neutral.holds {
		c.parts = left
	}
	return c
}

// orElse holds where one of the two conditions does; the other one depends on no
// row. Where a row of another table is looked up it is asked there: a planner makes
// a join of EXISTS, and asks what follows once for all rows with the same parent,
// but not behind an OR.
func (c condition) orElse(other condition) condition {
	if c.or != nil {
		return c.or(other)
	}
	if !c.looksUp() {
		return either(c, other)
	}
	parts := make([]condition, len(c.parts))
	for i, p := range c.parts {
		parts[i] = p.orElse(other)
	}
	return both(parts...)
}

// looksUp reports whether a part of the condition looks up a row of another table.
func (c condition) looksUp() bool {
	return c.or != nil || slices.ContainsFunc(c.parts, condition.looksUp)
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
