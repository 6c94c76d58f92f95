package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

// Kind is a kind of difference between a live schema and the expected one.
type Kind string

// The kinds of differences that need attention.
const (
	MissingTable      Kind = "missing table"
	MissingColumn     Kind = "missing column"
	RequiredColumn    Kind = "unknown required column" // NOT NULL without a default: the client's inserts fail
	ColumnType        Kind = "column type"
	NullableColumn    Kind = "column may be NULL"
	NotNullColumn     Kind = "column may not be NULL"
	ColumnOther       Kind = "column definition"
	PrimaryKey        Kind = "primary key"
	MissingUnique     Kind = "missing unique index"
	UnknownUnique     Kind = "unknown unique index" // refuses rows that the client may write
	MissingIndex      Kind = "missing index"
	MissingForeignKey Kind = "missing foreign key"
	DeletionRule      Kind = "deletion rule"
	MissingCheck      Kind = "missing check"
	TableOther        Kind = "table definition"
)

// The kinds that are harmless: the client works as well with them.
const (
	ColumnDefault     Kind = "column default" // every writer writes all columns
	OtherName         Kind = "other name"
	UnknownTable      Kind = "unknown table"
	UnknownColumn     Kind = "unknown column"
	UnknownIndex      Kind = "unknown index"
	UnknownForeignKey Kind = "unknown foreign key"
	UnknownCheck      Kind = "unknown check"
)

// kinds are all of them in the order in which they are reported.
var kinds = []Kind{
	MissingTable, MissingColumn, RequiredColumn, ColumnType, NullableColumn, NotNullColumn, ColumnOther, PrimaryKey,
	MissingUnique, UnknownUnique, MissingIndex, MissingForeignKey, DeletionRule, MissingCheck, TableOther,
	ColumnDefault, OtherName, UnknownTable, UnknownColumn, UnknownIndex, UnknownForeignKey, UnknownCheck,
}

// Harmless tells whether the client works as well with such a difference.
func (k Kind) Harmless() bool {
	return slices.Index(kinds, k) >= slices.Index(kinds, ColumnDefault)
}

// Difference is one thing in which a live schema is not as expected.
type Difference struct {
	Kind  Kind   `json:"kind"`
	Table string `json:"table"`
	// Name is that of the column, index or constraint; "" if it is about the
	// table.
	Name string `json:"name,omitempty"`
	// Detail says what is there and what is expected, where that is not all
	// said by the kind.
	Detail string `json:"detail,omitempty"`
}

// String returns the difference on one line.
func (d Difference) String() string {
	s := d.Table
	if d.Name != "" {
		s += ": " + d.Name
	}
	if d.Detail != "" {
		s += ": " + d.Detail
	}
	return s
}

// foreignTable tells whether a table is one of the other services' framework,
// which share the database and are none of the graph's business.
func foreignTable(name string) bool {
	return strings.HasPrefix(name, "django_") || strings.HasPrefix(name, "auth_")
}

// compare turns the changes that would make the live schema the expected one
// into differences. Indexes and constraints are matched by what they say, not
// by their names.
func compare(changes []schema.Change) []Difference {
	found := []Difference{}
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.AddTable:
			found = append(found, Difference{Kind: MissingTable, Table: c.T.Name})
		case *schema.DropTable:
			if !foreignTable(c.T.Name) {
				found = append(found, Difference{Kind: UnknownTable, Table: c.T.Name})
			}
		case *schema.ModifyTable:
			t := table{name: c.T.Name}
			for _, part := range c.Changes {
				t.change(part)
			}
			t.match()
			found = append(found, t.found...)
		}
	}
	slices.SortStableFunc(found, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Table, b.Table), cmp.Compare(a.Name, b.Name))
	})
	return found
}

// table collects the differences of one table. What stands under another name
// than expected is at first both wanted and had.
type table struct {
	name   string
	found  []Difference
	wanted struct {
		indexes []*schema.Index
		keys    []*schema.ForeignKey
		checks  []*schema.Check
	}
	had struct {
		indexes []*schema.Index
		keys    []*schema.ForeignKey
		checks  []*schema.Check
	}
}

func (t *table) add(k Kind, name, detail string) {
	t.found = append(t.found, Difference{Kind: k, Table: t.name, Name: name, Detail: detail})
}

func (t *table) change(c schema.Change) {
	switch c := c.(type) {
	case *schema.AddColumn:
		t.add(MissingColumn, c.C.Name, "")
	case *schema.DropColumn:
		if c.C.Type.Null || c.C.Default != nil || generated(c.C) {
			t.add(UnknownColumn, c.C.Name, "")
		} else {
			t.add(RequiredColumn, c.C.Name, "it may not be NULL and has no default, so the client can add no rows")
		}
	case *schema.ModifyColumn:
		t.column(c)
	case *schema.AddPrimaryKey, *schema.DropPrimaryKey, *schema.ModifyPrimaryKey:
		t.add(PrimaryKey, "", "")
	case *schema.AddIndex:
		t.wanted.indexes = append(t.wanted.indexes, c.I)
	case *schema.DropIndex:
		t.had.indexes = append(t.had.indexes, c.I)
	case *schema.ModifyIndex:
		t.wanted.indexes, t.had.indexes = append(t.wanted.indexes, c.To), append(t.had.indexes, c.From)
	case *schema.AddForeignKey:
		t.wanted.keys = append(t.wanted.keys, c.F)
	case *schema.DropForeignKey:
		t.had.keys = append(t.had.keys, c.F)
	case *schema.ModifyForeignKey:
		t.wanted.keys, t.had.keys = append(t.wanted.keys, c.To), append(t.had.keys, c.From)
	case *schema.AddCheck:
		t.wanted.checks = append(t.wanted.checks, c.C)
	case *schema.DropCheck:
		t.had.checks = append(t.had.checks, c.C)
	case *schema.ModifyCheck:
		t.wanted.checks, t.had.checks = append(t.wanted.checks, c.To), append(t.had.checks, c.From)
	default:
		t.add(TableOther, "", strings.TrimPrefix(fmt.Sprintf("%T", c), "*schema."))
	}
}

func (t *table) column(c *schema.ModifyColumn) {
	if c.Change.Is(schema.ChangeType) {
		t.add(ColumnType, c.To.Name, fmt.Sprintf("%s, expected %s", typeName(c.From), typeName(c.To)))
	}
	if c.Change.Is(schema.ChangeNull) {
		if c.From.Type.Null {
			t.add(NullableColumn, c.To.Name, "")
		} else {
			t.add(NotNullColumn, c.To.Name, "")
		}
	}
	if c.Change.Is(schema.ChangeDefault) {
		t.add(ColumnDefault, c.To.Name, fmt.Sprintf("%s, expected %s", defaultOf(c.From), defaultOf(c.To)))
	}
	if c.Change & ^(schema.ChangeType|schema.ChangeNull|schema.ChangeDefault) != 0 {
		t.add(ColumnOther, c.To.Name, "its identity, generation, collation or comment is another")
	}
}

// match pairs what is wanted with what there is.
func (t *table) match() {
	for _, w := range t.wanted.indexes {
		if h := take(&t.had.indexes, func(h *schema.Index) bool { return describeIndex(h) == describeIndex(w) }); h != nil {
			t.renamed((*h).Name, w.Name)
		} else if w.Unique {
			t.add(MissingUnique, w.Name, describeIndex(w))
		} else {
			t.add(MissingIndex, w.Name, describeIndex(w))
		}
	}
	for _, h := range t.had.indexes {
		if h.Unique {
			t.add(UnknownUnique, h.Name, describeIndex(h))
		} else {
			t.add(UnknownIndex, h.Name, describeIndex(h))
		}
	}
	for _, w := range t.wanted.keys {
		switch h := take(&t.had.keys, func(h *schema.ForeignKey) bool { return describeKey(h) == describeKey(w) }); {
		case h == nil:
			t.add(MissingForeignKey, w.Symbol, describeKey(w))
		case deletion(*h) != deletion(w):
			t.add(DeletionRule, (*h).Symbol, fmt.Sprintf("%s, ON DELETE %s, expected %s", describeKey(w), deletion(*h), deletion(w)))
		default:
			t.renamed((*h).Symbol, w.Symbol)
		}
	}
	for _, h := range t.had.keys {
		t.add(UnknownForeignKey, h.Symbol, describeKey(h))
	}
	for _, w := range t.wanted.checks {
		if h := take(&t.had.checks, func(h *schema.Check) bool { return bare(h.Expr) == bare(w.Expr) }); h != nil {
			t.renamed((*h).Name, w.Name)
		} else {
			t.add(MissingCheck, w.Name, w.Expr)
		}
	}
	for _, h := range t.had.checks {
		t.add(UnknownCheck, h.Name, h.Expr)
	}
}

func (t *table) renamed(had, wanted string) {
	if had != wanted {
		t.add(OtherName, had, "expected "+wanted)
	}
}

// take removes the first element that fits, and returns it, or nil.
func take[T any](from *[]T, fits func(T) bool) *T {
	i := slices.IndexFunc(*from, fits)
	if i < 0 {
		return nil
	}
	x := (*from)[i]
	*from = slices.Delete(*from, i, i+1)
	return &x
}

// describeIndex says what an index is, apart from its name.
func describeIndex(i *schema.Index) string {
	parts := make([]string, len(i.Parts))
	for n, p := range i.Parts {
		switch x := p.X.(type) {
		case *schema.RawExpr:
			parts[n] = bare(x.X)
		default:
			parts[n] = p.C.Name
		}
		for _, a := range p.Attrs {
			if class, ok := a.(*postgres.IndexOpClass); ok && !class.Default {
				parts[n] += " " + class.Name
			}
		}
		if p.Desc {
			parts[n] += " DESC"
		}
	}
	s := "(" + strings.Join(parts, ", ") + ")"
	if i.Unique {
		s = "UNIQUE " + s
	}
	for _, a := range i.Attrs {
		switch a := a.(type) {
		case *postgres.IndexType:
			if !strings.EqualFold(a.T, postgres.IndexTypeBTree) {
				s += " USING " + strings.ToLower(a.T)
			}
		case *postgres.IndexPredicate:
			s += " WHERE " + bare(a.P)
		}
	}
	return s
}

// describeKey says what a foreign key is, apart from its name and deletion rule.
func describeKey(k *schema.ForeignKey) string {
	return fmt.Sprintf("(%s) to %s (%s)", columnNames(k.Columns), k.RefTable.Name, columnNames(k.RefColumns))
}

func columnNames(cs []*schema.Column) string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

func deletion(k *schema.ForeignKey) schema.ReferenceOption {
	return cmp.Or(k.OnDelete, schema.NoAction)
}

// bare is an expression without what PostgreSQL adds when it prints one: casts
// of text and brackets. Two that are bare the same may still differ in how their
// parts are grouped, which is for the versioned migrations to tell.
func bare(expr string) string {
	return strings.Join(strings.Fields(spelling.Replace(expr)), " ")
}

var spelling = strings.NewReplacer("::text", "", "::character varying", "", "(", " ", ")", " ", `"`, "")

func generated(c *schema.Column) bool {
	return slices.ContainsFunc(c.Attrs, func(a schema.Attr) bool {
		switch a.(type) {
		case *postgres.Identity, *schema.GeneratedExpr:
			return true
		}
		return false
	})
}

func typeName(c *schema.Column) string {
	if s, err := postgres.FormatType(c.Type.Type); err == nil {
		return s
	}
	return c.Type.Raw
}

func defaultOf(c *schema.Column) string {
	switch d := c.Default.(type) {
	case *schema.Literal:
		return d.V
	case *schema.RawExpr:
		return d.X
	default:
		return "none"
	}
}
