package orm

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// ConstraintError is returned when the database refuses a write because of a
// constraint: a unique set, a foreign key, a check. Its text names the entity,
// the field and the rule, and nothing of the statement or of other rows. errors.As
// finds the error of package apierror that it is; Unwrap gives the driver's error
// to code that has to look closer.
type ConstraintError struct {
	catalogued
	wrap error
}

// Error implements error.
func (e *ConstraintError) Error() string { return "ent: " + e.api.Error() }

// Unwrap gives the error of the database driver.
func (e *ConstraintError) Unwrap() error { return e.wrap }

// writeError turns what a statement came back with that writes the rows of the
// mutations, all of one entity, into the errors of this package.
func writeError(ctx context.Context, err error, ms ...*Mutation) error {
	if err == nil {
		return nil
	}
	t := ms[0].t
	if errors.As(err, new(*sqlgraph.NotFoundError)) {
		return notFound(t)
	}
	v, ok := violated(err)
	if !ok {
		return err
	}
	return &ConstraintError{catalogued{v.explain(ctx, ms)}, err}
}

// contended gives an error that only says what others were doing the code for it.
func contended(err error) error {
	const serializationFailure, deadlockDetected, lockNotAvailable = "40001", "40P01", "55P03"
	switch sqlstate.Of(err) {
	case serializationFailure, deadlockDetected, lockNotAvailable:
		if !errors.As(err, new(*apierror.Error)) {
			return &contentionError{catalogued{&apierror.Error{Code: apierror.Contention}}, err}
		}
	}
	return err
}

// contentionError has the database's own error for code that looks closer.
type contentionError struct {
	catalogued
	wrap error
}

func (e *contentionError) Error() string { return "ent: " + e.api.Error() }

func (e *contentionError) Unwrap() error { return e.wrap }

func bases[M Based](ms []M) []*Mutation {
	all := make([]*Mutation, len(ms))
	for i, m := range ms {
		all[i] = m.base()
	}
	return all
}

// A violation is what a database says of the constraint that a statement broke.
type violation struct {
	code    apierror.Code // of the kind of constraint
	table   string        // "" if it isn't said
	name    string        // of the constraint, "" if it isn't said
	columns []string      // nil if they aren't said
}

// violated reads the error of a database driver.
func violated(err error) (violation, bool) {
	if state := sqlstate.Of(err); state != "" {
		return violatedPostgres(err, state)
	}
	return violatedSQLite(err.Error())
}

var (
	quotedName = regexp.MustCompile(`constraint "([^"]+)"`)
	keyColumns = regexp.MustCompile(`\(([^()=]+)\)=`)
)

func violatedPostgres(err error, state string) (v violation, ok bool) {
	code, ok := map[string]apierror.Code{
		"23505": apierror.AlreadyExists,
		"23P01": apierror.AlreadyExists,
		"23503": apierror.InvalidReference,
		"23001": apierror.InUse,
		"23514": apierror.InvalidValue,
		"23502": apierror.MissingValue,
		"22003": apierror.InvalidValue, // a sum that the column can't hold
	}[state]
	if !ok {
		return v, false
	}
	v.code = code
	var fields interface{ Get(k byte) string } // lib/pq's; other drivers have fields of a struct
	if !errors.As(err, &fields) {
		if m := quotedName.FindStringSubmatch(err.Error()); m != nil {
			v.name = m[1]
		}
		return v, true
	}
	v.name, v.table = fields.Get('n'), fields.Get('t')
	if c := fields.Get('c'); c != "" {
		v.columns = []string{c}
	} else if m := keyColumns.FindStringSubmatch(fields.Get('D')); m != nil {
		v.columns = strings.Split(strings.ReplaceAll(m[1], `"`, ""), ", ")
	}
	return v, true
}

func violatedSQLite(text string) (v violation, ok bool) {
	for kind, code := range map[string]apierror.Code{
		"UNIQUE constraint failed: ":     apierror.AlreadyExists,
		"CHECK constraint failed: ":      apierror.InvalidValue,
		"NOT NULL constraint failed: ":   apierror.MissingValue,
		"FOREIGN KEY constraint failed":  apierror.InvalidReference,
		"PRIMARY KEY constraint failed:": apierror.AlreadyExists,
	} {
		_, what, found := strings.Cut(text, kind)
		if !found {
			continue
		}
		v.code = code
		what, _, _ = strings.Cut(what, " (") // the number of the error
		switch name, isIndex := strings.CutPrefix(what, "index "); {
		case isIndex:
			v.name = strings.Trim(name, "'")
		case strings.HasPrefix(kind, "CHECK"):
			v.name = what
		case what != "":
			for c := range strings.SplitSeq(what, ", ") {
				v.table, c, _ = strings.Cut(c, ".")
				v.columns = append(v.columns, c)
			}
		}
		return v, true
	}
	return v, false
}

// explain finds the rule that was broken.
func (v violation) explain(ctx context.Context, ms []*Mutation) *apierror.Error {
	t := ms[0].t
	if v.code == apierror.InvalidReference && (ms[0].op.Is(ent.OpDelete|ent.OpDeleteOne) || v.table != "" && v.table != t.Table) {
		return &apierror.Error{Code: apierror.InUse, Entity: t.Name}
	}
	rule := invariant.Named(t.Table, v.name)
	if rule == nil && v.code == apierror.AlreadyExists {
		rule = invariant.Over(t.Table, v.columns)
	}
	if rule != nil {
		return rule.Broken(t.Name)
	}
	if v.code == apierror.InvalidReference && v.name == "" {
		for _, m := range ms {
			if e := brokenKey(ctx, m); e != nil {
				return e
			}
		}
	}
	e := &apierror.Error{Code: v.code, Entity: t.Name}
	if len(v.columns) > 0 && t.hasColumn(v.columns[0]) {
		e.Field = v.columns[0]
	}
	return e
}

// brokenKey finds the foreign key of a mutation that leads nowhere, for a database
// that doesn't tell: SQLite. It is nil where all of them lead somewhere by now, or
// the database can't be asked.
func brokenKey(ctx context.Context, m *Mutation) *apierror.Error {
	for _, e := range m.t.Edges {
		if e.key == nil {
			continue
		}
		id, set := m.set[e.Key]
		if set && missingRow(ctx, m, e.target.Table, e.target.Columns[:1], []any{id}) {
			return &apierror.Error{Code: apierror.InvalidReference, Entity: m.t.Name, Field: e.Key}
		}
	}
	for _, rule := range invariant.Keys(m.t.Table) {
		kept := rule.Kept.(invariant.Key)
		values, known := keyValues(ctx, m, kept.Columns)
		switch {
		case known && missingRow(ctx, m, kept.RefTable, kept.RefColumns, values),
			// Of many rows, one or the other: what it is set to is there.
			!known && m.op.Is(ent.OpUpdate) && has(m.set, kept.Columns[0]):
			return rule.Broken(m.t.Name)
		}
	}
	return nil
}

// keyValues are the values that a mutation's row would have in the columns; false
// if one of them is NULL or can't be known.
func keyValues(ctx context.Context, m *Mutation, columns []string) ([]any, bool) {
	values := make([]any, len(columns))
	for i, c := range columns {
		v, ok := m.set[c]
		if !ok && m.op.Is(ent.OpUpdateOne) {
			old, err := m.OldField(ctx, c)
			if err != nil {
				return nil, false
			}
			v, ok = old, true
			if id, nullable := old.(*int64); nullable {
				if ok = id != nil; ok {
					v = *id
				}
			}
		}
		if !ok {
			return nil, false
		}
		values[i] = v
	}
	return values, true
}

// inquiring is a driver or a transaction that answers questions after a statement
// has failed.
type inquiring interface {
	Inquire(ctx context.Context, query string, args, v any) error
}

func inquire(ctx context.Context, drv dialect.Driver, query string, args, v any) error {
	if d, ok := undebugged(drv).(inquiring); ok {
		return d.Inquire(ctx, query, args, v)
	}
	return drv.Query(ctx, query, args, v)
}

func missingRow(ctx context.Context, m *Mutation, table string, columns []string, values []any) bool {
	drv := driverOf(m)
	t := sql.Dialect(drv.Dialect()).Table(table)
	s := sql.Dialect(drv.Dialect()).Select(t.C(columns[0])).From(t).Limit(1)
	for i, c := range columns {
		s.Where(sql.EQ(t.C(c), values[i]))
	}
	query, args := s.Query()
	rows := &sql.Rows{}
	if err := inquire(ctx, drv, query, args, rows); err != nil {
		return false
	}
	found := rows.Next()
	return errors.Join(rows.Err(), rows.Close()) == nil && !found
}
