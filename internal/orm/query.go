package orm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/field"
)

// Query is a read on its way to the database. The generated queries embed it and
// add what is typed: predicates, orders, edges, results.
//
// Its unexported parts are functions, not methods: every type that embeds it would
// get a copy of each method, eighty times over.
type Query struct {
	Selector
	config     Config
	t          *Type
	self       ent.Query // the generated query around this one
	ctx        *ent.QueryContext
	order      []func(*sql.Selector)
	inters     []ent.Interceptor
	predicates []func(*sql.Selector)
	modifiers  []func(*sql.Selector)
	with       []*Query // by edge; nil for edges that aren't loaded
	from       *sql.Selector
	path       func(context.Context) (*sql.Selector, error)
}

// InitQuery prepares a query; self is the generated query that embeds it.
func InitQuery(q *Query, c Config, t *Type, self ent.Query) *Query {
	*q = Query{
		config: c, t: t, self: self,
		ctx:    &ent.QueryContext{Type: t.Name},
		inters: Interceptors(c, t),
	}
	q.Selector.q = q
	return q
}

// QueryConfig is the configuration the query was made with.
func QueryConfig(q *Query) Config { return q.config }

// QueryPredicates are the predicates of a query, for Where.
func QueryPredicates(q *Query) *[]func(*sql.Selector) { return &q.predicates }

// Order adds orders, each applied after the ones before.
func Order[O ~func(*sql.Selector)](q *Query, os []O) { Where(&q.order, os) }

// Limit bounds the number of rows.
func Limit(q *Query, n int) { q.ctx.Limit = &n }

// Offset skips rows.
func Offset(q *Query, n int) { q.ctx.Offset = &n }

// Unique sets whether equal rows are returned once.
func Unique(q *Query, unique bool) { q.ctx.Unique = &unique }

// Lock adds a row lock to the query's statement. SQLite knows none and needs
// none: a transaction that writes has the whole database for itself.
func Lock(q *Query, lock func(*sql.Selector)) {
	if q.config.driver.Dialect() == dialect.Postgres {
		Unique(q, false)
		q.modifiers = append(q.modifiers, lock)
	}
}

// WhereP narrows the query by predicates on the statement itself. Rules use it,
// since it depends on no generated package.
func (q *Query) WhereP(ps ...func(*sql.Selector)) { Where(&q.predicates, ps) }

// Clone copies a query, with the edges that it loads, into another one.
func Clone(dst, src *Query, self ent.Query) *Query {
	*dst = *src
	dst.self = self
	dst.Selector = Selector{q: dst, fns: append([]AggregateFunc{}, src.fns...)}
	dst.ctx = src.ctx.Clone()
	dst.order = append([]func(*sql.Selector){}, src.order...)
	dst.inters = append([]ent.Interceptor{}, src.inters...)
	dst.predicates = append([]func(*sql.Selector){}, src.predicates...)
	dst.modifiers = append([]func(*sql.Selector){}, src.modifiers...)
	dst.with = nil
	for i, w := range src.with {
		if w != nil {
			With(dst, i, w.t.newQueryFrom(w))
		}
	}
	dst.from = src.from.Clone()
	return dst
}

// newQueryFrom clones a query of which only the embedded part is at hand.
func (t *Type) newQueryFrom(src *Query) *Query {
	dst := t.newQuery(src.config)
	return Clone(dst, src, dst.self)
}

// With loads an edge's rows by the given query, along with the query's own.
func With(q *Query, edge int, w *Query) {
	if q.with == nil {
		q.with = make([]*Query, len(q.t.Edges))
	}
	q.with[edge] = w
}

// Chain makes next read the rows at the end of an edge of what q would read.
func Chain(next, q *Query, edge int) {
	next.path = func(ctx context.Context) (*sql.Selector, error) {
		if err := prepare(ctx, q); err != nil {
			return nil, err
		}
		s := statement(ctx, q)
		if err := s.Err(); err != nil {
			return nil, err
		}
		return sqlgraph.SetNeighbors(q.config.driver.Dialect(), q.t.Edges[edge].step(q.t, s)), nil
	}
}

// From makes next read the rows at the end of an edge of one row.
func From(next *Query, t *Type, edge int, id int64) {
	next.path = func(context.Context) (*sql.Selector, error) {
		return sqlgraph.Neighbors(next.config.driver.Dialect(), t.Edges[edge].step(t, id)), nil
	}
}

// prepare runs interceptors that look at queries, the path and the policy.
func prepare(ctx context.Context, q *Query) error {
	for _, inter := range q.inters {
		if inter == nil {
			return errors.New("ent: uninitialized interceptor")
		}
		if t, ok := inter.(ent.Traverser); ok {
			if err := t.Traverse(ctx, q.self); err != nil {
				return err
			}
		}
	}
	for _, f := range q.ctx.Fields {
		if !q.t.hasColumn(f) {
			return badColumn(f)
		}
	}
	if q.path != nil {
		from, err := q.path(ctx)
		if err != nil {
			return err
		}
		q.from = from
	}
	if q.t.policy != nil {
		return q.t.policy.EvalQuery(ctx, q.self)
	}
	return nil
}

func (t *Type) hasColumn(c string) bool { return c == t.Columns[0] || t.byColumn[c] != nil }

// withID is the given columns with the id in front; all of them where none is given.
func (t *Type) withID(columns []string) ([]string, error) {
	if len(columns) == 0 {
		return t.Columns, nil
	}
	read := []string{t.Columns[0]}
	for _, c := range columns {
		if !t.hasColumn(c) {
			return nil, badColumn(c)
		}
		if c != t.Columns[0] {
			read = append(read, c)
		}
	}
	return read, nil
}

// withOp notes the operation in the context, for interceptors and policies.
func withOp(ctx context.Context, q *Query, op string) context.Context {
	if ent.QueryFromContext(ctx) != nil {
		return ctx
	}
	q.ctx.Op = op
	return ent.NewQueryContext(ctx, q.ctx)
}

// runQuery puts the interceptors around a read.
func runQuery(ctx context.Context, q *Query, read func(context.Context) (ent.Value, error)) (ent.Value, error) {
	var qr ent.Querier = ent.QuerierFunc(func(ctx context.Context, query ent.Query) (ent.Value, error) {
		if query != q.self {
			return nil, fmt.Errorf("ent: unexpected query type %T", query)
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
func readAll(ctx context.Context, q *Query, more ...func(*sqlgraph.QuerySpec, *scanner)) (ent.Value, error) {
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
	Limit(q, 1)
	nodes, err := All[P](withOp(ctx, q, ent.OpQueryFirst), q)
	return one(q, nodes, err)
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
		return v, &NotFoundError{q.t.Label}
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
		return nil, &NotFoundError{q.t.Label}
	}
	return rv.Index(0).Interface(), nil
}

// IDs reads the ids only.
func (q *Query) IDs(ctx context.Context) (ids []int64, err error) {
	if q.ctx.Unique == nil && q.path != nil {
		Unique(q, true) // a path may lead to a row more than once
	}
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
	Limit(q, 1)
	ids, err := q.IDs(withOp(ctx, q, ent.OpQueryFirstID))
	return one(q, ids, err)
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
	Limit(q, 2)
	ids, err := q.IDs(withOp(ctx, q, ent.OpQueryOnlyID))
	return one(q, ids, err)
}

// OnlyIDX is like OnlyID, but panics on an error.
func (q *Query) OnlyIDX(ctx context.Context) int64 { return Must(q.OnlyID(ctx)) }

// Count counts the rows.
func (q *Query) Count(ctx context.Context) (int, error) {
	ctx = withOp(ctx, q, ent.OpQueryCount)
	if err := prepare(ctx, q); err != nil {
		return 0, err
	}
	v, err := runQuery(ctx, q, func(ctx context.Context) (ent.Value, error) {
		spec := querySpec(q)
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

// querySpec is the query as sqlgraph wants it.
func querySpec(q *Query) *sqlgraph.QuerySpec {
	spec := sqlgraph.NewQuerySpec(q.t.Table, q.t.Columns, sqlgraph.NewFieldSpec(q.t.Columns[0], field.TypeInt64))
	spec.From = q.from
	if q.ctx.Unique != nil {
		spec.Unique = *q.ctx.Unique
	} else if q.path != nil {
		spec.Unique = true
	}
	if len(q.ctx.Fields) > 0 {
		spec.Node.Columns, _ = q.t.withID(q.ctx.Fields)
		// The keys by which edges are loaded are needed to find the edges' rows.
		for i, w := range q.with {
			if e := q.t.Edges[i]; w != nil && e.key != nil {
				spec.Node.AddColumnOnce(e.Key)
			}
		}
	}
	spec.Predicate = all(q.predicates)
	if q.ctx.Limit != nil {
		spec.Limit = *q.ctx.Limit
	}
	if q.ctx.Offset != nil {
		spec.Offset = *q.ctx.Offset
	}
	if len(q.order) > 0 {
		spec.Order = all(q.order)
	}
	spec.Modifiers = q.modifiers
	return spec
}

func queryRows(ctx context.Context, q *Query, more ...func(*sqlgraph.QuerySpec, *scanner)) ([]row, error) {
	s := scanner{t: q.t, config: q.config}
	spec := querySpec(q)
	spec.ScanValues, spec.Assign = s.values, s.assign
	for _, m := range more {
		m(spec, &s)
	}
	if err := sqlgraph.QueryNodes(ctx, q.config.driver, spec); err != nil {
		return nil, err
	}
	rows := s.result()
	for i, w := range q.with {
		if w == nil {
			continue
		}
		for _, r := range rows {
			r.setLoaded(q.t, i)
		}
		if err := load(ctx, q.t, q.t.Edges[i], w, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// statement is the query as a statement of its own, for paths, selections and groups.
func statement(ctx context.Context, q *Query) *sql.Selector {
	b := sql.Dialect(q.config.driver.Dialect())
	columns := q.ctx.Fields
	if len(columns) == 0 {
		columns = q.t.Columns
	}
	t := b.Table(q.t.Table)
	s := b.Select(t.Columns(columns...)...).From(t)
	if q.from != nil {
		s = q.from
		s.Select(s.Columns(columns...)...)
	}
	s.WithContext(ctx)
	if q.ctx.Unique != nil && *q.ctx.Unique {
		s.Distinct()
	}
	all(q.modifiers)(s)
	all(q.predicates)(s)
	all(q.order)(s)
	if q.ctx.Offset != nil {
		// SQLite takes an offset only behind a limit.
		s.Offset(*q.ctx.Offset).Limit(math.MaxInt32)
	}
	if q.ctx.Limit != nil {
		s.Limit(*q.ctx.Limit)
	}
	return s
}
