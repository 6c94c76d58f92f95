package orm

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
)

// UpdateOne updates one row and gives it back as it then is, in one statement.
// columns are those to read back; none means all.
func UpdateOne[P any](ctx context.Context, m Based, columns []string) (P, error) {
	if err := permit(ctx, m); err != nil {
		var none P
		return none, err
	}
	setUpdateDefaults(m.base())
	return through(ctx, m, func(ctx context.Context, m *Mutation) (row P, err error) {
		node, err := updateRow(ctx, m, columns)
		if err != nil {
			return row, err
		}
		m.done = true
		return node.(P), nil
	})
}

// Update updates all rows that the predicates select and says how many.
func Update(ctx context.Context, m Based) (int, error) {
	if err := permit(ctx, m); err != nil {
		return 0, err
	}
	setUpdateDefaults(m.base())
	return through(ctx, m, func(ctx context.Context, m *Mutation) (int, error) {
		up, err := updateStatement(ctx, m)
		if err != nil || up.Empty() {
			return 0, err
		}
		n, err := exec(ctx, driverOf(m), up)
		if err != nil {
			return 0, writeError(ctx, err, m)
		}
		m.done = true
		return n, nil
	})
}

func setUpdateDefaults(m *Mutation) {
	for _, f := range m.t.fields {
		if f.updateDef != nil && !has(m.set, f.Column) && !m.cleared[f.Column] {
			byDefault(m, f.Column, f.updateDef())
		}
	}
}

// updateStatement checks what is set and makes the statement, with the predicates on it.
func updateStatement(ctx context.Context, m *Mutation) (*sql.UpdateBuilder, error) {
	b := sql.Dialect(driverOf(m).Dialect())
	up := b.Update(m.t.Table)
	for _, f := range m.t.fields {
		v, set := m.set[f.Column]
		add, added := m.added[f.Column]
		if f.immutable && (set || added || m.cleared[f.Column]) {
			return nil, invalid(m.t, f.Column, errors.New("never changes once it is set"))
		}
		switch expr := m.computed[f.Column]; {
		case expr != nil:
			up.Set(f.Column, sql.ExprFunc(expr))
		case m.cleared[f.Column] && !set:
			up.SetNull(f.Column)
		case set:
			if err := f.check(v); err != nil && !had(ctx, m, f, v) {
				return nil, invalid(m.t, f.Column, err)
			}
			v, err := columnValue(f, v)
			if err != nil {
				return nil, invalid(m.t, f.Column, err)
			}
			if m.once[f.Column] {
				v = unlessSet(f.Column, v)
			}
			up.Set(f.Column, v)
		case added:
			up.Add(f.Column, add)
		}
	}
	selector := selection(ctx, m)
	up.FromSelect(selector)
	return up, errors.Join(selector.Err(), up.Err())
}

// Compute has the statement of an update work out a column of each row from what
// the row holds, in place of whatever else the mutation does to the column. What
// comes out is for the database to check.
func Compute(m ent.Mutation, column string, expr func(*sql.Builder)) {
	b := mutation(m)
	b.field(column)
	delete(b.set, column)
	delete(b.added, column)
	delete(b.cleared, column)
	if b.computed == nil {
		b.computed = make(map[string]func(*sql.Builder))
	}
	b.computed[column] = expr
}

// unlessSet is the value that a column has, or else v.
func unlessSet(column string, v any) sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("COALESCE(").Ident(column).Comma().Arg(v).WriteByte(')')
	})
}

// had reports whether the row that the mutation was made from holds the value
// already. What another service has written may break a rule of ours, and must
// not keep the rest of its row from being changed. The database is asked, since
// the row at hand may have been read in part, or may be made up.
func had(ctx context.Context, m *Mutation, f *Field, v any) bool {
	if m.old == nil || !f.holds(m.old, v) {
		return false
	}
	row, err := firstWithID(ctx, m.t.newQuery(m.config), *m.id)
	return err == nil && f.holds(row, v)
}

// holds reports whether the value is that of a row.
func (f *Field) holds(row, v any) bool {
	held := reflect.ValueOf(row).Elem().Field(f.index)
	if f.pointer {
		if held.IsNil() {
			return false
		}
		held = held.Elem()
	}
	return reflect.DeepEqual(held.Interface(), v)
}

func updateRow(ctx context.Context, m *Mutation, columns []string) (any, error) {
	if m.id == nil {
		return nil, missing(m.t, "field", m.t.Columns[0], m.t.Columns[0])
	}
	read, err := m.t.withID(columns)
	if err != nil {
		return nil, err
	}
	up, err := updateStatement(ctx, m)
	if err != nil {
		return nil, err
	}
	hidden := hiddenIn(ctx, m)
	if hidden != nil {
		read = slices.DeleteFunc(slices.Clone(read), func(c string) bool { return slices.Contains(hidden, c) })
	}
	var stmt sql.Querier = up.Returning(read...)
	if up.Empty() {
		// Nothing to set: the row is read under the same predicates.
		s := selection(ctx, m)
		stmt = s.Select(s.Columns(read...)...)
	}
	nodes, err := read1(ctx, m.config, m.t, stmt)
	switch {
	case err != nil:
		return nil, writeError(ctx, err, m)
	case len(nodes) == 0:
		return nil, missed(ctx, m)
	}
	if hidden != nil {
		extra(m.t, nodes[0].Value).Set(Withheld, strings.Join(hidden, ",")+",")
	}
	return nodes[0].Interface(), nil
}
