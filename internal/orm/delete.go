package orm

import (
	"context"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// Delete deletes all rows that the predicates select and says how many.
func Delete(ctx context.Context, m Based) (int, error) {
	return through(ctx, m, func(ctx context.Context, m *Mutation) (int, error) {
		s := selection(ctx, m)
		if err := s.Err(); err != nil {
			return 0, err
		}
		n, err := exec(ctx, driverOf(m), sql.Dialect(s.Dialect()).Delete(m.t.Table).FromSelect(s))
		if err != nil {
			return 0, writeError(ctx, err, m)
		}
		m.done = true
		return n, nil
	})
}

// DeleteOne deletes one row; it is a NotFoundError where there is none, and what
// hooks did for it is undone.
func DeleteOne(ctx context.Context, m Based) error {
	b := m.base()
	one := func(ctx context.Context) error {
		n, err := Delete(ctx, m)
		if err == nil && n == 0 {
			return notFound(b.t)
		}
		return err
	}
	if b.t.policy == nil && len(Hooks(b.config, b.t)) == 0 {
		return one(ctx)
	}
	return whole(ctx, b.config, b.t, []*Mutation{b}, func(ctx context.Context) error {
		return inTx(ctx, b.config.driver, one)
	})
}

// selection selects the rows that a mutation changes or deletes. The id comes
// last, so that no predicate can add other rows to it.
func selection(ctx context.Context, m *Mutation) *sql.Selector {
	b := sql.Dialect(driverOf(m).Dialect())
	s := b.Select().From(b.Table(m.t.Table)).WithContext(ctx)
	all(m.predicates)(s)
	if m.id != nil {
		s.Where(sql.EQ(s.C(m.t.Columns[0]), *m.id))
	}
	return s
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
