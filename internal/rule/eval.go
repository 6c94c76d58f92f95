package rule

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/apierror"
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
	orm.WhereRight(m, func(s *sql.Selector) {
		sc := newScope(v, s.Dialect())
		sc.set = setBy(m)
		r := table(s.TableName())
		may := p.entitled(sc, r, p.Delete)
		if m.Op().Is(ent.OpUpdate | ent.OpUpdateOne) {
			may = both(p.write(sc, r, p.Update, columns), links(sc, m))
		}
		// Who doesn't see a row any more doesn't write it either, though it be their own.
		s.Where(both(p.granted(sc, r, p.Read), may).predicate())
	})
	return nil
}

// guard makes conditions of a creation's statement.
func (p *Policy) guard(m ent.Mutation, v viewer.Viewer, columns []string) {
	scope := func(b *sql.DialectBuilder) *scope {
		s := newScope(v, orm.Dialect(m))
		s.share, s.set = true, setBy(m)
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
}

// links is the condition that all rows which an update makes others refer to are
// seen by the viewer.
func links(s *scope, m ent.Mutation) condition {
	var all []condition
	for _, key := range orm.Keys(m) {
		if parent, ok := key.Policy.(*Policy); ok {
			v, _ := m.Field(key.Column)
			all = append(all, parent.reached(s, key, v))
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

// setBy is what a mutation sets columns to.
func setBy(m ent.Mutation) func(string) (any, bool) {
	return func(column string) (any, bool) {
		if v, ok := m.Field(column); ok {
			return v, true
		}
		return nil, m.FieldCleared(column)
	}
}
