package privacytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func TestMatrix(t *testing.T) {
	conformance.Each(t, func(t *testing.T, db conformance.Database) {
		w := newWorld(t, db.Client)
		complete(t, db.Client)
		t.Run("active", func(t *testing.T) {
			for _, l := range append(platform, communal...) {
				w.check(t, l)
			}
		})
		ctx := w.context(t, system)
		if err := db.Client.Community.UpdateOneID(w.rows["Community"]).SetIsActive(false).Exec(ctx); err != nil {
			t.Fatal(err)
		}
		w.only = managers
		t.Run("inactive", func(t *testing.T) {
			for _, l := range communal {
				w.check(t, l)
			}
		})
	})
}

// complete fails for an entity whose row isn't in the table, or not in every
// column of it.
func complete(t *testing.T, client *ent.Client) {
	t.Helper()
	lines, made := map[string]line{}, map[string]bool{}
	for _, l := range append(platform, communal...) {
		if _, twice := lines[l.row]; twice {
			t.Errorf("%s is in the table twice", l.row)
		}
		lines[l.row] = l
		entity, _, _ := strings.Cut(l.row, ",")
		made[entity] = made[entity] || len(l.create) > 0
	}
	for _, f := range reflect.VisibleFields(reflect.TypeOf(*client)) {
		if !f.IsExported() || f.Name == "Schema" {
			continue
		}
		l, ok := lines[f.Name]
		fixed := len(setters(client, f.Name)) == 0
		switch {
		case !ok:
			t.Errorf("%s isn't in the table", f.Name)
		case l.read == 0 || !made[f.Name] || l.delete == 0 || (len(l.updates) == 0) != fixed:
			t.Errorf("%s: the table doesn't say who may read, create, update and delete it", f.Name)
		}
	}
}

// setters are the fields that an update of an entity can set, its time excepted.
func setters(client *ent.Client, entity string) []string {
	var fields []string
	update := call(client, entity, "UpdateOneID", int64(1))
	for i := range update.NumMethod() {
		name := update.Type().Method(i).Name
		if field, ok := strings.CutPrefix(name, "Set"); ok && field != "UpdatedAt" && !strings.HasPrefix(field, "Nillable") {
			fields = append(fields, field)
		}
	}
	return fields
}

// allowed is who of a cell's viewers may do it in the world as it is.
func (w *world) allowed(cell who) who { return cell & w.only }

// reads tells whether the table lets a viewer read a row.
func (w *world) reads(t *testing.T, row string, v who) bool {
	for _, l := range platform {
		if l.row == row {
			return l.read.has(v)
		}
	}
	for _, l := range communal {
		if l.row == row {
			return w.allowed(l.read).has(v)
		}
	}
	t.Fatalf("the table has no row %q", row)
	return false
}

// check holds what every viewer can do with a row against the line.
func (w *world) check(t *testing.T, l line) {
	entity, _, _ := strings.Cut(l.row, ",")
	id, ok := w.rows[l.row]
	if !ok {
		t.Errorf("the world has no row %q", l.row)
		return
	}
	each(func(v who) {
		x := trial{world: w, t: t, ctx: w.context(t, v), v: v, row: l.row, entity: entity, id: id}
		x.do("read", l.read, func(tx *ent.Client, id int64) error {
			return last(method(tx, entity, "Get").Call(values(x.ctx, id)))
		})
		for _, c := range l.create {
			x.create(c)
		}
		for _, u := range l.updates {
			more, ok := u.value.(also)
			if !ok {
				more.value = u.value
			}
			x.do(fmt.Sprint("update ", u.field, " to ", more.value), u.who, func(tx *ent.Client, id int64) error {
				b := call(tx, entity, "UpdateOneID", id)
				w.assign(t, b, u.field, w.value(t, tx, v, more.value))
				for field, value := range more.set {
					w.assign(t, b, field, w.value(t, tx, v, value))
				}
				return last(b.MethodByName("Exec").Call(values(x.ctx)))
			}, more.but...)
		}
		if l.delete != 0 {
			x.do("delete", l.delete, func(tx *ent.Client, id int64) error {
				return last(call(tx, entity, "DeleteOneID", id).MethodByName("Exec").Call(values(x.ctx)))
			})
		}
	})
}

// absent is the id of no row.
const absent = int64(1) << 40

// trial is what one viewer tries with one row.
type trial struct {
	*world
	t           *testing.T
	ctx         context.Context
	v           who
	row, entity string
	id          int64
}

// do tries an operation on the row, and, where the viewer doesn't see it, on one
// that isn't there.
func (x *trial) do(operation string, cell who, try func(tx *ent.Client, id int64) error, but ...refusal) {
	x.t.Helper()
	got, want := x.inTx(x.t, func(tx *ent.Client) error { return try(tx, x.id) }), x.wants(x.t, x.row, cell, x.v)
	for _, r := range but {
		if want == nil && r.who.has(x.v) {
			want = r.code
		}
	}
	x.report(operation, got, want)
	if errors.Is(want, apierror.NotFound) {
		x.same(operation, got, x.inTx(x.t, func(tx *ent.Client) error { return try(tx, absent) }))
	}
}

// create tries to make another row, and, where it refers to rows that the viewer
// doesn't see, one that refers to rows that aren't there.
func (x *trial) create(c create) {
	x.t.Helper()
	try := func(s set) error {
		return x.inTx(x.t, func(tx *ent.Client) error {
			if c.before != nil {
				c.before(x.making(x.t, tx, x.v))
			}
			b := call(tx, x.entity, "Create")
			for field, value := range s {
				x.assign(x.t, b, field, x.value(x.t, tx, x.v, value))
			}
			return last(b.MethodByName("Exec").Call(values(x.ctx)))
		})
	}
	got := try(c.set)
	x.report("create", got, x.wantsCreate(x.t, c, x.v))
	if hidden := x.hidden(x.t, c, x.v); x.v != none && len(hidden) > 0 {
		s := maps.Clone(c.set)
		for _, field := range hidden {
			s[field] = absent
		}
		x.same("create", got, try(s))
	}
}

func (x *trial) report(operation string, got, want error) {
	x.t.Helper()
	if !errors.Is(got, want) {
		x.t.Errorf("%s: %s, as %s: got %v, want %v", x.row, operation, names[x.v], got, want)
	}
}

// same fails where a hidden row can be told from one that isn't there.
func (x *trial) same(operation string, hidden, gone error) {
	x.t.Helper()
	if hidden == nil || gone == nil || hidden.Error() != gone.Error() {
		x.t.Errorf("%s: %s, as %s: a hidden row gives %v, none %v", x.row, operation, names[x.v], hidden, gone)
	}
}

// wants is the error that an operation on a row gives a viewer.
func (w *world) wants(t *testing.T, row string, cell, v who) error {
	switch {
	case v == none:
		return viewer.ErrNoViewer
	case !w.reads(t, row, v):
		return apierror.NotFound
	case !w.allowed(cell).has(v):
		return apierror.Forbidden
	}
	return nil
}

// wantsCreate is the error that making a row gives: a row that it refers to and
// that the viewer can't see isn't there.
func (w *world) wantsCreate(t *testing.T, c create, v who) error {
	if v == none {
		return viewer.ErrNoViewer
	}
	for _, field := range w.hidden(t, c, v) {
		if field != c.blind {
			return apierror.InvalidReference
		}
	}
	for _, r := range c.but {
		if w.allowed(r.who).has(v) {
			return r.code
		}
	}
	if !w.allowed(c.who).has(v) {
		return apierror.Forbidden
	}
	return nil
}

// hidden are the fields that refer to rows which the viewer doesn't see.
func (w *world) hidden(t *testing.T, c create, v who) (fields []string) {
	for field, value := range c.set {
		if r, ok := value.(ref); ok && !w.reads(t, string(r), v) {
			fields = append(fields, field)
		}
	}
	return fields
}

// inTx tries something in a transaction that is rolled back.
func (w *world) inTx(t *testing.T, try func(tx *ent.Client) error) error {
	t.Helper()
	tx, err := w.client.Tx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}()
	return try(tx.Client())
}
