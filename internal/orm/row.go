package orm

import (
	"context"
	stdsql "database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/schema/field"
)

// Where the parts of every row's struct are.
const (
	configIndex = 0
	idIndex     = 1
)

// newRow is an empty row of an entity, bound to a client.
func newRow(t *Type, c Config) reflect.Value {
	row := reflect.New(t.row).Elem()
	*(*Config)(row.Field(configIndex).Addr().UnsafePointer()) = c
	return row
}

// extra is the place of a row for columns that a query adds to those of the entity.
func extra(t *Type, row reflect.Value) *sql.SelectValues {
	return (*sql.SelectValues)(row.Field(t.extra).Addr().UnsafePointer())
}

// store puts a value into the field of a row.
func (f *Field) store(row, v reflect.Value) {
	dst := row.Field(f.index)
	if f.pointer {
		p := reflect.New(f.typ)
		p.Elem().Set(v)
		v = p
	}
	dst.Set(v)
}

// columnValue is a field's value as the driver takes it.
func columnValue(f *Field, v any) (any, error) {
	if f.desc.Info.Type != field.TypeJSON {
		return v, nil
	}
	b, err := json.Marshal(v)
	return json.RawMessage(b), err
}

// cell scans one column into one field of a row. A NULL leaves the field as it
// is, also where the column can't hold one: a column that is withheld reads as
// NULL.
type cell struct {
	f   *Field
	dst reflect.Value
}

var timeType = reflect.TypeFor[time.Time]()

// Scan implements [database/sql.Scanner].
func (c *cell) Scan(src any) error {
	if src == nil {
		return nil
	}
	dst := c.dst
	if c.f.pointer {
		p := reflect.New(c.f.typ)
		dst.Set(p)
		dst = p.Elem()
	}
	if err := scanValue(c.f, dst, src); err != nil {
		return fmt.Errorf("column %s: %w", c.f.Column, err)
	}
	return nil
}

func scanValue(f *Field, dst reflect.Value, src any) error {
	switch {
	case f.desc.Info.Type == field.TypeJSON:
		return scanJSON(dst, src)
	case dst.Type() == timeType:
		var v stdsql.NullTime
		err := v.Scan(src)
		*dst.Addr().Interface().(*time.Time) = v.Time
		return err
	}
	if s, ok := dst.Addr().Interface().(stdsql.Scanner); ok {
		return s.Scan(src)
	}
	switch dst.Kind() {
	case reflect.String:
		var v stdsql.NullString
		err := v.Scan(src)
		dst.SetString(v.String)
		return err
	case reflect.Int, reflect.Int64:
		var v stdsql.NullInt64
		err := v.Scan(src)
		dst.SetInt(v.Int64)
		return err
	case reflect.Bool:
		var v stdsql.NullBool
		err := v.Scan(src)
		dst.SetBool(v.Bool)
		return err
	}
	return fmt.Errorf("cannot scan into %s", dst.Type())
}

func scanJSON(dst reflect.Value, src any) error {
	var b []byte
	switch src := src.(type) {
	case []byte:
		b = src
	case string:
		b = []byte(src)
	default:
		return fmt.Errorf("cannot read JSON from %T", src)
	}
	return json.Unmarshal(b, dst.Addr().Interface())
}

// scanner reads the rows of one result.
type scanner struct {
	t      *Type
	config Config
	fields []*Field // by position; nil for the id and for columns that aren't the entity's
	rows   []reflect.Value
	// Where an edge is followed through a table of its own, found is told from
	// which id a row was found, and says whether it was found before.
	found func(id int64, from stdsql.NullInt64) (again bool)
	from  stdsql.NullInt64
}

// values gives the places to scan the next row into.
func (s *scanner) values(columns []string) ([]any, error) {
	row := newRow(s.t, s.config)
	s.rows = append(s.rows, row)
	if s.fields == nil {
		s.fields = make([]*Field, len(columns))
		for i, c := range columns {
			s.fields[i] = s.t.byColumn[c]
		}
	}
	cells := make([]cell, len(columns))
	values := make([]any, len(columns))
	for i, c := range columns {
		switch f := s.fields[i]; {
		case f != nil:
			cells[i] = cell{f, row.Field(f.index)}
			values[i] = &cells[i]
		case c == s.t.Columns[0]:
			values[i] = row.Field(idIndex).Addr().Interface()
		case s.found != nil && c == foundFrom:
			values[i] = &s.from
		case c == Withheld:
			values[i] = new(sql.NullString)
		case s.config.driver.Dialect() == dialect.SQLite:
			values[i] = new(any) // its driver doesn't know the type of a NULL
		default:
			values[i] = new(sql.UnknownType)
		}
	}
	return values, nil
}

// assign keeps what was scanned beside the entity's own columns. A row that was
// found before is dropped: there is one for all that it belongs to.
func (s *scanner) assign(columns []string, values []any) error {
	last := s.rows[len(s.rows)-1]
	if s.found != nil && s.found((row{last}).id(), s.from) {
		s.rows = s.rows[:len(s.rows)-1]
		return nil
	}
	for i, c := range columns {
		if s.fields[i] == nil && c != s.t.Columns[0] && values[i] != any(&s.from) {
			extra(s.t, last).Set(c, values[i])
		}
	}
	return nil
}

// read1 runs a statement that returns columns of one entity and reads its rows.
func read1(ctx context.Context, c Config, t *Type, stmt sql.Querier) ([]row, error) {
	query, args := stmt.Query()
	var rows sql.Rows
	if err := c.driver.Query(ctx, query, args, &rows); err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	s := scanner{t: t, config: c}
	for rows.Next() {
		values, err := s.values(columns)
		if err != nil {
			return nil, err
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return s.result(), rows.Close()
}

// row is a pointer to the struct of an entity.
type row struct{ reflect.Value }

func (r row) Interface() any { return r.Value.Addr().Interface() }

func (s *scanner) result() []row {
	rows := make([]row, len(s.rows))
	for i, r := range s.rows {
		rows[i] = row{r}
	}
	return rows
}

func (r row) id() int64 { return r.Field(idIndex).Int() }

// key is the value of a foreign key of the row; false where it is NULL.
func (r row) key(f *Field) (int64, bool) {
	v := r.Field(f.index)
	if f.pointer {
		if v.IsNil() {
			return 0, false
		}
		v = v.Elem()
	}
	return v.Int(), true
}

// edge is the place of an edge's rows.
func (r row) edge(t *Type, i int) reflect.Value { return r.Field(t.edges).Field(i) }

func (r row) setLoaded(t *Type, i int) {
	reflect.NewAt(reflect.TypeFor[bool](), r.Field(t.edges).Field(t.loaded).Index(i).Addr().UnsafePointer()).Elem().SetBool(true)
}

// String shows a row for logs: every column but the sensitive ones.
func String(t *Type, ptr any) string {
	v := reflect.ValueOf(ptr).Elem()
	var b strings.Builder
	fmt.Fprintf(&b, "%s(id=%d", t.Name, v.Field(idIndex).Int())
	for _, f := range t.fields {
		fv := v.Field(f.index)
		if f.pointer {
			if fv.IsNil() {
				continue
			}
			fv = fv.Elem()
		}
		switch {
		case f.desc.Sensitive || f.desc.Tag == `json:"-"`:
			fmt.Fprintf(&b, ", %s=<sensitive>", f.Column)
		case f.typ == timeType:
			fmt.Fprintf(&b, ", %s=%s", f.Column, fv.Interface().(time.Time).Format(time.ANSIC))
		default:
			fmt.Fprintf(&b, ", %s=%v", f.Column, fv.Interface())
		}
	}
	b.WriteByte(')')
	return b.String()
}

// EdgeOrErr is the row at the end of a loaded edge, or the reason why there is none.
func EdgeOrErr[P any](row P, found, loaded bool, label, name string) (P, error) {
	switch {
	case found:
		return row, nil
	case loaded:
		return row, notFoundLabel(label, "")
	}
	return row, &NotLoadedError{name}
}

// EdgesOrErr are the rows at the end of a loaded edge, or the reason why there are none.
func EdgesOrErr[P any](rows []P, loaded bool, name string) ([]P, error) {
	if loaded {
		return rows, nil
	}
	return nil, &NotLoadedError{name}
}
