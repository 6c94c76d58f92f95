package migrations_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// With these in its environment the test program applies a directory to a database
// instead, so that tests can kill it.
const (
	processDir = "MIGRATIONS_TEST_DIR"
	processURL = "MIGRATIONS_TEST_URL"
)

func applyAndExit(dir, url string) {
	db, err := sql.Open("postgres", url)
	if err == nil {
		_, err = migrations.New(os.DirFS(dir)).Apply(context.Background(), db)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// process starts one that applies the directory.
func process(t testing.TB, dir, url string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(cmd.Environ(), processDir+"="+dir, processURL+"="+url)
	cmd.Stderr = &strings.Builder{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// ends waits for a process that is to have applied everything.
func ends(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, cmd.Stderr)
	}
}

// kill ends a process as kill -9 does.
func kill(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
}

// The process is killed while a statement runs, with and without a transaction, at
// the beginning of a file and between its statements. The server goes on with the
// statement. The next process applies each file once all the same.
func TestAProcessKilledAtEachStatement(t *testing.T) {
	t.Parallel()
	const none = "-- atlas:txmode none\n-- communitybuilder:repeatable\n\n"
	// A statement waits here while the test holds the lock of this number.
	gate := func(n int) string { return fmt.Sprintf("SELECT pg_advisory_lock_shared(%d);\n", n) }
	insert := func(name string) string { // which may run again
		return fmt.Sprintf("INSERT INTO things SELECT '%s' WHERE NOT EXISTS (SELECT FROM things WHERE name = '%[1]s');\n", name)
	}
	f := files{
		first:  gate(1) + createThings + gate(2),
		second: none + gate(3) + insert("second") + gate(4) + insert("third") + gate(5),
		third:  "INSERT INTO things VALUES ('fourth');\n" + gate(6),
	}
	dir := t.TempDir()
	d := f.write(t, dir)
	for n := range 6 {
		u := pgtest.Empty(t)
		db := open(t, u)
		gatekeeper, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer gatekeeper.Close()
		lock := func(what string) {
			if _, err := gatekeeper.ExecContext(t.Context(), fmt.Sprintf("SELECT pg_advisory_%s(%d)", what, n+1)); err != nil {
				t.Fatal(err)
			}
		}
		lock("lock")
		victim := process(t, dir, u)
		await(t, db, `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = 'advisory')`)
		kill(t, victim)
		next := process(t, dir, u)
		lock("unlock")
		ends(t, next)
		equal(t, fmt.Sprintf("gate %d: ran", n+1), names(t, db), "first fourth second third")
		equal(t, fmt.Sprintf("gate %d: applied again", n+1), len(apply(t, d, db)), 0)
		if err := migrations.Check(status(t, d, db)); err != nil {
			t.Errorf("gate %d: %v", n+1, err)
		}
	}
}

// The server goes on making the index of a process that was killed; the next one
// waits for its end without being in its way.
func TestAProcessKilledWhileItMakesAnIndex(t *testing.T) {
	t.Parallel()
	dir, u := t.TempDir(), pgtest.Empty(t)
	db := open(t, u)
	d := files{first: createThings, second: changeThings, third: uniqueThings}.write(t, dir)
	apply(t, d.Until(version2), db)
	tx, err := db.BeginTx(t.Context(), nil) // for whose end the index waits
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), `INSERT INTO things VALUES ('third')`); err != nil {
		t.Fatal(err)
	}
	const building = `SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database())`
	victim := process(t, dir, u)
	await(t, db, building)
	kill(t, victim)
	equal(t, "still building", query(t, db, building), "true")
	next := process(t, dir, u)
	await(t, db, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
		AND pid <> pg_backend_pid() AND query LIKE '%pg_stat_activity%starts_with%')`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	ends(t, next)
	equal(t, "indexes", query(t, db, indexes), "things_name t")
	equal(t, "applied again", len(apply(t, d, db)), 0)
}
