package doctor

import (
	"context"
	"reflect"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// entity is one entity of the typed client. The client's types have no
// interface in common, so what is called by its name here is what a program
// would write out: client.Post.Query().Select(…).All(ctx).
type entity struct {
	name   string
	t      *orm.Type
	client reflect.Value // such as an *ent.PostClient
}

// entities returns all entities that the client has.
func entities(client *ent.Client) []entity {
	var found []entity
	v := reflect.ValueOf(client).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		if !f.IsExported() {
			continue
		}
		c := v.FieldByIndex(f.Index)
		if q := c.MethodByName("Query"); q.IsValid() {
			found = append(found, entity{name: f.Name, t: orm.TypeOf(q.Call(nil)[0].Interface()), client: c})
		}
	}
	return found
}

// window is a part of a table, in the order of the ids.
type window struct {
	from, to int64 // the ids that it may have, both included
	limit    int   // of rows, 0 for none
}

func (w window) narrow(s *sql.Selector) {
	id := s.C("id")
	s.Where(sql.And(sql.GTE(id, w.from), sql.LTE(id, w.to))).OrderBy(id)
	if w.limit > 0 {
		s.Limit(w.limit)
	}
}

// read returns the rows in the window, a slice of pointers, with the given
// columns only; all if none is given.
func (e entity) read(ctx context.Context, w window, columns []string) (rows, error) {
	q := e.client.MethodByName("Query").Call(nil)[0]
	q.Interface().(interface{ WhereP(...func(*sql.Selector)) }).WhereP(w.narrow)
	if len(columns) > 0 {
		args := make([]reflect.Value, len(columns))
		for i, c := range columns {
			args[i] = reflect.ValueOf(c)
		}
		q.MethodByName("Select").Call(args)
	}
	out := q.MethodByName("All").Call([]reflect.Value{reflect.ValueOf(ctx)})
	err, _ := out[1].Interface().(error)
	return rows{out[0]}, err
}

// rows is a slice of pointers to an entity's rows.
type rows struct{ reflect.Value }

func (r rows) row(i int) any { return r.Index(i).Interface() }

func (r rows) id(i int) int64 { return r.Index(i).Elem().FieldByName("ID").Int() }
