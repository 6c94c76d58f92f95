package rule

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// See implements [orm.Seer].
func (p *Policy) See(ctx context.Context, r orm.Reading, stmt *sql.Selector) (hidden []string, err error) {
	return p.look(ctx, r, stmt, true)
}

// Mask implements [orm.Seer].
func (p *Policy) Mask(ctx context.Context, r orm.Reading, stmt *sql.Selector) (hidden []string, err error) {
	return p.look(ctx, r, stmt, false)
}

func (p *Policy) look(ctx context.Context, r orm.Reading, stmt *sql.Selector, narrow bool) (hidden []string, err error) {
	v, err := viewer.Required(ctx)
	if err != nil {
		return nil, err
	}
	if _, system := v.Reason(); system {
		return nil, nil
	}
	s := newScope(v, stmt.Dialect())
	view := p.view(s, r, narrow)
	if view.hidden != nil {
		// Both tables have the same name, so that whatever names a column means the
		// derived one.
		b := sql.Dialect(s.dialect)
		masked := b.SelectExpr(view.columns.of(s, r)).From(b.Table(r.Type.Table).As(r.Name)).As(r.Name)
		if view.once != nil {
			masked.AppendFromExpr(view.once.of(s, r))
		}
		stmt.From(masked)
	}
	if view.rows != nil {
		may := sql.P(func(b *sql.Builder) { view.rows.write(b, s, r) })
		if where := stmt.P(); where != nil {
			may = narrowed(where, may)
		}
		stmt.SetP(may) // Where would have an Or, a Not or a collector that was left open decide
	}
	return view.hidden, nil
}

// narrowed is what a caller asks for, as far as the viewer may. The brackets are for
// a condition that was written by hand and has an OR in it.
func narrowed(where, may *sql.Predicate) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		b.Wrap(func(b *sql.Builder) { b.Join(where) })
		b.WriteString(" AND ")
		b.Wrap(func(b *sql.Builder) { b.Join(may) })
	})
}

// A view is what the viewers of a kind see of an entity, written for one dialect.
type view struct {
	rows    *wording // the condition for rows; nil where it is not asked for, or holds for all
	hidden  []string // columns that they don't see in every row
	columns *wording // the columns, those as NULL where they don't
	once    *wording // a derived table beside that of the rows, which the columns depend on
}

// viewOf tells views of a policy apart.
type viewOf struct {
	name, dialect          string
	signedIn, rows, narrow bool
	key, shared            string // of what the rows are loaded along
}

func (p *Policy) view(s *scope, r orm.Reading, narrow bool) *view {
	_, signedIn := s.viewer.UserID()
	key := viewOf{name: r.Name, dialect: s.dialect, signedIn: signedIn, rows: r.Rows, narrow: narrow}
	if r.Along != nil {
		key.key, key.shared = r.Key, fmt.Sprint(slices.Sorted(maps.Keys(r.Shared)))
	}
	if v, ok := p.views.Load(key); ok {
		return v.(*view)
	}
	s = s.unnamed()
	if r.Along != nil && s.dialect == dialect.Postgres {
		s.loadedFrom = s.alias(keyed(r.Along.Table, table(r.Name).column(r.Key))).name
		s.shared = make(map[string]bool)
		for column := range r.Shared {
			s.shared[column] = true
		}
	}
	v := &view{}
	shown := p.granted
	if narrow {
		if c := p.granted(s, table(r.Name), p.Read); !c.known || !c.holds {
			v.rows = s.word(c.predicate())
		}
		shown = p.grantedBeside
	}
	p.mask(v, s, r, shown)
	p.views.Store(key, v)
	return v
}

// decidedOnce is the table that says, for a row, which private columns the viewer sees.
const decidedOnce = "may"

// mask has private columns be NULL where the viewer doesn't see them.
func (p *Policy) mask(v *view, s *scope, r orm.Reading, granted func(*scope, row, Fact) condition) {
	from := table(r.Name)
	shown := make(map[string]condition)
	var withheld, once []sql.Querier
	for _, private := range p.Private {
		c := granted(s, from, private.Who)
		if c.known && c.holds {
			continue
		}
		if !c.known && r.Rows && s.dialect == dialect.Postgres {
			// Whole rows have all of the columns: each would ask the same again.
			name := strings.Join(private.Columns, ",")
			once = append(once, as(c.predicate(), name))
			c = isTrue(table(decidedOnce).column(name))
		}
		for _, column := range private.Columns {
			shown[column] = c
			v.hidden = append(v.hidden, column)
		}
		withheld = append(withheld, c.withholds(private.Columns))
	}
	if v.hidden == nil {
		return
	}
	v.columns = s.word(sql.ExprFunc(func(b *sql.Builder) {
		for _, name := range r.Type.Columns {
			column := from.column(name)
			if c, private := shown[name]; private {
				b.Join(as(c.shows(s.dialect, column), name))
			} else {
				column(b)
			}
			b.Comma()
		}
		for i, names := range withheld {
			if i > 0 {
				b.WriteString(" || ")
			}
			b.Join(names)
		}
		b.WriteString(" AS ").Ident(orm.Withheld)
	}))
	if once != nil {
		v.once = s.word(sql.ExprFunc(func(b *sql.Builder) {
			// OFFSET keeps the planner from putting the conditions where they are used.
			b.WriteString("LATERAL (SELECT ").JoinComma(once...).WriteString(" OFFSET 0) AS ").Ident(decidedOnce)
		}))
	}
}

func as(x sql.Querier, name string) sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) { b.Join(x).WriteString(" AS ").Ident(name) })
}

// withholds is the columns' names where the condition doesn't hold.
func (c condition) withholds(columns []string) sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) {
		names := "'" + strings.Join(columns, ",") + ",'"
		if c.known {
			b.WriteString(names)
			return
		}
		b.WriteString("CASE WHEN ").Join(c.predicate()).WriteString(" THEN '' ELSE ").WriteString(names).WriteString(" END")
	})
}

// shows is the column where the condition holds, and else NULL. SQLite would forget
// the type of the column, and so couldn't read a time, behind a CASE.
func (c condition) shows(in string, column func(*sql.Builder)) sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) {
		if in == dialect.SQLite {
			b.WriteString("(SELECT ")
			column(b)
			b.WriteString(" WHERE ").Join(c.predicate()).WriteByte(')')
			return
		}
		b.WriteString("CASE WHEN ").Join(c.predicate()).WriteString(" THEN ")
		column(b)
		b.WriteString(" END")
	})
}
