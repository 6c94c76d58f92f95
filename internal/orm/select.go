package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
)

// AggregateFunc adds an aggregation to a statement and names its column.
type AggregateFunc = func(*sql.Selector) string

// Selector reads columns and aggregations of a query instead of whole rows. A
// query is one itself.
type Selector struct {
	q     *Query
	fns   []AggregateFunc
	group bool
}

// Select makes q read the given columns only; none leaves aggregations.
func Select(q *Query, columns ...string) { q.ctx.Fields = append(q.ctx.Fields, columns...) }

// GroupBy makes s group the rows of q by the given columns.
func GroupBy(s *Selector, q *Query, columns ...string) {
	q.ctx.Fields = columns
	s.q, s.group = q, true
}

// Aggregates adds aggregations.
func Aggregates(s *Selector, fns []AggregateFunc) { s.fns = append(s.fns, fns...) }

// Scan runs the query and reads its columns into v, a pointer to a slice of
// structs, maps or single values.
func (s *Selector) Scan(ctx context.Context, v any) error {
	op := ent.OpQuerySelect
	if s.group {
		op = ent.OpQueryGroupBy
	}
	defer once(s.q)()
	ctx = withOp(ctx, s.q, op)
	if err := prepare(ctx, s.q); err != nil {
		return err
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return errors.New("ent: Scan needs a pointer")
	}
	read, err := runQuery(ctx, s.q, func(ctx context.Context) (ent.Value, error) {
		if err := s.scan(ctx, v); err != nil {
			return nil, err
		}
		return rv.Elem().Interface(), nil
	})
	if err != nil {
		return err
	}
	// An interceptor may have put another value in its place.
	switch rv2 := reflect.ValueOf(read); {
	case !rv2.IsValid():
	case rv2.Type() == rv.Type():
		rv.Elem().Set(rv2.Elem())
	case rv2.Type() == rv.Elem().Type():
		rv.Elem().Set(rv2)
	}
	return nil
}

// ScanX is like Scan, but panics on an error.
func (s *Selector) ScanX(ctx context.Context, v any) {
	if err := s.Scan(ctx, v); err != nil {
		panic(err)
	}
}

func (s *Selector) scan(ctx context.Context, v any) error {
	sel := statement(ctx, s.q)
	if s.group {
		sel.Select()
	}
	columns := make([]string, 0, len(s.fns))
	sel.AddError(aggregations(ctx, s.q.t, sel.Dialect(), s.fns))
	for _, fn := range s.fns {
		columns = append(columns, fn(sel))
	}
	s.q.seen(sel)
	switch fields := s.q.ctx.Fields; {
	case s.group:
		by := sel.Columns(fields...)
		if len(sel.SelectedColumns()) == 0 {
			sel.Select(append(append([]string{}, by...), columns...)...)
		}
		sel.GroupBy(by...)
	case len(fields) == 0 && len(columns) > 0:
		sel.Select(columns...)
	case len(columns) > 0:
		sel.AppendSelect(columns...)
	}
	if err := sel.Err(); err != nil {
		return err
	}
	query, args := sel.Query()
	var rows sql.Rows
	if err := s.q.config.driver.Query(ctx, query, args, &rows); err != nil {
		return err
	}
	defer rows.Close()
	return sql.ScanSlice(&rows, v)
}

// many reads the one selected column as a list.
func many[T any](ctx context.Context, s *Selector) ([]T, error) {
	if len(s.q.ctx.Fields) > 1 {
		return nil, errors.New("ent: a list of values is not achievable when selecting more than 1 field")
	}
	var v []T
	if err := s.Scan(ctx, &v); err != nil {
		return nil, err
	}
	return v, nil
}

// single reads the one selected column of the one row there is.
func single[T any](ctx context.Context, s *Selector) (v T, err error) {
	vs, err := many[T](ctx, s)
	switch {
	case err != nil:
		return v, err
	case len(vs) == 0:
		return v, notFound(s.q.t)
	case len(vs) > 1:
		return v, fmt.Errorf("ent: %d values returned when one was expected", len(vs))
	}
	return vs[0], nil
}

// Strings reads the one selected column as strings.
func (s *Selector) Strings(ctx context.Context) ([]string, error) { return many[string](ctx, s) }

// StringsX is like Strings, but panics on an error.
func (s *Selector) StringsX(ctx context.Context) []string { return Must(s.Strings(ctx)) }

// String reads the one selected column of the one row as a string.
func (s *Selector) String(ctx context.Context) (string, error) { return single[string](ctx, s) }

// StringX is like String, but panics on an error.
func (s *Selector) StringX(ctx context.Context) string { return Must(s.String(ctx)) }

// Ints reads the one selected column as ints.
func (s *Selector) Ints(ctx context.Context) ([]int, error) { return many[int](ctx, s) }

// IntsX is like Ints, but panics on an error.
func (s *Selector) IntsX(ctx context.Context) []int { return Must(s.Ints(ctx)) }

// Int reads the one selected column of the one row as an int.
func (s *Selector) Int(ctx context.Context) (int, error) { return single[int](ctx, s) }

// IntX is like Int, but panics on an error.
func (s *Selector) IntX(ctx context.Context) int { return Must(s.Int(ctx)) }

// Float64s reads the one selected column as floats.
func (s *Selector) Float64s(ctx context.Context) ([]float64, error) { return many[float64](ctx, s) }

// Float64sX is like Float64s, but panics on an error.
func (s *Selector) Float64sX(ctx context.Context) []float64 { return Must(s.Float64s(ctx)) }

// Float64 reads the one selected column of the one row as a float.
func (s *Selector) Float64(ctx context.Context) (float64, error) { return single[float64](ctx, s) }

// Float64X is like Float64, but panics on an error.
func (s *Selector) Float64X(ctx context.Context) float64 { return Must(s.Float64(ctx)) }

// Bools reads the one selected column as bools.
func (s *Selector) Bools(ctx context.Context) ([]bool, error) { return many[bool](ctx, s) }

// BoolsX is like Bools, but panics on an error.
func (s *Selector) BoolsX(ctx context.Context) []bool { return Must(s.Bools(ctx)) }

// Bool reads the one selected column of the one row as a bool.
func (s *Selector) Bool(ctx context.Context) (bool, error) { return single[bool](ctx, s) }

// BoolX is like Bool, but panics on an error.
func (s *Selector) BoolX(ctx context.Context) bool { return Must(s.Bool(ctx)) }
