package invariant

import (
	"fmt"
	"strings"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// by returns the rule with what keeps it.
func (r Rule) by(k Keeper) *Rule {
	r.Kept = k
	return &r
}

// amount is the rule that an amount of money is not negative.
func amount(table, column string) *Rule {
	return Rule{
		Name: named(table, column, "not_negative"), Table: table, Fields: []string{column},
		Code: apierror.InvalidValue, Says: "must not be negative",
		Reason: "money flows one way; a refund is a state, not an amount",
	}.by(Check{
		Postgres: fmt.Sprintf("(%s >= (0)::numeric)", column),
		SQLite:   fmt.Sprintf("%s >= 0", column),
	})
}

// currency is the rule that a column holds an ISO 4217 code, as far as its form
// goes.
func currency(table string) *Rule { return upper(table, "currency", "currency", "ISO 4217", 3) }

// country is the rule that a column holds an ISO 3166-1 code, as far as its form
// goes.
func country(table string) *Rule {
	return upper(table, "billing_country", "country", "ISO 3166-1", 2)
}

func upper(table, column, what, standard string, letters int) *Rule {
	return Rule{
		Name: named(table, column, "code"), Table: table, Fields: []string{column},
		Code:   apierror.InvalidValue,
		Says:   fmt.Sprintf("must be a code of %s: %d upper-case letters", standard, letters),
		Reason: "prices are found by the " + what + ", letter by letter",
	}.by(Check{
		Postgres: fmt.Sprintf("((%s)::text ~ '^[A-Z]{%d}$'::text)", column, letters),
		SQLite:   fmt.Sprintf("%s GLOB '%s'", column, strings.Repeat("[A-Z]", letters)),
	})
}

// handle is the rule that a column can stand in a URL.
func handle(table, column string) *Rule {
	return Rule{
		Name: named(table, column, "format"), Table: table, Fields: []string{column},
		Code: apierror.InvalidValue, Says: "must consist of letters, digits, hyphens and underscores",
		Reason: "it stands in URLs",
	}.by(Check{
		Postgres: fmt.Sprintf("((%s)::text ~ '^[a-zA-Z0-9_-]+$'::text)", column),
		SQLite:   fmt.Sprintf("%s <> '' AND %s NOT GLOB '*[^a-zA-Z0-9_-]*'", column, column),
	})
}

// counted is the rule that a column of the platform's own check is not negative.
func counted(table, column, reason string) *Rule {
	return Rule{
		Name: named(table, column, "check"), Table: table, Fields: []string{column},
		Code: apierror.InvalidValue, Says: "must not be negative", Reason: reason,
	}.by(Graph{})
}

// once is the rule that the graph's unique index over columns keeps.
func once(table, name string, code apierror.Code, says, reason string, columns ...string) *Rule {
	return Rule{Name: name, Table: table, Fields: columns, Code: code, Says: says, Reason: reason}.by(Graph{Unique: true})
}

// within is the rule that a row is of the same community, poll or wheel as the
// one that it refers to by the first of its columns.
func within(table, name string, code apierror.Code, says, reason, column, owner, refTable string) *Rule {
	return Rule{
		Name: name, Table: table, Fields: []string{column, owner}, Code: code, Says: says, Reason: reason,
	}.by(Key{Columns: []string{column, owner}, RefTable: refTable, RefColumns: []string{"id", owner}})
}

func named(table, column, what string) string {
	return strings.ToLower(table) + "_" + column + "_" + what
}
