package orm

import (
	"context"
	stdsql "database/sql"
	"reflect"
	"strconv"
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
)

// queryRows reads the rows of a query, and those of the edges that it loads.
func queryRows(ctx context.Context, q *Query, more ...func(*scanner)) ([]row, error) {
	s := scanner{t: q.t, config: q.config}
	for _, m := range more {
		m(&s)
	}
	spec := querySpec(q)
	spec.ScanValues, spec.Assign = s.values, s.assign
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
		if err := load(ctx, q.t, q.t.Edges[i], w, rows, len(q.ctx.Fields) == 0); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// load reads the rows at the end of an edge of the given rows, by one statement,
// and puts them where they belong. Whole rows were read with all of their columns.
func load(ctx context.Context, t *Type, e *Edge, q *Query, rows []row, whole bool) error {
	defer once(q)()
	if whole {
		q.along = alongTo(t, e, rows)
	}
	if !e.Unique {
		for _, r := range rows {
			dst := r.edge(t, e.index)
			dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
		}
	}
	switch {
	case e.m2m():
		return loadThrough(ctx, t, e, q, rows)
	case e.key != nil:
		return loadByKey(ctx, t, e, q, rows)
	}
	return loadByRefKey(ctx, t, e, q, rows)
}

// link narrows a query to the rows that it loads for.
func (q *Query) link(ps ...func(*sql.Selector)) { Where(&q.links, ps) }

// alongTo is what whole rows that an edge is loaded from tell of those at its end;
// nil for nothing.
func alongTo(t *Type, e *Edge, rows []row) *Along {
	if e.m2m() || e.refKey == nil {
		return nil
	}
	shared := make(map[string]int64)
	for _, key := range t.fields {
		if key.edge == nil || !key.immutable {
			continue
		}
		for i, r := range rows {
			id, _ := r.key(key)
			if i > 0 && id != shared[key.Column] {
				id = 0
			}
			if shared[key.Column] = id; id == 0 {
				delete(shared, key.Column)
				break
			}
		}
	}
	if len(shared) == 0 {
		return nil
	}
	return &Along{Key: e.refKey.Column, Table: t.Table, Shared: shared}
}

// attach puts a row at the end of an edge of others.
func attach(t *Type, e *Edge, to []row, neighbor reflect.Value) {
	for _, r := range to {
		dst := r.edge(t, e.index)
		if e.Unique {
			dst.Set(neighbor)
		} else {
			dst.Set(reflect.Append(dst, neighbor))
		}
	}
}

// group finds the rows that have an id in common, and lists the ids in the order
// of the rows. A query without Unique may have found the same row twice.
func group(rows []row, id func(row) (int64, bool)) (map[int64][]row, []any) {
	byID, ids := make(map[int64][]row, len(rows)), make([]any, 0, len(rows))
	for _, r := range rows {
		n, ok := id(r)
		if !ok {
			continue
		}
		if byID[n] == nil {
			ids = append(ids, n)
		}
		byID[n] = append(byID[n], r)
	}
	return byID, ids
}

// neighbors runs the edge's query and calls fn with every row.
func neighbors(ctx context.Context, q *Query, fn func(reflect.Value), more ...func(*scanner)) error {
	v, err := readAll(withOp(ctx, q, ent.OpQueryAll), q, more...)
	if err != nil {
		return err
	}
	rv := reflect.ValueOf(v)
	if want := reflect.SliceOf(reflect.PointerTo(q.t.row)); !rv.IsValid() || rv.Type() != want {
		return unexpected(reflect.Zero(want).Interface(), v)
	}
	for i := range rv.Len() {
		fn(rv.Index(i))
	}
	return nil
}

// loadByKey follows a key of the rows themselves.
func loadByKey(ctx context.Context, t *Type, e *Edge, q *Query, rows []row) error {
	byKey, ids := group(rows, func(r row) (int64, bool) { return r.key(e.key) })
	if len(ids) == 0 {
		return nil
	}
	q.link(in(func(s *sql.Selector) string { return s.C(q.t.Columns[0]) }, ids))
	return neighbors(ctx, q, func(n reflect.Value) {
		attach(t, e, byKey[(row{n.Elem()}).id()], n)
	})
}

// loadByRefKey follows keys that point at the rows.
func loadByRefKey(ctx context.Context, t *Type, e *Edge, q *Query, rows []row) error {
	byID, ids := group(rows, func(r row) (int64, bool) { return r.id(), true })
	if len(ids) == 0 {
		return nil
	}
	if len(q.ctx.Fields) > 0 {
		q.ctx.AppendFieldOnce(e.refKey.Column)
	}
	q.link(in(func(s *sql.Selector) string { return s.C(e.refKey.Column) }, ids))
	return neighbors(ctx, q, func(n reflect.Value) {
		if id, ok := (row{n.Elem()}).key(e.refKey); ok {
			attach(t, e, byID[id], n)
		}
	})
}

// foundFrom is the column in which a statement that follows an edge through a
// table of its own says from which id it found a row.
const foundFrom = "found_from"

// loadThrough follows an edge whose keys are in a table of its own. The statement
// joins that table and finds a row once for each row that it belongs to.
func loadThrough(ctx context.Context, t *Type, e *Edge, q *Query, rows []row) error {
	near, far := e.ends()
	byID, ids := group(rows, func(r row) (int64, bool) { return r.id(), true })
	if len(ids) == 0 {
		return nil
	}
	q.link(func(s *sql.Selector) {
		seen := seenLinks(ctx, e, s.Dialect())
		s.Join(seen).On(s.C(q.t.Columns[0]), seen.C(far))
		s.AppendSelectAs(seen.C(near), foundFrom).AddError(seen.Err())
		s.SetDistinct(false)
		in(func(*sql.Selector) string { return seen.C(near) }, ids)(s)
	})
	links := make(map[int64][]int64) // from a neighbor to the ids it was found from
	known := make(map[[2]int64]bool)
	return neighbors(ctx, q, func(n reflect.Value) {
		for _, id := range links[(row{n.Elem()}).id()] {
			attach(t, e, byID[id], n)
		}
	}, func(s *scanner) {
		s.found = func(id int64, from stdsql.NullInt64) (again bool) {
			again = links[id] != nil
			if link := [2]int64{id, from.Int64}; !known[link] {
				known[link] = true
				links[id] = append(links[id], from.Int64)
			}
			return again
		}
	})
}

// maxArguments is how many values a statement is given as arguments, of
// which PostgreSQL takes 65,535 in a statement and SQLite 32,766.
const maxArguments = 1 << 14

// in selects the rows whose column has one of the given ids. The list is padded
// to a power of two with its last id, so that lists of different lengths share a
// few prepared statements instead of making one each. A list that is too long for
// that is written out.
func in(column func(*sql.Selector) string, ids []any) func(*sql.Selector) {
	if len(ids) > maxArguments {
		var list strings.Builder
		for i, id := range ids {
			if i > 0 {
				list.WriteByte(',')
			}
			list.WriteString(strconv.FormatInt(id.(int64), 10))
		}
		return func(s *sql.Selector) {
			s.Where(sql.ExprP(column(s) + " IN (" + list.String() + ")"))
		}
	}
	n := 1
	for n < len(ids) {
		n *= 2
	}
	for len(ids) < n {
		ids = append(ids, ids[len(ids)-1])
	}
	return func(s *sql.Selector) { s.Where(sql.In(column(s), ids...)) }
}
