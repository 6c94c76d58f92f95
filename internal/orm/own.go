package orm

import (
	"context"
	"errors"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/viewer"
)

var errForeignRows = errors.New("ent: a predicate, an order or an aggregation is more than an expression over columns of its own table: predicates over edges reach other rows by what the viewer sees, and other SQL needs a system viewer")

// own has a statement read the table of its query, whatever a predicate or an order
// has put in its place, and refuses what could bring in other rows: no policy looks
// at these.
func own(ctx context.Context, q *Query, s *sql.Selector) {
	if system(ctx) {
		return
	}
	parts := append(append(q.predicates[:len(q.predicates):len(q.predicates)], q.order...), q.modifiers...)
	s.AddError(expressions(ctx, q.t, s.Dialect(), parts...))
	s.From(sql.Dialect(s.Dialect()).Table(q.t.Table))
}

func system(ctx context.Context) bool {
	v, _ := viewer.FromContext(ctx)
	_, system := v.Reason()
	return system
}

type inspecting struct{}

// expressions refuses predicates, orders and the like that are not made of
// expressions over columns of the type's table. What they do is looked at as text:
// each is put into a statement of its own, in which predicates over edges, which
// are looked at where they read their rows, leave nothing.
func expressions(ctx context.Context, t *Type, in string, parts ...func(*sql.Selector)) error {
	if len(parts) == 0 || system(ctx) {
		return nil
	}
	ctx = context.WithValue(ctx, inspecting{}, true)
	b := sql.Dialect(in)
	for _, part := range parts {
		s := b.Select().From(b.Table(t.Table)).WithContext(ctx)
		part(s)
		if err := s.Err(); err != nil {
			return err
		}
		// What one leaves open another one may end.
		if text, args := s.Query(); len(s.CollectedPredicates()) > 0 || !expression(text, t, in, args) {
			return errForeignRows
		}
	}
	return nil
}

// aggregations is expressions for what aggregates.
func aggregations(ctx context.Context, t *Type, in string, fns []AggregateFunc) error {
	parts := make([]func(*sql.Selector), len(fns))
	for i, fn := range fns {
		parts[i] = func(s *sql.Selector) { s.AppendSelect(fn(s)) }
	}
	return expressions(ctx, t, in, parts...)
}

// inspected reports whether a predicate over an edge is put into a statement that
// is only looked at, and then leaves a condition without rows in it.
func inspected(s *sql.Selector) bool {
	only := s.Context().Value(inspecting{}) != nil
	if only {
		s.Where(sql.P(func(b *sql.Builder) { b.WriteString("TRUE") }))
	}
	return only
}

// closed is a condition in brackets. One that was written by hand may be several,
// with an OR between them that others must not be drawn into.
func closed(p *sql.Predicate) *sql.Predicate {
	if p == nil {
		return nil
	}
	return sql.P(func(b *sql.Builder) { b.Wrap(func(b *sql.Builder) { b.Join(p) }) })
}

// words are the keywords, functions and types that an expression may have.
var words = wordSet(`
	DISTINCT AS WHERE GROUP BY HAVING ORDER ASC DESC NULLS FIRST LAST LIMIT OFFSET
	FOR NO KEY UPDATE SHARE OF NOWAIT SKIP LOCKED
	AND OR NOT IN IS NULL TRUE FALSE ANY LIKE ILIKE GLOB ESCAPE BETWEEN COLLATE NOCASE BINARY
	CASE WHEN THEN ELSE END CAST INTERVAL CURRENT_TIMESTAMP CURRENT_DATE
	BIGINT INTEGER SMALLINT NUMERIC DECIMAL REAL FLOAT DOUBLE PRECISION BOOLEAN TEXT VARCHAR DATE TIME TIMESTAMP TIMESTAMPTZ
	COUNT SUM MIN MAX AVG COALESCE NULLIF GREATEST LEAST LOWER UPPER LENGTH CHAR_LENGTH TRIM SUBSTR
	ABS ROUND RANDOM NOW DATE_TRUNC DATETIME JULIANDAY STRFTIME`)

func wordSet(list string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// lists are how AnyOf and Each write many values as one argument.
var lists = strings.NewReplacer(
	"IN (SELECT value FROM json_each(?) AS list)", "IN (?)",
	" AS bigint[])", " AS text)", " AS text[])", " AS text)",
)

// expression reports whether a statement reads one table and has, beside that, only
// expressions: no other SELECT or FROM, no function or type that isn't known, no
// comment, no second statement, and brackets that fit. To SQLite a mark is the next
// argument, whoever's it is: there are to be as many marks as arguments.
//
// The database may ask a condition of a row before it asks whether the viewer sees
// that, and an error would tell: what may fail stands outside of conditions only.
func expression(text string, t *Type, in string, args []any) bool {
	text, whole := strings.CutPrefix(lists.Replace(text), "SELECT ")
	depth, tables, marks := 0, 0, 0
	condition := false
	for whole && text != "" {
		switch c := text[0]; {
		case c == '\'':
			literal, rest, ended := quoted(text)
			if text = rest; !ended || strings.Contains(literal, `\`) {
				return false
			}
		case c == '"' || c == '`':
			_, rest, ended := quoted(text)
			if text = rest; !ended || calls(text) {
				return false
			}
		case isLetter(c):
			var word string
			if word, text = cutWord(text); word == "FROM" {
				tables++
			} else if strings.EqualFold(word, "IN") && !calls(text) { // a table, to SQLite
				return false
			} else if quotes(strings.ToUpper(word), text, depth) {
				return false
			} else if condition && fails(strings.ToUpper(word), text, in, args, marks) {
				return false
			} else if !words[strings.ToUpper(word)] && (calls(text) || !t.hasColumn(strings.ToLower(word))) {
				return false
			} else if depth == 0 {
				condition = word == "WHERE" || condition && !clauses[word]
			}
		case isDigit(c):
			_, text = cutWord(text)
		case in == dialect.SQLite && c == '?' && (len(text) == 1 || !isDigit(text[1])):
			text = text[1:]
			marks++
		case in != dialect.SQLite && c == '$' && len(text) > 1 && isDigit(text[1]):
			_, text = cutWord(text[1:])
		case strings.HasPrefix(text, "--") || strings.HasPrefix(text, "/*"):
			return false
		case condition && strings.IndexByte("+-*/%|&~", c) >= 0:
			return false
		case strings.IndexByte(" \t\n,.()=<>!+-*/%|&~", c) >= 0, c == '?' && in != dialect.SQLite:
			if text = text[1:]; c == '(' {
				depth++
			} else if c == ')' {
				depth--
			}
			if depth < 0 {
				return false
			}
		default:
			return false
		}
	}
	return whole && depth == 0 && tables == 1 && (marks == len(args) || in != dialect.SQLite)
}

// quotes reports whether PostgreSQL may fail with an error that has a value of a column
// in it, of whichever row, also one that the viewer doesn't see: where a text is read
// as something else, by a cast or a function, or as the name of a unit.
func quotes(word, rest string, depth int) bool {
	rest = strings.ToUpper(strings.TrimLeft(rest, " \t\n"))
	switch word {
	case "AS":
		return depth > 0 && !strings.HasPrefix(rest, "TEXT)") && !strings.HasPrefix(rest, "VARCHAR)")
	case "DATE", "TIMESTAMPTZ":
		return calls(rest)
	case "DATE_TRUNC":
		unit, literal := strings.CutPrefix(rest, "('")
		_, unit, _ = strings.Cut(unit, "'")
		return !literal || !strings.HasPrefix(unit, ",")
	}
	return false
}

// clauses begin what follows the conditions of a statement.
var clauses = wordSet("GROUP HAVING ORDER LIMIT OFFSET FOR")

// failing are the words of expressions that may fail for some values.
var failing = wordSet("ABS ROUND SUBSTR SUM AVG")

// units are those of DATE_TRUNC.
var units = wordSet("SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR")

// longestPattern is the number of bytes in a pattern that SQLite still takes.
const longestPattern = 50_000

// fails reports whether a condition may fail for some rows and not for others at a
// word: by the value that it is given, or by a pattern that is none. The next argument
// of SQLite's is the one with the number.
func fails(word, rest, in string, args []any, next int) bool {
	rest = strings.TrimLeft(rest, " \t\n")
	switch word {
	case "LIKE", "ILIKE", "GLOB":
		return rest == "" || strings.IndexByte("?$'", rest[0]) < 0 || slices.ContainsFunc(args, func(a any) bool {
			pattern, _ := a.(string)
			if in == dialect.SQLite {
				return len(pattern) > longestPattern
			}
			return (len(pattern)-len(strings.TrimRight(pattern, `\`)))%2 == 1 // what is escaped?
		})
	case "ESCAPE":
		if in != dialect.SQLite || next >= len(args) || !strings.HasPrefix(rest, "?") {
			return true
		}
		by, _ := args[next].(string)
		return len(by) != 1
	case "DATE_TRUNC":
		unit, _, _ := strings.Cut(strings.TrimPrefix(rest, "('"), "'")
		return !units[strings.ToUpper(unit)]
	}
	return failing[word]
}

// quoted cuts what begins with a quotation mark behind its end.
func quoted(text string) (inner, rest string, ended bool) {
	mark := text[0]
	for i := 1; i < len(text); i++ {
		if text[i] != mark {
			continue
		}
		if i+1 < len(text) && text[i+1] == mark { // stands for one of them
			i++
			continue
		}
		return text[1:i], text[i+1:], true
	}
	return "", "", false
}

func calls(rest string) bool { return strings.HasPrefix(strings.TrimLeft(rest, " \t\n"), "(") }

func cutWord(text string) (word, rest string) {
	n := 1
	for n < len(text) && (isLetter(text[n]) || isDigit(text[n]) || text[n] == '$') {
		n++
	}
	return text[:n], text[n:]
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
