package orm

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"
)

// Create inserts a row and gives it back with its id.
func Create[P any](ctx context.Context, m Based) (P, error) {
	if err := permit(ctx, m); err != nil {
		var none P
		return none, err
	}
	setDefaults(m.base())
	return through(ctx, m, func(ctx context.Context, m *Mutation) (row P, err error) {
		spec, err := insertOne(ctx, m)
		if err != nil {
			return row, err
		}
		made, err := created(m, spec)
		if err != nil {
			return row, err
		}
		return made.(P), nil
	})
}

// CreateBulk inserts rows and gives them back in the same order: in one statement,
// or in as few as can take the arguments, in one transaction.
// The hooks run for each of them.
func CreateBulk[P any, M Based](ctx context.Context, c Config, t *Type, muts []M) ([]P, error) {
	if len(muts) == 0 {
		return []P{}, nil
	}
	var (
		specs  []*sqlgraph.CreateSpec
		all    = bases(muts)
		nodes  = make([]P, len(muts))
		hooks  = Hooks(c, t)
		mutate func(ctx context.Context, i int) error
	)
	for i, m := range all {
		if err := permit(ctx, muts[i]); err != nil {
			return nil, err
		}
		setDefaults(m)
		m.batch = all
	}
	// Each mutation's innermost step goes on to the next mutation, in its context and
	// so in the transaction that its hooks may have begun: all have passed their hooks
	// when the last one's runs the statement.
	mutate = func(ctx context.Context, i int) error {
		v, err := chain(t, hooks, still(ent.OpCreate, ent.MutateFunc(func(ctx context.Context, em ent.Mutation) (ent.Value, error) {
			var err error
			if i < len(muts)-1 {
				err = mutate(ctx, i+1)
			} else {
				specs, err = insertAll(ctx, c, t, all)
			}
			if err != nil {
				return nil, err
			}
			return created(em.(Based).base(), specs[i])
		}))).Mutate(ctx, muts[i])
		if err != nil {
			return err
		}
		var ok bool
		if nodes[i], ok = v.(P); !ok {
			return unexpected(nodes[i], v)
		}
		return nil
	}
	err := whole(ctx, c, t, all, func(ctx context.Context) error { return mutate(ctx, 0) })
	if err != nil {
		return nil, err
	}
	return nodes, nil
}

// insertAll makes rows by one statement, or by several in one transaction where
// they have more values than a statement takes arguments. What their guards ask
// for is asked first.
func insertAll(ctx context.Context, c Config, t *Type, ms []*Mutation) ([]*sqlgraph.CreateSpec, error) {
	var conditions []condition
	specs := make([]*sqlgraph.CreateSpec, len(ms))
	for i, m := range ms {
		var err error
		if specs[i], err = createSpec(m); err != nil {
			return nil, err
		}
		conditions = append(conditions, conditionsOf(&Change{m: m}, m.guards)...)
	}
	insert := func(ctx context.Context) error {
		if err := firstBroken(ctx, c.driver, conditions); err != nil {
			return err
		}
		for some := range slices.Chunk(specs, max(1, maxArguments/len(t.Columns))) {
			if err := sqlgraph.BatchCreate(ctx, c.driver, &sqlgraph.BatchCreateSpec{Nodes: some}); err != nil {
				return writeError(ctx, err, ms...)
			}
		}
		return nil
	}
	if len(conditions) == 0 && len(specs) <= maxArguments/len(t.Columns) {
		return specs, insert(ctx)
	}
	if _, ok := undebugged(c.driver).(transactional); !ok && len(conditions) > 0 {
		return specs, ErrNoTransaction // what was asked for might be otherwise when the rows are made
	}
	return specs, inTx(ctx, c.driver, insert)
}

// setDefaults fills in what a creation doesn't set.
func setDefaults(m *Mutation) {
	for _, f := range m.t.fields {
		if f.def != nil && !has(m.set, f.Column) && !m.cleared[f.Column] {
			byDefault(m, f.Column, f.def())
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
				return nil, missing(m.t, "edge", f.edge.Name, f.Column)
			default:
				return nil, missing(m.t, "field", f.Column, f.Column)
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
func created(m *Mutation, spec *sqlgraph.CreateSpec) (any, error) {
	id, ok := spec.ID.Value.(int64)
	if !ok {
		return nil, fmt.Errorf("ent: the database gave no id for a new %s", m.t.Label)
	}
	row := newRow(m.t, m.config)
	row.Field(idIndex).SetInt(id)
	for _, f := range m.t.fields {
		if v, ok := m.set[f.Column]; ok {
			f.store(row, reflect.ValueOf(v))
		}
	}
	m.id, m.done = &id, true
	return row.Addr().Interface(), nil
}
