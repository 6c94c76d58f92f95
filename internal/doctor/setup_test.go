package doctor_test

import (
	"bytes"
	"database/sql"
	"errors"
	"testing"

	_ "github.com/lib/pq"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/doctor"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// migrated returns a database that the migrations have made.
func migrated(t *testing.T) (url string, db *sql.DB) {
	t.Helper()
	url = pgtest.New(t, conformance.Migrated)
	return url, plain(t, url)
}

func plain(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func exec(t *testing.T, db *sql.DB, stmts string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), stmts); err != nil {
		t.Fatalf("%s: %v", stmts, err)
	}
}

func examine(t *testing.T, url string) *doctor.Report {
	t.Helper()
	client, err := cb.Open(t.Context(), url, cb.WithoutSchemaCheck())
	if err != nil {
		t.Fatal(err)
	}
	r, err := doctor.Examine(t.Context(), plain(t, url), client)
	if err := errors.Join(err, client.Close()); err != nil {
		t.Fatal(err)
	}
	return r
}

func text(t *testing.T, r *doctor.Report, verbose bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteText(&b, verbose); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func entityOf(t *testing.T, r *doctor.Report, name string) doctor.Entity {
	t.Helper()
	for _, e := range r.Entities {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("no entity %s in the report", name)
	return doctor.Entity{}
}

// unmanaged returns a database that another toolchain has made, with rows in
// every table: the environment's, or one that is like it, and which.
func unmanaged(t *testing.T) (url, which string) {
	t.Helper()
	if url := conformance.Sample(t); url != "" {
		return url, "sample"
	}
	url, db := migrated(t)
	exec(t, db, disguise)
	return url, "disguised"
}

// disguise makes a migrated database look like one of the platform's services:
// no revisions, a framework's table, indexes and keys under other names, keys
// without a deletion rule, no checks; and puts three rows into every table, as
// far as columns must have a value.
const disguise = `
DROP SCHEMA atlas_schema_revisions CASCADE;
DELETE FROM "Roles";
CREATE TABLE django_migrations (id int);
DO $$
DECLARE x record; columns text; vals text;
BEGIN
	FOR x IN SELECT conrelid::regclass AS t, oid, conname, pg_get_constraintdef(oid) AS def FROM pg_constraint
	         WHERE contype IN ('f', 'c') AND connamespace = 'public'::regnamespace LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', x.t, x.conname);
		CONTINUE WHEN x.def LIKE 'CHECK%';
		EXECUTE format('ALTER TABLE %s ADD CONSTRAINT key_%s %s DEFERRABLE INITIALLY DEFERRED', x.t, x.oid,
			regexp_replace(x.def, ' ON DELETE .*', ''));
	END LOOP;
	FOR x IN SELECT indexrelid::regclass AS i, indexrelid AS oid FROM pg_index JOIN pg_class c ON c.oid = indexrelid
	         WHERE NOT indisprimary AND c.relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('ALTER INDEX %s RENAME TO index_%s', x.i, x.oid);
	END LOOP;
	FOR x IN SELECT oid::regclass AS t, oid, relname FROM pg_class
	         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations' LOOP
		SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum), string_agg(CASE
				WHEN atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype) THEN 'i'
				WHEN atttypid IN ('text'::regtype, 'varchar'::regtype) THEN 'i::text'
				WHEN atttypid = 'bool'::regtype THEN 'true'
				WHEN atttypid = 'jsonb'::regtype THEN '''{}'''
				WHEN atttypid = 'uuid'::regtype THEN 'gen_random_uuid()'
				ELSE 'now()'
			END, ', ' ORDER BY attnum)
		INTO columns, vals
		FROM pg_attribute WHERE attrelid = x.oid AND attnum > 0 AND NOT attisdropped AND attnotnull;
		EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM generate_series(1, 3) i', x.t, columns, vals);
	END LOOP;
END $$`
