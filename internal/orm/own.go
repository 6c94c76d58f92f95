package orm

import (
	"context"
	"errors"
	"reflect"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/viewer"
)

var errForeignRows = errors.New("ent: a predicate or an order brings in rows of other tables: predicates over edges do so by what the viewer sees, and other SQL needs a system viewer")

// own has a statement read the table of its query, whatever a predicate or an order
// has put in its place, and refuses joins, unions and common table expressions:
// what they bring in no policy looks at.
func own(ctx context.Context, q *Query, s *sql.Selector) {
	v, _ := viewer.FromContext(ctx)
	if _, system := v.Reason(); system {
		return
	}
	made := reflect.ValueOf(s).Elem() // which ent offers no way to ask
	if made.FieldByName("joins").Len() > q.joins || made.FieldByName("setOps").Len() > 0 || made.FieldByName("prefix").Len() > 0 {
		s.AddError(errForeignRows)
	}
	s.From(sql.Dialect(s.Dialect()).Table(q.t.Table))
}
