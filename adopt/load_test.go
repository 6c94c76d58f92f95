package adopt

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// busyRows is how big the tables are that services write to while the database is
// taken over. With fewer rows than manyRows nothing takes long, and only what
// happens is looked at, not how long it takes.
var busyRows = flag.Int("busy-rows", 5000, "how many messages, posts and views there are in databases that are taken over while services write")

const manyRows = 1_000_000

// Services write while the command takes a database over.
func TestTakeoverUnderLoad(t *testing.T) {
	program := build(t)
	for _, name := range []string{"today's", "payment plans'"} {
		tmpl := crowded{takenOver[name](t), *busyRows}
		t.Run(name+", and people ask long questions", func(t *testing.T) { takeOverInterrupted(t, program, pgtest.New(t, tmpl)) })
		t.Run(name+", in about the time that was planned", func(t *testing.T) { takeOverInTime(t, program, pgtest.New(t, tmpl)) })
	}
}

// takeOverInterrupted takes a database over while questions are asked that take long
// to answer: no write fails or waits behind one, and the takeover is whole.
func takeOverInterrupted(t *testing.T, program, url string) {
	db := connect(t, url)
	load := startLoad(t, db, *busyRows)
	lines, _ := takeOverAsProcess(t, program, url, func(line string) {
		for _, moment := range []string{"1 of ", "change table", "take away what"} {
			if strings.Contains(line, moment) {
				load.askOnce(t, moment)
			}
		}
	})
	load.end(t)
	load.report(t)
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "trying again") }) {
		t.Error("no step gave way to somebody's long question")
	}
	report, err := Apply(t.Context(), db, Choices{}, nil)
	if err != nil || len(report.Steps) > 0 {
		t.Fatalf("steps are left: %q (%v)", statements(report.Steps), err)
	}
	onlyWaiting(t, db, report.Waiting)
	load.compare(t)
}

// takeOverInTime takes a database over and looks at how long the plan said that
// it would take.
func takeOverInTime(t *testing.T, program, url string) {
	out, err := osexec.CommandContext(t.Context(), program, "adopt", "plan", "--format", "json", "--url", url).Output()
	if err != nil {
		t.Fatal(err)
	}
	var p Plan
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	load := startLoad(t, connect(t, url), *busyRows)
	lines, took := takeOverAsProcess(t, program, url, func(string) {})
	load.end(t)
	load.report(t)

	estimated, measured := p.byKind(t, lines)
	estimated["in all"], measured["in all"] = p.Seconds, took.Seconds()
	for _, kind := range slices.Sorted(maps.Keys(estimated)) {
		want, got := estimated[kind], measured[kind]
		t.Logf("%-12s estimated %6.1f s, took %6.1f s", kind, want, got)
		// What takes less than a second is of no interest to anybody.
		if *busyRows >= manyRows && max(got, want) > 1 && (got > 3*want || want > 3*got) {
			t.Errorf("the estimate of %s is off by more than a factor of 3", kind)
		}
	}
}

// finished is the line of a step that is done.
var finished = regexp.MustCompile(`^\d+ of \d+  (.*): (\S+)$`)

// byKind sums up, for each kind of step, how long the steps were to take and how
// long they took.
func (p *Plan) byKind(t *testing.T, lines []string) (estimated, measured map[string]float64) {
	t.Helper()
	estimated, measured = map[string]float64{}, map[string]float64{}
	kinds := map[string]string{}
	for _, s := range p.Steps {
		kind := "changes"
		switch {
		case s.Concurrently:
			kind = "indexes"
		case s.Repeated:
			kind = "batches"
		case strings.HasPrefix(s.Title, "validate "):
			kind = "validations"
		}
		kinds[s.Title] = kind
		estimated[kind] += s.Seconds
	}
	for _, line := range lines {
		m := finished.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		kind, ok := kinds[m[1]]
		took, err := time.ParseDuration(m[2])
		if !ok || err != nil {
			t.Errorf("not a step of the plan, or no time: %q", line)
		}
		measured[kind] += took.Seconds()
	}
	return estimated, measured
}

// build builds the command.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "communitybuilder")
	if out, err := osexec.CommandContext(t.Context(), "go", "build", "-o", program, "../cmd/communitybuilder").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// takeOverAsProcess runs the command and returns what it wrote, every line of which
// it also tells when it is written, and how long it took.
func takeOverAsProcess(t *testing.T, program, url string, tell func(line string)) (lines []string, took time.Duration) {
	t.Helper()
	cmd := osexec.CommandContext(t.Context(), program, "adopt", "apply", "--url", url)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(stdout); s.Scan(); {
		lines = append(lines, s.Text())
		tell(s.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return lines, time.Since(began)
}

func connect(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// crowded is another state, with as many rows more in the tables that are written
// to most.
type crowded struct {
	pgtest.Template
	rows int
}

func (c crowded) Key() string { return fmt.Sprintf("%s, with %d rows 1", c.Template.Key(), c.rows) }

// firstID is the first id of the rows that are added.
const firstID = 1_000_000

func (c crowded) Build(ctx context.Context, db *sql.DB, url string) error {
	if err := c.Template.Build(ctx, db, url); err != nil {
		return err
	}
	fresh, err := sql.Open("postgres", url) // the sessions of db may have settings from the script
	if err != nil {
		return err
	}
	defer func() { _ = fresh.Close() }()
	// Texts are as long as people's, references near each other are to the same.
	for _, table := range []struct {
		name   string
		rows   int
		values map[string]string
	}{
		{"User", c.rows / 100, map[string]string{"email": `'user' || i || '@example.com'`}},
		{"Community", c.rows / 500, map[string]string{"alias": `'crowd-' || i`}},
		{"Forum", c.rows / 250, map[string]string{"community_id": c.to(500), "name": `'forum ' || i`}},
		{"Conversation", c.rows / 20, map[string]string{"community_id": c.to(500)}},
		{"Message", c.rows, map[string]string{
			"conversation_id": c.to(20), "sender_id": c.to(100), "message_type": `'text'`,
			"content": `left(repeat(md5(i::text) || ' ', 15), 20 + i % 401)`,
		}},
		{"Post", c.rows, map[string]string{
			"forum_id": c.to(250), "user_id": c.to(100),
			"parent_post_id": fmt.Sprintf("CASE WHEN i %% 3 = 0 AND i > %[2]d THEN %[1]d + i - %[2]d END", firstID, c.rows/250),
			"message":        `left(repeat(md5(i::text) || ' ', 30), 100 + i % 797)`,
		}},
		{"CommunityView", c.rows, map[string]string{
			"community_id": c.to(500), "user_id": `CASE WHEN i % 2 = 0 THEN ` + c.to(100) + ` END`,
			"referrer_url": `'https://www.example.com/' || md5(i::text) || '?utm_source=newsletter'`, "referrer_domain": `'www.example.com'`,
			"country": `'Ghana'`, "city": `'Accra'`,
		}},
	} {
		if err := addRows(ctx, fresh, table.name, table.rows, table.values); err != nil {
			return fmt.Errorf("%s: %w", table.name, err)
		}
	}
	_, err = fresh.ExecContext(ctx, "ANALYZE")
	return err
}

// to is a key to one of the rows of a table, of which there is one for every so
// many of the big ones.
func (c crowded) to(every int) string {
	return fmt.Sprintf("%d + i %% %d", firstID, c.rows/every)
}
