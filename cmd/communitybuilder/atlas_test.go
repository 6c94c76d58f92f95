package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/migratetest"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// documented finds the commands of the Atlas program in the documentation.
var documented = regexp.MustCompile(`(?m)^(?:# *|    )?(atlas \S.*)$`)

// ours finds those of this program that read or change a database.
var ours = regexp.MustCompile(`(?m)^communitybuilder (migrate (?:status|apply|down).*)$`)

// The Atlas program, the command and cb.Migrate take turns on one database. The
// commands are those of the documentation, each of them.
func TestTakingTurnsWithTheAtlasProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "atlas")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../../tools/atlas", "-o", program, "ariga.io/atlas/cmd/atlas")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the Atlas program can't be built; its module is tools/atlas, and a first build fetches it: %v\n%s", err, out)
	}
	// It works on a copy of the project, since some commands write.
	project := t.TempDir()
	if err := os.CopyFS(filepath.Join(project, "migrations"), os.DirFS("../../migrations")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"atlas.hcl", "schema.sql"} {
		b, err := os.ReadFile(filepath.Join("../..", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(project, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	u, dev := pgtest.Empty(t), pgtest.Empty(t)
	ran := map[string]bool{}
	atlas := func(line, says string) {
		t.Helper()
		ran[line] = true
		cmd := exec.CommandContext(t.Context(), program, strings.Fields(line)[1:]...)
		cmd.Dir = project
		cmd.Env = append(cmd.Environ(), "ATLAS_NO_UPDATE_NOTIFIER=1", "DATABASE_URL="+u, "DEV_DATABASE_URL="+dev+"&search_path=public")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), says) {
			t.Errorf("%s: %v, want %q in\n%s", line, err, says, out)
		}
	}
	versions := migratetest.Versions(t)
	latest, sixth := migrations.Latest(), versions[5]

	atlas("atlas migrate validate --env postgres", "")
	atlas("atlas migrate hash --env postgres", "")
	atlas("atlas migrate hash --dir file://migrations/undo", "")
	atlas("atlas migrate diff add_something --env postgres", "no changes to be made")
	atlas("atlas migrate lint --env postgres --latest 1", "")
	atlas("atlas migrate status --env postgres", "Migration Status: PENDING")
	atlas("atlas migrate apply --env postgres --dry-run", "CREATE TABLE")
	atlas("atlas migrate apply --env postgres 3", "Migrating to version "+versions[2])
	command(t, "migrate", "status", "--url", u).expect(t, 1, "6 migrations are pending", "")
	if err := cb.Migrate(t.Context(), connect(t, u)); err != nil {
		t.Fatal(err)
	}
	atlas("atlas migrate status --env postgres", "Migration Status: OK")
	atlas("atlas migrate apply --env postgres", "No migration files to execute")
	command(t, "migrate", "down", "--to", sixth, "--url", u).expect(t, 0, "UNDONE", "")
	atlas("atlas migrate status --env postgres", "Current Version: "+sixth)
	atlas("atlas migrate apply --env postgres", "Migrating to version "+latest)
	command(t, "migrate", "apply", "--url", u).expect(t, 0, "up to date", "")
	command(t, "migrate", "down", "--to", "0", "--lose-data", "--url", u).expect(t, 0, "is empty", "")
	atlas("atlas migrate apply --env postgres", "Migrating to version "+latest)
	command(t, "migrate", "status", "--url", u).expect(t, 0, "up to date", "")

	want, err := catalogue.At(latest)
	if err != nil {
		t.Fatal(err)
	}
	have, err := catalogue.Read(t.Context(), connect(t, u), "public")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range catalogue.Diff(have, want) {
		t.Errorf("%+v", c.Object())
	}
	page, err := os.ReadFile("../../docs/migrations.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := ours.FindAllStringSubmatch(string(page), -1)
	for _, line := range lines {
		args := strings.NewReplacer("postgres://…", u, "VERSION", sixth).Replace(line[1])
		command(t, strings.Fields(args)...).expect(t, 0, "", "")
	}
	if len(lines) == 0 {
		t.Error("docs/migrations.md names no command")
	}
	for _, name := range []string{"atlas.hcl", "docs/migrations.md"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		lines := documented.FindAllStringSubmatch(string(text), -1)
		if len(lines) == 0 {
			t.Errorf("%s names no command of the Atlas program", name)
		}
		for _, line := range lines {
			// The variables come from the environment here.
			words := slices.DeleteFunc(strings.Fields(line[1]), func(w string) bool {
				return w == "--var" || strings.HasPrefix(w, "url=") || strings.HasPrefix(w, "dev_url=")
			})
			if !ran[strings.Join(words, " ")] {
				t.Errorf("%s: %s: is not tried here", name, line[1])
			}
		}
	}
}
