package migrations_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

const (
	// indexes are those of the table things, and whether they are usable.
	indexes = `SELECT string_agg(concat_ws(' ', indexrelid::regclass, indisvalid), ', ')
		FROM pg_index WHERE indrelid = to_regclass('things')`

	uniqueThings = "-- atlas:txmode none\n\nCREATE UNIQUE INDEX CONCURRENTLY things_name ON things (name);\n"
)

func TestAConcurrentStatementStandsAlone(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	for name, content := range map[string]string{
		"with another":           indexThings + "SELECT 1;\n",
		"two of them":            indexThings + "CREATE INDEX CONCURRENTLY other ON things (name);\n",
		"in a transaction":       "CREATE INDEX CONCURRENTLY things_name ON things (name);\n",
		"dropped in one":         "drop index\n concurrently if exists things_name;\n",
		"of a quoted name":       `CREATE UNIQUE INDEX CONCURRENTLY "Things" ON things (name);`,
		"a comment in front":     "-- Names are looked up\nCREATE INDEX CONCURRENTLY things_name ON things (name);\n",
		"without a name":         "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY ON things (name);\n",
		"rebuilt with something": "-- atlas:txmode none\n\nSELECT 1;\nREINDEX TABLE CONCURRENTLY things;\n",
	} {
		_, err := files{first: createThings, second: content}.dir(t).Apply(t.Context(), db)
		if !errors.Is(err, migrations.ErrConcurrently) || !strings.Contains(err.Error(), second) {
			t.Errorf("%s: got %v, want ErrConcurrently that names %s", name, err, second)
		}
	}
	equal(t, "tables", query(t, db, `SELECT to_regclass('things')`), "")
	// What only speaks of it is not meant.
	d := files{first: createThings, second: "-- CONCURRENTLY\nINSERT INTO things VALUES ('CREATE INDEX CONCURRENTLY x');\n"}.dir(t)
	equal(t, "applied", len(apply(t, d, db)), 2)
}

func TestTheRemainderOfAFailedIndexIsDropped(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]string{ // how the statement is written
		"plain":         "CREATE UNIQUE INDEX CONCURRENTLY things_name ON things (name);\n",
		"if not exists": "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS things_name ON things (name);\n",
		"qualified":     "CREATE UNIQUE INDEX CONCURRENTLY \"things_name\" ON public.things (name);\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, pgtest.Empty(t))
			d := files{first: createThings, second: "-- atlas:txmode none\n\n" + tt}.dir(t)
			apply(t, d.Until(version1), db)
			must(t, db, `INSERT INTO things VALUES ('first')`)
			for range 2 {
				var failed *migrations.FileError
				if _, err := d.Apply(t.Context(), db); !errors.As(err, &failed) {
					t.Fatalf("got %v, want a FileError", err)
				}
				equal(t, "indexes", query(t, db, indexes), "things_name f")
			}
			must(t, db, `DELETE FROM things; INSERT INTO things VALUES ('first')`)
			equal(t, "applied", len(apply(t, d, db)), 1)
			equal(t, "indexes", query(t, db, indexes), "things_name t")
			if err := migrations.Check(status(t, d, db)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatOthersLeftOfAnIndex(t *testing.T) {
	t.Parallel()
	const half = `INSERT INTO atlas_schema_revisions.atlas_schema_revisions
		(version, description, applied, total, executed_at, execution_time, hash, operator_version)
		VALUES ('20240102000000', 'change_things', 0, 1, now(), 0, '', 'Atlas CLI')`
	const drop = "-- atlas:txmode none\n\nDROP INDEX CONCURRENTLY things_name;\n"
	for name, tt := range map[string]struct {
		file  string
		found []string // statements that bring the database into its state
		fails bool
		want  string // the index afterwards
	}{
		"invalid, and no revision": {uniqueThings, []string{
			`CREATE UNIQUE INDEX CONCURRENTLY things_name ON things (name)`}, false, "things_name t"},
		"invalid, killed": {uniqueThings, []string{half,
			`CREATE UNIQUE INDEX CONCURRENTLY things_name ON things (name)`}, false, "things_name t"},
		"killed before it began": {indexThings, []string{half}, false, "things_name t"},
		// Whether that is the index of the file nobody knows.
		"finished, killed":            {indexThings, []string{half, `CREATE INDEX things_name ON things (name)`}, false, "things_name t"},
		"valid, and not of this file": {indexThings, []string{`CREATE INDEX things_name ON things (name)`}, true, "things_name t"},
		"to be dropped":               {drop, []string{`CREATE INDEX things_name ON things (name)`}, false, ""},
		"dropped, killed":             {drop, []string{half}, false, ""},
		"not dropped, killed":         {drop, []string{half, `CREATE INDEX things_name ON things (name)`}, false, ""},
		"nothing to drop":             {drop, nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, pgtest.Empty(t))
			d := files{first: createThings, second: tt.file}.dir(t)
			apply(t, d.Until(version1), db)
			must(t, db, `INSERT INTO things VALUES ('first')`)
			for _, stmt := range tt.found {
				_, _ = db.ExecContext(t.Context(), stmt) // a unique index fails, as it is to
			}
			must(t, db, `DELETE FROM things; INSERT INTO things VALUES ('first')`)
			_, err := d.Apply(t.Context(), db)
			equal(t, "fails", err != nil, tt.fails)
			if err != nil && !tt.fails {
				t.Error(err)
			}
			equal(t, "indexes", query(t, db, indexes), tt.want)
			equal(t, "pending", len(status(t, d, db).Pending) > 0, tt.fails)
		})
	}
}
