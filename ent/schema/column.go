package schema

import (
	"fmt"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

// The platform's column types, where ent would choose another one. A MaxRuneLen
// beside a varchar counts characters as PostgreSQL does; ent's MaxLen counts
// bytes and would refuse text that the column takes.
var (
	integer  = map[string]string{dialect.Postgres: "integer"}
	smallint = map[string]string{dialect.Postgres: "smallint"}
	date     = map[string]string{dialect.Postgres: "date", dialect.SQLite: "text"}
)

// varchar is the type of a column of at most n characters.
func varchar(n int) map[string]string {
	return map[string]string{dialect.Postgres: fmt.Sprintf("varchar(%d)", n)}
}

// numeric is the type of a decimal column of p digits, s of them after the point.
func numeric(p, s int) map[string]string {
	t := fmt.Sprintf("numeric(%d,%d)", p, s)
	return map[string]string{dialect.Postgres: t, dialect.SQLite: t}
}

// created gives a row the time it was made at, which never changes.
type created struct{ mixin.Schema }

func (created) Fields() []ent.Field {
	return []ent.Field{field.Time("created_at").Default(now).Immutable()}
}

// timestamps gives a row the time it was made at and the time of its last change.
type timestamps struct{ mixin.Schema }

func (timestamps) Fields() []ent.Field {
	return []ent.Field{
		field.Time("created_at").Default(now).Immutable(),
		field.Time("updated_at").Default(now).UpdateDefault(now),
	}
}

// now is the current time as the database will hand it back: UTC, microseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func currentYear() int { return time.Now().UTC().Year() }

func zero() decimal.Decimal { return decimal.Zero }

func emptyObject() schematype.Object { return schematype.Object{} }

func noWeekdays() schematype.Weekdays { return schematype.Weekdays{} }
