package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
)

// runQuery puts the interceptors around a read.
func runQuery(ctx context.Context, q *Query, read func(context.Context) (ent.Value, error)) (ent.Value, error) {
	var qr ent.Querier = ent.QuerierFunc(func(ctx context.Context, query ent.Query) (ent.Value, error) {
		if query != q.self {
			return nil, errors.New("ent: an interceptor has to pass on the query that it was given")
		}
		return read(ctx)
	})
	for i := len(q.inters) - 1; i >= 0; i-- {
		qr = q.inters[i].Intercept(qr)
	}
	return qr.Query(ctx, q.self)
}

// All runs the query and reads its rows. P, here and below, is a pointer to the
// struct of the entity: the compiler makes one function for all pointers, and
// would make one for each struct.
func All[P any](ctx context.Context, q *Query) ([]P, error) {
	v, err := readAll(withOp(ctx, q, ent.OpQueryAll), q)
	if err != nil {
		return nil, err
	}
	nodes, ok := v.([]P)
	if !ok {
		return nil, unexpected(nodes, v)
	}
	return nodes, nil
}

// AllX is like All, but panics on an error.
func AllX[P any](ctx context.Context, q *Query) []P { return Must(All[P](ctx, q)) }

// readAll reads the rows as a slice of pointers to the entity's struct.
func readAll(ctx context.Context, q *Query, more ...func(*scanner)) (ent.Value, error) {
	defer once(q)()
	q.rows = true
	if err := prepare(ctx, q); err != nil {
		return nil, err
	}
	return runQuery(ctx, q, func(ctx context.Context) (ent.Value, error) {
		rows, err := queryRows(ctx, q, more...)
		if err != nil {
			return nil, err
		}
		slice := reflect.MakeSlice(reflect.SliceOf(reflect.PointerTo(q.t.row)), len(rows), len(rows))
		for i, r := range rows {
			slice.Index(i).Set(r.Addr())
		}
		return slice.Interface(), nil
	})
}

// First reads the first row; it is a NotFoundError where there is none.
func First[P any](ctx context.Context, q *Query) (P, error) {
	defer once(q)()
	Limit(q, 1)
	nodes, err := All[P](withOp(ctx, q, ent.OpQueryFirst), q)
	return one(q, nodes[:min(1, len(nodes))], err) // an interceptor may have had more read
}

// FirstX is like First, but panics on an error other than NotFoundError, where
// it returns nil.
func FirstX[P any](ctx context.Context, q *Query) P {
	node, err := First[P](ctx, q)
	if err != nil && !errors.As(err, new(*NotFoundError)) {
		panic(err)
	}
	return node
}

// Only reads the one row there is; it is a NotFoundError where there is none
// and a NotSingularError where there are more.
func Only[P any](ctx context.Context, q *Query) (P, error) {
	defer once(q)()
	Limit(q, 2)
	nodes, err := All[P](withOp(ctx, q, ent.OpQueryOnly), q)
	return one(q, nodes, err)
}

// OnlyX is like Only, but panics on an error.
func OnlyX[P any](ctx context.Context, q *Query) P { return Must(Only[P](ctx, q)) }

func one[T any](q *Query, found []T, err error) (v T, _ error) {
	switch {
	case err != nil:
		return v, err
	case len(found) == 0:
		return v, notFound(q.t)
	case len(found) > 1:
		return v, &NotSingularError{q.t.Label}
	}
	return found[0], nil
}

// Get reads the row with the given id.
func Get[P any](ctx context.Context, q *Query, id int64) (P, error) {
	q.WhereP(sql.FieldEQ(q.t.Columns[0], id))
	return Only[P](ctx, q)
}

// GetX is like Get, but panics on an error.
func GetX[P any](ctx context.Context, q *Query, id int64) P { return Must(Get[P](ctx, q, id)) }

// firstWithID reads one row where the entity's Go type isn't at hand.
func firstWithID(ctx context.Context, q *Query, id int64) (any, error) {
	q.WhereP(sql.FieldEQ(q.t.Columns[0], id))
	v, err := readAll(withOp(ctx, q, ent.OpQueryOnly), q)
	if err != nil {
		return nil, err
	}
	rv := reflect.ValueOf(v)
	if rv.Len() == 0 {
		return nil, notFound(q.t)
	}
	return rv.Index(0).Interface(), nil
}

// IDs reads the ids only.
func (q *Query) IDs(ctx context.Context) (ids []int64, err error) {
	defer once(q)()
	q.ctx.Fields, q.fns = nil, nil
	Select(q, q.t.Columns[0])
	if err := q.Scan(withOp(ctx, q, ent.OpQueryIDs), &ids); err != nil {
		return nil, err
	}
	return ids, nil
}

// IDsX is like IDs, but panics on an error.
func (q *Query) IDsX(ctx context.Context) []int64 { return Must(q.IDs(ctx)) }

// FirstID reads the first row's id; it is a NotFoundError where there is none.
func (q *Query) FirstID(ctx context.Context) (int64, error) {
	defer once(q)()
	Limit(q, 1)
	ids, err := q.IDs(withOp(ctx, q, ent.OpQueryFirstID))
	return one(q, ids[:min(1, len(ids))], err)
}

// FirstIDX is like FirstID, but panics on an error other than NotFoundError,
// where it returns 0.
func (q *Query) FirstIDX(ctx context.Context) int64 {
	id, err := q.FirstID(ctx)
	if err != nil && !errors.As(err, new(*NotFoundError)) {
		panic(err)
	}
	return id
}

// OnlyID is like Only, but reads the id only.
func (q *Query) OnlyID(ctx context.Context) (int64, error) {
	defer once(q)()
	Limit(q, 2)
	ids, err := q.IDs(withOp(ctx, q, ent.OpQueryOnlyID))
	return one(q, ids, err)
}

// OnlyIDX is like OnlyID, but panics on an error.
func (q *Query) OnlyIDX(ctx context.Context) int64 { return Must(q.OnlyID(ctx)) }

// Count counts the rows, whatever the limit and the offset.
func (q *Query) Count(ctx context.Context) (int, error) {
	defer once(q)()
	ctx = withOp(ctx, q, ent.OpQueryCount)
	if err := prepare(ctx, q); err != nil {
		return 0, err
	}
	v, err := runQuery(ctx, q, func(ctx context.Context) (ent.Value, error) {
		spec := querySpec(q)
		spec.Modifiers = []func(*sql.Selector){q.seen}
		spec.Node.Columns = append([]string(nil), q.ctx.Fields...)
		if len(q.ctx.Fields) > 0 {
			spec.Unique = q.ctx.Unique != nil && *q.ctx.Unique
		}
		return sqlgraph.CountNodes(ctx, q.config.driver, spec)
	})
	if err != nil {
		return 0, err
	}
	n, ok := v.(int)
	if !ok {
		return 0, unexpected(n, v)
	}
	return n, nil
}

// CountX is like Count, but panics on an error.
func (q *Query) CountX(ctx context.Context) int { return Must(q.Count(ctx)) }

// Exist reports whether there is any row.
func (q *Query) Exist(ctx context.Context) (bool, error) {
	defer once(q)()
	_, err := q.FirstID(withOp(ctx, q, ent.OpQueryExist))
	switch {
	case errors.As(err, new(*NotFoundError)):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("ent: check existence: %w", err)
	}
	return true, nil
}

// ExistX is like Exist, but panics on an error.
func (q *Query) ExistX(ctx context.Context) bool { return Must(q.Exist(ctx)) }
