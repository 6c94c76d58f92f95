package orm

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// A Guard is a rule about a row and others that it refers to, as a condition of
// the statement that makes the row: no rows are read first, and none can change
// in between.
type Guard struct {
	Rule *invariant.Rule
	// Denied is the error of a right that is missing, instead of a rule's.
	Denied *apierror.Error
	// Holds is the condition for one row; nil, where the rule says nothing of it.
	// Rows that it depends on are to be locked: see [Share].
	Holds func(b *sql.DialectBuilder, c *Change) *sql.Predicate
}

// AddGuard adds a guard to a creation.
func AddGuard(m ent.Mutation, g Guard) {
	b := mutation(m)
	b.guards = append(b.guards, g)
}

// Share makes a sub-query lock the rows it finds against changes until the end of
// the transaction.
func Share(s *sql.Selector) *sql.Selector {
	if s.Dialect() != dialect.SQLite { // whose transactions exclude each other
		s.ForShare()
	}
	return s
}

// Exclude makes a sub-query lock the rows it finds, and those who do the same wait
// for one another. Rows that refer to them may be made meanwhile.
func Exclude(s *sql.Selector) *sql.Selector {
	if s.Dialect() != dialect.SQLite {
		s.For(noKeyUpdate)
	}
	return s
}

// Hold returns the error of the first change that a guard doesn't let through.
// It is for changes of rows that are there, in the mutation's transaction.
func Hold(ctx context.Context, m ent.Mutation, g Guard, changes []*Change) error {
	if err := Fresh(ctx, m); err != nil {
		return err
	}
	b := mutation(m)
	var conditions []condition
	for _, c := range changes {
		conditions = append(conditions, conditionsOf(c, []Guard{g})...)
	}
	return firstBroken(ctx, b.config.driver, conditions)
}

// Admit refuses rows that somebody may not make, or that refer to what they don't
// see. The statement that makes the rows does, too: this is for rules that look at
// other rows before, and whose errors would tell of them.
func Admit(ctx context.Context, rows []*Change) error {
	var conditions []condition
	for _, c := range rows {
		for _, asked := range conditionsOf(c, c.m.guards) {
			if asked.guard.Denied != nil {
				conditions = append(conditions, asked)
			}
		}
	}
	if len(conditions) == 0 {
		return nil
	}
	return firstBroken(ctx, driverOf(rows[0].m), conditions)
}

// condition is a guard as it is for one row.
type condition struct {
	change *Change
	guard  Guard
	holds  *sql.Predicate
	which  int     // of the row's guards it is
	keys   []int64 // of rows that it depends on
}

// broken is the error that not holding gives.
func (c condition) broken() error {
	switch e := c.guard.Denied; {
	case e != nil && e.Code == apierror.Forbidden:
		return e
	case e != nil:
		return &ConstraintError{catalogued: catalogued{e}}
	}
	return Refuse(c.change, c.guard.Rule)
}

func conditionsOf(c *Change, guards []Guard) []condition {
	var all []condition
	b := sql.Dialect(driverOf(c.m).Dialect())
	for i, g := range guards {
		if p := g.Holds(b, c); p != nil {
			all = append(all, condition{c, g, p, i, g.keys(c)})
		}
	}
	return all
}

// keys are the ids of the rows that the rule's columns refer to.
func (g Guard) keys(c *Change) []int64 {
	var ids []int64
	columns := c.m.t.Columns[1:]
	if g.Rule != nil {
		columns = g.Rule.Fields
	}
	for _, column := range columns {
		if id, ok := NewValue[int64](c, column); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// compare orders conditions by their guards, and those of one guard by the rows
// that they are about.
func (c condition) compare(other condition) int {
	return cmp.Or(cmp.Compare(c.which, other.which), slices.Compare(c.keys, other.keys))
}

// firstBroken asks the database for the first condition that doesn't hold, and
// returns the error that breaking it gives.
func firstBroken(ctx context.Context, drv dialect.Driver, conditions []condition) error {
	// They lock what they depend on one after the other: in the same order as all
	// other writers, whatever the order of the rows.
	slices.SortStableFunc(conditions, condition.compare)
	const some = 100 // in one statement
	for part := range slices.Chunk(conditions, some) {
		var b sql.Builder
		b.SetDialect(drv.Dialect())
		for i, c := range part {
			if i > 0 {
				b.WriteString(" UNION ALL ")
			}
			b.WriteString("SELECT ").WriteString(strconv.Itoa(i)).WriteString(" WHERE NOT (").Join(c.holds).WriteString(")")
		}
		query, args := b.Query()
		var rows sql.Rows
		if err := drv.Query(ctx, query, args, &rows); err != nil {
			return err
		}
		broken := []int{}
		err := sql.ScanSlice(&rows, &broken)
		if err := errors.Join(err, rows.Close()); err != nil {
			return err
		}
		if len(broken) > 0 {
			c := part[slices.Min(broken)]
			if c.guard.Denied != nil {
				// The same whether a row that it refers to is hidden or missing.
				return c.broken()
			}
			if e := brokenKey(ctx, c.change.m); e != nil && c.change.Creates() {
				return &ConstraintError{catalogued: catalogued{e}}
			}
			return c.broken()
		}
	}
	return nil
}

// Refuse is the error of a change that breaks a rule.
func Refuse(c *Change, rule *invariant.Rule) error { return broken(c.m.t.Name, rule) }

func broken(entity string, rule *invariant.Rule) error {
	e := rule.Broken(entity)
	return &ValidationError{Name: e.Field, err: e, catalogued: catalogued{e}}
}

// insertOne makes one row, under the conditions of its guards.
func insertOne(ctx context.Context, m *Mutation) (*sqlgraph.CreateSpec, error) {
	spec, err := createSpec(m)
	if err != nil {
		return nil, err
	}
	if len(m.guards) == 0 {
		return spec, writeError(ctx, sqlgraph.CreateNode(ctx, driverOf(m), spec), m)
	}
	// A row that a guard depends on may change between the statement that makes
	// nothing and the one that asks why.
	for range 3 {
		conditions := conditionsOf(&Change{m: m}, m.guards)
		made, err := insertUnder(ctx, m, spec, conditions)
		if err != nil {
			return nil, writeError(ctx, err, m)
		}
		if made {
			return spec, nil
		}
		if err := firstBroken(ctx, driverOf(m), conditionsOf(&Change{m: m}, m.guards)); err != nil {
			return nil, err
		}
	}
	return nil, condition{change: &Change{m: m}, guard: m.guards[0]}.broken()
}

// writeColumns lists the columns that an INSERT sets.
func writeColumns(b *sql.Builder, spec *sqlgraph.CreateSpec) {
	names := make([]string, len(spec.Fields))
	for i, f := range spec.Fields {
		names[i] = f.Column
	}
	b.WriteString(" (").IdentComma(names...).WriteByte(')')
}

// insertUnder makes the row unless one of the conditions doesn't hold.
func insertUnder(ctx context.Context, m *Mutation, spec *sqlgraph.CreateSpec, conditions []condition) (made bool, err error) {
	var b sql.Builder
	b.SetDialect(driverOf(m).Dialect())
	b.WriteString("INSERT INTO ").Ident(m.t.Table)
	writeColumns(&b, spec)
	b.WriteString(" SELECT ")
	for i, f := range spec.Fields {
		if i > 0 {
			b.Comma()
		}
		v, err := columnValue(m.t.byColumn[f.Column], f.Value)
		if err != nil {
			return false, err
		}
		b.Arg(v)
	}
	for i, c := range conditions {
		b.WriteString([]string{" WHERE (", " AND ("}[min(i, 1)]).Join(c.holds).WriteByte(')')
	}
	b.WriteString(" RETURNING ").Ident(m.t.Columns[0])
	query, args := b.Query()
	var rows sql.Rows
	if err := driverOf(m).Query(ctx, query, args, &rows); err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	var id int64
	if err := rows.Scan(&id); err != nil {
		return false, err
	}
	spec.ID.Value = id
	return true, errors.Join(rows.Err(), rows.Close())
}
