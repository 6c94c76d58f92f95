package rulecheck

import (
	"cmp"
	"fmt"
	"maps"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// atRest is what the rows of a database tell of each rule that Go alone keeps, by
// the rule's name: the signs of its being broken, or nothing, and why. Whoever
// adds such a rule adds an entry to those of its domain.
var atRest = union(accounts, communities, tiers, learning, gatherings, wheels, payments)

// telling is one or the other.
type telling struct {
	signs  []sign
	untold string // why the rows can't tell
}

// A sign is how rows of a table show that a rule is broken: by a condition, or
// by being selected by a query of their ids.
type sign struct {
	table   string // "" for the rule's
	where   string
	query   string
	usual   bool
	because string // how usual ones come about, where the rule's own reason for not being in the database doesn't say it
}

func told(signs ...sign) telling { return telling{signs: signs} }

func untold(why string) telling { return telling{untold: why} }

// mistake is for rows that there should be none of, whoever writes.
func mistake(where string) sign { return sign{where: where} }

// usual is for rows that nobody made a mistake with.
func usual(where, because string) sign { return sign{where: where, usual: true, because: because} }

// usualRows is for such rows that a condition on each can't select.
func usualRows(query, because string) sign { return sign{query: query, usual: true, because: because} }

// of puts the sign on the rows of a table that isn't the rule's.
func (s sign) of(table string) sign {
	s.table = table
	return s
}

func (s sign) about(r *invariant.Rule) Query {
	q := Query{Rule: r, Table: cmp.Or(s.table, r.Table)}
	if q.SQL = s.query; q.SQL == "" {
		q.SQL = where(q.Table, s.where)
	}
	if s.usual {
		q.Usual = cmp.Or(s.because, r.Kept.(invariant.GoOnly).Why)
	}
	return q
}

func union(parts ...map[string]telling) map[string]telling {
	all := map[string]telling{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// Why rows don't tell.
const (
	past = "what it depends on may have changed since the row was written"
	gone = "a row that was deleted is not there to tell"
	once = "it is about a change, of which only the result is kept"
)

// ofRow is a column of the row that one of the table's own columns refers to.
func ofRow(table, key, column string) string {
	return fmt.Sprintf(`(SELECT other.%s FROM "%s" AS other WHERE other.id = %s)`, column, table, key)
}

func differ(a, b string) string { return a + " <> " + b }
