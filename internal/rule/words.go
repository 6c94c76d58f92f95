package rule

import (
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/viewer"
)

// What stands between the words of facts that are put together.
const (
	alternatives = "; "
	conditions   = " and "
)

// Called is the fact by a name of its own.
func (f Fact) Called(says string) Fact {
	f.says, f.parts = says, ""
	return f
}

// kept are the words of a fact, in brackets where they are several.
func (f Fact) kept() string {
	if f.parts == "" {
		return f.says
	}
	return "(" + f.says + ")"
}

// plain are the words of a column's name.
func plain(column string) string {
	return strings.ReplaceAll(strings.TrimSuffix(column, "_id"), "_", " ")
}

// self is the user, by the part that they play in the row.
func self(column string) string {
	if column == "id" || column == "user_id" {
		return "self"
	}
	return "self as " + plain(column)
}

const (
	with    = "with "
	without = "without "
)

func some(other string, f Fact) string {
	if f.says == Anyone.says {
		return with + "a " + other
	}
	return f.kept() + " of a " + other + " of it"
}

func negated(f Fact) string {
	if what, found := strings.CutPrefix(f.says, with); found {
		return without + what
	}
	if what, found := strings.CutPrefix(f.says, without); found {
		return with + what
	}
	return "not " + f.kept()
}

// A Sentence says who may do one of the things that can be done with rows.
type Sentence struct{ What, Who string }

// Sentences are the policy in words: within, read, create, update, delete and
// private columns, in this order. What isn't limited is empty.
func (p *Policy) Sentences() []Sentence {
	read := p.Read.says
	if p.Confidential && read != Nobody.says {
		read += alternatives + "not staff"
	}
	var private []string
	for _, columns := range p.Private {
		private = append(private, strings.Join(columns.Columns, ", ")+" → "+columns.Who.says)
	}
	return []Sentence{
		{"within", p.Within.says},
		{"read", read},
		{"create", p.Create.String()},
		{"update", p.Update.String()},
		{"delete", p.Delete.says},
		{"private columns", strings.Join(private, alternatives)},
	}
}

// String is who has the rights, in words.
func (rs Rights) String() string {
	var says []string
	for _, r := range rs {
		columns := strings.Join(r.Sets, ", ")
		switch {
		case r.Exclusive:
			says = append(says, columns+" only "+r.Who.says)
		case r.Sets != nil:
			says = append(says, r.Who.says+": "+columns)
		case r.Who.says != Nobody.says || len(rs) == 1:
			says = append(says, r.Who.says)
		}
	}
	return strings.Join(slices.Compact(says), alternatives)
}

// Columns are the columns that the policy names in rights and as private.
func (p *Policy) Columns() []string {
	all := slices.Clone(p.Blind)
	for _, rights := range []Rights{p.Create, p.Update} {
		for _, r := range rights {
			all = append(all, r.Sets...)
		}
	}
	for _, private := range p.Private {
		all = append(all, private.Columns...)
	}
	return all
}

// Conditions are all that the policy asks of rows for the viewer, as conditions of
// statements on the table.
func (p *Policy) Conditions(v viewer.Viewer, dialect, from string) (all []*sql.Predicate) {
	facts := []Fact{p.Read, p.Delete}
	for _, right := range slices.Concat(p.Create, p.Update) {
		facts = append(facts, right.Who)
	}
	for _, private := range p.Private {
		facts = append(facts, private.Who)
	}
	for _, f := range facts {
		for _, decided := range []func(*scope, row, Fact) condition{p.granted, p.entitled} {
			s := newScope(v, dialect)
			s.set = func(string) (any, bool) { return nil, false }
			all = append(all, decided(s, table(from), f).predicate())
		}
	}
	return all
}
