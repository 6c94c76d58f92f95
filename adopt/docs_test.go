package adopt

import (
	"errors"
	"os"
	osexec "os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// What docs/adopting.md shows is run, in its order: commands, each with what it
// writes, of which parts may be left out, and statements. A comment says in which of
// the databases.
func TestWhatTheDocumentationShows(t *testing.T) {
	page, err := os.ReadFile("../docs/adopting.md")
	if err != nil {
		t.Fatal(err)
	}
	databases := map[string]func(*testing.T) string{
		"payment plans": paymentPlans,
		"new":           func(t *testing.T) string { return pgtest.Empty(t) },
		"accident":      accident,
	}
	bin := t.TempDir()
	t.Setenv("GOBIN", bin)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))

	shown := regexp.MustCompile("(?s)<!-- database: ([a-z ]+) -->|```(sh|sql|text)\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	output := ""
	for _, m := range shown {
		switch kind, text := m[2], strings.TrimSpace(m[3]); kind {
		case "sh":
			output = ""
			for line := range strings.Lines(text) {
				output += shell(t, strings.TrimSpace(line))
			}
		case "sql":
			exec(t, connect(t, os.Getenv("DATABASE_URL")), text)
		case "text":
			contains(t, output, text)
		default:
			if databases[m[1]] == nil {
				t.Fatalf("there is no database %q", m[1])
			}
			t.Setenv("DATABASE_URL", databases[m[1]](t))
		}
	}
	if len(shown) < 10 {
		t.Errorf("%d blocks were found", len(shown))
	}
}

// shell runs a line and returns what it writes. That the database needs attention is
// no failure.
func shell(t *testing.T, line string) string {
	t.Helper()
	cmd := osexec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if exit := (*osexec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// contains asserts that an output has the lines that are shown, in their order. In
// place of what is left out there is "…".
func contains(t *testing.T, output, shown string) {
	t.Helper()
	rest := "\n" + output
	for part := range strings.SplitSeq("\n"+shown+"\n", "…") {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Errorf("this is shown:\n%s\nand this is what there is:\n%s", part, output)
			return
		}
		rest = after
		if strings.HasSuffix(part, "\n") {
			rest = "\n" + after
		}
	}
}

// paymentPlans is a database of the payment-plan era with rows that break rules.
func paymentPlans(t *testing.T) string {
	url := pgtest.New(t, legacyState{})
	db := connect(t, url)
	legacyRows(t, db)
	s := readSchema(t, db)
	for id := 9001; id < 9003; id++ {
		insert(t, db, s, "CommunityMember", row{"id": id, "community_id": 9001, "user_id": id, "role": "owner"})
	}
	insert(t, db, s, "Meeting", row{"id": 9001, "community_id": 9001})
	insert(t, db, s, "Forum", row{"id": 9001, "community_id": 9001})
	insert(t, db, s, "Forum", row{"id": 9002, "community_id": 9002})
	insert(t, db, s, "Post", row{"id": 9001, "forum_id": 9001})
	insert(t, db, s, "Post", row{"id": 9002, "forum_id": 9002, "parent_post_id": 9001})
	exec(t, db, djangoUses()+`DELETE FROM django_migrations WHERE app NOT IN ('auth', 'contenttypes'); ANALYZE`)
	return url
}

// accident is a database whose services don't start, since their books lag behind.
func accident(t *testing.T) string {
	url := pgtest.New(t, todayState{})
	db := connect(t, url)
	exec(t, db, djangoUses())
	forget(t, db, lost...)
	return url
}
