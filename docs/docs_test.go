// Package docs checks that what the documentation says is so: programs it shows
// are those in the repository, commands run, links lead somewhere.
package docs

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

var update = flag.Bool("update", false, "put the programs into the documentation")

func TestMain(m *testing.M) { pgtest.Main(m) }

func pages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, p := range append(paths, "../README.md") {
		all[p] = read(t, p)
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// shown are code blocks that stand for a file, or for a function of it: of an
// example, what it does with the client.
var shown = regexp.MustCompile("(?s)<!-- (\\S+\\.go)(?: (\\S+))? -->\n```go\n(.*?)```")

func TestProgramsAreThoseOfTheRepository(t *testing.T) {
	n := 0
	for path, page := range pages(t) {
		now := shown.ReplaceAllStringFunc(page, func(block string) string {
			n++
			m := shown.FindStringSubmatch(block)
			want := read(t, filepath.Join("..", m[1]))
			switch {
			case strings.HasPrefix(m[2], "Example"):
				want = body(t, want, m[2])
			case m[2] != "":
				want = function(t, want, m[2])
			}
			if m[3] != want && !*update {
				t.Errorf("%s: the program from %s %s differs; go test ./docs -update puts it right", path, m[1], m[2])
			}
			return strings.Replace(block, "```go\n"+m[3], "```go\n"+want, 1)
		})
		if *update {
			if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n == 0 {
		t.Error("no programs found")
	}
}

// body is the part of an example between opening the client and handling the error.
func body(t *testing.T, file, name string) string {
	t.Helper()
	_, after, ok := strings.Cut(file, "func "+name+"() {\n")
	if !ok {
		t.Fatalf("no function %s", name)
	}
	after, _, _ = strings.Cut(after, "\n}\n")
	_, after, ok = strings.Cut(after, "defer client.Close()\n\n")
	if !ok {
		t.Fatalf("%s doesn't open a client", name)
	}
	after, _, _ = strings.Cut(after, "\n\tif err != nil {\n\t\tlog.Fatal")
	after, _, _ = strings.Cut(after, "\n\t// Output:")
	return regexp.MustCompile(`(?m)^\t`).ReplaceAllString(after, "") + "\n"
}

// function is a function of a file, or a method of it by its type and name.
func function(t *testing.T, file, name string) string {
	t.Helper()
	if typ, method, ok := strings.Cut(name, "."); ok {
		name = "(" + typ + ") " + method
	}
	_, after, ok := strings.Cut(file, "func "+name+"(")
	if !ok {
		t.Fatalf("no function %s", name)
	}
	after, _, _ = strings.Cut(after, "\n}\n")
	return "func " + name + "(" + after + "\n}\n"
}

// Commands are in blocks of their own language; what depends on a user's account
// or machine is a console session instead.
var commands = regexp.MustCompile("(?s)```sh\n(.*?)```")

func TestCommandsRun(t *testing.T) {
	const running = "DOCS_COMMANDS_RUNNING"
	if os.Getenv(running) != "" {
		t.Fatal("one of the commands runs these tests: it belongs into .ci/run, on a line of its own")
	}
	ci := read(t, "../.ci/run") + read(t, "../.ci/check-generated")
	url := pgtest.Empty(t)
	n := 0
	for _, path := range []string{"../README.md", "privacy.md", "versions.md", "costs.md"} {
		for _, m := range commands.FindAllStringSubmatch(read(t, path), -1) {
			for _, line := range strings.Split(strings.TrimSpace(m[1]), "\n") {
				n++
				if strings.Contains(ci, "\n"+line+"\n") {
					continue // too long for a test
				}
				cmd := exec.CommandContext(t.Context(), "sh", "-euc", line)
				cmd.Dir = ".."
				cmd.Env = append(os.Environ(), "DATABASE_URL="+url, running+"=yes")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %s: %v\n%s", path, line, err, out)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no commands found")
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	for path, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

func TestVersionsNameTheSchema(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| v\S+ \| (\d{14}) \|`).FindAllStringSubmatch(read(t, "versions.md"), -1)
	if len(rows) == 0 {
		t.Fatal("no versions found")
	}
	if got, want := rows[len(rows)-1][1], migrations.Latest(); got != want {
		t.Errorf("the last row names schema %s, the newest migration is %s", got, want)
	}
	for _, r := range rows {
		files, err := filepath.Glob(fmt.Sprintf("../migrations/%s_*.sql", r[1]))
		if err != nil || len(files) != 1 {
			t.Errorf("schema %s: %v, %v", r[1], files, err)
		}
	}
}
