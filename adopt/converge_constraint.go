package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// planConstraints gives the table the checks and foreign keys that it should have.
// New ones bind new rows at once and are held against the others later, without a
// lock that keeps anybody waiting.
func (t *tableChange) planConstraints() {
	var taken []string // constraints that are there and wanted, maybe by another name
	for _, w := range t.want.Of(t.table, catalogue.Check, catalogue.ForeignKey) {
		h, ok := t.there(w, taken)
		if ok {
			taken = append(taken, h.Name)
			if h.Name != w.Name {
				t.before = append(t.before, "ALTER TABLE "+quoted(t.table)+" RENAME CONSTRAINT "+quoted(h.Name)+" TO "+quoted(w.Name))
			}
		} else if other, clash := t.m.schema.Get(w.Kind, t.table, w.Name); clash {
			t.clauses = append(t.clauses, "DROP CONSTRAINT "+quoted(other.Name))
			taken = append(taken, other.Name)
			t.lock(other, accessExclusive, t.locks)
		}
		t.planConstraint(w, ok, ok && h.Valid())
	}
	for _, h := range t.m.schema.Of(t.table, catalogue.Check, catalogue.ForeignKey) {
		switch {
		case slices.Contains(taken, h.Name), t.transient(h):
		case t.remade(h):
			t.last = append(t.last, "DROP CONSTRAINT "+quoted(h.Name))
			t.lock(h, accessExclusive, t.ended)
		default:
			t.kept = append(t.kept, fmt.Sprintf("%s %q of table %q: %s", h.Kind, h.Name, t.table, h.Def))
		}
	}
}

// there returns the constraint that is what w should be, rows that break it aside:
// the one of its name, or else another.
func (t *tableChange) there(w catalogue.Object, taken []string) (catalogue.Object, bool) {
	if h, ok := t.m.schema.Get(w.Kind, t.table, w.Name); ok && base(h) == w.Def {
		return h, true
	}
	for _, h := range t.m.schema.Of(t.table, w.Kind) {
		_, wanted := t.want.Get(h.Kind, h.Table, h.Name)
		if base(h) == w.Def && !wanted && !slices.Contains(taken, h.Name) {
			return h, true
		}
	}
	return catalogue.Object{}, false
}

// planConstraint adds and validates w, as far as rows let it: there tells whether
// it binds new rows already, and valid whether it holds for all.
func (t *tableChange) planConstraint(w catalogue.Object, there, valid bool) {
	broken := t.found.broken(w)
	// A check refuses every later change of a row that breaks it, whatever changes;
	// a key only looks at a row when its own columns change.
	add := !there && (w.Kind == catalogue.ForeignKey || !broken || slices.Contains(t.accept, w.Name))
	if add {
		t.clauses = append(t.clauses, "ADD CONSTRAINT "+quoted(w.Name)+" "+w.Def+catalogue.NotValid)
		t.lock(w, shareRowExclusive, t.locks)
	}
	switch {
	case valid:
	case broken:
		t.waiting = append(t.waiting, Waiting{Rule: w.Name, Table: t.table, Bound: there || add})
	default:
		t.validate = append(t.validate, w.Name)
		if w.Kind == catalogue.ForeignKey {
			t.joins++
			t.refers[parseKey(w.Def).table] = true
		}
	}
}

// transient tells whether a check is there only until a column is NOT NULL.
func (t *tableChange) transient(h catalogue.Object) bool {
	return h.Kind == catalogue.Check && strings.HasPrefix(h.Name, notNullPrefix)
}

// remade tells whether a foreign key has another in its place, of the same columns
// but with a rule for what happens when the row that it refers to is deleted.
func (t *tableChange) remade(h catalogue.Object) bool {
	return h.Kind == catalogue.ForeignKey && slices.ContainsFunc(t.want.Of(t.table, catalogue.ForeignKey), func(w catalogue.Object) bool {
		return parseKey(w.Def) == parseKey(h.Def)
	})
}

// lock notes that adding or dropping o locks the table that it refers to.
func (t *tableChange) lock(o catalogue.Object, mode string, locks map[string]string) {
	if o.Kind == catalogue.ForeignKey && locks[parseKey(o.Def).table] != accessExclusive {
		locks[parseKey(o.Def).table] = mode
	}
}
