package doctor

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

const (
	// pageSize is the number of rows that are in memory at a time.
	pageSize = 500
	// maxIDs is the number of rows that a violation names.
	maxIDs = 5
	// maxUndecodable is the number of values of one column that are found by
	// narrowing before the column is left alone: each takes some queries.
	maxUndecodable = 1000
)

// reader reads the entities and collects what is wrong with their rows.
type reader struct {
	db       *sql.DB
	missing  map[string]bool     // tables
	columns  map[string][]string // missing columns by table
	nullable map[string][]string // columns by table that may be NULL but shouldn't

	entities   []Entity
	violations map[violationKey]*Violation
}

type violationKey struct{ entity, column, rule string }

func newReader(ctx context.Context, db *sql.DB) (*reader, error) {
	differences, err := lacking(ctx, db)
	if err != nil {
		return nil, err
	}
	r := &reader{
		db: db, missing: map[string]bool{}, columns: map[string][]string{}, nullable: map[string][]string{},
		violations: map[violationKey]*Violation{},
	}
	for _, d := range differences {
		switch d.Kind {
		case MissingTable:
			r.missing[d.Table] = true
		case MissingColumn:
			r.columns[d.Table] = append(r.columns[d.Table], d.Name)
		case NullableColumn:
			r.nullable[d.Table] = append(r.nullable[d.Table], d.Name)
		}
	}
	return r, nil
}

// read reads all rows of an entity. The error is one after which there is no
// point in going on with other entities.
func (r *reader) read(ctx context.Context, e entity) error {
	p := &pass{
		reader: r, entity: e,
		result: Entity{Name: e.name, Table: e.t.Table},
		left:   slices.Clone(r.columns[e.t.Table]),
	}
	var err error
	if r.missing[e.t.Table] {
		p.result.Error = "the table is missing"
	} else if err = p.run(ctx); err == nil {
		err = p.nulls(ctx)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		if sqlstate.Gone(err) {
			return err
		}
		// The answer may be about this table only, such as a missing right.
		p.result.Error = strings.TrimPrefix(err.Error(), "pq: ")
	}
	r.entities = append(r.entities, p.result)
	return nil
}

// sorted returns the violations by entity, column and rule.
func (r *reader) sorted() []Violation {
	all := []Violation{}
	for _, v := range r.violations {
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	return all
}

// pass is the reading of one entity.
type pass struct {
	*reader
	entity entity
	result Entity
	left   []string // columns that are not read: missing ones and given up ones
}

func (p *pass) run(ctx context.Context) error {
	w := window{from: math.MinInt64, to: math.MaxInt64, limit: pageSize}
	for {
		n, last, err := p.page(ctx, w)
		if err != nil {
			return err
		}
		p.result.Rows += n
		if n < pageSize || last == math.MaxInt64 {
			return nil
		}
		w.from = last + 1
	}
}

// page reads and checks one page, and returns the number of its rows and the
// last one's id.
func (p *pass) page(ctx context.Context, w window) (n int, last int64, err error) {
	var columns []string // all
	if len(p.left) > 0 {
		columns = p.without(p.left)
	}
	rows, err := p.entity.read(ctx, w, columns)
	if err == nil {
		p.check(rows, p.readable)
		if rows.Len() > 0 {
			last = rows.id(rows.Len() - 1)
		}
		return rows.Len(), last, nil
	}
	if ctx.Err() != nil || sqlstate.Of(err) != "" {
		return 0, 0, err
	}
	// Something in the page does not decode. It is not known what, so it is
	// looked for, unless not even the ids can be read: then it is something else.
	rows, idErr := p.entity.read(ctx, w, []string{"id"})
	if idErr != nil || rows.Len() == 0 {
		return 0, 0, err
	}
	ids := make([]int64, rows.Len())
	for i := range ids {
		ids[i] = rows.id(i)
	}
	for _, c := range p.without(p.left) {
		if err := p.narrow(ctx, c, ids); err != nil {
			return 0, 0, err
		}
	}
	return len(ids), ids[len(ids)-1], nil
}

// without returns the entity's columns but the given ones.
func (p *pass) without(columns []string) []string {
	return slices.DeleteFunc(slices.Clone(p.entity.t.Columns), func(c string) bool { return slices.Contains(columns, c) })
}

func (p *pass) readable(column string) bool { return !slices.Contains(p.left, column) }

// narrow finds the rows among those with the given ids whose column does not
// decode, and checks the column of the others.
func (p *pass) narrow(ctx context.Context, column string, ids []int64) error {
	if !p.readable(column) {
		return nil // given up
	}
	rows, err := p.entity.read(ctx, window{from: ids[0], to: ids[len(ids)-1]}, []string{column})
	switch {
	case err == nil:
		p.check(rows, func(c string) bool { return c == column })
		return nil
	case ctx.Err() != nil || sqlstate.Of(err) != "":
		return err
	case len(ids) > 1:
		half := len(ids) / 2
		if err := p.narrow(ctx, column, ids[:half]); err != nil {
			return err
		}
		return p.narrow(ctx, column, ids[half:])
	}
	v := p.violation(column, "does not decode as "+orm.GoType(p.entity.t, column).String()+kindOfJSON(err))
	p.count(v, 1, ids...)
	if v.Rows >= maxUndecodable {
		v.AtLeast = true
		p.left = append(p.left, column)
	}
	return nil
}

// kindOfJSON says what a document is that was meant to be something else.
func kindOfJSON(err error) string {
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return ""
	}
	kind, _, _ := strings.Cut(wrong.Value, " ") // behind it may be the value
	return ": a JSON " + kind
}

// check runs the rules of the graph on the columns that were read.
func (p *pass) check(rows rows, read func(column string) bool) {
	for i := range rows.Len() {
		for _, v := range orm.Check(p.entity.t, rows.row(i)) {
			if read(v.Column) {
				p.count(p.violation(v.Column, v.Rule), 1, rows.id(i))
			}
		}
	}
}

// nulls looks for NULL where the graph has none and the database would allow it:
// the client reads it as the type's zero value, without an error.
func (p *pass) nulls(ctx context.Context) error {
	for _, c := range p.nullable[p.entity.t.Table] {
		from := fmt.Sprintf("FROM %s WHERE %s IS NULL", pq.QuoteIdentifier(p.entity.t.Table), pq.QuoteIdentifier(c))
		var n int
		var ids pq.Int64Array
		err := p.db.QueryRowContext(ctx, fmt.Sprintf(
			"SELECT (SELECT count(*) %[1]s), ARRAY(SELECT id %[1]s ORDER BY id LIMIT %[2]d)", from, maxIDs)).Scan(&n, &ids)
		if err != nil {
			return err
		}
		if n > 0 {
			p.count(p.violation(c, "is NULL"), n, ids...)
		}
	}
	return nil
}

func (p *pass) violation(column, rule string) *Violation {
	key := violationKey{p.entity.name, column, rule}
	v := p.violations[key]
	if v == nil {
		v = &Violation{Entity: p.entity.name, Column: column, Rule: rule}
		p.violations[key] = v
	}
	return v
}

func (p *pass) count(v *Violation, n int, ids ...int64) {
	v.Rows += n
	p.result.Problems += n
	for _, id := range ids {
		if len(v.IDs) < maxIDs {
			v.IDs = append(v.IDs, id)
		}
	}
}
