package orm

import (
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// A list is several values that are one argument of a statement, however many
// they are: the statement stays the same, and is prepared once.
type list interface{ ~[]int64 | ~[]string }

// AnyOf is the condition that a column has one of the values.
func AnyOf[L list](column string, values L) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		b.Ident(column)
		if b.Dialect() == dialect.SQLite {
			b.WriteString(" IN (SELECT value FROM ")
			Each(b, values)
			b.WriteByte(')')
			return
		}
		b.WriteString(" = ANY(") // which finds rows by an index, as IN and a sub-query needn't
		array(b, values)
		b.WriteByte(')')
	})
}

// Each writes the values as a table "list" with one column "value".
func Each[L list](b *sql.Builder, values L) {
	if b.Dialect() == dialect.SQLite {
		b.WriteString("json_each(").Arg("[" + joined(values) + "]").WriteString(") AS list")
		return
	}
	b.WriteString("unnest(")
	array(b, values)
	b.WriteString(") AS list (value)")
}

func array[L list](b *sql.Builder, values L) {
	of := "bigint"
	if _, texts := any(values).([]string); texts {
		of = "text"
	}
	b.WriteString("CAST(").Arg("{" + joined(values) + "}").WriteString(" AS " + of + "[])")
}

// joined writes the values with commas between them. Of texts it quotes what JSON
// and PostgreSQL's arrays both have to have quoted.
func joined[L list](values L) string {
	var texts []string
	switch values := any(values).(type) {
	case []int64:
		for _, v := range values {
			texts = append(texts, strconv.FormatInt(v, 10))
		}
	case []string:
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
		for _, v := range values {
			texts = append(texts, `"`+quoted.Replace(v)+`"`)
		}
	}
	return strings.Join(texts, ",")
}
