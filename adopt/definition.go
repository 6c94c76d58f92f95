package adopt

import (
	"regexp"
	"strings"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// A columnDef is the definition of a column in its parts.
type columnDef struct {
	typ      string // with its collation
	notNull  bool
	def      string // the default, "" if there is none
	identity string
	computed string
}

func parseColumn(def string) columnDef {
	c := catalogue.ParseColumn(def)
	d := columnDef{typ: c.Type, notNull: c.NotNull, def: c.Default}
	switch {
	case strings.HasSuffix(c.Generated, " AS IDENTITY"):
		d.identity = " " + c.Generated
	case c.Generated != "":
		d.computed = " " + c.Generated
	}
	return d
}

// A keyDef is the definition of a foreign key in its parts.
type keyDef struct{ columns, table, refColumns string }

func parseKey(def string) keyDef {
	k := catalogue.ParseKey(def)
	return keyDef{k.Columns, k.RefTable, k.RefColumns}
}

// unquoted is a name that stands alone, as it is.
func unquoted(name string) string {
	if !strings.HasPrefix(name, `"`) {
		return name
	}
	return strings.ReplaceAll(strings.Trim(name, `"`), `""`, `"`)
}

// base is a definition without the word that not all rows are held to it.
func base(o catalogue.Object) string {
	return strings.TrimSuffix(o.Def, catalogue.NotValid)
}

// quoted writes a name for a statement.
func quoted(name string) string { return pq.QuoteIdentifier(name) }

// literal writes a text for a statement.
func literal(text string) string { return pq.QuoteLiteral(text) }

// created is the statement that makes an index, of which concurrently is
// "CONCURRENTLY " or "".
func created(x catalogue.Object, concurrently string) string {
	kind, def := "INDEX ", x.Def
	if rest, ok := strings.CutPrefix(def, "UNIQUE "); ok {
		kind, def = "UNIQUE INDEX ", rest
	}
	return "CREATE " + kind + concurrently + quoted(x.Name) + " ON " + quoted(x.Table) + " " + def
}

// createTable returns the statements that make a table of a schema, with
// everything that is its own: its foreign keys are not.
func createTable(s catalogue.Schema, table string) []string {
	var parts, after []string
	for _, o := range s.Of(table) {
		switch o.Kind {
		case catalogue.Column:
			parts = append(parts, quoted(o.Name)+" "+o.Def)
		case catalogue.PrimaryKey, catalogue.Check:
			parts = append(parts, "CONSTRAINT "+quoted(o.Name)+" "+o.Def)
		case catalogue.Index:
			after = append(after, created(o, ""))
		}
	}
	return append([]string{"CREATE TABLE " + quoted(table) + " (\n  " + strings.Join(parts, ",\n  ") + "\n)"}, after...)
}

// madeByDjango are the names of indexes that Django gives: a column's, which ends
// in a hash, that of its patterns, and that of a list of columns. A date at the end
// of an operator's own is no hash.
func madeByDjango(name string) bool {
	return hashedName.MatchString(name) && !datedName.MatchString(name)
}

var (
	hashedName = regexp.MustCompile(`_([0-9a-f]{8}(_like|_uniq)?|[0-9a-f]{6}_idx)$`)
	datedName  = regexp.MustCompile(`_(19|20)\d{6}$`)
)

// widens tells whether PostgreSQL can change a column's type without touching its
// rows or indexes: there is only more room for text, or digits before the point.
func widens(from, to string) bool {
	const text = "character varying"
	length := regexp.MustCompile(`^character varying\((\d+)\)$`)
	digits := regexp.MustCompile(`^numeric\((\d+),(\d+)\)$`)
	if f := length.FindStringSubmatch(from); f != nil {
		t := length.FindStringSubmatch(to)
		return to == text || to == "text" || t != nil && more(t[1], f[1])
	}
	if f := digits.FindStringSubmatch(from); f != nil {
		t := digits.FindStringSubmatch(to)
		return t != nil && t[2] == f[2] && more(t[1], f[1])
	}
	return from == text && to == "text"
}

// more compares two numbers without leading zeros.
func more(a, b string) bool { return len(a) > len(b) || len(a) == len(b) && a > b }
