package orm

import (
	"context"
	"fmt"
	"reflect"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// A Change is what a mutation does to one row. Rules are written about changes,
// and so hold alike for a creation, a bulk creation, and updates and deletions of
// one row or of many.
type Change struct {
	m   *Mutation
	row reflect.Value // the row as it is; not valid where it is being made
}

// Entity is the name of the row's type.
func (c *Change) Entity() string { return c.m.t.Name }

// ID is the row's id, 0 as long as it isn't made.
func (c *Change) ID() int64 {
	switch {
	case c.row.IsValid():
		return c.row.Field(idIndex).Int()
	case c.m.id != nil:
		return *c.m.id
	}
	return 0
}

// Creates reports whether the row is being made.
func (c *Change) Creates() bool { return c.m.op.Is(ent.OpCreate) }

// Old is the value that a column has before the change: nil for NULL, and where
// the row is being made. Enumerated values are strings.
func (c *Change) Old(column string) any {
	if !c.row.IsValid() {
		return nil
	}
	v := c.row.Field(c.m.field(column).index)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return plain(v.Interface())
}

// New is the value that a column has after the change: nil for NULL. Of a row
// that is deleted it is the old one.
func (c *Change) New(column string) any {
	v, set := c.m.set[column]
	switch {
	case set:
		return plain(v)
	case c.m.cleared[column]:
		return nil
	}
	old := c.Old(column)
	switch by := c.m.added[column].(type) {
	case int:
		n, _ := old.(int)
		return n + by
	case int64:
		n, _ := old.(int64)
		return n + by
	}
	return old
}

// Differs reports whether the change gives one of the columns another value; of a
// row that is being made, whether it sets one of them.
func (c *Change) Differs(columns ...string) bool {
	for _, column := range columns {
		if !reflect.DeepEqual(c.Old(column), c.New(column)) {
			return true
		}
	}
	return false
}

// Put sets a column of a row that is being made.
func (c *Change) Put(column string, v any) { Put(c.m, column, v) }

// OldValue is Old as a T; false where it is NULL.
func OldValue[T any](c *Change, column string) (v T, ok bool) {
	v, ok = c.Old(column).(T)
	return v, ok
}

// NewValue is New as a T; false where it is NULL.
func NewValue[T any](c *Change, column string) (v T, ok bool) {
	v, ok = c.New(column).(T)
	return v, ok
}

// plain is a value without the name of its type, where that is one of the
// generated client's enumerations.
func plain(v any) any {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.String {
		return rv.String()
	}
	return v
}

// Put sets a column, also one of a type that only the generated client knows.
func Put(m ent.Mutation, column string, v any) {
	b := mutation(m)
	Set(b, column, reflect.ValueOf(v).Convert(b.field(column).typ).Interface())
}

// field is the field of a column that a rule names; the rule is wrong if there is
// none.
func (m *Mutation) field(column string) *Field {
	f := m.t.byColumn[column]
	if f == nil {
		panic(fmt.Sprintf("ent: a rule speaks of %s.%s, which does not exist", m.t.Table, column))
	}
	return f
}

func mutation(m ent.Mutation) *Mutation { return m.(Based).base() }

// Touches reports whether the mutation sets, adds to, clears or computes one of
// the columns.
func Touches(m ent.Mutation, columns ...string) bool {
	b := mutation(m)
	for _, c := range columns {
		b.field(c)
		if has(b.set, c) || has(b.added, c) || b.cleared[c] || has(b.computed, c) {
			return true
		}
	}
	return false
}

// Decides reports whether the mutation alone decides what the columns hold, the
// same in every row that it is about.
func Decides(m ent.Mutation, columns ...string) bool {
	b := mutation(m)
	for _, c := range columns {
		if b.field(c); !has(b.set, c) && !b.cleared[c] && !b.op.Is(ent.OpCreate) {
			return false
		}
	}
	return true
}

// Given is what a column holds in the row that the mutation was made from, which
// may be out of date; false where it was made from none.
func Given(m ent.Mutation, column string) (v any, ok bool) {
	b := mutation(m)
	if b.old == nil {
		return nil, false
	}
	c := &Change{m: b, row: reflect.ValueOf(b.old).Elem()}
	return c.Old(column), true
}

// Alone is the change as far as the mutation tells it, without the row.
func Alone(m ent.Mutation) *Change { return &Change{m: mutation(m)} }

// Batch is every row that is made by the statement of a creation, for one of its
// mutations only: before the rows are made for the last one, which knows what
// hooks did to the others, and after that for the first.
func Batch(m ent.Mutation) (rows []*Change, complete bool) {
	b := mutation(m)
	all := b.together()
	at := len(all) - 1
	if b.id != nil {
		at = 0
	}
	if all[at] != b {
		return nil, false
	}
	return changesOf(all), true
}

// Planned is every row that the statement of a creation is about to make, for the
// first of its mutations, whose hooks run around those of the others; it is nil
// for the others.
func Planned(m ent.Mutation) []*Change {
	b := mutation(m)
	all := b.together()
	if all[0] != b {
		return nil
	}
	return changesOf(all)
}

// together are the mutations that one statement makes the rows of.
func (m *Mutation) together() []*Mutation {
	if m.batch == nil {
		return []*Mutation{m}
	}
	return m.batch
}

func changesOf(ms []*Mutation) []*Change {
	rows := make([]*Change, len(ms))
	for i, m := range ms {
		rows[i] = &Change{m: m}
	}
	return rows
}

// Affected is what an update or a deletion does, row by row. The rows are locked
// in the order of their ids, and from then on the mutation is about these alone.
func Affected(ctx context.Context, m ent.Mutation) ([]*Change, error) {
	b := mutation(m)
	if !b.locked {
		rows, err := lock(ctx, b)
		if err != nil {
			return nil, err
		}
		b.locked, b.affected = true, rows
		b.narrowed = append(b.narrowed, withIDs(b.t, rows))
	}
	changes := make([]*Change, len(b.affected))
	for i, r := range b.affected {
		changes[i] = &Change{m: b, row: r.Value}
	}
	return changes, nil
}

// noKeyUpdate is the strength of a lock that lets others refer to the row.
const noKeyUpdate = "NO KEY UPDATE"

func lock(ctx context.Context, m *Mutation) ([]row, error) {
	s := selection(ctx, m)
	s.Select(s.Columns(m.t.Columns...)...).OrderBy(s.C(m.t.Columns[0]))
	if s.Dialect() != dialect.SQLite { // whose transactions exclude each other
		strength := sql.LockUpdate
		if m.op.Is(ent.OpUpdate | ent.OpUpdateOne) {
			// As the update itself would: rows that refer to this one may be made meanwhile.
			strength = noKeyUpdate
		}
		s.For(strength)
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	return read1(ctx, m.config, m.t, s)
}

// withIDs selects rows by one argument, however many they are.
func withIDs(t *Type, rows []row) func(*sql.Selector) {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.id()
	}
	return func(s *sql.Selector) { s.Where(AnyOf(s.C(t.Columns[0]), ids)) }
}

// Written are the columns that the mutation sets, adds to or clears, without those
// that are set by default.
func Written(m ent.Mutation) []string {
	b := mutation(m)
	return columnsWith(b, func(c string) bool { return has(b.set, c) && !b.defaults[c] || has(b.added, c) || b.cleared[c] })
}

// A Key is a foreign key that a mutation sets.
type Key struct {
	Column string
	Value  any        // the id
	Table  string     // that it refers to
	Policy ent.Policy // of the rows that it refers to
}

// Keys are the foreign keys that the mutation sets.
func Keys(m ent.Mutation) []Key {
	b := mutation(m)
	var keys []Key
	for _, e := range b.t.Edges {
		if v, set := b.set[e.Key]; e.key != nil && set {
			keys = append(keys, Key{e.Key, v, e.target.Table, e.target.schema.Policy()})
		}
	}
	return keys
}

// KeyRules are the rules about keys of several columns that the mutation's row has.
func KeyRules(m ent.Mutation) []*invariant.Rule { return invariant.Keys(mutation(m).t.Table) }

// WhereRight narrows an update or a deletion to the rows that somebody may write.
// Unlike the caller's own predicates it decides between rows that aren't there
// and rows that may not be written.
func WhereRight(m ent.Mutation, p func(*sql.Selector)) {
	b := mutation(m)
	b.rights = append(b.rights, p)
}
