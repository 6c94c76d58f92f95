package orm

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// Type is what the runtime knows of one entity.
type Type struct {
	Name    string   // the Go type, such as Post
	Label   string   // its name in error texts, such as post
	Table   string   // its table
	Columns []string // its columns, the id first, in the order of the struct's fields
	Edges   []*Edge  // its edges, in the order of the Edges struct's fields

	schema   ent.Interface
	row      reflect.Type // the struct
	loaded   int          // index of loadedTypes in the Edges struct
	edges    int          // index of the Edges struct in the row, -1 where there are no edges
	extra    int          // index of selectValues in the row
	fields   []*Field     // without the id
	byColumn map[string]*Field
	hooks    []ent.Hook
	inters   []ent.Interceptor
	policy   ent.Policy
	newQuery func(Config) *Query
	graph    *Graph
}

// Field is one column of an entity.
type Field struct {
	Column    string
	desc      *field.Descriptor
	index     int          // position in the row's struct
	typ       reflect.Type // of a value; the struct's field is a pointer to it where the column may be NULL
	pointer   bool
	immutable bool
	optional  bool
	addable   bool
	def       func() any // nil: none
	updateDef func() any // nil: none
	validate  []func(any) error
	edge      *Edge // the edge whose key this is

	numeric          bool // of a fixed precision
	precision, scale int  // in decimal digits
}

// Edge is one edge of an entity as sqlgraph wants it.
type Edge struct {
	Name    string
	To      string // the entity at its end
	Rel     sqlgraph.Rel
	Inverse bool
	Table   string   // where the key is
	Columns []string // the key; two where the edge goes through a table of its own
	Unique  bool     // leads to one row at most
	Key     string   // the column of this entity that holds the key, if it is here

	index   int   // position in the Edges struct
	through *Type // whose rows the edge goes through, where it does
	target  *Type
	key     *Field // of this entity, where it holds the key
	refKey  *Field // of the target, where that holds the key
}

func (e *Edge) m2m() bool { return e.Rel == sqlgraph.M2M }

// NewGraph completes the types with what their schemas and structs say: columns,
// defaults, validators, hooks, policies. The generated client does this when the
// program starts, so that nothing has to be imported beside it. It panics where
// schema and generated code don't fit, which regenerating mends, and for an entity
// without a policy, which nobody would be kept from.
func NewGraph(types ...*Type) *Graph {
	g := &Graph{make(map[string]*Type, len(types)), make(map[string]*Type, len(types))}
	for _, t := range types {
		t.graph, g.byName[t.Name], g.byTable[t.Table] = g, t, t
		t.complete()
	}
	for _, t := range types {
		for i, e := range t.Edges {
			e.index, e.target = i, g.byName[e.To]
			e.through = g.byTable[e.Table]
			switch {
			case e.Key != "":
				e.key = t.byColumn[e.Key]
				e.key.edge = e
			case !e.m2m():
				e.refKey = e.target.byColumn[e.Columns[0]]
			}
		}
	}
	maps.Copy(tables, g.byTable)
	return g
}

// tables are all types of the program by their tables, for what is far from any
// client: predicates.
var tables = make(map[string]*Type)

// Of binds a type to its schema, its struct and its query.
func Of[T any](t Type, schema ent.Interface, newQuery func(Config) *Query) *Type {
	t.row, t.schema, t.newQuery = reflect.TypeFor[T](), schema, newQuery
	return &t
}

func (t *Type) complete() {
	t.byColumn = make(map[string]*Field, len(t.Columns))
	t.edges = -1
	if f, ok := t.row.FieldByName("Edges"); ok {
		t.edges = f.Index[0]
		t.loaded = f.Type.NumField() - 1
	}
	extra, _ := t.row.FieldByName("selectValues")
	t.extra = extra.Index[0]
	var descs []*field.Descriptor
	for _, m := range t.schema.Mixin() {
		for _, f := range m.Fields() {
			descs = append(descs, f.Descriptor())
		}
		t.hooks = append(t.hooks, m.Hooks()...)
		t.inters = append(t.inters, m.Interceptors()...)
	}
	for _, f := range t.schema.Fields() {
		descs = append(descs, f.Descriptor())
	}
	t.hooks = append(t.hooks, t.schema.Hooks()...)
	t.inters = append(t.inters, t.schema.Interceptors()...)
	if t.policy = policyOf(t.schema); t.policy == nil {
		panic("ent: " + t.Name + " has no policy: say who may do what with its rows")
	}
	byColumn := make(map[string]*field.Descriptor, len(descs))
	for _, d := range descs {
		byColumn[columnOf(d)] = d
	}
	for i, c := range t.Columns {
		if i == 0 {
			continue
		}
		d := byColumn[c]
		if d == nil {
			panic(fmt.Sprintf("ent: column %s.%s is not in the schema: run go generate", t.Table, c))
		}
		// The struct begins with the config and the id.
		f := newField(d, i+1, t.row.Field(i+1).Type)
		t.fields = append(t.fields, f)
		t.byColumn[c] = f
	}
	for _, e := range t.schema.Edges() {
		if d := e.Descriptor(); d.Field != "" {
			t.edgeOptions(d)
		}
	}
}

// edgeOptions carries what an edge says of its key over to the key.
func (t *Type) edgeOptions(d *edge.Descriptor) {
	for _, f := range t.fields {
		if f.desc.Name == d.Field {
			f.immutable = f.immutable || d.Immutable
			f.addable = false
		}
	}
}

func columnOf(d *field.Descriptor) string {
	if d.StorageKey != "" {
		return d.StorageKey
	}
	return d.Name
}

func newField(d *field.Descriptor, index int, typ reflect.Type) *Field {
	f := &Field{
		Column: columnOf(d), desc: d, index: index, typ: typ,
		immutable: d.Immutable, optional: d.Optional,
	}
	if d.Nillable {
		f.pointer, f.typ = true, typ.Elem()
	}
	f.def, f.updateDef = defaultOf(d.Default, f.typ), defaultOf(d.UpdateDefault, f.typ)
	if _, err := fmt.Sscanf(d.SchemaType[dialect.Postgres], "numeric(%d,%d)", &f.precision, &f.scale); err == nil {
		f.numeric = true
	}
	switch f.typ.Kind() {
	case reflect.Int, reflect.Int64:
		f.addable = d.Info.Type.Numeric()
	}
	for _, v := range d.Validators {
		f.validate = append(f.validate, validator(v))
	}
	for _, a := range d.Annotations {
		if r, ok := a.(Rule); ok {
			f.validate = append(f.validate, r.Check)
		}
	}
	if d.Info.Type == field.TypeEnum {
		f.validate = append(f.validate, f.oneOf)
	}
	return f
}

// Rule is an annotation of a field that checks its values, for types of fields
// that ent gives no validators.
type Rule interface{ Check(v any) error }

func defaultOf(v any, typ reflect.Type) func() any {
	if v == nil {
		return nil
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Func {
		return func() any { return rv.Call(nil)[0].Convert(typ).Interface() }
	}
	c := rv.Convert(typ).Interface()
	return func() any { return c }
}

func validator(fn any) func(any) error {
	switch fn := fn.(type) {
	case func(string) error:
		return func(v any) error { return fn(reflect.ValueOf(v).String()) }
	case func(int) error:
		return func(v any) error { return fn(v.(int)) }
	case func(int64) error:
		return func(v any) error { return fn(v.(int64)) }
	}
	panic(fmt.Sprintf("ent: validators of type %T are not supported", fn))
}

// oneOf refuses what is not a value of the enum.
func (f *Field) oneOf(v any) error {
	s := reflect.ValueOf(v).String()
	values := make([]string, len(f.desc.Enums))
	for i, e := range f.desc.Enums {
		if e.V == s {
			return nil
		}
		values[i] = e.V
	}
	return errors.New("must be one of " + strings.Join(values, ", "))
}

// check runs every rule that a single value of the column has to keep.
func (f *Field) check(v any) error {
	if err := f.storable(v); err != nil {
		return err
	}
	for _, valid := range f.validate {
		if err := valid(v); err != nil {
			return err
		}
	}
	n, ok := v.(interface {
		Exponent() int32
		Coefficient() *big.Int
	})
	if ok && f.numeric {
		if err := f.fitsNumeric(n.Coefficient(), int(n.Exponent())); err != nil {
			return err
		}
	}
	if v, ok := v.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// fitsNumeric refuses a decimal that numeric(p,s) would round or can't hold: an
// amount is written as it was given or not at all. The number itself is never
// worked out: an exponent may be of any size.
func (f *Field) fitsNumeric(coefficient *big.Int, exponent int) error {
	digits := new(big.Int).Abs(coefficient).String()
	significant := strings.TrimRight(digits, "0")
	places := -exponent - (len(digits) - len(significant))
	whole := len(digits) + exponent
	if coefficient.Sign() == 0 {
		// A zero may have places to spare, but not so many that to write them
		// all is a burden.
		places, whole = -exponent-f.precision, exponent
	}
	switch {
	case places > f.scale:
		return fmt.Errorf("has more than %d decimal places", f.scale)
	case whole > f.precision-f.scale:
		return fmt.Errorf("has more than %d digits before the decimal point", f.precision-f.scale)
	}
	return nil
}

// Graph is all types of a client.
type Graph struct {
	byName  map[string]*Type
	byTable map[string]*Type
}

// Lookup finds the type of the given name.
func (g *Graph) Lookup(name string) *Type { return g.byName[name] }

// CheckColumn refuses the name of a column that a table of the graph doesn't have.
func (g *Graph) CheckColumn(table, column string) error {
	if t := g.byTable[table]; t != nil && !t.hasColumn(column) {
		return badColumn(column)
	}
	return nil
}

// Types are all types of the program, by name.
func Types() []*Type {
	return slices.SortedFunc(maps.Values(tables), func(a, b *Type) int { return strings.Compare(a.Name, b.Name) })
}

// Policies are the policies of an entity, those of its mixins first.
func Policies(t *Type) []ent.Policy {
	ps, _ := t.policy.(policies)
	return ps
}
