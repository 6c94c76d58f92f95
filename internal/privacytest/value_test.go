package privacytest

import (
	"context"
	"reflect"
	"testing"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
)

// Values of a set that depend on the world and on who asks.
type (
	ref  string                  // the id of a row of the world
	made func(*making) int64     // the id of a row that is made for it
	asks struct{ optional bool } // the id of who asks
)

var asker = asks{}

// making is what a made value has at hand: a transaction in which it may make rows,
// as the system.
type making struct {
	*world
	t     *testing.T
	ctx   context.Context
	f     *factory.Factory
	tx    *ent.Client
	asker int64
}

func (w *world) making(t *testing.T, tx *ent.Client, v who) *making {
	return &making{world: w, t: t, ctx: w.context(t, system), f: factory.New(tx, factory.Seed(99)), tx: tx, asker: w.asking(v)}
}

// asking is the person that a viewer sets as that of a new row. Who is nobody
// tries it for self.
func (w *world) asking(v who) int64 {
	switch v {
	case anonymous, none, deactivated:
		return w.people[self]
	case system:
		return w.friend
	}
	return w.people[v]
}

// value resolves a value; nil leaves the field as it is.
func (w *world) value(t *testing.T, tx *ent.Client, v who, value any) any {
	switch value := value.(type) {
	case ref:
		id, ok := w.rows[string(value)]
		if !ok {
			t.Fatalf("the world has no row %q", value)
		}
		return id
	case made:
		return value(w.making(t, tx, v))
	case asks:
		if value.optional && (v == anonymous || v == none || v == deactivated) {
			return nil
		}
		return w.asking(v)
	}
	return value
}

// assign sets a field of a builder.
func (w *world) assign(t *testing.T, builder reflect.Value, field string, value any) {
	if value == nil {
		return
	}
	m := builder.MethodByName("Set" + field)
	if !m.IsValid() {
		t.Fatalf("%s has no Set%s", builder.Type(), field)
	}
	v := reflect.ValueOf(value)
	if !v.CanConvert(m.Type().In(0)) {
		t.Fatalf("Set%s takes no %T", field, value)
	}
	m.Call([]reflect.Value{v.Convert(m.Type().In(0))})
}

func method(client *ent.Client, entity, name string) reflect.Value {
	return reflect.ValueOf(client).Elem().FieldByName(entity).MethodByName(name)
}

func call(client *ent.Client, entity, name string, args ...any) reflect.Value {
	return method(client, entity, name).Call(values(args...))[0]
}

func values(args ...any) []reflect.Value {
	var vs []reflect.Value
	for _, arg := range args {
		vs = append(vs, reflect.ValueOf(arg))
	}
	return vs
}

func last(out []reflect.Value) error {
	err, _ := out[len(out)-1].Interface().(error)
	return err
}
