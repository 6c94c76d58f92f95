package migrations_test

import (
	"fmt"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// inBatches is a data migration of a big table, as docs/migrations.md says: each
// batch is committed by itself, and what was done is not done again. A statement
// may be put in after each batch.
func inBatches(after string) string {
	return fmt.Sprintf(`-- Things get a note.
-- atlas:txmode none
-- communitybuilder:repeatable

DO $$
BEGIN
    LOOP
        UPDATE things SET note = upper(name)
        WHERE name IN (SELECT name FROM things WHERE note IS NULL LIMIT 10);
        EXIT WHEN NOT FOUND;
        COMMIT;
        %s
    END LOOP;
END $$;
`, after)
}

var batches = files{
	first:  createThings,
	second: changeThings + "INSERT INTO things SELECT 'thing ' || i FROM generate_series(1, 95) i;\n",
	third:  inBatches(""),
}

func TestBatchesThatWereCutShortAreGoneOnWith(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	cut := batches.with(files{third: inBatches("PERFORM pg_terminate_backend(pg_backend_pid());")})
	if _, err := cut.dir(t).Apply(t.Context(), db); err == nil {
		t.Fatal("no error from a connection that ends")
	}
	const done = `SELECT count(*) FROM things WHERE note = upper(name)`
	equal(t, "filled before it was cut short", query(t, db, done), "10")
	equal(t, "applied", len(apply(t, batches.dir(t), db)), 1)
	equal(t, "filled", query(t, db, done), "97")
}
