package rule

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// EvalQuery implements [ent.Policy]. What the viewer sees is a condition of the
// statement: [Policy.See].
func (p *Policy) EvalQuery(ctx context.Context, _ ent.Query) error {
	_, err := viewer.Required(ctx)
	return err
}

// EvalMutation implements [ent.Policy]. An update or a deletion is about rows that
// the viewer may write; a creation has the right to make the row, and to refer to
// others, as conditions of its statement.
func (p *Policy) EvalMutation(ctx context.Context, m ent.Mutation) error {
	v, err := viewer.Required(ctx)
	if err != nil {
		return err
	}
	if _, system := v.Reason(); system {
		return nil
	}
	columns := orm.Written(m)
	if m.Op().Is(ent.OpCreate) {
		p.guard(m, v, columns)
		return nil
	}
	set, keys := setBy(m, columns), orm.Keys(m)
	orm.WhereRight(m, func(s *sql.Selector) {
		sc := newScope(v, s.Dialect())
		sc.set = set
		r := table(s.TableName())
		may := p.entitled(sc, r, p.Delete)
		if m.Op().Is(ent.OpUpdate | ent.OpUpdateOne) {
			may = both(p.write(sc, r, p.Update, columns), links(sc, keys))
		}
		// Who doesn't see a row any more doesn't write it either, though it be their own.
		s.Where(both(p.granted(sc, r, p.Read), may).predicate())
	})
	return nil
}

// guard makes conditions of a creation's statement.
func (p *Policy) guard(m ent.Mutation, v viewer.Viewer, columns []string) {
	set := setBy(m, columns)
	scope := func(b *sql.DialectBuilder) *scope {
		s := newScope(v, orm.Dialect(m))
		s.share, s.set = true, set
		return s
	}
	for _, key := range orm.Keys(m) {
		parent, ok := key.Policy.(*Policy)
		if !ok || slices.Contains(p.Blind, key.Column) {
			continue
		}
		orm.AddGuard(m, orm.Guard{
			// As if the row that it refers to weren't there.
			Denied: &apierror.Error{Code: apierror.InvalidReference, Entity: m.Type(), Field: key.Column},
			Holds: func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
				return parent.reached(scope(b), key, c.New(key.Column)).orNone()
			},
		})
	}
	orm.AddGuard(m, orm.Guard{
		Denied: &apierror.Error{Code: apierror.Forbidden, Entity: m.Type()},
		Holds: func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
			made := row{column: func(column string) func(*sql.Builder) { return value(c.New(column)) }, given: c.New}
			return p.write(scope(b), made, p.Create, columns).orNone()
		},
	})
	// What the database keeps itself, but after its unique sets, which would tell of
	// rows in another community.
	for _, r := range orm.KeyRules(m) {
		key := r.Kept.(invariant.Key)
		orm.AddGuard(m, orm.Guard{Rule: r, Holds: func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
			to := b.Table(key.RefTable)
			found := b.Select(to.C(key.RefColumns[0])).From(to)
			for i, column := range key.Columns {
				v := c.New(column)
				if v == nil {
					return nil
				}
				found.Where(sql.EQ(to.C(key.RefColumns[i]), v))
			}
			return sql.Exists(found)
		}})
	}
}

// links is the condition that all rows which an update makes others refer to are
// seen by the viewer.
func links(s *scope, keys []orm.Key) condition {
	var all []condition
	for _, key := range keys {
		if parent, ok := key.Policy.(*Policy); ok {
			all = append(all, parent.reached(s, key, key.Value))
		}
	}
	return both(all...)
}

// reached is the condition that the viewer sees the row with the id.
func (p *Policy) reached(s *scope, key orm.Key, id any) condition {
	if id == nil {
		return always
	}
	return s.exists(key.Table, func(r row) condition {
		return both(is(r.column("id"), value(id)), p.granted(s, r, p.Read))
	})
}

func newScope(v viewer.Viewer, dialect string) *scope {
	return &scope{viewer: v, dialect: dialect, now: time.Now().UTC(), names: make(map[string]row), within: make(map[string]bool)}
}

// setBy is what a mutation sets the columns to as its caller has made it: hooks may
// have the statement work out a column that the caller has set.
func setBy(m ent.Mutation, columns []string) func(string) (any, bool) {
	values := make(map[string]any, len(columns))
	for _, c := range columns {
		if v, ok := m.Field(c); ok || m.FieldCleared(c) {
			values[c] = v
		}
	}
	return func(column string) (any, bool) {
		v, ok := values[column]
		return v, ok
	}
}
