package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// compare returns the differences between the schema that there is and the one that
// is wanted. Indexes and constraints are matched by what they say, not by their
// names.
func compare(have, want catalogue.Schema) []Difference {
	found := []Difference{}
	wanted, had := want.Tables(), have.Tables()
	for _, name := range wanted {
		t := &table{name: name, have: have.Of(name), want: want.Of(name)}
		if !slices.Contains(had, name) {
			t.add(MissingTable, "", "")
		} else {
			t.compare()
		}
		found = append(found, t.found...)
	}
	for _, o := range have {
		switch {
		case o.Kind == catalogue.Table && !slices.Contains(wanted, o.Table):
			found = append(found, Difference{Kind: UnknownTable, Table: o.Table})
		case o.Kind == catalogue.View, o.Kind == catalogue.Function, o.Kind == catalogue.Type:
			if _, ok := want.Get(o.Kind, o.Table, o.Name); !ok {
				found = append(found, Difference{Kind: UnknownObject, Table: o.Table, Name: o.Name, Detail: string(o.Kind)})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Table, b.Table), cmp.Compare(a.Name, b.Name))
	})
	return found
}

// table collects the differences of one table.
type table struct {
	name       string
	have, want catalogue.Schema // its objects
	found      []Difference
}

func (t *table) add(k Kind, name, detail string) {
	t.found = append(t.found, Difference{Kind: k, Table: t.name, Name: name, Detail: detail})
}

func (t *table) compare() {
	h, _ := t.have.Get(catalogue.Table, t.name, "")
	if w, _ := t.want.Get(catalogue.Table, t.name, ""); h.Def != w.Def {
		t.add(TableOther, "", fmt.Sprintf("%s, expected %s", h.Def, w.Def))
	}
	t.columns()
	t.sequences()
	t.primaryKey()
	t.match(indexes)
	t.match(keys)
	t.match(checks)
	for _, o := range t.have.Of(t.name, catalogue.Trigger, catalogue.Rule, catalogue.RowPolicy, catalogue.Exclusion) {
		if w, ok := t.want.Get(o.Kind, o.Table, o.Name); !ok || w.Def != o.Def {
			t.add(UnknownTrigger, o.Name, o.Def)
		}
	}
}

func (t *table) columns() {
	for _, w := range t.want.Of(t.name, catalogue.Column) {
		if h, ok := t.have.Get(catalogue.Column, t.name, w.Name); ok {
			t.column(w.Name, catalogue.ParseColumn(h.Def), catalogue.ParseColumn(w.Def))
		} else {
			t.add(MissingColumn, w.Name, "")
		}
	}
	for _, h := range t.have.Of(t.name, catalogue.Column) {
		if _, ok := t.want.Get(catalogue.Column, t.name, h.Name); ok {
			continue
		}
		if c := catalogue.ParseColumn(h.Def); c.NotNull && c.Default+c.Generated == "" {
			t.add(RequiredColumn, h.Name, "it may not be NULL and has no default, so the client can add no rows")
		} else {
			t.add(UnknownColumn, h.Name, "")
		}
	}
}

func (t *table) column(name string, have, want catalogue.ColumnDef) {
	if have.Type != want.Type {
		t.add(ColumnType, name, fmt.Sprintf("%s, expected %s", have.Type, want.Type))
	}
	switch {
	case have.NotNull && !want.NotNull:
		t.add(NotNullColumn, name, "")
	case !have.NotNull && want.NotNull:
		t.add(NullableColumn, name, "")
	}
	if have.Default != want.Default {
		t.add(ColumnDefault, name, fmt.Sprintf("%s, expected %s", cmp.Or(have.Default, "none"), cmp.Or(want.Default, "none")))
	}
	if have.Generated != want.Generated {
		t.add(ColumnOther, name, fmt.Sprintf("%s, expected %s",
			cmp.Or(have.Generated, "written by the client"), cmp.Or(want.Generated, "written by the client")))
	}
}

// sequences compares those of columns that are made from one here and there.
func (t *table) sequences() {
	of := func(o catalogue.Object) string { owner, _, _ := strings.Cut(o.Def, " AS "); return owner }
	for _, w := range t.want.Of(t.name, catalogue.Sequence) {
		for _, h := range t.have.Of(t.name, catalogue.Sequence) {
			if of(h) != of(w) {
				continue
			}
			t.renamed(h.Name, w.Name)
			if h.Def != w.Def {
				t.add(SequenceOther, h.Name, fmt.Sprintf("%s, expected %s", h.Def, w.Def))
			}
		}
	}
}

func (t *table) primaryKey() {
	h, w := t.have.Of(t.name, catalogue.PrimaryKey), t.want.Of(t.name, catalogue.PrimaryKey)
	switch {
	case len(h) != len(w) || len(h) > 0 && h[0].Def != w[0].Def:
		t.add(PrimaryKey, "", "")
	case len(h) > 0:
		t.renamed(h[0].Name, w[0].Name)
	}
}

func (t *table) renamed(had, wanted string) {
	if had != wanted {
		t.add(OtherName, had, "expected "+wanted)
	}
}

// A matching is how objects of some kinds are paired.
type matching struct {
	kinds []catalogue.Kind
	// says is what one says, apart from its name and what same looks at.
	says func(catalogue.Object) string
	// same adds how one that says what is wanted differs in other ways.
	same func(t *table, have, want catalogue.Object)
	// missing and unknown are the kinds of those without another.
	missing, unknown func(catalogue.Object) Kind
}

// match pairs what is wanted with what there is, first what has the same name.
func (t *table) match(m matching) {
	had, wanted := t.have.Of(t.name, m.kinds...), t.want.Of(t.name, m.kinds...)
	pairs := map[catalogue.Key]catalogue.Object{}
	for _, sameName := range []bool{true, false} {
		for _, w := range wanted {
			if _, ok := pairs[w.Key()]; ok {
				continue
			}
			i := slices.IndexFunc(had, func(h catalogue.Object) bool { return m.says(h) == m.says(w) && (!sameName || h.Name == w.Name) })
			if i >= 0 {
				pairs[w.Key()] = had[i]
				had = slices.Delete(had, i, i+1)
			}
		}
	}
	for _, w := range wanted {
		if h, ok := pairs[w.Key()]; !ok {
			t.add(m.missing(w), w.Name, m.says(w))
		} else {
			m.same(t, h, w)
		}
	}
	for _, h := range had {
		t.add(m.unknown(h), h.Name, m.says(h))
	}
}

var indexes = matching{
	kinds: []catalogue.Kind{catalogue.Index, catalogue.Unique},
	says: func(o catalogue.Object) string {
		def, _, _ := strings.Cut(o.Def, " DEFERRABLE")
		return bare(strings.Replace(strings.TrimSuffix(def, catalogue.Invalid), "USING btree ", "", 1))
	},
	same: func(t *table, have, want catalogue.Object) {
		switch {
		case !have.Valid():
			t.add(InvalidIndex, have.Name, "what an attempt to make it left: drop it and make it again")
		case have.Kind != want.Kind:
			t.add(OtherForm, have.Name, fmt.Sprintf("%s, expected the %s %s", have.Kind, want.Kind, want.Name))
		default:
			t.renamed(have.Name, want.Name)
		}
	},
	missing: func(o catalogue.Object) Kind {
		if isUnique(o) {
			return MissingUnique
		}
		return MissingIndex
	},
	unknown: func(o catalogue.Object) Kind {
		switch {
		case !o.Valid():
			return InvalidIndex
		case isUnique(o):
			return UnknownUnique
		default:
			return UnknownIndex
		}
	},
}

func isUnique(o catalogue.Object) bool { return strings.HasPrefix(o.Def, "UNIQUE ") }

var keys = matching{
	kinds: []catalogue.Kind{catalogue.ForeignKey},
	says: func(o catalogue.Object) string {
		k := catalogue.ParseKey(o.Def)
		return fmt.Sprintf("(%s) to %s (%s)", k.Columns, k.RefTable, k.RefColumns)
	},
	same: func(t *table, have, want catalogue.Object) {
		h, w := catalogue.ParseKey(have.Def), catalogue.ParseKey(want.Def)
		if !have.Valid() {
			t.add(NotValidated, have.Name, "")
		}
		if h.Deferrable != w.Deferrable {
			t.add(DeferrableKey, have.Name, "")
		}
		if h.OnDelete != w.OnDelete {
			t.add(DeletionRule, have.Name,
				fmt.Sprintf("(%s) to %s (%s), ON DELETE %s, expected %s", w.Columns, w.RefTable, w.RefColumns, h.OnDelete, w.OnDelete))
		} else {
			t.renamed(have.Name, want.Name)
		}
	},
	missing: func(catalogue.Object) Kind { return MissingForeignKey },
	unknown: func(catalogue.Object) Kind { return UnknownForeignKey },
}

var checks = matching{
	kinds: []catalogue.Kind{catalogue.Check},
	says:  func(o catalogue.Object) string { return bare(strings.TrimSuffix(o.Def, catalogue.NotValid)) },
	same: func(t *table, have, want catalogue.Object) {
		if !have.Valid() {
			t.add(NotValidated, have.Name, "")
		}
		t.renamed(have.Name, want.Name)
	},
	missing: func(catalogue.Object) Kind { return MissingCheck },
	unknown: func(catalogue.Object) Kind { return UnknownCheck },
}

// bare is an expression without the casts of text that PostgreSQL adds when it
// prints one, which versions of it do in different ways.
func bare(expr string) string { return spelling.Replace(expr) }

var spelling = strings.NewReplacer("::text", "", "::character varying", "", `"`, "")
