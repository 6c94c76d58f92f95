// Package rulecheck finds the rows of a live PostgreSQL database that break a
// rule of package invariant, whoever wrote them, and whether or not the database
// has the constraints that would have refused them. It changes nothing and shows
// no row's content.
package rulecheck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// maxIDs is the number of rows that a finding names.
const maxIDs = 5

// A Query looks for rows that break a rule. A rule may have several: one for each
// way of breaking it.
type Query struct {
	Rule *invariant.Rule
	// Table is that of the rows: the rule's, or another one where a row of the
	// rule's table is missing.
	Table string
	// SQL selects the ids of the rows, each once, in no order.
	SQL string
	// Usual says how such rows come about although nobody made a mistake: by the
	// daily work of services that the rule doesn't bind, or by later changes that
	// are allowed. It is "" if there should be none.
	Usual string
}

// Queries returns those of every rule that the rows of a database can tell about,
// in the order of invariant.All.
func Queries() ([]Query, error) {
	constraints, err := catalogue.At(migrations.Latest())
	if err != nil {
		return nil, fmt.Errorf("rulecheck: %w", err)
	}
	var all []Query
	for _, r := range invariant.All() {
		if r.InDatabase() {
			query := keeps(constraints, r)
			if query == "" {
				return nil, fmt.Errorf("rulecheck: table %s has no constraint %s", r.Table, r.Name)
			}
			all = append(all, Query{Rule: r, Table: r.Table, SQL: query})
			continue
		}
		for _, s := range atRest[r.Name].signs {
			all = append(all, s.about(r))
		}
	}
	return all, nil
}

// A Finding is what a query found.
type Finding struct {
	Rule  string `json:"rule"`
	Table string `json:"table"`
	// Column is the one that the rule is about, "" if that is in another table.
	Column string `json:"column,omitempty"`
	// Says is the rule, in words that follow the name of the column.
	Says string `json:"says"`
	// Usual is as in Query.
	Usual string `json:"usual,omitempty"`
	Rows  int    `json:"rows"`
	// IDs are those of the first few rows.
	IDs []int64 `json:"ids"`
	// Error says why the rows could not be examined, such as a missing column or
	// right; else "".
	Error string `json:"error,omitempty"`
}

// Mistake tells whether there are rows that there should be none of.
func (f *Finding) Mistake() bool { return f.Rows > 0 && f.Usual == "" }

// Run runs every query, and returns the findings of those that found rows or
// could not be run. All see the database as it was at one moment. The error is
// one after which the database answers no more.
func Run(ctx context.Context, db *sql.DB) ([]Finding, error) {
	queries, err := Queries()
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return nil, fmt.Errorf("rulecheck: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to commit
	found := []Finding{}
	for _, q := range queries {
		f, err := q.Run(ctx, tx)
		if err != nil {
			return nil, err
		}
		if f.Rows > 0 || f.Error != "" {
			found = append(found, f)
		}
	}
	return found, nil
}

// Run runs the query in a transaction of PostgreSQL, which goes on as if it had
// not: it stays usable when the query fails, and keeps no lock on what was read,
// so that a long examination does not hold up changes of the schema.
func (q Query) Run(ctx context.Context, tx *sql.Tx) (Finding, error) {
	f := Finding{Rule: q.Rule.Name, Table: q.Table, Says: q.Rule.Says, Usual: q.Usual, IDs: []int64{}}
	if q.Table == q.Rule.Table {
		f.Column = q.Rule.Broken("").Field
	}
	found, err := Look(ctx, tx, q.SQL)
	f.Rows, f.IDs, f.Error = found.Rows, found.IDs, found.Error
	if err != nil {
		return f, fmt.Errorf("%w (%s)", err, f.Rule)
	}
	return f, nil
}

// Rows are those that a query of ids selected.
type Rows struct {
	// Rows is how many there are, IDs are those of the first few.
	Rows int
	IDs  []int64
	// Error says why the query could not be run, else "". It doesn't show what
	// the rows hold.
	Error string
}

// Look counts the rows of a query of ids in a transaction, which goes on as if it
// had not been asked: see [Query.Run]. The error is one after which the database
// answers no more.
func Look(ctx context.Context, tx *sql.Tx, query string) (Rows, error) {
	r := Rows{IDs: []int64{}}
	if _, err := tx.ExecContext(ctx, "SAVEPOINT rulecheck"); err != nil {
		return r, fmt.Errorf("rulecheck: %w", err)
	}
	if err := r.scan(ctx, tx, query); err != nil {
		if ctx.Err() != nil || sqlstate.Gone(err) {
			return r, fmt.Errorf("rulecheck: %w", err)
		}
		r.Error = refusal(err)
	}
	if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT rulecheck; RELEASE SAVEPOINT rulecheck"); err != nil {
		return r, fmt.Errorf("rulecheck: %w", err)
	}
	return r, nil
}

// scan counts in one pass. The rows are found once, and without the planner
// knowing that only a few are named: it would look for a plan that finds those
// quickly, and the others in hours.
func (r *Rows) scan(ctx context.Context, tx *sql.Tx, query string) error {
	return tx.QueryRowContext(ctx, fmt.Sprintf(`WITH broken (id) AS MATERIALIZED (%s)
		SELECT (SELECT count(*) FROM broken), ARRAY(SELECT id FROM broken ORDER BY id LIMIT %d)`, query, maxIDs)).
		Scan(&r.Rows, (*pq.Int64Array)(&r.IDs))
}

// refusal is what the server answered, without what the query says of rows.
func refusal(err error) string {
	var answer *pq.Error
	state := sqlstate.Of(err)
	if strings.HasPrefix(state, "22") || !errors.As(err, &answer) {
		return fmt.Sprintf("a value can't be evaluated (%s)", state) // the server's words may quote it
	}
	return answer.Message
}
