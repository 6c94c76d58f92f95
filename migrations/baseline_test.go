package migrations_test

import (
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// A database that was made in another way goes on from the version that it is
// recorded to have.
func TestABaselineIsGoneOnFrom(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t)
	db := open(t, url)
	f := files{first: createThings, second: changeThings, third: indexThings}
	path := t.TempDir()
	d := f.write(t, path)
	must(t, db, createThings)
	if err := d.Baseline(t.Context(), db, "20240109000000"); err == nil {
		t.Error("a version that there is no file of was recorded")
	}
	equal(t, "managed", status(t, d, db).Managed, false)

	for range 2 { // the second time it does nothing
		if err := d.Baseline(t.Context(), db, "20240101000000"); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "revisions", query(t, db, `SELECT string_agg(concat_ws(' ', version, description, type, applied, total), ', ')
		FROM atlas_schema_revisions.atlas_schema_revisions`), "20240101000000 create_things 1 0 0")
	equal(t, "pending", len(status(t, d, db).Pending), 2)
	program{atlas(t), path, url}.agrees(t, d, db)

	equal(t, "applied", len(apply(t, d, db)), 2)
	equal(t, "names", names(t, db), "first second")
	if err := d.Baseline(t.Context(), db, "20240102000000"); err != nil {
		t.Fatal(err)
	}
	equal(t, "revisions", query(t, db, `SELECT count(*) FROM atlas_schema_revisions.atlas_schema_revisions`), "3")
}
