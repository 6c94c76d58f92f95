package adopt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// planIndexes gives the table the indexes that it should have: those that are
// there get their names, others are made, and those that Django made beside them
// go. An index that nobody here knows stays.
func (t *tableChange) planIndexes() {
	have := t.m.schema.Of(t.table, catalogue.Index)
	wanted := t.want.Of(t.table, catalogue.Index)
	t.planUniques(wanted)
	var left catalogue.Schema // those that have no use yet
	for _, h := range have {
		if w, ok := wanted.Get(h.Kind, h.Table, h.Name); !ok {
			left = append(left, h)
		} else if h.Valid() && w.Def != h.Def {
			t.indexes = append(t.indexes, Step{
				Title: fmt.Sprintf("drop index %q, which is not what its name says", h.Name),
				SQL:   []string{"DROP INDEX CONCURRENTLY " + quoted(h.Name)}, Concurrently: true,
				Locks: locksOf(t.table, shareUpdateExclusive, nil),
			})
		}
	}
	for _, w := range wanted {
		h, named := have.Get(w.Kind, w.Table, w.Name)
		if named && h.Def == w.Def {
			continue
		}
		if i := slices.IndexFunc(left, func(h catalogue.Object) bool { return h.Def == w.Def }); i >= 0 && !named {
			t.renames = append(t.renames, "ALTER INDEX "+quoted(left[i].Name)+" RENAME TO "+quoted(w.Name))
			left = slices.Delete(left, i, i+1)
			continue
		}
		t.indexes = append(t.indexes, Step{
			Title: fmt.Sprintf("make index %q", w.Name), SQL: []string{created(w, "CONCURRENTLY ")}, Concurrently: true, Index: w.Name,
			Locks: locksOf(t.table, shareUpdateExclusive, nil), Work: []Work{t.work(Build)},
		})
	}
	for _, h := range left {
		if !h.Valid() || madeByDjango(h.Name) && !t.unknown(h) {
			t.final = append(t.final, "DROP INDEX "+quoted(h.Name))
		} else {
			t.kept = append(t.kept, fmt.Sprintf("index %q of table %q", h.Name, t.table))
		}
	}
	t.planPrimaryKey()
}

// unknown tells whether an index or constraint is about a column that the wanted
// table doesn't have.
func (t *tableChange) unknown(o catalogue.Object) bool {
	return slices.ContainsFunc(t.m.schema.Of(t.table, catalogue.Column), func(c catalogue.Object) bool {
		_, wanted := t.want.Get(catalogue.Column, t.table, c.Name)
		return !wanted && mentions(o.Def, c.Name)
	})
}

// uniqueParts are the columns of a constraint or index that is unique over columns
// alone, for all rows.
var uniqueParts = regexp.MustCompile(`^UNIQUE (?:USING btree )?\(([^()]*)\)( DEFERRABLE.*)?$`)

func uniqueColumns(o catalogue.Object) []string {
	p := uniqueParts.FindStringSubmatch(o.Def)
	if p == nil {
		return nil
	}
	columns := strings.Split(p[1], ", ")
	slices.Sort(columns)
	return columns
}

// planUniques puts unique indexes in the place of unique constraints, each of
// which goes when the index is there, and makes way for it if it is to have the
// same name.
func (t *tableChange) planUniques(wanted catalogue.Schema) {
	for _, h := range t.m.schema.Of(t.table, catalogue.Unique) {
		columns := uniqueColumns(h)
		replaced := columns != nil && !t.referredTo(h) && slices.ContainsFunc(wanted, func(w catalogue.Object) bool {
			return slices.Equal(uniqueColumns(w), columns)
		})
		if _, taken := wanted.Get(catalogue.Index, t.table, h.Name); replaced && taken {
			old := "adopt_" + h.Name
			old = old[:min(len(old), 63)]
			t.renames = append(t.renames, "ALTER INDEX "+quoted(h.Name)+" RENAME TO "+quoted(old))
			h.Name = old
		}
		if replaced {
			t.last = append(t.last, "DROP CONSTRAINT "+quoted(h.Name))
		} else {
			t.kept = append(t.kept, fmt.Sprintf("unique constraint %q of table %q: %s", h.Name, t.table, h.Def))
		}
	}
}

// referredTo tells whether a foreign key of any table relies on a unique
// constraint of this one.
func (t *tableChange) referredTo(unique catalogue.Object) bool {
	return slices.ContainsFunc(t.m.schema, func(o catalogue.Object) bool {
		k := parseKey(o.Def)
		return o.Kind == catalogue.ForeignKey && k.table == t.table && unique.Def == "UNIQUE ("+k.refColumns+")"
	})
}

func (t *tableChange) planPrimaryKey() {
	for _, w := range t.want.Of(t.table, catalogue.PrimaryKey) {
		have := t.m.schema.Of(t.table, catalogue.PrimaryKey)
		switch {
		case len(have) == 0 || have[0].Def != w.Def:
			t.obstacle("table %q has not the primary key that it should have, %s: give it one by hand", t.table, w.Def)
		case have[0].Name != w.Name: // which renames the constraint, under a weaker lock
			t.renames = append(t.renames, "ALTER INDEX "+quoted(have[0].Name)+" RENAME TO "+quoted(w.Name))
		}
	}
}
