package rule

import (
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
)

// A Fact is what may be so of a row and a viewer: that the row is the viewer's
// own, that the viewer moderates its community. Facts are put together by [AnyOf]
// and [AllOf] into the sentences of a [Policy].
type Fact struct {
	says string
	// parts says that the words are alternatives, or conditions, that other words
	// around them have to keep together.
	parts string
	// on is the condition under which it is so of a row.
	on func(*scope, row) condition
	// within says that it is only so within what the row's community shows to the
	// viewer, because it is so of the row's parent only then.
	within bool
	// into leads to the row that it is about, and those which that is within with.
	into func(*scope, row) []row
	// any are the facts of which one has to be so.
	any []Fact
	// public says that it is so for everybody or for nobody.
	public bool
}

// String is the fact in words.
func (f Fact) String() string { return f.says }

// user is a fact about a user, whose id is given.
func user(says string, on func(s *scope, r row, id func(*sql.Builder)) condition) Fact {
	return Fact{says: says, on: func(s *scope, r row) condition {
		if s.asPerson {
			return always
		}
		id, ok := s.viewer.UserID()
		if !ok {
			return never
		}
		return on(s, r, value(id))
	}}
}

// AnyOf is so where one of the facts is.
func AnyOf(facts ...Fact) Fact {
	f := together(facts, alternatives, either)
	f.within = !slices.ContainsFunc(facts, func(f Fact) bool { return !f.within })
	f.any = facts
	return f
}

// ofUsers is the fact as far as it isn't the same for everybody.
func (f Fact) ofUsers() Fact {
	if !slices.ContainsFunc(f.any, func(f Fact) bool { return f.public }) {
		return f
	}
	return AnyOf(slices.DeleteFunc(slices.Clone(f.any), func(f Fact) bool { return f.public })...)
}

// AllOf is so where all of the facts are.
func AllOf(facts ...Fact) Fact {
	f := together(facts, conditions, both)
	f.within = slices.ContainsFunc(facts, func(f Fact) bool { return f.within })
	return f
}

func together(facts []Fact, by string, join func(...condition) condition) Fact {
	if len(facts) == 1 {
		return facts[0]
	}
	says := make([]string, len(facts))
	for i, f := range facts {
		says[i] = f.says
		if by == conditions && f.parts == alternatives {
			says[i] = f.kept()
		}
	}
	return Fact{
		says: strings.Join(says, by), parts: by,
		on: func(s *scope, r row) condition {
			cs := make([]condition, len(facts))
			for i, f := range facts {
				cs[i] = f.on(s, r)
			}
			return join(cs...)
		},
	}
}

// Not is so where the fact isn't.
func Not(f Fact) Fact {
	return Fact{says: negated(f), on: func(s *scope, r row) condition {
		if s.asPerson { // whom it must not be is told of the viewer
			outer := *s
			s.asPerson, s.within = false, make(map[string]bool)
			defer func() { s.asPerson, s.within = true, outer.within }()
		}
		return not(f.on(s, r))
	}}
}

// Who somebody is, whatever the row.
var (
	// Nobody leaves it to the system.
	Nobody = Fact{says: "system", on: func(*scope, row) condition { return never }}
	// Anyone is so for everybody, signed in or not.
	Anyone = Fact{says: "anonymous", on: func(*scope, row) condition { return always }}
	// SignedIn is so for every active user.
	SignedIn = user("user", func(*scope, row, func(*sql.Builder)) condition { return always })
)

// Self is so of rows whose column holds the user.
func Self(column string) Fact {
	return user(self(column), func(_ *scope, r row, id func(*sql.Builder)) condition {
		return is(r.column(column), id)
	})
}

// Flag is so of rows whose boolean column is true.
func Flag(column string) Fact {
	return Fact{says: plain(strings.TrimPrefix(column, "is_")), on: func(_ *scope, r row) condition { return isTrue(r.column(column)) }}
}

// Is is so of rows whose column has one of the values.
func Is(column string, values ...string) Fact {
	return Fact{says: plain(column) + " is " + strings.Join(values, " or "), on: func(_ *scope, r row) condition {
		return literal(r.column(column), values...)
	}}
}

// Empty is so of rows whose column is NULL.
func Empty(column string) Fact {
	return Fact{says: without + plain(column), on: func(_ *scope, r row) condition {
		if r.given != nil { // PostgreSQL could not tell the type of an argument that is only asked to be NULL
			return condition{known: true, holds: r.given(column) == nil}
		}
		return null(r.column(column))
	}}
}

// Some is so of a row that a row of another entity refers to, by the column, of
// which the fact is so.
func Some(other ent.Interface, column string, fact Fact) Fact {
	from := tableOf(other)
	return Fact{
		says: some(nameOf(other), fact),
		on: func(s *scope, r row) condition {
			return s.exists(from, func(o row) condition { return both(is(o.column(column), r.column("id")), fact.on(s, o)) })
		},
	}
}

// SomePublic is so of a row that a row refers to which everybody sees.
func SomePublic(other ent.Interface, column string) Fact {
	from := tableOf(other)
	return Fact{says: with + "a public " + nameOf(other), public: true, on: func(s *scope, r row) condition {
		return s.exists(from, func(o row) condition {
			seen := s.anybody(func(s *scope) condition { return policyOf(other).visible().on(s, o) })
			return both(is(o.column(column), r.column("id")), seen).rowByRow(s.dialect)
		})
	}}
}

// Becomes is so of a write that gives the column one of the values, or doesn't set
// it: a right to set other columns as well is given to whoever leaves this one alone.
func Becomes(column string, values ...string) Fact {
	return Fact{says: plain(column) + " to " + strings.Join(values, " or "), on: func(s *scope, _ row) condition {
		v, set := s.set(column)
		if !set {
			return always
		}
		return condition{known: true, holds: slices.Contains(values, fmt.Sprint(v))}
	}}
}

// NamesSelf is so of a write that puts the user into the column, or nobody.
func NamesSelf(column string) Fact {
	return Fact{says: "as " + plain(column) + " themselves", on: func(s *scope, _ row) condition {
		v, set := s.set(column)
		id, _ := s.viewer.UserID()
		return condition{known: true, holds: !set || v == nil || v == id}
	}}
}
