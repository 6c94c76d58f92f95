package conformance

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/classroomcertificate"
	"github.com/communitybuilder/communitybuilder/factory"
)

// firstTimes tests a column that holds when a flag first became true.
func firstTimes(table, flag, column string) maintenance {
	return func(t *testing.T, d Database) {
		ctx, j := System(t), newJudge(t, d)
		e, with := j.byTable[table], values(ctx)
		at := func(row any) time.Time {
			v, _ := e.column(e.get(ctx, t, idOf(row)), column).(time.Time)
			return v
		}
		off := func() any { return j.make(t, e, map[string]any{flag: false}) }
		fill := func(builder reflect.Value, values map[string]any) reflect.Value {
			for c, v := range values {
				if v == nil {
					builder.MethodByName("Clear" + e.field(c).name).Call(nil)
				} else {
					set(builder, e.field(c).name, v)
				}
			}
			return builder
		}
		update := func(row any, values map[string]any) error {
			return errorOf(fill(e.call("UpdateOneID", idOf(row))[0], values).MethodByName("Exec").Call(with))
		}
		updateMany := func(rows []any, values map[string]any) error {
			many := fill(e.call("Update")[0], values)
			where := many.MethodByName("Where")
			these := reflect.ValueOf(func(s *sql.Selector) { s.Where(sql.In(s.C("id"), idOf(rows[0]), idOf(rows[1]))) })
			where.Call([]reflect.Value{these.Convert(where.Type().In(0).Elem())})
			return errorOf(many.MethodByName("Exec").Call(with))
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		own := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)

		// Made with the flag or without.
		for _, on := range []bool{true, false} {
			for _, way := range []string{"create", "bulk"} {
				model := off()
				must(errorOf(e.call("DeleteOne", model)[0].MethodByName("Exec").Call(with)))
				create := fill(e.createLike(model), map[string]any{flag: on})
				var row any
				if way == "create" {
					out := create.MethodByName("Save").Call(with)
					must(errorOf(out))
					row = out[0].Interface()
				} else {
					out := e.call("CreateBulk", create.Interface())[0].MethodByName("Save").Call(with)
					must(errorOf(out))
					row = out[0].Index(0).Interface()
				}
				if !at(row).IsZero() != on {
					t.Errorf("%s with %v: %s is %v", way, on, column, at(row))
				}
			}
		}

		// Switched on, off and on again, with whatever time.
		row := off()
		must(update(row, map[string]any{flag: true}))
		first := at(row)
		if first.IsZero() {
			t.Fatalf("%s isn't set", column)
		}
		must(update(row, map[string]any{flag: false}))
		must(update(row, map[string]any{flag: true}))
		must(update(row, map[string]any{flag: true, column: own}))
		must(update(row, map[string]any{column: own}))
		if got := at(row); !got.Equal(first) {
			t.Errorf("%s was %v and is %v", column, first, got)
		}
		second := off()
		must(updateMany([]any{row, second}, map[string]any{flag: true}))
		if got := at(row); !got.Equal(first) || at(second).IsZero() {
			t.Errorf("after updating two: %s was %v and is %v, and of the other %v", column, first, got, at(second))
		}

		// It never goes.
		for way, err := range map[string]error{
			"update one":           update(row, map[string]any{column: nil}),
			"with the flag":        update(row, map[string]any{flag: true, column: nil}),
			"update many":          updateMany([]any{row, second}, map[string]any{column: nil}),
			"of many, one has one": updateMany([]any{off(), second}, map[string]any{column: nil}),
		} {
			if got := apierror.From(err); got == nil || got.Code != apierror.InvalidValue || got.Field != column {
				t.Errorf("%s: clearing %s: %v", way, column, err)
			}
		}
		if got := at(row); !got.Equal(first) {
			t.Errorf("%s was %v and is %v", column, first, got)
		}

		// A time that the writer knows counts where there is none.
		row = off()
		must(update(row, map[string]any{column: own}))
		must(update(row, map[string]any{flag: true}))
		if got := at(row); !got.Equal(own) {
			t.Errorf("%s is %v, want the writer's own", column, got)
		}
		row = off()
		must(update(row, map[string]any{flag: true, column: nil}))
		if at(row).IsZero() {
			t.Errorf("%s isn't set by who says that there was none", column)
		}

		// What another service has left open stays so as long as nobody speaks of it.
		if _, err := d.DB.ExecContext(ctx, fmt.Sprintf(`UPDATE "%s" SET "%s" = NULL WHERE id = %d`, table, column, idOf(row))); err != nil {
			t.Fatal(err)
		}
		must(update(row, map[string]any{"title": "Another"}))
		must(update(row, map[string]any{column: nil}))
		if got := at(row); !got.IsZero() {
			t.Errorf("%s is %v, though nothing was switched on", column, got)
		}
	}
}

// certificates tests which completions issue a certificate.
func certificates(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	classroom := func(issues bool, actives ...bool) (room *cbent.Classroom, contents []*cbent.ClassroomContent) {
		room = factory.Must(ctx, t, f.Classroom, func(c *cbent.ClassroomCreate) { c.SetIssueCertificate(issues) })
		for _, active := range actives {
			contents = append(contents, factory.Must(ctx, t, f.ClassroomContent, func(c *cbent.ClassroomContentCreate) {
				c.SetClassroom(room).SetIsActive(active)
			}))
		}
		return room, contents
	}
	completion := func(u *cbent.User, content *cbent.ClassroomContent) *cbent.ClassroomContentCompletionCreate {
		return c.ClassroomContentCompletion.Create().SetUser(u).SetContent(content)
	}
	complete := func(u *cbent.User, content *cbent.ClassroomContent) {
		t.Helper()
		if err := completion(u, content).Exec(ctx); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, room *cbent.Classroom, users ...*cbent.User) {
		t.Helper()
		var have, ids []int64
		for _, certificate := range c.ClassroomCertificate.Query().Where(classroomcertificate.ClassroomID(room.ID)).AllX(ctx) {
			have = append(have, certificate.UserID)
		}
		for _, u := range users {
			ids = append(ids, u.ID)
		}
		if slices.Sort(have); !slices.Equal(have, ids) {
			t.Errorf("%s: users %v have a certificate, want %v", what, have, ids)
		}
	}
	ann, ben := factory.Must(ctx, t, f.User), factory.Must(ctx, t, f.User)

	room, contents := classroom(true, true, true, false)
	other, others := classroom(true, true, true)
	complete(ann, contents[0])
	complete(ben, contents[0])
	complete(ann, others[0])
	want("one of two", room)
	complete(ann, contents[1])
	want("both of two", room, ann)
	want("another classroom", other)
	last := c.ClassroomContentCompletion.Query().Order(cbent.Desc("id")).FirstX(ctx)
	if issued := c.ClassroomCertificate.Query().OnlyX(ctx); !issued.IssuedAt.Equal(last.CompletedAt) {
		t.Errorf("issued at %v, completed at %v", issued.IssuedAt, last.CompletedAt)
	}
	if err := completion(ann, contents[1]).Exec(ctx); !errors.Is(err, apierror.AlreadyCompleted) {
		t.Errorf("completing twice: %v", err)
	}
	want("the same twice", room, ann)

	// Several by one statement, of several users and classrooms.
	if err := c.ClassroomContentCompletion.CreateBulk(completion(ben, contents[1]), completion(ben, others[0]), completion(ben, others[1]), completion(ann, others[1])).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	want("in bulk", room, ann, ben)
	want("in bulk, all of them", other, ann, ben)

	// What was issued by hand is the certificate.
	room, contents = classroom(true, true)
	factory.Must(ctx, t, f.ClassroomCertificate, func(c *cbent.ClassroomCertificateCreate) { c.SetClassroom(room).SetUser(ann) })
	complete(ann, contents[0])
	want("by hand before", room, ann)

	// Changes of the classroom issue nothing; the next completion does.
	room, contents = classroom(false, true, true, true)
	complete(ann, contents[0])
	complete(ben, contents[0])
	complete(ben, contents[1])
	room.Update().SetIssueCertificate(true).ExecX(ctx)
	contents[1].Update().SetIsActive(false).ExecX(ctx)
	want("switched on later", room)
	complete(ann, contents[2])
	want("completed what is left", room, ann)
	contents[2].Update().SetIsActive(false).ExecX(ctx)
	want("the missing one switched off", room, ann)

	// A transaction that is rolled back leaves neither.
	room, contents = classroom(true, true)
	tx, err := c.Tx(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = tx.ClassroomContentCompletion.Create().SetUser(ann).SetContent(contents[0]).Exec(ctx)
	if err := errors.Join(err, tx.Rollback()); err != nil {
		t.Fatal(err)
	}
	want("rolled back", room)
}
