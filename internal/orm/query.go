package orm

import (
	"context"
	"errors"
	"math"

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
	links      []func(*sql.Selector) // to the rows that it loads for; the runtime's own
	modifiers  []func(*sql.Selector)
	with       []*Query // by edge; nil for edges that aren't loaded
	from       *sql.Selector
	path       func(context.Context) (*sql.Selector, error)
	see        func(*sql.Selector) // what the viewer sees; nil before the query is prepared
	rows       bool                // reads rows, which tell what was withheld from them
	along      *Along              // where its rows are loaded along an edge
}

// InitQuery prepares a query; self is the generated query that embeds it.
func InitQuery(q *Query, c Config, t *Type, self ent.Query) *Query {
	*q = Query{
		config: c, t: t, self: self,
		ctx:    &ent.QueryContext{Type: t.Name},
		inters: Interceptors(c, t),
	}
	q.Selector = Selector{q: q}
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

// once has what a read changes in its own query last for that read only: its limit
// and columns, and what interceptors and the policy add. A query can thereby be
// read from several times. It is called as defer once(q)().
func once(q *Query) func() {
	saved, ctx := *q, *q.ctx
	return func() {
		*q = saved
		*q.ctx = ctx
	}
}

// Clone copies a query, with the edges that it loads, into another one.
func Clone(dst, src *Query, self ent.Query) *Query {
	*dst = *src
	dst.self = self
	dst.Selector = Selector{q: dst, fns: append([]AggregateFunc{}, src.fns...)}
	dst.ctx = src.ctx.Clone()
	dst.order = append([]func(*sql.Selector){}, src.order...)
	dst.inters = append([]ent.Interceptor{}, src.inters...)
	dst.predicates = append([]func(*sql.Selector){}, src.predicates...)
	dst.links = append([]func(*sql.Selector){}, src.links...)
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

// Chain makes next read the rows at the end of an edge of what q would read, each
// of them once.
func Chain(next, q *Query, edge int) {
	next.path = func(ctx context.Context) (*sql.Selector, error) {
		// Clones of next share q, which therefore stays as it is.
		q := q.t.newQueryFrom(q)
		if err := prepare(ctx, q); err != nil {
			return nil, err
		}
		s := statement(ctx, q)
		q.seen(s)
		if err := s.Err(); err != nil {
			return nil, err
		}
		return follow(ctx, q.t, q.t.Edges[edge], s), nil
	}
}

// From makes next read the rows at the end of an edge of one row.
func From(next *Query, t *Type, edge int, id int64) {
	next.path = func(ctx context.Context) (*sql.Selector, error) {
		e := t.Edges[edge]
		return follow(ctx, t, e, origin(ctx, t, e, next.config.driver.Dialect(), id)), nil
	}
}

// prepare runs interceptors that look at queries, the path and the policy, and
// checks what the query was given.
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
	if n := q.ctx.Limit; n != nil && *n < 0 {
		return negative("limit")
	}
	if n := q.ctx.Offset; n != nil && *n < 0 {
		return negative("offset")
	}
	if q.path != nil {
		from, err := q.path(ctx)
		if err != nil {
			return err
		}
		q.from = from.WithContext(ctx)
	}
	q.see = func(s *sql.Selector) {
		own(ctx, q, s)
		if hidden := narrow(ctx, Reading{q.t, q.t.Table, q.rows, q.along}, s); hidden != nil && q.rows {
			s.AppendSelect(s.C(Withheld))
		}
	}
	return q.t.policy.EvalQuery(ctx, q.self)
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

// querySpec is the query as sqlgraph wants it.
func querySpec(q *Query) *sqlgraph.QuerySpec {
	spec := sqlgraph.NewQuerySpec(q.t.Table, q.t.Columns, sqlgraph.NewFieldSpec(q.t.Columns[0], field.TypeInt64))
	spec.From = q.from
	if q.ctx.Unique != nil {
		spec.Unique = *q.ctx.Unique
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
	spec.Predicate = all(q.narrowing())
	if len(q.order) > 0 {
		spec.Order = all(q.order)
	}
	// sqlgraph's own limit takes 0 for none.
	spec.Modifiers = append(q.modifiers[:len(q.modifiers):len(q.modifiers)], page(q), q.seen)
	return spec
}

// narrowing are the caller's predicates and the runtime's.
func (q *Query) narrowing() []func(*sql.Selector) {
	return append(q.predicates[:len(q.predicates):len(q.predicates)], q.links...)
}

// statement is the query as a statement of its own, for paths, selections and groups.
// What the viewer sees of it is for the caller to add.
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
	all(q.narrowing())(s)
	all(q.order)(s)
	page(q)(s)
	return s
}

// page bounds a statement to the rows that were asked for.
func page(q *Query) func(*sql.Selector) {
	return func(s *sql.Selector) {
		if q.ctx.Offset != nil {
			// SQLite takes an offset only behind a limit.
			s.Offset(*q.ctx.Offset).Limit(math.MaxInt32)
		}
		if q.ctx.Limit != nil {
			s.Limit(*q.ctx.Limit)
		}
	}
}

// all makes one predicate of many. An Or or a Not that one of them leaves open
// ends with it: the next one, which may be the policy's, narrows.
func all(ps []func(*sql.Selector)) func(*sql.Selector) {
	return func(s *sql.Selector) {
		for _, p := range ps {
			p(s)
			s.SetP(s.P())
		}
	}
}

// seen narrows a statement to what the viewer sees. It comes last: whatever
// predicates, orders and aggregations did to the statement, this holds.
func (q *Query) seen(s *sql.Selector) {
	if q.see != nil {
		q.see(s)
	}
}
