package factory_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// entities are the names of the client's fields that hold an entity's client.
func entities(client *ent.Client) []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(*client)) {
		if _, ok := field.Type.MethodByName("Create"); ok && field.IsExported() && field.Name != "Schema" {
			names = append(names, field.Name)
		}
	}
	return names
}

// makeRow makes a row of the entity without overrides.
func makeRow(ctx context.Context, t *testing.T, f *factory.Factory, entity string) any {
	t.Helper()
	builder := reflect.ValueOf(f).MethodByName(entity)
	if !builder.IsValid() {
		t.Fatalf("the factory has no builder for %s", entity)
	}
	out := builder.Call([]reflect.Value{reflect.ValueOf(ctx)})
	if err, _ := out[1].Interface().(error); err != nil {
		t.Fatalf("%s: %v", entity, err)
	}
	return out[0].Interface()
}

func TestEveryEntityHasABuilder(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		names := entities(d.Client)
		if len(names) != 80 {
			t.Fatalf("the client has %d entities, want 80", len(names))
		}
		f := factory.New(d.Client)
		for _, name := range names {
			// Twice: what has to be unique is.
			for range 2 {
				row := makeRow(conformance.System(t), t, f, name)
				if id := reflect.ValueOf(row).Elem().FieldByName("ID").Int(); id == 0 {
					t.Errorf("%s: the row has no id", name)
				}
			}
		}
	})
}

func TestSameSeedSameValues(t *testing.T) {
	values := func(seed uint64) map[string]string {
		d := conformance.SQLite(t)
		f := factory.New(d.Client, factory.Seed(seed))
		rows := map[string]string{}
		for _, name := range entities(d.Client) {
			if stringer, ok := makeRow(conformance.System(t), t, f, name).(interface{ String() string }); ok {
				rows[name] = stringer.String()
			}
		}
		return rows
	}
	first, again, other := values(7), values(7), values(8)
	for name, row := range first {
		if again[name] != row {
			t.Errorf("%s: the same seed gave\n%s\nand then\n%s", name, row, again[name])
		}
	}
	if len(first) != 80 {
		t.Errorf("%d entities were compared, want 80", len(first))
	}
	if other["User"] == first["User"] {
		t.Errorf("another seed gave the same user: %s", other["User"])
	}
}
