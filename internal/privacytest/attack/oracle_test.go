package attack

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/migrate"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// exhibit is one row of every entity, each with whatever it needs around it.
type exhibit map[string]reflect.Value

// exhibited makes a row of every entity.
func (w *world) exhibited(t *testing.T) exhibit {
	t.Helper()
	rows := exhibit{}
	for _, typ := range orm.Types() {
		out := reflect.ValueOf(w.f).MethodByName(typ.Name).Call([]reflect.Value{reflect.ValueOf(w.system)})
		if err, _ := out[1].Interface().(error); err != nil {
			t.Fatalf("%s: %v", typ.Name, err)
		}
		rows[typ.Name] = out[0].Elem()
	}
	return rows
}

// id is that of the row.
func id(row reflect.Value) int64 { return row.FieldByName("ID").Int() }

// column is the value of a row's column, nil for NULL. The struct has the columns in
// the order of the table, behind the client's part.
func column(typ *orm.Type, row reflect.Value, name string) any {
	v := row.Field(slices.Index(typ.Columns, name) + 1)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return v.Interface()
}

// builder is a creation, an update or a deletion of one row.
type builder interface {
	Exec(context.Context) error
}

func build(c *ent.Client, entity, op string, args ...any) (builder, ent.Mutation) {
	var in []reflect.Value
	for _, a := range args {
		in = append(in, reflect.ValueOf(a))
	}
	b := reflect.ValueOf(c).Elem().FieldByName(entity).MethodByName(op).Call(in)[0]
	mutation := b.MethodByName("Mutation")
	if !mutation.IsValid() { // of a deletion
		return b.Interface().(builder), nil
	}
	return b.Interface().(builder), mutation.Call(nil)[0].Interface().(ent.Mutation)
}

// keys are the foreign keys of a table.
func keys(t *testing.T, table string) map[string]string {
	t.Helper()
	of := map[string]string{}
	for _, mt := range migrate.Tables {
		if mt.Name != table {
			continue
		}
		for _, k := range mt.ForeignKeys {
			if len(k.Columns) == 1 {
				of[k.Columns[0].Name] = k.RefTable.Name
			}
		}
		return of
	}
	t.Fatalf("there is no table %s", table)
	return nil
}

// needed are the foreign keys of a row, and what else one can't be made without, as
// the client says itself.
func (w *world) needed(t *testing.T, typ *orm.Type, row reflect.Value) []string {
	t.Helper()
	tx, err := w.Client.Tx(w.system)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}()
	columns := sorted(keys(t, typ.Table))
	for {
		b, m := build(tx.Client(), typ.Name, "Create")
		if err := fill(m, typ, row, columns); err != nil {
			t.Fatal(err)
		}
		var e *apierror.Error
		if err := b.Exec(w.system); !errors.As(err, &e) || e.Code != apierror.MissingValue || slices.Contains(columns, e.Field) {
			return columns
		}
		columns = append(columns, e.Field)
	}
}

// Of every foreign key of every entity that somebody may set: a row that they don't
// see and one that isn't there give the same error, by the same statements, whoever
// they are, whatever else the write says.
func TestNoForeignKeyTellsAHiddenRowFromNone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		seen := w.exhibited(t)
		manager := factory.Must(w.system, t, w.f.User)
		for _, c := range w.Client.Community.Query().AllX(w.system) {
			factory.Must(w.system, t, w.f.CommunityMember, func(m *ent.CommunityMemberCreate) {
				m.SetCommunity(c).SetUser(manager).SetRole(communitymember.RoleCoOwner)
			})
		}
		already := w.Client.Community.Query().IDsX(w.system)
		people := w.Client.User.Query().IDsX(w.system)
		hidden := w.exhibited(t)
		w.Client.Community.Update().Where(community.IDNotIn(already...)).SetIsActive(false).ExecX(w.system)
		w.hidePeople(t, people)

		tried := map[string]int{}
		for who, v := range map[string]int64{"a member": w.me.ID, "a manager": manager.ID} {
			a := asking{world: w, r: w.recorder(), who: who, user: v, ctx: viewer.NewContext(t.Context(), viewer.User(v))}
			for _, typ := range orm.Types() {
				for key, table := range keys(t, typ.Table) {
					target := byTable(table)
					if a.sees(t, target.Name, id(hidden[target.Name])) {
						continue
					}
					tried[target.Name]++
					a.try(t, typ, key, id(hidden[target.Name]), seen[typ.Name])
				}
			}
		}
		if len(tried) < 28 {
			t.Errorf("only rows of %d entities were hidden: %v", len(tried), tried)
		}
	})
}

func byTable(table string) *orm.Type {
	for _, t := range orm.Types() {
		if t.Table == table {
			return t
		}
	}
	return nil
}

// hidePeople takes the accounts of all but the given people away.
func (w *world) hidePeople(t *testing.T, but []int64) {
	t.Helper()
	for _, u := range w.Client.User.Query().AllX(w.system) {
		if !slices.Contains(but, u.ID) {
			w.Client.User.UpdateOne(u).SetIsActive(false).ExecX(w.system)
		}
	}
}

// asking is somebody who looks for differences.
type asking struct {
	*world
	r    *recorder
	who  string
	user int64
	ctx  context.Context
}

func (a asking) sees(t *testing.T, entity string, id int64) bool {
	t.Helper()
	out := reflect.ValueOf(a.Client).Elem().FieldByName(entity).MethodByName("Get").
		Call([]reflect.Value{reflect.ValueOf(a.ctx), reflect.ValueOf(id)})
	err, _ := out[1].Interface().(error)
	if err != nil && !ent.IsNotFound(err) {
		t.Fatalf("%s: %v", entity, err)
	}
	return err == nil
}

// try points the key at a hidden row and at none: of a new row with no more than it
// needs, of one with all that another has, of one that the viewer says is theirs,
// and of a row that is there.
func (a asking) try(t *testing.T, typ *orm.Type, key string, hidden int64, like reflect.Value) {
	t.Helper()
	people := []string{}
	for column, table := range keys(t, typ.Table) {
		if table == "User" && column != key {
			people = append(people, column)
		}
	}
	needed := a.needed(t, typ, like)
	for how, set := range map[string]func(ent.Mutation) error{
		"new":       func(m ent.Mutation) error { return fill(m, typ, like, needed) },
		"new, full": func(m ent.Mutation) error { return fill(m, typ, like, typ.Columns[1:]) },
		"own": func(m ent.Mutation) error {
			err := fill(m, typ, like, needed)
			for _, c := range people {
				err = errors.Join(err, m.SetField(c, a.user))
			}
			return err
		},
		"change": nil,
	} {
		attempt := func(to int64) ([]string, error) {
			op, args := "Create", []any(nil)
			if set == nil {
				op, args = "UpdateOneID", []any{id(like)}
			}
			b, m := build(a.r.Client, typ.Name, op, args...)
			if set != nil {
				if err := set(m); err != nil {
					t.Fatalf("%s: %v", typ.Name, err)
				}
			}
			if err := m.SetField(key, to); err != nil {
				t.Fatal(err)
			}
			sent, err := a.r.of(func() error { return b.Exec(a.ctx) })
			return slices.DeleteFunc(sent, func(s string) bool { return !strings.HasPrefix(s, "query=") }), err
		}
		there, one := attempt(hidden)
		gone, none := attempt(missing)
		what := fmt.Sprintf("%s, %s.%s, %s", a.who, typ.Name, key, how)
		switch {
		case one == nil || none == nil:
			t.Errorf("%s: of a hidden row %v, of none %v", what, one, none)
		case one.Error() != none.Error() || apierror.From(one).Code != apierror.From(none).Code:
			t.Errorf("%s: %q of a hidden row, %q of none", what, one, none)
		case !slices.Equal(there, gone):
			t.Errorf("%s: %d statements about a hidden row, and %d others about none", what, len(there), len(gone))
		case apierror.From(one).Code == apierror.Internal:
			t.Errorf("%s: %v", what, one)
		}
	}
}

// fill sets columns to what another row has in them.
func fill(m ent.Mutation, typ *orm.Type, like reflect.Value, columns []string) error {
	for _, c := range columns {
		if v := column(typ, like, c); v != nil {
			if err := m.SetField(c, v); err != nil {
				return err
			}
		}
	}
	return nil
}
