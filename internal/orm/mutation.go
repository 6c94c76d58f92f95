package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// Mutation is a write on its way to the database: what is set, added and
// cleared, and on which rows. The generated mutations embed it and add typed
// accessors. It implements [ent.Mutation] except for the typed parts.
type Mutation struct {
	config     Config
	op         ent.Op
	t          *Type
	id         *int64
	set        map[string]ent.Value
	added      map[string]ent.Value
	cleared    map[string]bool
	predicates []func(*sql.Selector)
	old        any // the row as it was, once read
	done       bool
	defaults   map[string]bool // columns that nobody has set

	once     map[string]bool // columns that keep the value they have
	computed map[string]func(*sql.Builder)
	guards   []Guard
	rights   []func(*sql.Selector) // conditions of who may write the rows
	batch    []*Mutation           // all that one statement makes, where they are many
	locked   bool
	affected []row                 // those that it is about, once locked
	narrowed []func(*sql.Selector) // to rows that are locked
}

// InitMutation prepares a mutation; id is nil except for one known row.
func InitMutation(m *Mutation, c Config, t *Type, op ent.Op, id *int64) {
	*m = Mutation{config: c, op: op, t: t, id: id}
}

// SetOld gives the mutation the row it is about to change, which saves reading it.
func SetOld(m *Mutation, row any) { m.old = row }

// MutationConfig is the configuration the mutation was made with.
func MutationConfig(m *Mutation) Config { return m.config }

// Bind makes a mutation one of another client's, who is about to run it.
func Bind(m Based, c Config) { m.base().config = c }

func (m *Mutation) base() *Mutation { return m }

// Based is any mutation of the generated client.
type Based interface {
	ent.Mutation
	base() *Mutation
}

// Set sets a column.
func Set(m *Mutation, column string, v ent.Value) {
	if m.set == nil {
		m.set = make(map[string]ent.Value, len(m.t.fields))
	}
	m.set[column] = stored(v)
	delete(m.defaults, column)
	delete(m.added, column)
	delete(m.cleared, column)
}

// byDefault sets a column that nobody has set.
func byDefault(m *Mutation, column string, v ent.Value) {
	Set(m, column, v)
	if m.defaults == nil {
		m.defaults = make(map[string]bool)
	}
	m.defaults[column] = true
}

// Value is what the mutation sets a column to, if it does.
func Value[T any](m *Mutation, column string) (v T, ok bool) {
	v, ok = m.set[column].(T)
	return v, ok
}

// Add adds to a numeric column, or to what the mutation sets it to; NULL counts as 0.
func Add[T int | int64](m *Mutation, column string, v T) {
	if old, ok := m.set[column].(T); ok {
		m.set[column] = old + v
		return
	}
	if m.cleared[column] {
		Set(m, column, v)
		return
	}
	if m.added == nil {
		m.added = make(map[string]ent.Value)
	}
	if old, ok := m.added[column].(T); ok {
		v += old
	}
	m.added[column] = v
}

// Added is what the mutation adds to a numeric column, if it does.
func Added[T int | int64](m *Mutation, column string) (v T, ok bool) {
	v, ok = m.added[column].(T)
	return v, ok
}

// Clear sets a column to NULL.
func Clear(m *Mutation, column string) {
	if m.cleared == nil {
		m.cleared = make(map[string]bool)
	}
	m.cleared[column] = true
	delete(m.set, column)
	delete(m.added, column)
}

// SetOnce sets a column of those rows where it is NULL.
func SetOnce(m ent.Mutation, column string, v any) {
	b := mutation(m)
	Put(b, column, v)
	if b.once == nil {
		b.once = make(map[string]bool)
	}
	b.once[column] = true
}

// Old is the value of a column before the mutation; it reads the row where the
// mutation wasn't made from one.
func Old[T any](ctx context.Context, m *Mutation, column string) (v T, err error) {
	old, err := m.OldField(ctx, column)
	if err != nil {
		return v, err
	}
	v, ok := old.(T)
	if !ok {
		return v, unexpected(v, old)
	}
	return v, nil
}

// Where narrows the rows that are changed or deleted.
func Where[P ~func(*sql.Selector)](ps *[]func(*sql.Selector), more []P) {
	for _, p := range more {
		if p == nil {
			p = refuseNil // to leave it out would widen the query or the write
		}
		*ps = append(*ps, p)
	}
}

var errNilPredicate = errors.New("ent: a predicate or an order is nil")

func refuseNil(s *sql.Selector) { s.AddError(errNilPredicate) }

// Predicates are the predicates of a mutation, for Where.
func Predicates(m *Mutation) *[]func(*sql.Selector) { return &m.predicates }

// WhereP narrows the rows that are changed or deleted, by predicates on the
// statement itself. Rules use it, since it depends on no generated package.
func (m *Mutation) WhereP(ps ...func(*sql.Selector)) { Where(&m.predicates, ps) }

// ID is the id of the row, if the mutation is about one that is known: an update
// or deletion of one row, or a creation once it is done.
func (m *Mutation) ID() (id int64, exists bool) {
	if m.id == nil {
		return 0, false
	}
	return *m.id, true
}

// IDs are the ids of the rows that the mutation would change or delete now.
func (m *Mutation) IDs(ctx context.Context) ([]int64, error) {
	switch {
	case m.op.Is(ent.OpUpdateOne|ent.OpDeleteOne) && m.id != nil:
		return []int64{*m.id}, nil
	case m.op.Is(ent.OpUpdate | ent.OpDelete | ent.OpUpdateOne | ent.OpDeleteOne):
		q := m.t.newQuery(m.config)
		Where(&q.predicates, m.predicates)
		Where(&q.links, m.narrowed)
		return q.IDs(ctx)
	}
	return nil, fmt.Errorf("ent: IDs is not allowed on %s operations", m.op)
}

// Op is the operation.
func (m *Mutation) Op() ent.Op { return m.op }

// SetOp changes the operation.
func (m *Mutation) SetOp(op ent.Op) { m.op = op }

// Type is the name of the entity.
func (m *Mutation) Type() string { return m.t.Name }

// Fields are the columns that the mutation sets, in the order of the schema.
func (m *Mutation) Fields() []string {
	return columnsWith(m, func(c string) bool { return has(m.set, c) })
}

func columnsWith(m *Mutation, in func(string) bool) []string {
	var names []string
	for _, f := range m.t.fields {
		if in(f.Column) {
			names = append(names, f.Column)
		}
	}
	return names
}

func has[V any](m map[string]V, k string) bool {
	_, ok := m[k]
	return ok
}

// Field is what a column is set to; false where it isn't.
func (m *Mutation) Field(name string) (ent.Value, bool) {
	v, ok := m.set[name]
	return v, ok
}

// OldField is the value of a column before the mutation. It is only known where
// one row is updated.
func (m *Mutation) OldField(ctx context.Context, name string) (ent.Value, error) {
	f := m.t.byColumn[name]
	if f == nil {
		return nil, unknown(m, "field", name)
	}
	if !m.op.Is(ent.OpUpdateOne) || m.id == nil {
		return nil, fmt.Errorf("ent: the old value of %q is only known when one row is updated", name)
	}
	if m.old == nil {
		if m.done {
			return nil, errors.New("ent: querying old values post mutation is not allowed")
		}
		row, err := firstWithID(ctx, m.t.newQuery(m.config), *m.id)
		if err != nil {
			return nil, err
		}
		m.old = row
	}
	return reflect.ValueOf(m.old).Elem().Field(f.index).Interface(), nil
}

// SetField sets a column by its name. The value has to be of the field's type.
func (m *Mutation) SetField(name string, v ent.Value) error {
	f := m.t.byColumn[name]
	if f == nil {
		return unknown(m, "field", name)
	}
	if reflect.TypeOf(v) != f.typ {
		return fmt.Errorf("ent: unexpected type %T for field %s", v, name)
	}
	Set(m, name, v)
	return nil
}

// AddedFields are the numeric columns that the mutation adds to.
func (m *Mutation) AddedFields() []string {
	return columnsWith(m, func(c string) bool { return has(m.added, c) })
}

// AddedField is what is added to a numeric column; false where nothing is.
func (m *Mutation) AddedField(name string) (ent.Value, bool) {
	v, ok := m.added[name]
	return v, ok
}

// AddField adds to a numeric column by its name.
func (m *Mutation) AddField(name string, v ent.Value) error {
	f := m.t.byColumn[name]
	if f == nil || !f.addable {
		return unknown(m, "numeric field", name)
	}
	if reflect.TypeOf(v) != f.typ {
		return fmt.Errorf("ent: unexpected type %T for field %s", v, name)
	}
	switch v := v.(type) {
	case int:
		Add(m, name, v)
	case int64:
		Add(m, name, v)
	}
	return nil
}

// ClearedFields are the columns that the mutation sets to NULL.
func (m *Mutation) ClearedFields() []string { return columnsWith(m, m.FieldCleared) }

// FieldCleared reports whether the mutation sets a column to NULL.
func (m *Mutation) FieldCleared(name string) bool { return m.cleared[name] }

// ClearField sets a column to NULL by its name.
func (m *Mutation) ClearField(name string) error {
	f := m.t.byColumn[name]
	if f == nil || !f.optional {
		return unknown(m, "nullable field", name)
	}
	Clear(m, name)
	return nil
}

// ResetField takes back whatever the mutation does to a column.
func (m *Mutation) ResetField(name string) error {
	if m.t.byColumn[name] == nil {
		return unknown(m, "field", name)
	}
	delete(m.set, name)
	delete(m.added, name)
	delete(m.cleared, name)
	return nil
}

func unknown(m *Mutation, what, name string) error {
	return fmt.Errorf("ent: unknown %s %s %s", m.t.Name, what, name)
}

// driverOf is what the mutation's own statements run on.
func driverOf(m *Mutation) dialect.Driver { return m.config.driver }
