package orm

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// A NewRow is a row that a rule makes beside those that its mutation writes. It
// gets the defaults of its entity, and its values are checked like any others,
// but neither hooks nor the policy of its entity run for it.
type NewRow struct {
	Entity string
	// Values by column. That of a foreign key may be another *NewRow, which is made
	// before.
	Values map[string]any

	id int64
}

// Make makes rows in the mutation's transaction: in one statement on PostgreSQL,
// one by one on SQLite, which knows no inserting WITH.
func Make(ctx context.Context, m ent.Mutation, rows ...*NewRow) error {
	b := mutation(m)
	made := make([]*Mutation, len(rows))
	for i, r := range rows {
		t := b.t.graph.Lookup(r.Entity)
		made[i] = &Mutation{config: b.config, op: ent.OpCreate, t: t}
		for column, v := range r.Values {
			if _, other := v.(*NewRow); other {
				v = int64(1) // in place of the id, which is there in time
			}
			Put(made[i], column, v)
		}
		setDefaults(made[i])
	}
	if b.config.driver.Dialect() == dialect.SQLite {
		for i, r := range rows {
			for column, v := range r.Values {
				if other, ok := v.(*NewRow); ok {
					Put(made[i], column, other.id)
				}
			}
			spec, err := insertOne(ctx, made[i])
			if err != nil {
				return err
			}
			r.id = spec.ID.Value.(int64)
		}
		return nil
	}
	return makeTogether(ctx, b, rows, made)
}

// makeTogether makes all rows by one statement.
func makeTogether(ctx context.Context, m *Mutation, rows []*NewRow, made []*Mutation) error {
	var b sql.Builder
	b.SetDialect(dialect.Postgres)
	for i, r := range rows {
		spec, err := createSpec(made[i])
		if err != nil {
			return err
		}
		b.WriteString([]string{"WITH ", ", "}[min(i, 1)]).Ident(name(i)).WriteString(" AS (INSERT INTO ").Ident(made[i].t.Table)
		writeColumns(&b, spec)
		b.WriteString(" VALUES (")
		for j, f := range spec.Fields {
			if j > 0 {
				b.Comma()
			}
			if other, ok := r.Values[f.Column].(*NewRow); ok {
				b.WriteString("(SELECT ").Ident(m.t.Columns[0]).WriteString(" FROM ").Ident(name(slices.Index(rows, other))).WriteByte(')')
				continue
			}
			v, err := columnValue(made[i].t.byColumn[f.Column], f.Value)
			if err != nil {
				return err
			}
			b.Arg(v)
		}
		b.WriteString(") RETURNING ").Ident(m.t.Columns[0]).WriteByte(')')
	}
	b.WriteString(" SELECT 1")
	query, args := b.Query()
	var none sql.Rows
	err := driverOf(m).Query(ctx, query, args, &none)
	if err == nil {
		none.Next() // the statement has run when its row has come
		err = errors.Join(none.Err(), none.Close())
	}
	if err == nil {
		return nil
	}
	if v, ok := violated(err); ok {
		for _, other := range made {
			if other.t.Table == v.table {
				return writeError(ctx, err, other)
			}
		}
	}
	return err
}

func name(i int) string { return "new_" + strconv.Itoa(i) }
