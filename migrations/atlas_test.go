package migrations_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// program is the Atlas program on one directory and one database.
type program struct {
	binary, dir, url string
}

func (p program) run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	args = append([]string{"migrate"}, args...)
	args = append(args, "--dir", "file://"+p.dir, "--url", p.url)
	cmd := exec.CommandContext(t.Context(), p.binary, args...)
	cmd.Env = append(cmd.Environ(), "ATLAS_NO_UPDATE_NOTIFIER=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (p program) must(t testing.TB, args ...string) string {
	t.Helper()
	out, err := p.run(t, args...)
	if err != nil {
		t.Fatalf("atlas migrate %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// agrees compares the program's idea of the database with the package's.
func (p program) agrees(t testing.TB, d *migrations.Dir, db *sql.DB) {
	t.Helper()
	out := p.must(t, "status", "--format", "{{ json . }}")
	var theirs struct {
		Current string
		Pending []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(out), &theirs); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	ours := status(t, d, db)
	current := ours.Database
	switch {
	case ours.Unfinished != nil: // which the program counts as the current one
		current = ours.Unfinished.Version
	case current == "":
		current = "No migration applied yet"
	}
	equal(t, "version by the program", theirs.Current, current)
	equal(t, "pending by the program", len(theirs.Pending), len(ours.Pending))
	for i := range min(len(theirs.Pending), len(ours.Pending)) {
		equal(t, "pending by the program", theirs.Pending[i].Name, ours.Pending[i].String())
	}
}

// columns describes the revision table as the catalogue has it.
const columns = `
SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)), E'\n' ORDER BY attnum)
    || (SELECT string_agg(E'\n' || conname || ' ' || pg_get_constraintdef(oid), '') FROM pg_constraint WHERE conrelid = attrelid)
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = 'atlas_schema_revisions.atlas_schema_revisions'::regclass AND attnum > 0
GROUP BY attrelid`

// atlas builds the Atlas program.
func atlas(t *testing.T) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "atlas")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", filepath.Join("..", "tools", "atlas"), "-o", binary, "ariga.io/atlas/cmd/atlas")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the Atlas program can't be built; its module is tools/atlas, and a first build fetches it: %v\n%s", err, out)
	}
	return binary
}

func TestTakingTurnsWithTheAtlasProgram(t *testing.T) {
	t.Parallel()
	binary := atlas(t)
	set := func(t *testing.T, f files) (program, *migrations.Dir, *sql.DB) {
		t.Helper()
		p := program{binary: binary, dir: t.TempDir(), url: pgtest.Empty(t)}
		return p, f.write(t, p.dir), open(t, p.url)
	}
	all := files{first: createThings, second: changeThings, third: indexThings}

	t.Run("file by file", func(t *testing.T) {
		t.Parallel()
		for _, turns := range []string{"gpg", "pgp", "gpp", "pgg"} {
			p, _, db := set(t, files{})
			grown, table := files{}, ""
			for i, name := range []string{first, second, third} {
				grown[name] = all[name]
				d := grown.write(t, p.dir)
				if turns[i] == 'g' {
					equal(t, turns+": applied", len(apply(t, d, db)), 1)
				} else {
					p.must(t, "apply", "--tx-mode", "file")
				}
				p.agrees(t, d, db)
				if table == "" {
					table = query(t, db, columns)
				}
				equal(t, turns+": revision table", query(t, db, columns), table)
				if err := migrations.Check(status(t, d, db)); err != nil {
					t.Errorf("%s: %v", turns, err)
				}
				equal(t, turns+": applied again", len(apply(t, d, db)), 0)
				if out := p.must(t, "apply"); !strings.Contains(out, "No migration files to execute") {
					t.Errorf("%s: the program finds something to do: %s", turns, out)
				}
			}
			equal(t, turns+": ran", names(t, db), "first second")
		}
	})

	t.Run("the revision table is the program's", func(t *testing.T) {
		t.Parallel()
		p, _, theirs := set(t, all)
		p.must(t, "apply")
		_, d, ours := set(t, all)
		apply(t, d, ours)
		equal(t, "table", query(t, ours, columns), query(t, theirs, columns))
		const rows = `SELECT string_agg(concat_ws(' ', version, description, type, applied, total, error, hash), E'\n' ORDER BY version)
			FROM atlas_schema_revisions.atlas_schema_revisions`
		equal(t, "rows", query(t, ours, rows), query(t, theirs, rows))
	})

	t.Run("a failure in a transaction leaves the same", func(t *testing.T) {
		t.Parallel()
		broken := files{first: createThings, second: changeThings + "SELECT 1/0;\n"}
		for _, fails := range []string{"go", "program"} {
			p, d, db := set(t, broken)
			if fails == "go" {
				if _, err := d.Apply(t.Context(), db); err == nil {
					t.Fatal("no error from a division by zero")
				}
			} else if out, err := p.run(t, "apply"); err == nil {
				t.Fatalf("no error from a division by zero: %s", out)
			}
			equal(t, fails+": revisions", query(t, db, `SELECT count(*) FROM atlas_schema_revisions.atlas_schema_revisions`), "1")
			p.agrees(t, d, db)
			// The repaired file has more statements than the broken one; the
			// other side applies it.
			d = files{first: createThings, second: changeThings + "SELECT 1;\nSELECT 2;\nSELECT 3;\n"}.write(t, p.dir)
			if fails == "go" {
				p.must(t, "apply")
			} else {
				apply(t, d, db)
			}
			p.agrees(t, d, db)
			equal(t, fails+": ran", names(t, db), "first second")
			equal(t, fails+": applied again", len(apply(t, d, db)), 0)
		}
	})

	t.Run("one goes on where the other stopped", func(t *testing.T) {
		t.Parallel()
		const head = "-- atlas:txmode none\n\n-- The first\nINSERT INTO things VALUES ('second');\n"
		broken := files{first: createThings, second: head + "SELECT 1/0;\n"}
		for _, fails := range []string{"go", "program"} {
			p, d, db := set(t, broken)
			if fails == "go" {
				if _, err := d.Apply(t.Context(), db); err == nil {
					t.Fatal("no error from a division by zero")
				}
			} else if out, err := p.run(t, "apply"); err == nil {
				t.Fatalf("no error from a division by zero: %s", out)
			}
			p.agrees(t, d, db)
			d = files{first: createThings, second: head + "SELECT 1;\n"}.write(t, p.dir)
			if fails == "go" {
				p.must(t, "apply")
			} else {
				apply(t, d, db)
			}
			p.agrees(t, d, db)
			equal(t, fails+": ran", names(t, db), "first second")
			equal(t, fails+": applied again", len(apply(t, d, db)), 0)
		}
	})

	t.Run("a total that the program leaves wrong is put right", func(t *testing.T) {
		t.Parallel()
		const head = "-- atlas:txmode none\n\nINSERT INTO things VALUES ('second');\n"
		for _, dropHashes := range []bool{false, true} { // as later versions of the program do
			p, _, db := set(t, files{first: createThings, second: head + "SELECT 1/0;\n"})
			if out, err := p.run(t, "apply"); err == nil {
				t.Fatalf("no error from a division by zero: %s", out)
			}
			d := files{first: createThings, second: head + "SELECT 1;\nSELECT 2;\n", third: indexThings}.write(t, p.dir)
			p.must(t, "apply", "1")
			if dropHashes {
				must(t, db, `UPDATE atlas_schema_revisions.atlas_schema_revisions
					SET partial_hashes = NULL, error = '' WHERE version = '20240102000000'`)
			}
			p.agrees(t, d, db)
			equal(t, "applied", len(apply(t, d, db)), 2)
			p.agrees(t, d, db)
			equal(t, "ran", names(t, db), "first second")
			equal(t, "total", query(t, db, `SELECT total FROM atlas_schema_revisions.atlas_schema_revisions WHERE version = '20240102000000'`), "3")
		}
	})

	t.Run("the program keeps out while Go is at work", func(t *testing.T) {
		t.Parallel()
		p, d, db := set(t, files{first: "SELECT pg_sleep(60);\n"})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = d.Apply(ctx, db) // ends when it is cancelled
		}()
		await(t, open(t, p.url), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = 'PgSleep')`)
		out, err := p.run(t, "apply", "--lock-timeout", "0s")
		if err == nil || !strings.Contains(out, "acquiring database lock") {
			t.Errorf("got %v, want that the lock is taken: %s", err, out)
		}
		cancel()
		<-done
	})

	t.Run("a file that the program applied is known again", func(t *testing.T) {
		t.Parallel()
		p, d, db := set(t, all)
		p.must(t, "apply")
		equal(t, "applied", len(apply(t, d, db)), 0) // and records the files' hashes
		p.agrees(t, d, db)
		d = all.edited(first, third).write(t, p.dir)
		s := status(t, d, db)
		equal(t, "changed", len(s.Changed), 2)
		equal(t, "changed", s.Changed[0].String()+" "+s.Changed[1].String(), first+" "+third)
	})

	t.Run("what the program left of an index is dropped", func(t *testing.T) {
		t.Parallel()
		p, d, db := set(t, files{first: createThings, second: uniqueThings})
		p.must(t, "apply", "1")
		must(t, db, `INSERT INTO things VALUES ('first')`)
		if out, err := p.run(t, "apply"); err == nil {
			t.Fatalf("no error from two rows of one name: %s", out)
		}
		equal(t, "indexes", query(t, db, indexes), "things_name f")
		must(t, db, `DELETE FROM things`)
		equal(t, "applied", len(apply(t, d, db)), 1)
		equal(t, "indexes", query(t, db, indexes), "things_name t")
		p.agrees(t, d, db)
	})

	t.Run("batches of a data migration commit one by one", func(t *testing.T) {
		t.Parallel()
		p, d, db := set(t, batches)
		p.must(t, "apply")
		equal(t, "transactions that wrote", query(t, db, `SELECT count(DISTINCT xmin::text) FROM things`), "10")
		p.agrees(t, d, db)
		equal(t, "applied again", len(apply(t, d, db)), 0)
	})

	t.Run("the program goes on from where Go went down to", func(t *testing.T) {
		t.Parallel()
		p, d, db := set(t, reversible)
		for _, to := range []string{version2, version1, migrations.Empty} {
			p.must(t, "apply")
			if _, err := d.Down(t.Context(), db, to, true); err != nil {
				t.Fatal(err)
			}
			p.agrees(t, d, db)
		}
		p.must(t, "apply")
		equal(t, "ran", names(t, db), "first second")
	})

	t.Run("the program's note to itself is no revision", func(t *testing.T) {
		t.Parallel()
		p, d, db := set(t, all)
		apply(t, d, db)
		_, err := db.ExecContext(t.Context(), `INSERT INTO atlas_schema_revisions.atlas_schema_revisions
			(version, description, executed_at, execution_time, hash, operator_version)
			VALUES ('.atlas_cloud_identifier', gen_random_uuid()::text, now(), 0, '', 'Atlas CLI')`)
		if err != nil {
			t.Fatal(err)
		}
		p.agrees(t, d, db)
		equal(t, "unknown", len(status(t, d, db).Unknown), 0)
		equal(t, "applied", len(apply(t, d, db)), 0)
	})
}
