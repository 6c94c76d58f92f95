package main

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/migratetest"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// process is a run of the command as a process of its own.
type process struct {
	*exec.Cmd
	output *strings.Builder
}

func start(t *testing.T, args ...string) process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := process{exec.CommandContext(t.Context(), self, args...), &strings.Builder{}}
	p.Env = append(p.Environ(), asCommand+"=1")
	p.Stdout, p.Stderr = p.output, p.output
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func connect(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// begun is a database that has the module's first migration, which takes longer
// than all others together.
type begun struct{}

func (begun) Key() string { return "the first migration of " + migrations.Latest() }

func (begun) Build(ctx context.Context, db *sql.DB, _ string) error {
	_, err := migrations.Until("20261123000001").Apply(ctx, db)
	return err
}

func TestTwoProcessesApplyEachVersionOnce(t *testing.T) {
	versions := migratetest.Versions(t)
	for round := range 50 {
		u, want := pgtest.New(t, begun{}), versions[1:]
		if round%10 == 0 {
			u, want = pgtest.Empty(t), versions
		}
		var both [2]process
		for i := range both {
			both[i] = start(t, "migrate", "apply", "--url", u)
		}
		var applied []string
		for _, p := range both {
			if err := p.Wait(); err != nil || !strings.Contains(p.output.String(), "up to date") {
				t.Fatalf("round %d: %v\n%s", round, err, p.output)
			}
			for line := range strings.Lines(p.output.String()) {
				if version, _, _ := strings.Cut(line, " "); slices.Contains(versions, version) {
					applied = append(applied, version)
				}
			}
		}
		slices.Sort(applied)
		if !slices.Equal(applied, want) {
			t.Fatalf("round %d: the two together applied %v", round, applied)
		}
	}
}

// Each of the module's migrations in turn has done its work when the process is
// killed, and can't be recorded. The next process is there already when the server
// lets go of what the first left.
func TestAProcessKilledAtEachMigration(t *testing.T) {
	versions := migratetest.Versions(t)
	want, err := catalogue.At(migrations.Latest())
	if err != nil {
		t.Fatal(err)
	}
	before := migrations.Empty
	for _, version := range versions {
		u := pgtest.Empty(t)
		db := connect(t, u)
		if _, err := migrations.Until(before).Apply(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), `LOCK TABLE atlas_schema_revisions.atlas_schema_revisions IN SHARE MODE`); err != nil {
			t.Fatal(err)
		}
		victim := start(t, "migrate", "apply", "--url", u)
		awaitLock(t, db)
		if err := victim.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = victim.Wait() // says that it was killed
		next := start(t, "migrate", "apply", "--url", u)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if err := next.Wait(); err != nil || !strings.Contains(next.output.String(), "\n"+version) {
			t.Fatalf("%s: %v\n%s", version, err, next.output)
		}
		have, err := catalogue.Read(t.Context(), db, "public")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range catalogue.Diff(have, want) {
			t.Errorf("%s: %+v", version, c.Object())
		}
		before = version
	}
}

// awaitLock waits until somebody waits for a lock of the database.
func awaitLock(t *testing.T, db *sql.DB) {
	t.Helper()
	for waiting := false; !waiting; {
		err := db.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'relation')`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestDown(t *testing.T) {
	u := pgtest.Empty(t)
	versions := migratetest.Versions(t)
	latest, before := versions[len(versions)-1], versions[len(versions)-2]
	command(t, "migrate", "down", "--url", u).expect(t, 2, "", "--to")
	command(t, "migrate", "apply", "--dry-run", "--url", u).expect(t, 0, "-- "+versions[0]+"_create_platform_graph.sql: in a transaction of its own\n", "")
	command(t, "migrate", "status", "--url", u).expect(t, 1, "is empty", "") // nothing was applied
	command(t, "migrate", "apply", "--url", u).expect(t, 0, "", "")
	command(t, "migrate", "apply", "--dry-run", "--url", u).expect(t, 0, "up to date", "")

	plan := command(t, "migrate", "down", "--to", before, "--dry-run", "--url", u)
	plan.expect(t, 0, latest, "")
	plan.expect(t, 0, "DROP INDEX IF EXISTS", "")
	command(t, "migrate", "status", "--url", u).expect(t, 0, "up to date", "")
	command(t, "migrate", "down", "--to", before, "--url", u).expect(t, 0, "UNDONE", "")
	command(t, "migrate", "status", "--url", u).expect(t, 1, "older than this program: 1 migration is pending", "")
	command(t, "migrate", "down", "--to", before, "--dry-run", "--url", u).expect(t, 0, "nothing to undo", "")

	command(t, "migrate", "down", "--to", "0", "--url", u).expect(t, 1, "", "every row of every table")
	command(t, "migrate", "down", "--to", latest, "--url", u).expect(t, 1, "", "older")
	command(t, "migrate", "down", "--to", "1", "--url", u).expect(t, 2, "", `no migration has the version "1"`)
	command(t, "migrate", "status", "--url", u).expect(t, 1, "1 migration is pending", "")
	command(t, "migrate", "down", "--to", "0", "--lose-data", "--url", u).expect(t, 0, "is empty", "")
	command(t, "migrate", "apply", "--url", u).expect(t, 0, "up to date", "")

	db := connect(t, u)
	if s, err := migrations.Status(t.Context(), db); err != nil || len(s.Applied) != len(versions) {
		t.Errorf("applied: %v, %v", s.Applied, err)
	}
}
