package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// A state is what plans are made from beside the schema.
type state struct {
	sizes map[string]size // of tables, by their live names
	// behind are the live tables whose next id is one that a row has already.
	behind map[string]bool
}

// A size is what a table holds, as far as the server knows without reading it.
type size struct {
	rows  float64
	bytes float64
}

// selectSizes estimates as the planner does: by how many rows a page had when it
// was counted last. Of tables that never were, a row is taken for 100 bytes.
const selectSizes = `
SELECT relname, pg_catalog.pg_relation_size(oid),
       CASE WHEN reltuples < 0 OR relpages = 0 THEN pg_catalog.pg_relation_size(oid) / 100
            ELSE reltuples / relpages * pg_catalog.pg_relation_size(oid) / pg_catalog.current_setting('block_size')::int END
FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`

func readState(ctx context.Context, db *sql.DB, live catalogue.Schema) (state, error) {
	s := state{sizes: map[string]size{}, behind: map[string]bool{}}
	rows, err := db.QueryContext(ctx, selectSizes)
	if err != nil {
		return s, fmt.Errorf("adopt: read the sizes of the tables: %w", err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	for rows.Next() {
		var (
			table string
			z     size
		)
		if err := rows.Scan(&table, &z.bytes, &z.rows); err != nil {
			return s, fmt.Errorf("adopt: read the sizes of the tables: %w", err)
		}
		s.sizes[table] = z
	}
	if err := rows.Err(); err != nil {
		return s, fmt.Errorf("adopt: read the sizes of the tables: %w", err)
	}
	return s, s.readSequences(ctx, db, live)
}

// readSequences looks for tables whose sequences stand before their last row, as
// after a restore of the rows alone.
func (s *state) readSequences(ctx context.Context, db *sql.DB, live catalogue.Schema) error {
	var questions []string
	for _, o := range live {
		if o.Kind == catalogue.Sequence && owner(o) == "OWNED BY id" {
			questions = append(questions, fmt.Sprintf(
				"SELECT %s WHERE (SELECT max(id) FROM public.%s) > coalesce(pg_catalog.pg_sequence_last_value(%s::regclass), 0)",
				literal(o.Table), quoted(o.Table), literal("public."+quoted(o.Name))))
		}
	}
	if len(questions) == 0 {
		return nil
	}
	rows, err := db.QueryContext(ctx, strings.Join(questions, "\nUNION ALL "))
	if err != nil {
		return fmt.Errorf("adopt: read the sequences: %w", err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return fmt.Errorf("adopt: read the sequences: %w", err)
		}
		s.behind[table] = true
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("adopt: read the sequences: %w", err)
	}
	return nil
}
