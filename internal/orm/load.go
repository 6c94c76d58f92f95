package orm

import (
	"context"
	stdsql "database/sql"
	"reflect"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"
)

// load reads the rows at the end of an edge of the given rows, by one statement,
// and puts them where they belong.
func load(ctx context.Context, t *Type, e *Edge, q *Query, rows []row) error {
	if !e.Unique {
		for _, r := range rows {
			dst := r.edge(t, e.index)
			dst.Set(reflect.MakeSlice(dst.Type(), 0, 0))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	switch {
	case e.m2m():
		return loadThrough(ctx, t, e, q, rows)
	case e.key != nil:
		return loadByKey(ctx, t, e, q, rows)
	}
	return loadByRefKey(ctx, t, e, q, rows)
}

// attach puts the row at the end of an edge.
func attach(t *Type, e *Edge, r row, neighbor reflect.Value) {
	dst := r.edge(t, e.index)
	if e.Unique {
		dst.Set(neighbor)
		return
	}
	dst.Set(reflect.Append(dst, neighbor))
}

// neighbors runs the edge's query and calls fn with every row.
func neighbors(ctx context.Context, q *Query, fn func(reflect.Value), more ...func(*sqlgraph.QuerySpec, *scanner)) error {
	v, err := readAll(withOp(ctx, q, ent.OpQueryAll), q, more...)
	if err != nil {
		return err
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice || rv.Type().Elem() != reflect.PointerTo(q.t.row) {
		return unexpected(reflect.Zero(reflect.SliceOf(reflect.PointerTo(q.t.row))).Interface(), v)
	}
	for i := range rv.Len() {
		fn(rv.Index(i))
	}
	return nil
}

// loadByKey follows a key of the rows themselves.
func loadByKey(ctx context.Context, t *Type, e *Edge, q *Query, rows []row) error {
	byKey := make(map[int64][]row)
	var ids []any
	for _, r := range rows {
		id, ok := r.key(e.key)
		if !ok {
			continue
		}
		if byKey[id] == nil {
			ids = append(ids, id)
		}
		byKey[id] = append(byKey[id], r)
	}
	if len(ids) == 0 {
		return nil
	}
	q.WhereP(in(func(s *sql.Selector) string { return s.C(q.t.Columns[0]) }, ids))
	return neighbors(ctx, q, func(n reflect.Value) {
		for _, r := range byKey[(row{n.Elem()}).id()] {
			attach(t, e, r, n)
		}
	})
}

// loadByRefKey follows keys that point at the rows.
func loadByRefKey(ctx context.Context, t *Type, e *Edge, q *Query, rows []row) error {
	byID := make(map[int64]row, len(rows))
	ids := make([]any, 0, len(rows))
	for _, r := range rows {
		if _, ok := byID[r.id()]; !ok {
			ids = append(ids, r.id())
		}
		byID[r.id()] = r
	}
	if len(q.ctx.Fields) > 0 {
		q.ctx.AppendFieldOnce(e.refKey.Column)
	}
	q.WhereP(in(func(s *sql.Selector) string { return s.C(e.refKey.Column) }, ids))
	return neighbors(ctx, q, func(n reflect.Value) {
		if id, ok := (row{n.Elem()}).key(e.refKey); ok {
			if r, ok := byID[id]; ok {
				attach(t, e, r, n)
			}
		}
	})
}

// loadThrough follows an edge whose keys are in a table of its own. The statement
// joins that table and reads, in front of each neighbor, the id it was found from.
func loadThrough(ctx context.Context, t *Type, e *Edge, q *Query, rows []row) error {
	near, far := e.Columns[0], e.Columns[1]
	if e.Inverse {
		near, far = far, near
	}
	byID := make(map[int64]row, len(rows))
	ids := make([]any, 0, len(rows))
	for _, r := range rows {
		if _, ok := byID[r.id()]; !ok {
			ids = append(ids, r.id())
		}
		byID[r.id()] = r
	}
	join := sql.Table(e.Table)
	q.WhereP(func(s *sql.Selector) {
		s.Join(join).On(s.C(q.t.Columns[0]), join.C(far))
		columns := s.SelectedColumns()
		s.Select(join.C(near))
		s.AppendSelect(columns...)
		s.SetDistinct(false)
	}, in(func(*sql.Selector) string { return join.C(near) }, ids))
	found := make(map[int64][]row) // by neighbor, the rows it belongs to
	return neighbors(ctx, q, func(n reflect.Value) {
		for _, r := range found[(row{n.Elem()}).id()] {
			attach(t, e, r, n)
		}
	}, func(spec *sqlgraph.QuerySpec, s *scanner) {
		var from stdsql.NullInt64
		values, assign := spec.ScanValues, spec.Assign
		spec.ScanValues = func(columns []string) ([]any, error) {
			vs, err := values(columns[1:])
			return append([]any{&from}, vs...), err
		}
		spec.Assign = func(columns []string, vs []any) error {
			id := *(vs[1].(*int64))
			known := found[id] != nil
			found[id] = append(found[id], byID[from.Int64])
			if known { // one row for all that it is found from
				s.rows = s.rows[:len(s.rows)-1]
				return nil
			}
			return assign(columns[1:], vs[1:])
		}
	})
}

// in selects the rows whose column has one of the given ids. The list is padded
// to a power of two with its last id, so that lists of different lengths share a
// few prepared statements instead of making one each.
func in(column func(*sql.Selector) string, ids []any) func(*sql.Selector) {
	for n := 1; ; n *= 2 {
		if n >= len(ids) {
			for len(ids) < n {
				ids = append(ids, ids[len(ids)-1])
			}
			break
		}
	}
	return func(s *sql.Selector) {
		s.Where(sql.In(column(s), ids...))
	}
}
