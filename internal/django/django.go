// Package django knows the bookkeeping of the Python services' framework: which
// migrations there are, how a schema shows that it has been through each, and the
// tables that Django makes for itself. Its migrations are frozen: the list grows no
// more.
package django

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// Table is where Django notes the migrations that were applied.
const Table = "django_migrations"

// OwnTables makes the tables of Django's own apps, and Table, where they are
// missing.
//
//go:embed own_tables.sql
var OwnTables string

// A Migration is one of the Python services'.
type Migration struct {
	App  string `json:"app"`
	Name string `json:"name"`
}

func (m Migration) String() string { return m.App + " " + m.Name }

// All returns every migration, each after those that it depends on.
func All() []Migration {
	all := make([]Migration, len(history))
	for i, s := range history {
		all[i] = s.Migration
	}
	return all
}

// Taken returns the migrations whose effect a schema shows, in the order of All.
// The schema has Django's own tables too: see [catalogue.ReadForeign].
func Taken(s catalogue.Schema) []Migration {
	var taken []Migration
	for i, d := range history {
		if d.effect != nil && d.effect(s) || d.effect == nil && neighbour(i, -1, s) && neighbour(i, +1, s) {
			taken = append(taken, d.Migration)
		}
	}
	return taken
}

// neighbour tells whether the schema shows the effect of the next migration of the
// same app that has one, in a direction; true if there is none.
func neighbour(i, direction int, s catalogue.Schema) bool {
	app := history[i].App
	for i += direction; i >= 0 && i < len(history); i += direction {
		if d := history[i]; d.App == app && d.effect != nil {
			return d.effect(s)
		}
	}
	return true
}

// Recorded returns the migrations that Table has, in the order in which they were
// noted. It has to exist.
func Recorded(ctx context.Context, q catalogue.Querier) ([]Migration, error) {
	rows, err := q.QueryContext(ctx, `SELECT app, name FROM public.`+Table+` ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("django: %w", err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	var recorded []Migration
	for rows.Next() {
		var m Migration
		if err := rows.Scan(&m.App, &m.Name); err != nil {
			return nil, fmt.Errorf("django: %w", err)
		}
		recorded = append(recorded, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("django: %w", err)
	}
	return recorded, nil
}

// Without returns the migrations of a list that are not in another.
func Without(ms, others []Migration) []Migration {
	return slices.DeleteFunc(slices.Clone(ms), func(m Migration) bool { return slices.Contains(others, m) })
}

// Record returns the statements that note migrations as applied, in their order
// and none twice. Table has no constraint that would see to that: they keep others
// from writing there until the end of the transaction.
func Record(ms []Migration) []string {
	values := make([]string, len(ms))
	for i, m := range ms {
		values[i] = fmt.Sprintf("(%d, %s, %s)", i, pq.QuoteLiteral(m.App), pq.QuoteLiteral(m.Name))
	}
	return []string{
		"LOCK TABLE " + Table + " IN SHARE ROW EXCLUSIVE MODE",
		fmt.Sprintf(`INSERT INTO %s (app, name, applied)
SELECT app, name, now() FROM (VALUES
  %s
) AS m (place, app, name)
WHERE NOT EXISTS (SELECT FROM %[1]s AS d WHERE d.app = m.app AND d.name = m.name)
ORDER BY place`, Table, strings.Join(values, ",\n  ")),
	}
}
