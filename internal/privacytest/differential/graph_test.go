// Package differential compares what the client finds and changes, in random graphs
// for random viewers by random queries, with what a plain evaluation of the rules
// over all rows in memory finds. That was written from the rules of who may do what,
// and shares nothing with the policies.
package differential

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A row has its columns by name: nil, int64, float64, string or time.Time.
// Booleans are 0 and 1.
type row map[string]any

func (r row) id() int64             { return r["id"].(int64) }
func (r row) is(column string) bool { return r[column] == int64(1) }

// has reports whether the columns have the values.
func (r row) has(such row) bool {
	for column, v := range such {
		if r[column] != v {
			return false
		}
	}
	return true
}

// A graph is every row of a database, by entity and in the order of the ids.
type graph struct {
	rows map[string][]row
	byID map[int64]row    // ids are those of one row only, whatever its entity
	of   map[int64]string // whose row it is, by the id
	now  time.Time
}

// get is the row with the id, nil if there is none.
func (g *graph) get(id any) row {
	if id == nil {
		return nil
	}
	return g.byID[id.(int64)]
}

// any reports whether a row of the entity has the values in the columns.
func (g *graph) any(entity string, such row) bool {
	return g.some(entity, such, func(row) bool { return true })
}

// some reports whether it is so of a row of the entity that has the values.
func (g *graph) some(entity string, such row, fact func(row) bool) bool {
	return slices.ContainsFunc(g.rows[entity], func(r row) bool { return r.has(such) && fact(r) })
}

// first is the first row of the entity.
func first(ctx context.Context, t *testing.T, db *sql.DB, typ *orm.Type) row {
	t.Helper()
	values := make([]any, len(typ.Columns))
	places := make([]any, len(values))
	for i := range values {
		places[i] = &values[i]
	}
	query := fmt.Sprintf(`SELECT "%s" FROM "%s" ORDER BY id LIMIT 1`, strings.Join(typ.Columns, `", "`), typ.Table)
	if err := db.QueryRowContext(ctx, query).Scan(places...); err != nil {
		t.Fatalf("%s: %v", typ.Name, err)
	}
	r := row{}
	for i, c := range typ.Columns {
		switch v := values[i].(type) {
		case bool:
			r[c] = number(v)
		case []byte:
			r[c] = string(v)
		default:
			r[c] = v
		}
	}
	return r
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// replace puts the graph in the place of all rows that a database has.
func (g *graph) replace(ctx context.Context, t *testing.T, db *sql.DB, types map[string]*orm.Type) {
	t.Helper()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, entity := range slices.Backward(entities) {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(`DELETE FROM "%s"`, types[entity].Table)); err != nil {
			t.Fatalf("%s: %v", entity, err)
		}
	}
	for _, entity := range entities {
		if len(g.rows[entity]) == 0 {
			continue
		}
		query, args := insertion(types[entity], g.rows[entity])
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			t.Fatalf("%s: %v", entity, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func insertion(typ *orm.Type, rows []row) (query string, args []any) {
	var tuples []string
	for _, r := range rows {
		var places []string
		for _, c := range typ.Columns {
			args = append(args, argument(typ, c, r[c]))
			places = append(places, fmt.Sprintf("$%d", len(args)))
		}
		tuples = append(tuples, "("+strings.Join(places, ", ")+")")
	}
	return fmt.Sprintf(`INSERT INTO "%s" ("%s") VALUES %s`, typ.Table, strings.Join(typ.Columns, `", "`), strings.Join(tuples, ", ")), args
}

// argument is a value as both databases take it.
func argument(typ *orm.Type, column string, v any) any {
	switch v := v.(type) {
	case int64:
		if isBool(typ, column) {
			return v == 1
		}
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999999-07:00")
	}
	return v
}
