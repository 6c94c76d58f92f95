package rule

import (
	"fmt"
	"maps"
	"strconv"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/viewer"
)

// A scope is one statement that rules are put into.
type scope struct {
	viewer  viewer.Viewer
	dialect string
	now     time.Time
	share   bool // lock the rows that grant a right until the end of the transaction
	// asPerson takes the viewer for the person that a fact asks for: staff write where
	// a person may.
	asPerson bool
	// set is what a write sets a column to, if it does; nil is NULL.
	set     func(column string) (v any, ok bool)
	aliases int
	names   map[string]row  // the rows that lookups find, by the keys of these
	within  map[string]bool // the names of rows that are known to be within what their community shows
	// shared are foreign keys that all rows have in common which a lookup finds by
	// the name: those that the statement's rows are loaded along an edge from.
	shared     map[string]bool
	loadedFrom string
}

// anybody is what a condition is for somebody who hasn't signed in.
func (s *scope) anybody(of func(*scope) condition) condition {
	anybody := *s
	anybody.viewer, anybody.within = viewer.Anonymous(), make(map[string]bool)
	defer func() { s.aliases = anybody.aliases }()
	return of(&anybody)
}

// enter has rows be known to be within what their community shows, until it is left.
func (s *scope) enter(rows []row) (leave func()) {
	outer := s.within
	s.within = maps.Clone(outer)
	for _, r := range rows {
		s.within[r.name] = r.name != "" // which one that is about to be made doesn't have
	}
	return func() { s.within = outer }
}

// A row is a row as a statement names it: one of a table, or one that is about to
// be made and consists of values.
type row struct {
	name   string // in the statement, where it is one of a table
	column func(name string) func(*sql.Builder)
	given  func(name string) any // the value, where it is about to be made; else nil
}

// table is a row of the table that a statement knows by the name.
func table(name string) row {
	return row{name: name, column: func(column string) func(*sql.Builder) {
		return func(b *sql.Builder) { b.Ident(name).WriteByte('.').Ident(column) }
	}}
}

// value is an argument.
func value(v any) func(*sql.Builder) { return func(b *sql.Builder) { b.Arg(v) } }

// is compares two columns or values. The row's own side comes last: the planner
// doesn't mind, and readers see first what is looked up.
func is(a, b func(*sql.Builder)) condition {
	return where(func(w *sql.Builder) {
		a(w)
		w.WriteString(" = ")
		b(w)
	})
}

// literal compares a column with a text of ours, written out: a generic plan can't
// use a partial index for an argument.
func literal(column func(*sql.Builder), texts ...string) condition {
	return where(func(b *sql.Builder) {
		column(b)
		b.WriteString(" IN (")
		for i, t := range texts {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("'" + t + "'")
		}
		b.WriteByte(')')
	})
}

// isTrue is a boolean column.
func isTrue(column func(*sql.Builder)) condition { return where(column) }

// exists asks for a row of another table.
func (s *scope) exists(from string, such func(row) condition) condition {
	s.aliases++
	name := "v" + strconv.Itoa(s.aliases)
	return s.from(from, name, such(table(name)))
}

// lookup asks for the row of another table that is told by its key.
func (s *scope) lookup(l lookup, from string, key condition) condition {
	name := s.names[l.key].name
	of := func(such, all condition) condition {
		c := s.from(from, name, all)
		if !c.known {
			found := l
			found.such = such
			c.of = &found
		}
		return c
	}
	l.found = func(such condition) condition { return of(such, both(key, such)) }
	l.apart = func(such condition) condition { return of(such, both(key, such).rowByRow(s.dialect)) }
	return l.found(l.such)
}

// alias is the row that a lookup with the key finds, by the same name each time.
func (s *scope) alias(key string) row {
	r, ok := s.names[key]
	if !ok {
		s.aliases++
		r = table("v" + strconv.Itoa(s.aliases))
		s.names[key] = r
	}
	return r
}

// keyed is the key of a lookup: the table and what is known of the row.
func keyed(from string, values ...func(*sql.Builder)) string {
	var b sql.Builder
	b.WriteString(from)
	for _, v := range values {
		b.WriteByte(' ')
		v(&b)
	}
	text, args := b.Query()
	return fmt.Sprint(text, args)
}

// from asks for a row of a table, which the condition knows by the name.
func (s *scope) from(from, name string, c condition) condition {
	if c.known && !c.holds {
		return never
	}
	return where(func(b *sql.Builder) {
		b.WriteString("EXISTS (SELECT 1 FROM ").Ident(from).WriteString(" AS ").Ident(name)
		if !c.known {
			b.WriteString(" WHERE ")
			c.write(b)
		}
		if s.share && s.dialect == dialect.Postgres {
			b.WriteString(" FOR SHARE")
		}
		b.WriteByte(')')
	})
}

func null(column func(*sql.Builder)) condition {
	return where(func(b *sql.Builder) {
		column(b)
		b.WriteString(" IS NULL")
	})
}

func later(column func(*sql.Builder), t time.Time) condition {
	return where(func(b *sql.Builder) {
		column(b)
		b.WriteString(" > ").Arg(t)
	})
}
