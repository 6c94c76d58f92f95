package differential

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// A reading is one query, asked in several ways.
type reading struct {
	*comparison
	ctx  context.Context
	p    person
	typ  *orm.Type
	cond condition
	seen []row // what it finds by the rules
}

// reading is what a person finds where the predicate holds.
func (c *comparison) reading(typ *orm.Type, p person, who viewer.Viewer, cond condition, seen []row) *reading {
	c.sum.reads++
	c.sum.found[typ.Name] += len(seen)
	if len(c.rows[typ.Name]) > len(p.view(typ.Name)) {
		c.sum.withheld[typ.Name]++
	}
	return &reading{c, viewer.NewContext(c.t.Context(), who), p, typ, cond, seen}
}

// look asks for all rows.
func (c *comparison) look(typ *orm.Type, p person, who viewer.Viewer) {
	defer c.say("%s asks for %s", who, typ.Name)
	c.reading(typ, p, who, anything, p.view(typ.Name)).all()
}

// read asks one random query.
func (c *comparison) read(typ *orm.Type, p person, who viewer.Viewer) {
	cond, seen := c.subject(typ, p)
	defer c.say("%s asks for %s where %s", who, typ.Name, cond.says)
	r := c.reading(typ, p, who, cond, seen)
	r.same("ids", sorted(result(c.t, r.ask(), "IDs", r.ctx).([]int64)), idsOf(seen))
	r.same("count", result(c.t, r.ask(), "Count", r.ctx), len(seen))
	r.same("exist", result(c.t, r.ask(), "Exist", r.ctx), len(seen) > 0)
	r.page()
	r.all()
	r.grouped()
	r.aggregated()
	r.along()
}

// say tells what was tried when a test has failed.
func (c *comparison) say(format string, args ...any) {
	if c.t.Failed() {
		c.t.Logf(format, args...)
	}
}

func (r *reading) ask() reflect.Value {
	q := query(r.client, r.typ.Name)
	with(q, "Where", r.cond.where)
	return q
}

func (r *reading) same(how string, got, want any) {
	r.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("%s: got %v, want %v", how, got, want)
	}
}

func idsOf(rows []row) []int64 {
	ids := []int64{}
	for _, r := range rows {
		ids = append(ids, r.id())
	}
	return sorted(ids)
}

func sorted[T cmp.Ordered](all []T) []T {
	slices.Sort(all)
	return all
}

// column draws a column of which it is so, more often a private one; the id where
// there is none.
func (r *reading) column(fit func(string) bool) string {
	if hidden := private[r.typ.Name]; hidden != nil && r.IntN(2) == 0 {
		if c := hidden[r.IntN(len(hidden))]; fit(c) {
			return c
		}
	}
	if c := r.typ.Columns[r.IntN(len(r.typ.Columns))]; fit(c) {
		return c
	}
	return "id"
}

// page asks for a page, in an order by a column. Rows with nothing in it come last,
// which only those do whom the viewer sees nothing of.
func (r *reading) page() {
	column := r.column(func(c string) bool { return comparable(r.typ, c) && orm.GoType(r.typ, c).Kind() != reflect.String })
	rows := slices.Clone(r.seen)
	slices.SortStableFunc(rows, func(a, b row) int {
		if a[column] == nil || b[column] == nil {
			return cmp.Compare(number(a[column] == nil), number(b[column] == nil))
		}
		return cmp.Compare(b[column].(int64), a[column].(int64))
	})
	page := []int64{}
	for _, n := range rows[min(1, len(rows)):min(4, len(rows))] {
		page = append(page, n.id())
	}
	q := r.ask()
	with(q, "Order", func(s *sql.Selector) {
		s.OrderExpr(sql.ExprFunc(func(b *sql.Builder) { b.Ident(s.C(column)).WriteString(" DESC NULLS LAST") }))
		s.OrderBy(s.C("id"))
	})
	q.MethodByName("Limit").Call(values(3))
	q.MethodByName("Offset").Call(values(1))
	r.same("a page by "+column, result(r.t, q, "IDs", r.ctx), page)
}

// all asks for the rows, and looks at their private columns.
func (r *reading) all() {
	all := byID(reflect.ValueOf(result(r.t, r.ask(), "All", r.ctx)))
	r.same("rows", sorted(slices.Collect(maps.Keys(all))), idsOf(r.seen))
	for _, n := range r.seen {
		for _, column := range private[r.typ.Name] {
			got := all[n.id()]
			if !got.IsValid() {
				continue
			}
			_, f := field(r.typ, got, column)
			switch v := n[column].(type) {
			case nil:
				if !f.IsZero() {
					r.same("row", f.Interface(), "nothing in "+column)
				}
			case string:
				if comparable(r.typ, column) {
					r.same("row", reflect.Indirect(f).Interface(), v)
				}
			default:
				if f.IsZero() && v != int64(0) {
					r.same("row", f.Interface(), v)
				}
			}
		}
	}
}

// grouped counts rows by a column.
func (r *reading) grouped() {
	column := r.column(func(c string) bool { return comparable(r.typ, c) })
	want := map[string]int{}
	for _, n := range r.seen {
		want[fmt.Sprint(n[column])]++
	}
	by := r.ask().MethodByName("GroupBy").Call(values(column))[0].Interface().(*ent.GroupBy)
	var found []struct {
		Value any `sql:"value"`
		N     int `sql:"n"`
	}
	// The column is known by one name, whichever it is.
	named := func(s *sql.Selector) string {
		s.Select(sql.As(s.C(column), "value"), sql.As(sql.Count("*"), "n"))
		return ""
	}
	if err := by.Aggregate(named).Scan(r.ctx, &found); err != nil {
		r.t.Fatal(err)
	}
	got := map[string]int{}
	for _, g := range found {
		switch v := g.Value.(type) {
		case bool:
			g.Value = number(v)
		case []byte:
			g.Value = string(v)
		}
		got[fmt.Sprint(g.Value)] += g.N
	}
	r.same("grouped by "+column, got, want)
}

// aggregated counts what is in a column of whatever type, and looks for the least
// and the greatest of a column of numbers.
func (r *reading) aggregated() {
	column := r.column(func(string) bool { return true })
	n := r.column(func(c string) bool { return comparable(r.typ, c) && r.numbers(c) })
	filled, least, greatest := 0, []any{nil}, []any{nil}
	for _, s := range r.seen {
		if s[column] != nil {
			filled++
		}
		if v, ok := s[n].(int64); ok {
			if least[0] == nil || v < least[0].(int64) {
				least[0] = v
			}
			if greatest[0] == nil || v > greatest[0].(int64) {
				greatest[0] = v
			}
		}
	}
	var got []struct {
		Filled   int `sql:"filled"`
		Least    any `sql:"least"`
		Greatest any `sql:"greatest"`
	}
	q := r.ask()
	as := func(f func(string) string, column, name string) ent.AggregateFunc {
		return func(s *sql.Selector) string { return sql.As(f(s.C(column)), name) }
	}
	q.MethodByName("Aggregate").Call(values(as(sql.Count, column, "filled"), as(sql.Min, n, "least"), as(sql.Max, n, "greatest")))
	if err := errorOf(q.MethodByName("Scan").Call(values(r.ctx, &got))); err != nil {
		r.t.Fatal(err)
	}
	r.same("aggregates of "+column+" and "+n, []any{got[0].Filled, got[0].Least, got[0].Greatest}, []any{filled, least[0], greatest[0]})
}

func (r *reading) numbers(column string) bool {
	k := orm.GoType(r.typ, column).Kind()
	return k == reflect.Int || k == reflect.Int64
}

// along follows an edge from the query, and loads one with its rows.
func (r *reading) along() {
	e := r.edge(r.typ)
	if e == nil {
		return
	}
	far, links := map[int64]bool{}, map[int64][]int64{}
	for _, n := range r.seen {
		ends := idsOf(r.p.ends(e, n))
		links[n.id()] = ends
		for _, id := range ends {
			far[id] = true
		}
	}
	next := r.ask().MethodByName("Query" + camel(e.Name)).Call(nil)[0]
	r.same("along "+e.Name, sorted(result(r.t, next, "IDs", r.ctx).([]int64)), sorted(slices.Collect(maps.Keys(far))))
	loading := r.ask()
	loading.MethodByName("With" + camel(e.Name)).Call(nil)
	all := reflect.ValueOf(result(r.t, loading, "All", r.ctx))
	for i := range all.Len() {
		n := all.Index(i).Elem()
		loaded := []int64{}
		for _, end := range neighbors(n.FieldByName("Edges").FieldByName(camel(e.Name))) {
			loaded = append(loaded, end.Elem().FieldByName("ID").Int())
		}
		r.same("with "+e.Name, sorted(loaded), links[n.FieldByName("ID").Int()])
	}
}

func neighbors(v reflect.Value) (all []reflect.Value) {
	switch {
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			all = append(all, v.Index(i))
		}
	case !v.IsNil():
		all = []reflect.Value{v}
	}
	return all
}

// field is the field of a row of the client that holds a column. Both are in the
// same order.
func field(typ *orm.Type, n reflect.Value, column string) (name string, v reflect.Value) {
	at := slices.Index(typ.Columns, column)
	for _, f := range reflect.VisibleFields(n.Type()) {
		if f.IsExported() && len(f.Index) == 1 && !f.Anonymous {
			if at == 0 {
				return f.Name, n.FieldByIndex(f.Index)
			}
			at--
		}
	}
	panic("no field for " + column)
}
