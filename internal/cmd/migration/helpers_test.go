package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ariga.io/atlas/sql/schema"
	"entgo.io/ent/dialect"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/devdb"
	"github.com/communitybuilder/communitybuilder/internal/migrationlint"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func server(t *testing.T) string {
	t.Helper()
	url, err := pgtest.Server()
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// A module is a copy of the module's directories, and the schema that its graph
// says it should have.
type module struct {
	directories
	changes []func(*schema.Schema)
}

func newModule(t *testing.T) *module {
	t.Helper()
	m := &module{directories: directories{root: t.TempDir()}}
	for dir, of := range map[string]string{m.migrations(): "../../../migrations", m.undo(): "../../../migrations/undo", m.steps(): "../../catalogue/versions"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, pattern := range []string{"*.sql", "*.sum", "*.txt"} {
			paths, err := filepath.Glob(filepath.Join(of, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return m
}

func (m *module) desired() (*schema.Schema, error) {
	s, err := dbschema.Desired(dialect.Postgres)
	for _, change := range m.changes {
		change(s)
	}
	return s, err
}

// make makes a migration with the answers, each kind=list.
func (m *module) make(t *testing.T, name string, given ...string) ([]*file, error) {
	t.Helper()
	r := request{Name: name, Why: "The test wants it.", answers: answers{}, desired: m.desired}
	for _, a := range given {
		kind, list, _ := strings.Cut(a, "=")
		if err := r.answers.add(answer(kind), list); err != nil {
			t.Fatal(err)
		}
	}
	return r.make(t.Context(), m.directories, server(t))
}

// must makes a migration that lint finds nothing in.
func (m *module) must(t *testing.T, name string, given ...string) []*file {
	t.Helper()
	settled := m.names()
	files, err := m.make(t, name, given...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := migrationlint.Run(t.Context(), migrationlint.Options{
		Dir: os.DirFS(m.migrations()), Steps: os.DirFS(m.steps()), Settled: settled.has, Server: server(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) > 0 {
		var b strings.Builder
		_ = r.WriteText(&b) // into memory
		for _, f := range files {
			fmt.Fprintf(&b, "--- %s\n%s", f.name(), f.text())
		}
		t.Errorf("lint refuses %s:\n%s", name, &b)
	}
	return files
}

// asks expects questions that offer the choices, and that nothing is written.
func (m *module) asks(t *testing.T, name string, choices ...string) {
	t.Helper()
	before := m.names()
	_, err := m.make(t, name)
	var open *QuestionsError
	if !errors.As(err, &open) {
		t.Fatalf("%s: got %v, want questions", name, err)
	}
	for _, c := range choices {
		if !strings.Contains(err.Error(), c) {
			t.Errorf("%s: no %s in\n%v", name, c, err)
		}
	}
	if after := m.names(); !slices.Equal(before, after) {
		t.Errorf("%s: written: %q", name, after)
	}
}

// like returns a new column of the type of one of "Community", which may be NULL.
func like(s *schema.Schema, column, name string) *schema.Column {
	t, _ := s.Table("Community")
	c, _ := t.Column(column)
	typ := *c.Type
	typ.Null = true
	return &schema.Column{Name: name, Type: &typ}
}

func table(s *schema.Schema, name string) *schema.Table {
	t, _ := s.Table(name)
	return t
}

func (m *module) change(f func(*schema.Schema)) { m.changes = append(m.changes, f) }

func notNull(c *schema.Column) *schema.Column {
	c.Type.Null = false
	return c
}

func descriptions(files []*file) []string {
	var ds []string
	for _, f := range files {
		ds = append(ds, f.description)
	}
	return ds
}

// filled returns a database with the module's schema, and the rows of a database
// that the platform's services have written where the environment has one.
func filled(t *testing.T) *devdb.Database {
	t.Helper()
	db, err := devdb.New(t.Context(), server(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	path := os.Getenv("SAMPLE_DATABASE")
	if path != "" {
		script, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := pgtest.Dump(string(script)).Build(t.Context(), db.DB, ""); err != nil {
			t.Fatal(err)
		}
		exec(t, db, `ALTER SCHEMA public RENAME TO sample; CREATE SCHEMA public`)
	}
	db.SetMaxIdleConns(0) // the script's session has no search path any more
	if _, err := migrations.Apply(t.Context(), db.DB); err != nil {
		t.Fatal(err)
	}
	if path == "" {
		exec(t, db, ownRows)
	} else {
		copySample(t, db)
	}
	return db
}

// ownRows gives every column of a community that needs a value one of its type.
const ownRows = `DO $$ DECLARE names text; vals text; BEGIN
	SET LOCAL session_replication_role = replica;
	SELECT string_agg(quote_ident(column_name), ', '),
	       string_agg(CASE WHEN data_type IN ('bigint', 'integer', 'numeric') THEN 'n' WHEN data_type = 'boolean' THEN 'false'
	                       WHEN data_type LIKE 'timestamp%' THEN 'now()' WHEN data_type = 'jsonb' THEN '''{}''' ELSE '''a'' || n' END, ', ')
	INTO names, vals FROM information_schema.columns
	WHERE table_schema = 'public' AND table_name = 'Community' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO';
	EXECUTE format('INSERT INTO "Community" (%s) SELECT %s FROM generate_series(1, 3) n', names, vals);
END $$`

// copySample copies the rows of the schema sample, in whatever order the tables
// have.
func copySample(t *testing.T, db *devdb.Database) {
	t.Helper()
	exec(t, db, `DO $$ DECLARE stmt text; BEGIN
		SET LOCAL session_replication_role = replica;
		FOR stmt IN
			SELECT format('DELETE FROM public.%1$I; INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM sample.%1$I',
				c.table_name, string_agg(quote_ident(c.column_name), ', '))
			FROM information_schema.columns c JOIN information_schema.columns s USING (table_name, column_name)
			WHERE c.table_schema = 'public' AND s.table_schema = 'sample' GROUP BY c.table_name
		LOOP
			BEGIN
				EXECUTE stmt;
			EXCEPTION WHEN integrity_constraint_violation OR string_data_right_truncation THEN
				NULL; -- rows that break a rule of the module's are not what is tried here
			END;
		END LOOP;
	END $$; DROP SCHEMA sample CASCADE`)
}

func exec(t *testing.T, db *devdb.Database, stmt string) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), stmt); err != nil {
		t.Fatalf("%v\n%s", err, stmt)
	}
}

func count(t *testing.T, db *devdb.Database, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return n
}

// equalSchema expects the schema of a version of the module's own.
func equalSchema(t *testing.T, db *devdb.Database, version string) {
	t.Helper()
	want, err := catalogue.At(version)
	if err != nil {
		t.Fatal(err)
	}
	have, err := catalogue.Read(t.Context(), db, "public")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range catalogue.Diff(have, want) {
		t.Errorf("differs: have %+v, want %+v", c.Have, c.Want)
	}
}
