package orm

import (
	"context"
	"errors"
	"fmt"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
)

// A Seer is a policy that knows which rows and columns somebody sees, as conditions
// of the statements that they appear in.
type Seer interface {
	// See narrows a statement to the rows that the viewer in the context sees, and
	// hides private columns of these. Where columns are hidden the statement may
	// select the column [Withheld]. The columns that are hidden in every or in some
	// of the rows are returned.
	See(context.Context, Reading, *sql.Selector) (hidden []string, err error)
	// Mask only hides private columns, and tells which.
	Mask(context.Context, Reading, *sql.Selector) (hidden []string, err error)
}

// A Reading is what a statement reads of an entity.
type Reading struct {
	Type *Type
	Name string // of the type's table in the statement
	Rows bool   // whole rows, as a rule
	*Along
}

// Along is what is known of rows that are loaded along an edge, because they refer
// to rows that were just read.
type Along struct {
	Key   string // the column by which they refer to these
	Table string // of these
	// Shared are foreign keys, which never change, that these have in common, by their
	// columns.
	Shared map[string]int64
}

// Withheld is a column beside those of an entity: the private ones among these that
// the viewer doesn't see of the row, each followed by a comma.
const Withheld = "withheld"

// see narrows a statement that reads rows beside those that it is about, which are
// for a policy that knows conditions of statements.
func see(ctx context.Context, r Reading, s *sql.Selector) {
	if len(seers(r.Type)) == 0 {
		s.AddError(fmt.Errorf("ent: no policy says who sees a %s from another row", r.Type.Name))
	}
	narrow(ctx, r, s)
}

// narrow narrows a statement by the policies of an entity, and returns the columns
// that they hide.
func narrow(ctx context.Context, r Reading, s *sql.Selector) (hidden []string) {
	for _, p := range seers(r.Type) {
		columns, err := p.See(ctx, r, s)
		if err != nil {
			s.AddError(err)
		}
		hidden = append(hidden, columns...)
	}
	return hidden
}

func seers(t *Type) []Seer {
	ps, _ := t.policy.(policies)
	var all []Seer
	for _, p := range ps {
		if seer, ok := p.(Seer); ok {
			all = append(all, seer)
		}
	}
	return all
}

// edgeOf finds an edge for the predicates of the generated packages, which know no
// types.
func edgeOf(table, name string) (*Type, *Edge) {
	t := tables[table]
	for _, e := range t.Edges {
		if e.Name == name {
			return t, e
		}
	}
	panic("ent: " + table + " has no edge " + name)
}

// Has is the predicate that a row has, at the end of an edge, a row which the
// viewer sees and for which the predicates hold.
func Has[P ~func(*sql.Selector)](table, edge string, preds ...P) func(*sql.Selector) {
	return func(s *sql.Selector) {
		t, e := edgeOf(table, edge)
		ctx := s.Context()
		if ctx == nil {
			s.AddError(errors.New("ent: a predicate over an edge was used outside of a query"))
			return
		}
		if inspected(s) {
			return
		}
		b := sql.Dialect(s.Dialect())
		target := b.Table(e.target.Table)
		name := e.target.Table
		if target.C("id") == s.C("id") {
			name += "_edge"
			target.As(name)
		}
		found := b.Select(target.C(e.target.Columns[0])).From(target).WithContext(ctx)
		inner := make([]func(*sql.Selector), len(preds))
		for i, p := range preds {
			if inner[i] = p; p == nil {
				inner[i] = refuseNil
			}
		}
		found.AddError(expressions(ctx, e.target, s.Dialect(), inner...))
		all(inner)(found)
		found.SetP(closed(found.P())) // what stays open in it has ended
		found.From(target)            // whatever a predicate has put in its place
		see(ctx, Reading{Type: e.target, Name: name}, found)
		switch {
		case e.m2m():
			near, far := e.ends()
			join, joinName := b.Table(e.Table), e.Table
			links := b.Select(join.C(near)).From(join).WithContext(ctx)
			links.Where(sql.And(sql.ColumnsEQ(join.C(near), s.C(t.Columns[0])), sql.In(join.C(far), found)))
			see(ctx, Reading{Type: e.through, Name: joinName}, links)
			s.AddError(links.Err())
			defer s.Where(sql.Exists(links))
		case e.key != nil:
			found.Where(sql.ColumnsEQ(s.C(e.Key), target.C(e.target.Columns[0])))
			defer s.Where(sql.Exists(found))
		default:
			found.Where(sql.ColumnsEQ(s.C(t.Columns[0]), target.C(e.Columns[0])))
			defer s.Where(sql.Exists(found))
		}
		s.AddError(found.Err())
	}
}

// ends are the columns of the table that an edge goes through: that of the row
// where the edge begins, and that of the row where it ends.
func (e *Edge) ends() (near, far string) {
	if e.Inverse {
		return e.Columns[1], e.Columns[0]
	}
	return e.Columns[0], e.Columns[1]
}

// follow selects the rows at the end of an edge of the rows that from selects, each
// of them once.
func follow(ctx context.Context, t *Type, e *Edge, from *sql.Selector) *sql.Selector {
	b := sql.Dialect(from.Dialect())
	rows := b.Table(e.target.Table)
	found := b.Select().From(rows)
	id := rows.C(e.target.Columns[0])
	switch {
	case e.m2m():
		near, far := e.ends()
		join := b.Table(e.Table)
		links := b.Select(join.C(far)).From(join).WithContext(ctx).
			Where(sql.In(join.C(near), from.Select(from.C(t.Columns[0]))))
		see(ctx, Reading{Type: e.through, Name: e.Table}, links)
		found.Where(sql.In(id, links)).AddError(links.Err())
	case e.key != nil:
		found.Where(sql.In(id, from.Select(from.C(e.Key))))
	default:
		found.Where(sql.In(rows.C(e.Columns[0]), from.Select(from.C(t.Columns[0]))))
	}
	return found
}

// origin selects the row with the id, as far as the viewer sees it where the edge
// depends on a column of it.
func origin(ctx context.Context, t *Type, e *Edge, dialect string, id int64) *sql.Selector {
	b := sql.Dialect(dialect)
	row := b.Table(t.Table)
	s := b.Select().From(row).WithContext(ctx).Where(sql.EQ(row.C(t.Columns[0]), id))
	if e.key != nil {
		see(ctx, Reading{Type: t, Name: t.Table}, s)
	}
	return s
}

// seenLinks selects the keys of the rows that the viewer sees of the table which an
// edge goes through, and nothing else of them.
func seenLinks(ctx context.Context, e *Edge, dialect string) *sql.Selector {
	b := sql.Dialect(dialect)
	link := b.Table(e.Table)
	near, far := e.ends()
	links := b.Select(link.C(near), link.C(far)).From(link).WithContext(ctx)
	see(ctx, Reading{Type: e.through, Name: e.Table}, links)
	return links.As("links")
}

// mask hides private columns of a statement that reads the type's table, and tells
// which.
func mask(ctx context.Context, t *Type, s *sql.Selector) (hidden []string) {
	for _, p := range seers(t) {
		columns, err := p.Mask(ctx, Reading{Type: t, Name: t.Table}, s)
		if err != nil {
			s.AddError(err)
		}
		hidden = append(hidden, columns...)
	}
	return hidden
}

// hiddenIn are the private columns that the viewer may not see in every row of the
// entity. What a write hands back has none of them.
func hiddenIn(ctx context.Context, m *Mutation) []string {
	b := sql.Dialect(driverOf(m).Dialect())
	return mask(ctx, m.t, b.Select().From(b.Table(m.t.Table)))
}

// permitAgain puts the conditions of the policy on a mutation anew.
func permitAgain(next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		b := m.(Based)
		b.base().guards, b.base().rights = nil, nil
		if err := permit(ctx, b); err != nil {
			return nil, err
		}
		return next.Mutate(ctx, m)
	})
}

// still refuses a mutation that a hook has made one of another kind, which the
// conditions on it don't fit.
func still(op ent.Op, next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
		if m.Op() != op {
			return nil, fmt.Errorf("ent: a hook turned %s of %s into %s", op, m.Type(), m.Op())
		}
		return next.Mutate(ctx, m)
	})
}

// permit puts the conditions of the policy on a mutation, as the caller has made it:
// before defaults and hooks, which are the module's own.
func permit(ctx context.Context, m Based) error { return m.base().t.policy.EvalMutation(ctx, m) }
