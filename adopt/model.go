package adopt

import (
	"regexp"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// A model is a schema as it will be after the steps that are planned so far. It
// starts as the live one, and remembers what everything is called there.
type model struct {
	schema catalogue.Schema
	// live has the live names of tables (with column "") and columns, by those
	// that they will have. What is not in it is not in the live schema, or is there
	// and yet to be filled by a step.
	live map[column]string
}

// column names a column of a table, or with name "" the table.
type column struct{ table, name string }

func newModel(live catalogue.Schema) *model {
	m := &model{schema: slices.Clone(live), live: map[column]string{}}
	for _, o := range live {
		switch o.Kind {
		case catalogue.Table:
			m.live[column{o.Table, ""}] = o.Table
		case catalogue.Column:
			m.live[column{o.Table, o.Name}] = o.Name
		}
	}
	return m
}

func (m *model) hasTable(table string) bool {
	_, ok := m.schema.Get(catalogue.Table, table, "")
	return ok
}

func (m *model) hasColumn(table, name string) bool {
	_, ok := m.schema.Get(catalogue.Column, table, name)
	return ok
}

// liveTable returns what a table is called in the live schema, "" if it isn't
// there.
func (m *model) liveTable(table string) string { return m.live[column{table, ""}] }

// liveColumn returns what a column is called in the live schema, "" if it isn't
// there.
func (m *model) liveColumn(table, name string) string { return m.live[column{table, name}] }

// put adds an object, in place of the one of its kind, table and name.
func (m *model) put(o catalogue.Object) {
	m.drop(o.Key())
	m.schema = append(m.schema, o)
}

// drop takes one object away.
func (m *model) drop(k catalogue.Key) {
	m.schema = slices.DeleteFunc(m.schema, func(o catalogue.Object) bool { return o.Key() == k })
}

// dropColumn takes a column away, and the indexes and constraints that name it.
func (m *model) dropColumn(table, name string) {
	m.schema = slices.DeleteFunc(m.schema, func(o catalogue.Object) bool {
		if o.Kind == catalogue.Column {
			return o.Table == table && o.Name == name
		}
		own := o.Def
		if o.Kind == catalogue.ForeignKey {
			own, _, _ = strings.Cut(o.Def, " REFERENCES ")
		}
		return o.Table == table && o.Kind != catalogue.Table && mentions(own, name)
	})
	delete(m.live, column{table, name})
}

// renameTable gives a table another name. Its constraints, indexes and sequences
// keep theirs, as in PostgreSQL.
func (m *model) renameTable(from, to string) {
	for i := range m.schema {
		o := &m.schema[i]
		if o.Kind == catalogue.ForeignKey {
			head, tail, _ := strings.Cut(o.Def, " REFERENCES ")
			o.Def = head + " REFERENCES " + replaceName(tail, from, to)
		}
		if o.Table == from {
			o.Table = to
		}
	}
	for c, was := range m.live {
		if c.table == from {
			delete(m.live, c)
			m.live[column{to, c.name}] = was
		}
	}
}

// renameColumn gives a column another name, also where constraints and indexes
// name it.
func (m *model) renameColumn(table, from, to string) {
	for i := range m.schema {
		o := &m.schema[i]
		own, refers := o.Def, ""
		if o.Kind == catalogue.ForeignKey {
			own, refers, _ = strings.Cut(o.Def, " REFERENCES ")
			refers = " REFERENCES " + refers
			if strings.HasPrefix(refers, " REFERENCES "+quoteName(table)+"(") {
				refers = replaceName(refers, from, to)
			}
		}
		switch {
		case o.Table != table:
		case o.Kind == catalogue.Column && o.Name == from:
			o.Name = to
		case o.Kind != catalogue.Column && o.Kind != catalogue.Table:
			own = replaceName(own, from, to)
		}
		if o.Kind != catalogue.Column {
			o.Def = own + refers
		}
	}
	if was, ok := m.live[column{table, from}]; ok {
		delete(m.live, column{table, from})
		m.live[column{table, to}] = was
	}
}

// names finds names in definitions, and the texts and types in which there are
// none.
var names = regexp.MustCompile(`'(?:[^']|'')*'|::[a-z ]+|"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*`)

func mentions(def, name string) bool {
	return slices.ContainsFunc(names.FindAllString(def, -1), func(s string) bool { return s == name || s == quoteName(name) })
}

func replaceName(def, from, to string) string {
	return names.ReplaceAllStringFunc(def, func(s string) string {
		if s == from || s == quoteName(from) {
			return quoteName(to)
		}
		return s
	})
}

// plain are the names that PostgreSQL prints without quotes, reserved words
// aside.
var plain = regexp.MustCompile(`^[a-z_][a-z0-9_$]*$`)

// quoteName writes a name as PostgreSQL prints it.
func quoteName(name string) string {
	if plain.MatchString(name) && name != "order" {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
