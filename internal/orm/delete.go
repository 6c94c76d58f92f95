package orm

import (
	"context"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// Delete deletes all rows that the predicates select and says how many.
func Delete(ctx context.Context, m Based) (int, error) {
	if err := permit(ctx, m); err != nil {
		return 0, err
	}
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
			return missed(ctx, b)
		}
		return err
	}
	if len(Hooks(b.config, b.t)) == 0 {
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
	if len(m.predicates) > 0 {
		// A statement of their own: of what the predicates do to it, nothing but the
		// condition counts.
		chosen := b.Select(s.C(m.t.Columns[0])).From(b.Table(m.t.Table)).WithContext(ctx)
		all(m.predicates)(chosen)
		s.AddError(expressions(ctx, m.t, s.Dialect(), m.predicates...))
		where := closed(chosen.P())
		s.AddError(chosen.Err())
		chosen = b.Select(s.C(m.t.Columns[0])).From(b.Table(m.t.Table)).WithContext(ctx).SetP(where)
		if mask(ctx, m.t, chosen) != nil {
			// By what the caller sees: a predicate on a hidden column finds nothing.
			s.Where(sql.In(s.C(m.t.Columns[0]), chosen))
		} else if where != nil {
			s.Where(where)
		}
		s.AddError(chosen.Err())
	}
	all(m.rights)(s)
	all(m.narrowed)(s)
	if m.id != nil {
		s.Where(sql.EQ(s.C(m.t.Columns[0]), *m.id))
	}
	return s
}

// missed is the error of an update or deletion of one row that found none to write:
// who sees the row is told that they may not.
func missed(ctx context.Context, m *Mutation) error {
	if len(m.rights) == 0 {
		return notFound(m.t)
	}
	q := m.t.newQuery(m.config)
	Where(&q.predicates, m.predicates)
	if m.id != nil {
		q.WhereP(sql.FieldEQ(m.t.Columns[0], *m.id))
	}
	switch seen, err := q.Exist(ctx); {
	case err != nil:
		return err
	case seen:
		return &apierror.Error{Code: apierror.Forbidden, Entity: m.t.Name}
	}
	return notFound(m.t)
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
