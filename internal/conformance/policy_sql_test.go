package conformance

import (
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/internal/rule"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// Rules name tables and columns by strings: the databases say whether there are
// such. A rule may be in no statement that another test sends.
func TestPoliciesAreStatementsThatTheDatabasesTake(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		n := 0
		for _, typ := range orm.Types() {
			policies := orm.Policies(typ)
			if len(policies) != 1 {
				t.Errorf("%s has %d policies, want 1", typ.Name, len(policies))
			}
			for _, p := range policies {
				for _, v := range []viewer.Viewer{viewer.Anonymous(), viewer.User(1), viewer.System("test")} {
					for _, condition := range p.(*rule.Policy).Conditions(v, d.Dialect, typ.Table) {
						n++
						b := sql.Dialect(d.Dialect)
						query, args := b.Select("id").From(b.Table(typ.Table)).Where(condition).Query()
						rows, err := d.DB.QueryContext(System(t), query, args...)
						if err == nil {
							err = rows.Close()
						}
						if err != nil {
							t.Errorf("%s for %v: %v\n%s", typ.Name, v, err, query)
						}
					}
				}
			}
		}
		if want := 80 * 3 * 4; n < want {
			t.Errorf("%d conditions, want %d at least", n, want)
		}
	})
}
