package differential

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

var (
	lasts = flag.Duration("differential", 30*time.Second, "how long to compare, on each of the databases")
	seed  = flag.Uint64("differential.seed", 0, "of the one graph to look at; 0 draws many")
)

// entities are those that there are rules for.
var entities = []string{
	"BlogPost", "Community", "CommunityBlogPost", "CommunityBlogPostReply", "CommunityFeedback", "CommunityGroup",
	"CommunityGroupAccess", "CommunityLike", "CommunityMember", "Conversation", "ConversationParticipant", "Forum",
	"ForumGroup", "Meeting", "MeetingAttendee", "MeetingGroup", "Message", "Post", "PostLike", "PublicFeed", "Role", "User",
	"UserProfile", "UserRole",
}

// unhurried is a client for statements that are planned once: PostgreSQL is not to
// compile them first.
func unhurried(t *testing.T, d conformance.Database) *ent.Client {
	t.Helper()
	if d.Dialect != dialect.Postgres {
		return d.Client
	}
	by := "?"
	if strings.Contains(d.URL, "?") {
		by = "&"
	}
	client, err := communitybuilder.Open(t.Context(), d.URL+by+"jit=off")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// query is a new query of the generated client.
func query(c *ent.Client, entity string) reflect.Value {
	return reflect.ValueOf(c).Elem().FieldByName(entity).MethodByName("Query").Call(nil)[0]
}

// with calls a variadic method with one function.
func with(q reflect.Value, method string, fn func(*sql.Selector)) {
	m := q.MethodByName(method)
	m.Call([]reflect.Value{reflect.ValueOf(fn).Convert(m.Type().In(0).Elem())})
}

// result calls a method that returns a value and an error.
func result(t *testing.T, q reflect.Value, method string, args ...any) any {
	t.Helper()
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		in[i] = reflect.ValueOf(a)
	}
	out := q.MethodByName(method).Call(in)
	if err, _ := out[1].Interface().(error); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return out[0].Interface()
}

func TestReadsAreWhatTheRulesSay(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		types := make(map[string]*orm.Type)
		for _, name := range entities {
			types[name] = orm.TypeOf(query(d.Client, name).Interface())
		}
		populate(ctx, t, d.Client, 1)
		client := unhurried(t, d)
		first := read(ctx, t, d.DB, types)
		graphs, queries, found := 0, 0, 0
		for end := time.Now().Add(*lasts); time.Now().Before(end) && !t.Failed(); graphs++ {
			s := *seed
			if s == 0 {
				s = rand.Uint64()
			}
			r := rand.New(rand.NewPCG(s, 0))
			shuffle(ctx, t, d.DB, first, r)
			g := read(ctx, t, d.DB, types)
			for range 30 {
				n := compare(t, client, &maker{r, g, types}, s)
				queries, found = queries+1, found+n
			}
			if *seed != 0 {
				break
			}
		}
		t.Logf("%d graphs, %d queries, which found %d rows", graphs, queries, found)
		if found == 0 {
			t.Error("no query found anything")
		}
	})
}

// compare runs one random query in several ways, and says how many rows it found.
func compare(t *testing.T, c *ent.Client, m *maker, seed uint64) int {
	t.Helper()
	who := viewer.Anonymous()
	p := person{graph: m.graph}
	if users := m.graph.rows["User"]; m.IntN(8) > 0 {
		p.id = users[m.IntN(len(users))].id()
		who = viewer.User(p.id)
	}
	ctx := viewer.NewContext(t.Context(), who)
	typ := m.types[entities[m.IntN(len(entities))]]
	cond := m.condition(typ, 3)
	var seen []row
	for _, r := range m.graph.rows[typ.Name] {
		if v := p.view(typ.Name, r); v != nil && cond.holds(p, v) == yes {
			seen = append(seen, v)
		}
	}
	what := fmt.Sprintf("%s asks for %s where %s", who, typ.Name, cond.says)
	defer func() {
		if t.Failed() {
			t.Logf("-differential.seed=%d: %s", seed, what)
		}
	}()
	same := func(how string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", how, got, want)
		}
	}
	ask := func() reflect.Value {
		q := query(c, typ.Name)
		with(q, "Where", cond.where)
		return q
	}
	ids := []int64{}
	for _, r := range seen {
		ids = append(ids, r.id())
	}
	got := result(t, ask(), "IDs", ctx).([]int64)
	slices.Sort(got)
	same("ids", got, ids)
	same("count", result(t, ask(), "Count", ctx), len(seen))
	same("exist", result(t, ask(), "Exist", ctx), len(seen) > 0)
	ordered(ctx, t, m, ask(), typ, seen, same)
	rows(ctx, t, m, ask(), typ, seen, same)
	grouped(ctx, t, m, ask(), typ, seen, same)
	edges(ctx, t, m, p, ask, typ, seen, same)
	return len(seen)
}

// ordered asks for a page, by a column of numbers.
func ordered(ctx context.Context, t *testing.T, m *maker, q reflect.Value, typ *orm.Type, seen []row, same func(string, any, any)) {
	t.Helper()
	column := "id"
	if n := typ.Columns[m.IntN(len(typ.Columns))]; fmt.Sprint(orm.GoType(typ, n)) == "int64" {
		column = n
	}
	sorted := slices.Clone(seen)
	sorted = slices.DeleteFunc(sorted, func(r row) bool { return r[column] == nil })
	slices.SortStableFunc(sorted, func(a, b row) int { return int(b[column].(int64) - a[column].(int64)) })
	page := []int64{}
	for _, r := range sorted[min(1, len(sorted)):min(4, len(sorted))] {
		page = append(page, r.id())
	}
	with(q, "Where", sql.FieldNotNull(column))
	with(q, "Order", func(s *sql.Selector) { s.OrderBy(sql.Desc(s.C(column)), s.C("id")) })
	q.MethodByName("Limit").Call([]reflect.Value{reflect.ValueOf(3)})
	q.MethodByName("Offset").Call([]reflect.Value{reflect.ValueOf(1)})
	same("a page by "+column, result(t, q, "IDs", ctx), page)
}

// rows asks for the rows, and looks at their private columns.
func rows(ctx context.Context, t *testing.T, m *maker, q reflect.Value, typ *orm.Type, seen []row, same func(string, any, any)) {
	t.Helper()
	all := reflect.ValueOf(result(t, q, "All", ctx))
	byID := map[int64]reflect.Value{}
	for i := range all.Len() {
		r := all.Index(i).Elem()
		byID[r.FieldByName("ID").Int()] = r
	}
	same("rows", len(byID), len(seen))
	for _, r := range seen {
		for _, column := range private[typ.Name] {
			v := byID[r.id()]
			if !v.IsValid() {
				continue
			}
			f := v.FieldByName(field(v.Type(), column))
			if r[column] == nil && !f.IsZero() {
				same("row", f.Interface(), "nothing in "+column)
			}
			if text, ok := r[column].(string); ok {
				same("row", fmt.Sprint(reflect.Indirect(f).Interface()), text)
			}
		}
	}
}

// field is the name of a column's field in Go, by the tag that JSON has of it or,
// where it has none, by the name.
func field(t reflect.Type, column string) string {
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("json"); tag == column || tag == column+",omitempty" {
			return t.Field(i).Name
		}
	}
	return camel(column)
}

// grouped counts rows by a column.
func grouped(ctx context.Context, t *testing.T, m *maker, q reflect.Value, typ *orm.Type, seen []row, same func(string, any, any)) {
	t.Helper()
	column := typ.Columns[m.IntN(len(typ.Columns))]
	if kind := orm.GoType(typ, column).Kind(); kind != reflect.Int64 && kind != reflect.Bool && kind != reflect.String {
		column = typ.Columns[0]
	}
	groups := map[any]int{}
	for _, r := range seen {
		groups[fmt.Sprint(r[column])]++
	}
	want := []int{}
	for _, n := range groups {
		want = append(want, n)
	}
	slices.Sort(want)
	by := q.MethodByName("GroupBy").Call([]reflect.Value{reflect.ValueOf(column)})[0].Interface().(*ent.GroupBy)
	var got []struct {
		Value any `sql:"value"`
		N     int `sql:"n"`
	}
	// The column is known by one name, whichever it is.
	named := func(s *sql.Selector) string {
		s.Select(sql.As(s.C(column), "value"), sql.As(sql.Count("*"), "n"))
		return ""
	}
	if err := by.Aggregate(named).Scan(ctx, &got); err != nil {
		t.Fatal(err)
	}
	counts := []int{}
	for _, g := range got {
		counts = append(counts, g.N)
	}
	slices.Sort(counts)
	same("grouped by "+column, counts, want)
}

// edges follows an edge from the query, and loads one with its rows.
func edges(ctx context.Context, t *testing.T, m *maker, p person, ask func() reflect.Value, typ *orm.Type, seen []row, same func(string, any, any)) {
	t.Helper()
	e := m.edge(typ)
	if e == nil {
		return
	}
	far, links := map[int64]bool{}, map[int64][]int64{}
	for _, r := range seen {
		for _, n := range m.ends(p, typ, e, r) {
			far[n.id()] = true
			links[r.id()] = append(links[r.id()], n.id())
		}
	}
	next := ask().MethodByName("Query" + camel(e.Name)).Call(nil)[0]
	found := result(t, next, "IDs", ctx).([]int64)
	slices.Sort(found)
	want := []int64{}
	for id := range far {
		want = append(want, id)
	}
	slices.Sort(want)
	same("along "+e.Name, found, want)
	loading := ask()
	loading.MethodByName("With" + camel(e.Name)).Call(nil)
	all := reflect.ValueOf(result(t, loading, "All", ctx))
	for i := range all.Len() {
		r := all.Index(i).Elem()
		loaded := []int64{}
		for _, n := range neighbors(r.FieldByName("Edges").FieldByName(camel(e.Name))) {
			loaded = append(loaded, n.Elem().FieldByName("ID").Int())
		}
		slices.Sort(loaded)
		want := append([]int64{}, links[r.FieldByName("ID").Int()]...)
		same("with "+e.Name, loaded, want)
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
