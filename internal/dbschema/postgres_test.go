package dbschema_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/google/go-cmp/cmp"
	_ "github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var schemaFile = filepath.Join("..", "..", "schema.sql")

// migrated is a database that the migrations have made.
type migrated struct{}

func (migrated) Key() string {
	sum, err := migrations.FS.ReadFile("atlas.sum")
	if err != nil {
		panic(err) // the file is embedded
	}
	return "migrated " + string(sum)
}

func (migrated) Build(ctx context.Context, db *sql.DB, _ string) error {
	_, err := migrations.Apply(ctx, db)
	return err
}

func TestMigrationsMakeTheDesiredSchema(t *testing.T) {
	changes, err := dbschema.Diff(t.Context(), open(t, "postgres", pgtest.New(t, migrated{})), dialect.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) > 0 {
		t.Errorf("the migrations and the graph differ by %d tables: make a new migration\n%s", len(changes), describe(t, changes))
	}
}

func TestDiffSeesWhatIsMissingAndWhatIsTooMuch(t *testing.T) {
	for _, stmt := range []string{
		`ALTER TABLE "Post" DROP COLUMN message`,
		`ALTER TABLE "Post" ADD COLUMN colour text`,
		`ALTER TABLE "Post" ALTER COLUMN is_pinned TYPE text`,
		`ALTER TABLE "Post" ALTER COLUMN message DROP NOT NULL`,
		`ALTER TABLE "Post" DROP CONSTRAINT "Post_Forum_posts"`,
		`ALTER TABLE "Wheel" DROP CONSTRAINT wheel_max_members_check`,
		`ALTER TABLE "Wheel" DROP CONSTRAINT wheel_max_members_check, ADD CONSTRAINT wheel_max_members_check CHECK (max_members >= -1)`,
		`DROP INDEX post_user_id`,
		`CREATE INDEX extra ON "Post" (is_pinned)`,
		`DROP INDEX storepurchase_product_id_buyer_email_completed;
		 CREATE UNIQUE INDEX storepurchase_product_id_buyer_email_completed ON "StorePurchase" (product_id, buyer_email)`,
		`DROP TABLE "Message"`,
		`CREATE TABLE extra (id bigint)`,
	} {
		db := open(t, "postgres", pgtest.New(t, migrated{}))
		run(t, db, stmt)
		if changes, err := dbschema.Diff(t.Context(), db, dialect.Postgres); err != nil || len(changes) != 1 {
			t.Errorf("after %s: %d changes, error %v; want 1 change", stmt, len(changes), err)
		}
	}
}

func TestSchemaFileIsCurrent(t *testing.T) {
	have, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := dbschema.WriteSQL(&want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), want.String()); diff != "" {
		t.Errorf("%s is not that of the graph: run go generate (-file +graph)\n%s", filepath.Base(schemaFile), diff)
	}
}

// Atlas does not see everything, so the catalogues are compared as well.
func TestSchemaFileAndMigrationsMakeTheSameCatalogue(t *testing.T) {
	stmts, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	fromFile := open(t, "postgres", pgtest.Empty(t))
	run(t, fromFile, string(stmts))
	fromMigrations := open(t, "postgres", pgtest.New(t, migrated{}))
	if diff := cmp.Diff(catalogue(t, fromFile), catalogue(t, fromMigrations)); diff != "" {
		t.Errorf("the databases differ (-%s +migrations)\n%s", filepath.Base(schemaFile), diff)
	}
}

// catalogue describes everything in the schema public, one line a thing, without
// the order of columns, which depends on when each was added.
func catalogue(t *testing.T, db *sql.DB) []string {
	return query(t, db, `
		SELECT format('column %s.%s %s null=%s default=%s identity=%s', c.relname, a.attname,
		              format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
		UNION ALL
		SELECT format('constraint %s on %s: %s deferrable=%s deferred=%s valid=%s', conname, conrelid::regclass,
		              pg_get_constraintdef(oid), condeferrable, condeferred, convalidated)
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('index %s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('relation %s kind=%s', relname, relkind) FROM pg_class WHERE relnamespace = 'public'::regnamespace
		UNION ALL
		SELECT format('trigger %s on %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL
		SELECT format('function %s', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
		ORDER BY 1`)
}

func TestMigrationsMakeTheDefaultRoles(t *testing.T) {
	db := open(t, "postgres", pgtest.New(t, migrated{}))
	want := []string{"admin|Platform administrator|true", "user|Default user role|false"}
	if diff := cmp.Diff(want, query(t, db, `SELECT concat_ws('|', name, description, is_admin_role::text) FROM "Roles" ORDER BY name`)); diff != "" {
		t.Errorf("roles (-want +have)\n%s", diff)
	}
}

// The platform keeps its own checker of what its services need; SCHEMA_PARITY
// names it where there is one. It takes the database's URL.
// The tables are shared with other services: the numbers are those of the platform.
// The program that SCHEMA_PARITY names compares every one of them.
func TestMigrationsMakeThePlatformsTables(t *testing.T) {
	url := pgtest.New(t, migrated{})
	var tables, columns, keys int
	err := open(t, "postgres", url).QueryRow(`
		SELECT (SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'),
		       (SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'),
		       (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) = 1)`).Scan(&tables, &columns, &keys)
	if err != nil || tables != 80 || columns != 664 || keys != 131 {
		t.Errorf("%d tables with %d columns and %d foreign keys, %v; want 80, 664 and 131", tables, columns, keys, err)
	}
	if checker := os.Getenv("SCHEMA_PARITY"); checker != "" {
		if out, err := exec.CommandContext(t.Context(), checker, url).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", filepath.Base(checker), err, out)
		}
	}
}
