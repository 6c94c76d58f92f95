package migrations_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestTheModulesOwnFilesApply(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	applied, err := migrations.Apply(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "last applied", applied[len(applied)-1].Version, migrations.Latest())
	s, err := migrations.Status(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "version", s.Database, migrations.Latest())
	if err := migrations.Check(s); err != nil {
		t.Error(err)
	}
}

func TestApplyingTwiceDoesNothingMore(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := files{first: createThings, second: changeThings, third: indexThings}.dir(t)
	equal(t, "applied", len(apply(t, d, db)), 3)
	equal(t, "applied again", len(apply(t, d, db)), 0)
	equal(t, "ran", names(t, db), "first second")
	s := status(t, d, db)
	equal(t, "database", s.Database, "20240103000000")
	equal(t, "module", s.Module, "20240103000000")
	equal(t, "pending", len(s.Pending), 0)
}

func TestAFailedFileIsRolledBackAndTheOnesBeforeItStay(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	f := files{first: createThings, second: changeThings + "SELECT 1/0;\n", third: indexThings}
	d := f.dir(t)
	applied, err := d.Apply(t.Context(), db)
	equal(t, "applied", len(applied), 1)
	var failed *migrations.FileError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a FileError", err)
	}
	equal(t, "file", failed.String(), second)
	equal(t, "statement", failed.Stmt, "SELECT 1/0;")
	equal(t, "rolled back", failed.RolledBack, true)
	equal(t, "ran", names(t, db), "first")
	s := status(t, d, db)
	equal(t, "database", s.Database, "20240101000000")
	equal(t, "pending", len(s.Pending), 2)
	equal(t, "unfinished", s.Unfinished, nil)

	f[second] = changeThings
	equal(t, "applied after repair", len(apply(t, f.dir(t), db)), 2)
	equal(t, "ran", names(t, db), "first second")
}

func TestWithoutATransactionTheRepairedFileGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	const head = "-- atlas:txmode none\n\nINSERT INTO things VALUES ('second');\n"
	db := open(t, pgtest.Empty(t))
	f := files{first: createThings, second: head + "SELECT 1/0;\nSELECT 2;\n"}
	d := f.dir(t)
	_, err := d.Apply(t.Context(), db)
	var failed *migrations.FileError
	if !errors.As(err, &failed) || failed.RolledBack {
		t.Fatalf("got %v, want a FileError that was not rolled back", err)
	}
	s := status(t, d, db)
	if s.Unfinished == nil {
		t.Fatal("the status does not tell that a migration is half applied")
	}
	equal(t, "applied statements", s.Unfinished.Applied, 1)
	equal(t, "all statements", s.Unfinished.Total, 3)
	equal(t, "database", s.Database, "20240101000000")
	if reason := s.Unfinished.Reason; !strings.Contains(reason, "division by zero") {
		t.Errorf("reason: got %q", reason)
	}
	var half *migrations.HalfAppliedError
	if err := migrations.Check(s); !errors.As(err, &half) {
		t.Errorf("check: got %v, want one with a HalfAppliedError", err)
	}

	// Another number of statements than before, and an applied one changed.
	f[second] = strings.Replace(head, "second", "2nd", 1) + "SELECT 1;\n"
	if _, err := f.dir(t).Apply(t.Context(), db); !errors.As(err, &half) {
		t.Fatalf("got %v, want a HalfAppliedError", err)
	}
	f[second] = head
	d = f.dir(t)
	equal(t, "applied", len(apply(t, d, db)), 1)
	equal(t, "ran", names(t, db), "first second")
	equal(t, "applied again", len(apply(t, d, db)), 0)
	if err := migrations.Check(status(t, d, db)); err != nil {
		t.Error(err)
	}
}

func TestAStatementOfUnknownOutcomeIsNotRepeated(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := files{
		first:  createThings,
		second: "-- atlas:txmode none\n\nSELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid());\n",
	}.dir(t)
	if _, err := d.Apply(t.Context(), db); err == nil {
		t.Fatal("no error from a file whose connection ends")
	}
	_, err := d.Apply(t.Context(), db)
	var half *migrations.HalfAppliedError
	if !errors.As(err, &half) {
		t.Fatalf("got %v, want a HalfAppliedError", err)
	}
	equal(t, "file", half.String(), second)
	equal(t, "applied statements", half.Applied, 1)

	// Both ways out that the error names.
	_, out, _ := strings.Cut(err.Error(), "record it: ")
	record, forget, _ := strings.Cut(out, "; or undo it by hand and forget it: ")
	must(t, db, record)
	equal(t, "applied", len(apply(t, d, db)), 0)
	must(t, db, forget)
	equal(t, "pending", len(status(t, d, db).Pending), 1)
}

func TestACancelledContextStopsAStatement(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"file", "none"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			u := pgtest.Empty(t)
			db, other := open(t, u), open(t, u)
			d := files{first: "-- atlas:txmode " + mode + "\n\nSELECT pg_sleep(3600);\n"}.dir(t)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() {
				_, err := d.Apply(ctx, db)
				done <- err
			}()
			await(t, other, `SELECT EXISTS (SELECT FROM pg_stat_activity
				WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' AND wait_event = 'PgSleep')`)
			cancel()
			if err := <-done; err == nil {
				t.Error("no error from a cancelled call")
			}
			await(t, other, `SELECT NOT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
				WHERE locktype = 'advisory' AND datname = current_database())`)
		})
	}
}

// await asks the database until the answer is true.
func await(t testing.TB, db *sql.DB, question string) {
	t.Helper()
	for query(t, db, question) != "true" {
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	u := pgtest.Empty(t)
	db := open(t, u, "statement_timeout", "100", "idle_in_transaction_session_timeout", "100", "lock_timeout", "1234ms")
	const slow = "SET lock_timeout = '7s';\nSELECT pg_sleep(0.3);\n"
	d := files{first: slow, second: "-- atlas:txmode none\n\n" + slow}.dir(t)
	equal(t, "applied", len(apply(t, d, db)), 2)

	var conns []*sql.Conn // all that the pool has, and one more
	for range db.Stats().OpenConnections + 1 {
		c, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	for _, c := range conns {
		for setting, want := range map[string]string{"lock_timeout": "1234ms", "statement_timeout": "100ms"} {
			var got string
			if err := c.QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got); err != nil {
				t.Fatal(err)
			}
			equal(t, setting+" after a migration", got, want)
		}
		_ = c.Close()
	}
}

func TestTwoAtOnceApplyOnce(t *testing.T) {
	t.Parallel()
	d := files{first: createThings, second: changeThings, third: indexThings}.dir(t)
	for range 20 {
		u := pgtest.Empty(t)
		type result struct {
			applied int
			err     error
		}
		results := make(chan result)
		for range 2 {
			db := open(t, u)
			go func() {
				applied, err := d.Apply(t.Context(), db)
				results <- result{len(applied), err}
			}()
		}
		total := 0
		for range 2 {
			r := <-results
			if r.err != nil {
				t.Error(r.err)
			}
			total += r.applied
		}
		equal(t, "applied by both together", total, 3)
		equal(t, "ran", names(t, open(t, u)), "first second")
	}
}

func TestTheLockIsThatOfAtlas(t *testing.T) {
	t.Parallel()
	u := pgtest.Empty(t)
	drv, err := postgres.Open(open(t, u))
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := drv.(schema.Locker).Lock(t.Context(), "atlas_migrate_execute", 0)
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, u)
	d := files{first: createThings}.dir(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := d.Apply(ctx, db)
		done <- err
	}()
	await(t, open(t, u), `SELECT EXISTS (SELECT FROM pg_stat_activity
		WHERE datname = current_database() AND query = 'ROLLBACK')`) // of its first try
	cancel()
	if err := <-done; !errors.Is(err, migrations.ErrLocked) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	equal(t, "pending", len(status(t, d, db).Pending), 1)
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	equal(t, "applied", len(apply(t, d, db)), 1)
}

func TestALostLockStopsTheRest(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := files{
		first: `SELECT pg_terminate_backend(pid, 60000) FROM pg_locks JOIN pg_database d ON d.oid = database
			WHERE locktype = 'advisory' AND datname = current_database();`,
		second: createThings,
	}.dir(t)
	applied, err := d.Apply(t.Context(), db)
	equal(t, "applied", len(applied), 1)
	if !errors.Is(err, migrations.ErrLockLost) {
		t.Fatalf("got %v, want ErrLockLost", err)
	}
	equal(t, "times that the error speaks of the lock", strings.Count(err.Error(), "lock"), 1)
	equal(t, "applied again", len(apply(t, d, db)), 1)
}

// The lock ends with its connection, while the file goes on that it was held for:
// another process has the lock then, and the file pending.
func TestAFileIsAppliedOnceAlsoWithoutTheLock(t *testing.T) {
	t.Parallel()
	u := pgtest.Empty(t)
	db := open(t, u)
	d := files{first: createThings, second: "SELECT pg_advisory_lock_shared(1);\nINSERT INTO things VALUES ('second');\n"}.dir(t)
	apply(t, d.Until(version1), db)
	gatekeeper, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer gatekeeper.Close()
	gate := func(what string) {
		if _, err := gatekeeper.ExecContext(t.Context(), "SELECT pg_advisory_"+what+"(1)"); err != nil {
			t.Fatal(err)
		}
	}
	gate("lock")
	total, failures := make(chan int, 2), make(chan error, 2)
	for _, wait := range []string{"advisory", "transactionid"} {
		other := open(t, u)
		go func() {
			applied, err := d.Apply(t.Context(), other)
			total <- len(applied)
			failures <- err
		}()
		await(t, db, `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event = '`+wait+`')`)
		must(t, db, `SELECT pg_terminate_backend(pid, 60000) FROM pg_locks JOIN pg_database d ON d.oid = database
			WHERE locktype = 'advisory' AND objid = 2686470616 AND datname = current_database()`)
	}
	gate("unlock")
	equal(t, "applied by both together", <-total+<-total, 1)
	for range 2 {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	equal(t, "ran", names(t, db), "first second")
}

func TestAPoolOfTwoIsEnough(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := files{first: createThings, second: changeThings, third: indexThings}.dir(t)
	db.SetMaxOpenConns(1)
	if _, err := d.Apply(t.Context(), db); !errors.Is(err, migrations.ErrOneConnection) {
		t.Fatalf("got %v, want ErrOneConnection", err)
	}
	db.SetMaxOpenConns(2)
	equal(t, "applied", len(apply(t, d, db)), 3)
	db.SetMaxOpenConns(1)
	equal(t, "applied with nothing to do", len(apply(t, d, db)), 0)
}
