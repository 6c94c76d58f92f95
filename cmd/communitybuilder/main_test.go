package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/doctor"
	"github.com/communitybuilder/communitybuilder/internal/migratetest"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// asCommand in its environment makes the test program the command itself, so that
// tests can run it as a process, and kill it.
const asCommand = "COMMUNITYBUILDER_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	pgtest.Main(m)
}

// result is what a run of the command did.
type result struct {
	status         int
	stdout, stderr string
}

func command(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// expect checks a result: the exit status, and texts that the output must have.
func (r result) expect(t *testing.T, status int, stdout string, stderr string) {
	t.Helper()
	if r.status != status || !strings.Contains(r.stdout, stdout) || !strings.Contains(r.stderr, stderr) ||
		stderr == "" && r.stderr != "" {
		t.Errorf("exit status %d, want %d; want %q and %q in\n%s%s", r.status, status, stdout, stderr, r.stdout, r.stderr)
	}
	if strings.Contains(r.stderr, "Usage:") {
		t.Errorf("the error is buried in the usage:\n%s", r.stderr)
	}
	if all := r.stdout + r.stderr; strings.Contains(all, "s3cret") {
		t.Errorf("the password is shown:\n%s", all)
	}
}

func plain(t *testing.T, url, stmts string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), stmts); err != nil {
		t.Fatalf("%s: %v", stmts, err)
	}
}

func TestFromAnEmptyDatabaseToAHealthyOne(t *testing.T) {
	u := pgtest.Empty(t)
	pending := command(t, "migrate", "status", "--url", u)
	pending.expect(t, 1, "The database is empty. Run `communitybuilder migrate apply` to create the schema.", "")
	if strings.Count(pending.stdout, "pending") != strings.Count(pending.stdout, "\n")-3 {
		t.Errorf("not every migration is pending:\n%s", pending.stdout)
	}
	command(t, "doctor", "--url", u).expect(t, 1, "missing table", "")

	applied := command(t, "migrate", "apply", "--url", u)
	applied.expect(t, 0, "The database is up to date.", "")
	for line := range strings.Lines(pending.stdout) {
		name, isPending := strings.CutSuffix(line, "pending\n")
		took := regexp.MustCompile(regexp.QuoteMeta(strings.TrimSpace(name)) + ` +[0-9.]+m?s\n`)
		if isPending && !took.MatchString(applied.stdout) {
			t.Errorf("no time for %s:\n%s", name, applied.stdout)
		}
	}

	again := command(t, "migrate", "apply", "--url", u)
	again.expect(t, 0, "The database is up to date.", "")
	if strings.Contains(again.stdout, "APPLIED") {
		t.Errorf("applied twice:\n%s", again.stdout)
	}
	status := command(t, "migrate", "status", "--url", u)
	status.expect(t, 0, "applied 20", "")
	status.expect(t, 0, "create_platform_graph", "")
	command(t, "doctor", "--url", u).expect(t, 0, "All is well.", "")
}

func TestDoctorNamesADroppedColumn(t *testing.T) {
	u := pgtest.New(t, conformance.Migrated)
	plain(t, u, `ALTER TABLE "BadgeDefinition" DROP COLUMN icon_url`)
	command(t, "doctor", "--url", u).expect(t, 1, "BadgeDefinition: icon_url", "")
}

func TestDoctorTellsMistakesFromUsualRows(t *testing.T) {
	u := pgtest.New(t, conformance.Migrated)
	plain(t, u, `INSERT INTO "User" (email, password, date_joined) VALUES ('a@EXAMPLE.com', 'x', now())`)
	command(t, "doctor", "--url", u).expect(t, 0, "For information, rows that break a rule", "")
	plain(t, u, `INSERT INTO "BlogPost" (title, slug, blog_message, created_at, updated_at) VALUES ('a', '', 'b', now(), now())`)
	command(t, "doctor", "--url", u).expect(t, 1, "\nRows that break a rule:\n", "")
}

func TestDoctorWritesJSON(t *testing.T) {
	u := pgtest.New(t, conformance.Migrated)
	plain(t, u, `INSERT INTO "BadgeDefinition" (code, name, criteria, created_at, updated_at) VALUES ('a', 'a', '[]', now(), now())`)
	r := command(t, "doctor", "--format", "json", "--url", u)
	r.expect(t, 1, "", "")
	var report doctor.Report
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatalf("%v in %s", err, r.stdout)
	}
	if len(report.Violations) != 1 || report.Violations[0].Entity != "BadgeDefinition" || report.Healthy() {
		t.Errorf("got %s", r.stdout)
	}
}

func TestDoctorListsDifferencesWhenAsked(t *testing.T) {
	u := pgtest.New(t, conformance.Migrated)
	plain(t, u, `ALTER INDEX tag_name RENAME TO x; ALTER INDEX tag_slug RENAME TO y`)
	short, long := command(t, "doctor", "--url", u), command(t, "doctor", "--verbose", "--url", u)
	short.expect(t, 0, "--verbose lists them all.", "")
	long.expect(t, 0, "Tag: y: expected tag_slug", "")
	if strings.Contains(short.stdout, "Tag: y") {
		t.Errorf("not a summary:\n%s", short.stdout)
	}
}

func TestADatabaseOfAnotherToolchain(t *testing.T) {
	u := pgtest.Empty(t)
	plain(t, u, `CREATE TABLE django_migrations (id int)`)
	command(t, "migrate", "status", "--url", u).expect(t, 1, "another toolchain", "")
	command(t, "migrate", "apply", "--url", u).expect(t, 1, "", "another toolchain")
	command(t, "doctor", "--url", u).expect(t, 1, "another toolchain", "")
}

func TestStatesOfTheRevisionTable(t *testing.T) {
	const insert = `INSERT INTO atlas_schema_revisions.atlas_schema_revisions
		(version, description, applied, total, executed_at, execution_time, hash, operator_version) VALUES `
	latest := migrations.Latest()
	for _, test := range []struct {
		name, change  string
		status        int
		says          string
		apply         int
		applyComplain string
	}{
		{
			"newer by an additive step", insert + `('99990101000000', 'add_thing', 1, 1, now(), 0, '', '')`,
			0, "ahead of this program by 1 additive migration", 0, "",
		}, {
			"newer", insert + `('99990101000000', 'drop_thing', 1, 1, now(), 0, '', '')`,
			1, "newer than this program", 0, "",
		}, {
			"passed by", `DELETE FROM atlas_schema_revisions.atlas_schema_revisions WHERE version = '` + latest + `'; ` +
				insert + `('99990101000000', 'add_thing', 1, 1, now(), 0, '', '')`,
			1, "not applied, passed by", 1, "later version",
		}, {
			"changed", `UPDATE atlas_schema_revisions.atlas_schema_revisions SET hash = 'x', partial_hashes = NULL WHERE version = '` + latest + `'`,
			1, "CHANGED since\n", 1, "was changed after it was applied",
		}, {
			"half applied, killed", `UPDATE atlas_schema_revisions.atlas_schema_revisions SET total = 3, applied = 2 WHERE version = '` + latest + `'`,
			1, "half applied, 2 of 3 statements", 1, "half applied",
		}, {
			"half applied, refused", `UPDATE atlas_schema_revisions.atlas_schema_revisions
				SET total = 3, applied = 2, error = 'no space' WHERE version = '` + latest + `'`,
			1, "stopped at an error after 2 of 3 statements (no space)", 1, "half applied",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := pgtest.New(t, conformance.Migrated)
			plain(t, u, test.change)
			command(t, "migrate", "status", "--url", u).expect(t, test.status, test.says, "")
			command(t, "migrate", "apply", "--url", u).expect(t, test.apply, "", test.applyComplain)
		})
	}
}

func TestADatabaseThatLacksTheNewestMigration(t *testing.T) {
	u := pgtest.Empty(t)
	db, err := sql.Open("postgres", u)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	versions := migratetest.Versions(t)
	if _, err := migrations.Until(versions[len(versions)-2]).Apply(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	command(t, "migrate", "status", "--url", u).expect(t, 1, "older than this program: 1 migration is pending. Run `communitybuilder migrate apply`.", "")
	command(t, "migrate", "apply", "--url", u).expect(t, 0, "", "")
	command(t, "migrate", "status", "--url", u).expect(t, 0, "up to date", "")
}

func TestTheURLOfTheEnvironment(t *testing.T) {
	u := pgtest.New(t, conformance.Migrated)
	t.Setenv("DATABASE_URL", u)
	command(t, "migrate", "status").expect(t, 0, "up to date", "")
	command(t, "migrate", "status", "--url", pgtest.Empty(t)).expect(t, 1, "is empty", "")
	t.Setenv("DATABASE_URL", "")
	command(t, "migrate", "status").expect(t, 2, "", "DATABASE_URL")
}

func TestWhatCanNotBeDone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL", "")
	for _, test := range []struct {
		name  string
		flags []string
		says  string
	}{
		{"no URL", nil, "--url"},
		{"no server", []string{"--url", "postgres://app:s3cret@" + nobody + "/platform"}, "no server listens there"},
		{"no URL at all", []string{"--url", "app:s3cret@db"}, "must begin with postgres://"},
		{"connection string", []string{"--url", "host=db password=s3cret"}, "must begin with postgres://"},
		{"broken URL", []string{"--url", "postgres://app:s3cret%zz@db/platform"}, "can't be read"},
		{"stray slash", []string{"--url", "postgres://app:s3cret/5@db/platform"}, "can't be read"},
		{"no database", []string{"--url", "postgres://app:s3cret@db"}, "names no database"},
		{"bad parameter", []string{"--url", "postgres://app:s3cret@db/platform?sslmode=s3cret"}, "URL"},
		{"SQLite", []string{"--url", "sqlite:platform.db"}, "for PostgreSQL"},
		{"unknown flag", []string{"--colour"}, "unknown flag: --colour"},
		{"argument", []string{"everything"}, "everything"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, cmd := range [][]string{{"doctor"}, {"migrate", "status"}, {"migrate", "apply"}, {"migrate", "down", "--to", "0"}} {
				command(t, append(cmd, test.flags...)...).expect(t, 2, "", test.says)
			}
		})
	}
	command(t, "heal").expect(t, 2, "", "heal")
	command(t, "migrate", "sideways").expect(t, 2, "", "sideways")
	command(t, "doctor", "--url", pgtest.Empty(t), "--format", "xml").expect(t, 2, "", "--format must be text or json")
}

func TestADatabaseThatDoesNotExist(t *testing.T) {
	u, err := url.Parse(pgtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Path += "_no"
	command(t, "doctor", "--url", u.String()).expect(t, 2, "", "does not exist")
}

func TestHelpTellsTheExitStatuses(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"doctor", "--help"}, {"migrate", "--help"}, {"migrate", "apply", "--help"}, {"migrate", "status", "--help"}, {"migrate", "down", "--help"}} {
		r := command(t, args...)
		r.expect(t, 0, "communitybuilder", "")
		if len(args) != 2 || args[0] != "migrate" {
			r.expect(t, 0, "Exit status:\n  0  all is well\n  1 ", "")
		}
	}
	command(t, "--version").expect(t, 0, "schema "+migrations.Latest(), "")
}

func TestTheProgramItself(t *testing.T) {
	program := filepath.Join(t.TempDir(), "communitybuilder")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	u := pgtest.Empty(t)
	for _, step := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"migrate", "status"}, 1, "The database is empty."},
		{[]string{"migrate", "apply"}, 0, "The database is up to date."},
		{[]string{"doctor"}, 0, "All is well."},
		{[]string{"doctor", "--format", "xml"}, 2, "--format"},
	} {
		cmd := exec.CommandContext(t.Context(), program, step.args...)
		cmd.Env = append(cmd.Environ(), "DATABASE_URL="+u)
		out, err := cmd.CombinedOutput()
		if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != step.status || !strings.Contains(string(out), step.says) {
			t.Errorf("%q: exit status %d, want %d; want %q in\n%s", step.args, got, step.status, step.says, out)
		}
	}
}
