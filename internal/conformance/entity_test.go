package conformance

import (
	"context"
	"encoding/json"
	"math/big"
	"reflect"
	"testing"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/migrate"
	"github.com/communitybuilder/communitybuilder/factory"
)

// An entity is one of the client's, found and driven by reflection: a new one is
// tested without being named anywhere.
type entity struct {
	name   string
	client reflect.Value // *ent.XClient
	row    reflect.Type  // ent.X
	table  *schema.Table
	fields []field
}

// A field is one of an entity's own columns, the id excepted.
type field struct {
	name     string // in Go
	position int
	column   *schema.Column
	value    reflect.Type // what its setter takes
	refers   string       // the table that a foreign key points to
}

// entities returns all entities of the client.
func entities(t *testing.T, client *cbent.Client) []entity {
	t.Helper()
	tables := map[string]*schema.Table{}
	for _, table := range migrate.Tables {
		tables[table.Name] = table
	}
	var all []entity
	for _, f := range reflect.VisibleFields(reflect.TypeOf(*client)) {
		if !f.IsExported() || f.Name == "Schema" {
			continue
		}
		e := entity{name: f.Name, client: reflect.ValueOf(client).Elem().FieldByIndex(f.Index)}
		e.describe(t, tables)
		delete(tables, e.table.Name)
		all = append(all, e)
	}
	for name := range tables {
		t.Errorf("no entity has the table %s", name)
	}
	if len(all) != 80 {
		t.Fatalf("the client has %d entities, want 80", len(all))
	}
	return all
}

// describe finds the table and the fields. Which column a field has is told by a
// mutation in which nothing else is set.
func (e *entity) describe(t *testing.T, tables map[string]*schema.Table) {
	t.Helper()
	e.table = tables[e.tableName(t)]
	columns, keys := map[string]*schema.Column{}, map[string]string{}
	for _, column := range e.table.Columns {
		columns[column.Name] = column
	}
	for _, key := range e.table.ForeignKeys {
		keys[key.Columns[0].Name] = key.RefTable.Name
	}
	e.row = e.create().MethodByName("Save").Type().Out(0).Elem()
	for i := range e.row.NumField() {
		f := e.row.Field(i)
		if f.Anonymous || !f.IsExported() || f.Name == "ID" || f.Name == "Edges" {
			continue
		}
		create := e.create()
		set := create.MethodByName("Set" + f.Name)
		if !set.IsValid() {
			t.Fatalf("%s.%s has no setter", e.name, f.Name)
		}
		set.Call([]reflect.Value{reflect.New(set.Type().In(0)).Elem()})
		names := mutation(create).Fields()
		if len(names) != 1 || columns[names[0]] == nil {
			t.Fatalf("%s.%s: Set%s sets %q, want one column of %s", e.name, f.Name, f.Name, names, e.table.Name)
		}
		column := names[0]
		e.fields = append(e.fields, field{name: f.Name, position: i, column: columns[column], value: set.Type().In(0), refers: keys[column]})
		delete(columns, column)
	}
	delete(columns, "id")
	for column := range columns {
		t.Errorf("%s: no field has the column %s", e.name, column)
	}
}

// tableName asks a query which table it reads.
func (e *entity) tableName(t *testing.T) (name string) {
	t.Helper()
	query := e.call("Query")[0]
	where := query.MethodByName("Where")
	ask := reflect.ValueOf(func(s *sql.Selector) { name = s.TableName() })
	where.Call([]reflect.Value{ask.Convert(where.Type().In(0).Elem())})
	if err := errorOf(query.MethodByName("Exist").Call(values(System(t)))); err != nil {
		t.Fatalf("%s: %v", e.name, err)
	}
	return name
}

// call calls a method of the entity's client.
func (e *entity) call(method string, args ...any) []reflect.Value {
	return e.client.MethodByName(method).Call(values(args...))
}

func (e *entity) create() reflect.Value { return e.call("Create")[0] }

// get loads one row.
func (e *entity) get(ctx context.Context, t *testing.T, id int64) any {
	t.Helper()
	out := e.call("Get", ctx, id)
	if err := errorOf(out); err != nil {
		t.Fatalf("%s: reading row %d: %v", e.name, id, err)
	}
	return out[0].Interface()
}

// exists tells whether there is a row.
func (e *entity) exists(ctx context.Context, t *testing.T, id int64) bool {
	t.Helper()
	err := errorOf(e.call("Get", ctx, id))
	if err != nil && !cbent.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

// all loads every row, in the order of their ids.
func (e *entity) all(ctx context.Context, t *testing.T) []any {
	t.Helper()
	query := e.call("Query")[0]
	order := query.MethodByName("Order")
	byID := reflect.ValueOf(func(s *sql.Selector) { s.OrderBy(s.C("id")) })
	order.Call([]reflect.Value{byID.Convert(order.Type().In(0).Elem())})
	out := query.MethodByName("All").Call(values(ctx))
	if err := errorOf(out); err != nil {
		t.Errorf("%s: reading all rows: %v", e.name, err)
		return nil
	}
	var rows []any
	for i := range out[0].Len() {
		rows = append(rows, out[0].Index(i).Interface())
	}
	return rows
}

// make makes a row by the factory, with one override.
func (e *entity) make(ctx context.Context, f *factory.Factory, override func(create reflect.Value)) (any, error) {
	builder := reflect.ValueOf(f).MethodByName(e.name)
	fn := reflect.MakeFunc(builder.Type().In(1).Elem(), func(args []reflect.Value) []reflect.Value {
		override(args[0])
		return nil
	})
	out := builder.Call(append(values(ctx), fn))
	if err := errorOf(out); err != nil {
		return nil, err
	}
	return out[0].Interface(), nil
}

// mutation is what a builder has collected.
func mutation(builder reflect.Value) ent.Mutation {
	return builder.MethodByName("Mutation").Call(nil)[0].Interface().(ent.Mutation)
}

// contents are the values of a row's columns, by field.
func (e *entity) contents(row any) map[string]any {
	v := reflect.ValueOf(row).Elem()
	all := map[string]any{}
	for _, f := range e.fields {
		all[f.name] = v.FieldByName(f.name).Interface()
	}
	return all
}

func idOf(row any) int64 { return reflect.ValueOf(row).Elem().FieldByName("ID").Int() }

// set sets a field on a builder.
func set(builder reflect.Value, name string, value any) {
	method := builder.MethodByName("Set" + name)
	method.Call([]reflect.Value{reflect.ValueOf(value).Convert(method.Type().In(0))})
}

func values(args ...any) []reflect.Value {
	var vs []reflect.Value
	for _, arg := range args {
		vs = append(vs, reflect.ValueOf(arg))
	}
	return vs
}

func errorOf(out []reflect.Value) error {
	err, _ := out[len(out)-1].Interface().(error)
	return err
}

// equal compares values by what they mean: an instant in any zone, a decimal of
// any scale, a JSON number in any notation. An empty list is not NULL.
var equal = cmp.Options{
	cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b json.Number) bool {
		x, ok := new(big.Rat).SetString(a.String())
		y, also := new(big.Rat).SetString(b.String())
		return ok && also && x.Cmp(y) == 0
	}),
}
