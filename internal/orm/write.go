package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"
)

// through runs a mutation through the policy, the hooks and at last exec. Where
// there is any of them, all of it is one transaction.
func through[V any](ctx context.Context, m Based, exec func(context.Context, *Mutation) (V, error)) (value V, err error) {
	b := m.base()
	hooks := Hooks(b.config, b.t)
	if len(hooks) == 0 && b.t.policy == nil {
		return exec(ctx, b)
	}
	err = inTx(ctx, driverOf(b), func(ctx context.Context) error {
		v, err := chain(b.t, hooks, ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			return exec(ctx, m.(Based).base())
		})).Mutate(ctx, m)
		if err != nil {
			return err
		}
		var ok bool
		if value, ok = v.(V); !ok {
			return unexpected(value, v)
		}
		return nil
	})
	return value, err
}

// chain puts the hooks of an entity around a mutator, and its policy around the
// hooks.
func chain(t *Type, hooks []ent.Hook, next ent.Mutator) ent.Mutator {
	last := next
	next = ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		if b, ok := m.(Based); !ok || b.base().t != t {
			return nil, fmt.Errorf("ent: unexpected mutation type %T", m)
		}
		return last.Mutate(ctx, m)
	})
	for i := len(hooks) - 1; i >= 0; i-- {
		next = hooks[i](next)
	}
	if t.policy == nil {
		return next
	}
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		if err := t.policy.EvalMutation(ctx, m); err != nil {
			return nil, err
		}
		return next.Mutate(ctx, m)
	})
}

// Create inserts a row and gives it back with its id.
func Create[P any](ctx context.Context, m Based) (P, error) {
	setDefaults(m.base())
	return through(ctx, m, func(ctx context.Context, m *Mutation) (row P, err error) {
		spec, err := createSpec(m)
		if err != nil {
			return row, err
		}
		if err := sqlgraph.CreateNode(ctx, driverOf(m), spec); err != nil {
			return row, writeError(m.t, err)
		}
		return created(m, spec).(P), nil
	})
}

// CreateBulk inserts rows in one statement and gives them back in the same order.
// The hooks run for each of them.
func CreateBulk[P any, M Based](ctx context.Context, c Config, t *Type, muts []M) ([]P, error) {
	if len(muts) == 0 {
		return []P{}, nil
	}
	var (
		specs  = make([]*sqlgraph.CreateSpec, len(muts))
		nodes  = make([]P, len(muts))
		hooks  = Hooks(c, t)
		mutate func(ctx context.Context, i int) error
	)
	// Each mutation's innermost step goes on to the next mutation, so that all
	// have passed their hooks when the last one's runs the statement.
	mutate = func(root context.Context, i int) error {
		setDefaults(muts[i].base())
		_, err := chain(t, hooks, ent.MutateFunc(func(ctx context.Context, em ent.Mutation) (ent.Value, error) {
			m := em.(Based).base()
			var err error
			if specs[i], err = createSpec(m); err != nil {
				return nil, err
			}
			if i < len(muts)-1 {
				err = mutate(root, i+1)
			} else {
				err = writeError(t, sqlgraph.BatchCreate(ctx, c.driver, &sqlgraph.BatchCreateSpec{Nodes: specs}))
			}
			if err != nil {
				return nil, err
			}
			nodes[i] = created(m, specs[i]).(P)
			return nodes[i], nil
		})).Mutate(root, muts[i])
		return err
	}
	err := inTx(ctx, c.driver, func(ctx context.Context) error { return mutate(ctx, 0) })
	if err != nil {
		return nil, err
	}
	return nodes, nil
}

// defaults fills in what a creation doesn't set.
func setDefaults(m *Mutation) {
	for _, f := range m.t.fields {
		if f.def != nil && !has(m.set, f.Column) && !m.cleared[f.Column] {
			Set(m, f.Column, f.def())
		}
	}
}

// createSpec checks what is set and lays it out for sqlgraph.
func createSpec(m *Mutation) (*sqlgraph.CreateSpec, error) {
	spec := sqlgraph.NewCreateSpec(m.t.Table, sqlgraph.NewFieldSpec(m.t.Columns[0], field.TypeInt64))
	for _, f := range m.t.fields {
		v, ok := m.set[f.Column]
		if !ok {
			switch {
			case f.optional:
			case f.edge != nil:
				return nil, missing(m.t, "edge", f.edge.Name)
			default:
				return nil, missing(m.t, "field", f.Column)
			}
			continue
		}
		if err := f.check(v); err != nil {
			return nil, invalid(m.t, f.Column, err)
		}
		spec.SetField(f.Column, f.desc.Info.Type, v)
	}
	return spec, nil
}

// created is the row that a creation has made.
func created(m *Mutation, spec *sqlgraph.CreateSpec) any {
	row := newRow(m.t, m.config)
	id := spec.ID.Value.(int64)
	row.Field(idIndex).SetInt(id)
	for _, f := range m.t.fields {
		if v, ok := m.set[f.Column]; ok {
			f.store(row, reflect.ValueOf(v))
		}
	}
	m.id, m.done = &id, true
	return row.Addr().Interface()
}

// UpdateOne updates one row and gives it back as it then is, in one statement.
// columns are those to read back; none means all.
func UpdateOne[P any](ctx context.Context, m Based, columns []string) (P, error) {
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
	setUpdateDefaults(m.base())
	return through(ctx, m, func(ctx context.Context, m *Mutation) (int, error) {
		up, err := updateStatement(ctx, m)
		if err != nil || up.Empty() {
			return 0, err
		}
		n, err := exec(ctx, driverOf(m), up)
		if err != nil {
			return 0, writeError(m.t, err)
		}
		m.done = true
		return n, nil
	})
}

// Delete deletes all rows that the predicates select and says how many.
func Delete(ctx context.Context, m Based) (int, error) {
	return through(ctx, m, func(ctx context.Context, m *Mutation) (int, error) {
		n, err := sqlgraph.DeleteNodes(ctx, driverOf(m), &sqlgraph.DeleteSpec{
			Node:      &sqlgraph.NodeSpec{Table: m.t.Table, ID: sqlgraph.NewFieldSpec(m.t.Columns[0], field.TypeInt64)},
			Predicate: all(m.predicates),
		})
		if err != nil {
			return 0, writeError(m.t, err)
		}
		m.done = true
		return n, nil
	})
}

// DeleteOne deletes one row; it is a NotFoundError where there is none.
func DeleteOne(ctx context.Context, m Based) error {
	n, err := Delete(ctx, m)
	if err == nil && n == 0 {
		return &NotFoundError{m.base().t.Label}
	}
	return err
}

func setUpdateDefaults(m *Mutation) {
	for _, f := range m.t.fields {
		if f.updateDef != nil && !has(m.set, f.Column) && !m.cleared[f.Column] {
			Set(m, f.Column, f.updateDef())
		}
	}
}

// update checks what is set and makes the statement, with the predicates on it.
func updateStatement(ctx context.Context, m *Mutation) (*sql.UpdateBuilder, error) {
	b := sql.Dialect(driverOf(m).Dialect())
	up := b.Update(m.t.Table)
	for _, f := range m.t.fields {
		v, set := m.set[f.Column]
		add, added := m.added[f.Column]
		if f.immutable && (set || added || m.cleared[f.Column]) {
			return nil, invalid(m.t, f.Column, errors.New("never changes once it is set"))
		}
		switch {
		case m.cleared[f.Column] && !set:
			up.SetNull(f.Column)
		case set:
			if err := f.check(v); err != nil && !had(m, f, v) {
				return nil, invalid(m.t, f.Column, err)
			}
			v, err := columnValue(f, v)
			if err != nil {
				return nil, invalid(m.t, f.Column, err)
			}
			up.Set(f.Column, v)
		case added:
			up.Add(f.Column, add)
		}
	}
	selector := b.Select().From(b.Table(m.t.Table)).WithContext(ctx)
	if m.id != nil {
		selector.Where(sql.EQ(selector.C(m.t.Columns[0]), *m.id))
	}
	all(m.predicates)(selector)
	up.FromSelect(selector)
	return up, errors.Join(selector.Err(), up.Err())
}

// had reports whether the row that the mutation was made from holds the value
// already. What another service has written may break a rule of ours, and must
// not keep the rest of its row from being changed.
func had(m *Mutation, f *Field, v any) bool {
	if m.old == nil {
		return false
	}
	old := reflect.ValueOf(m.old).Elem().Field(f.index)
	if f.pointer {
		if old.IsNil() {
			return false
		}
		old = old.Elem()
	}
	return reflect.DeepEqual(old.Interface(), v)
}

func updateRow(ctx context.Context, m *Mutation, columns []string) (any, error) {
	if m.id == nil {
		return nil, missing(m.t, "field", m.t.Columns[0])
	}
	read, err := m.t.withID(columns)
	if err != nil {
		return nil, err
	}
	up, err := updateStatement(ctx, m)
	if err != nil {
		return nil, err
	}
	var stmt sql.Querier = up.Returning(read...)
	if up.Empty() {
		// Nothing to set: the row is read under the same predicates.
		b := sql.Dialect(driverOf(m).Dialect())
		t := b.Table(m.t.Table)
		s := b.Select(t.Columns(read...)...).From(t).WithContext(ctx)
		s.Where(sql.EQ(s.C(m.t.Columns[0]), *m.id))
		all(m.predicates)(s)
		stmt = s
	}
	nodes, err := read1(ctx, m.config, m.t, stmt)
	switch {
	case err != nil:
		return nil, writeError(m.t, err)
	case len(nodes) == 0:
		return nil, &NotFoundError{m.t.Label}
	}
	return nodes[0].Interface(), nil
}

func exec(ctx context.Context, drv dialect.Driver, stmt sql.Querier) (int, error) {
	var res sql.Result
	query, args := stmt.Query()
	if err := drv.Exec(ctx, query, args, &res); err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// all makes one predicate of many.
func all(ps []func(*sql.Selector)) func(*sql.Selector) {
	return func(s *sql.Selector) {
		for _, p := range ps {
			p(s)
		}
	}
}
