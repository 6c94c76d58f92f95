package orm_test

import (
	"slices"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent/permission"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

func TestAListIsOneArgument(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		client, l := listen(t, d)
		names := []string{"plain", "null", `with "quotes" and \ and ,{}`, "漢字 🙂", "it's"}
		ids := make([]int64, len(names))
		for i, name := range names {
			ids[i] = client.Permission.Create().SetName(name).SaveX(ctx).ID
		}
		client.Permission.Create().SetName("other").ExecX(ctx)
		find := func(p func(*sql.Selector) *sql.Predicate) []string {
			return client.Permission.Query().Where(func(s *sql.Selector) { s.Where(p(s)) }).Order(permission.ByID()).
				Select(permission.FieldName).StringsX(ctx)
		}
		var statements [2][]string
		for n := range len(names) + 1 {
			sent := l.during(func() {
				byName := find(func(s *sql.Selector) *sql.Predicate { return orm.AnyOf(s.C(permission.FieldName), names[:n]) })
				byID := find(func(s *sql.Selector) *sql.Predicate { return orm.AnyOf(s.C(permission.FieldID), ids[:n]) })
				if !slices.Equal(byName, names[:n]) || !slices.Equal(byID, names[:n]) {
					t.Errorf("%d: found %q and %q", n, byName, byID)
				}
			})
			for i := range statements {
				statements[i] = append(statements[i], sent[i])
			}
		}
		for _, same := range statements {
			want(t, "different statements", len(slices.Compact(same)), 1)
		}
	})
}
