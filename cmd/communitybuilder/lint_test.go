package main

import (
	"os"
	"path/filepath"
	"testing"

	"ariga.io/atlas/sql/migrate"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func TestLint(t *testing.T) {
	server, err := pgtest.Server()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DEV_DATABASE_URL", server)
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		for _, path := range []string{dir, filepath.Join(dir, "undo")} {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			d, err := migrate.NewLocalDir(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.WriteFile(name, []byte(content)); err != nil {
				t.Fatal(err)
			}
			sum, err := d.Checksum()
			if err != nil {
				t.Fatal(err)
			}
			if err := migrate.WriteSumFile(d, sum); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("20260101000000_create_notes.sql", "-- The beginning.\n\nCREATE TABLE \"Note\" (id bigint, body text);\n")
	write("20260102000000_drop_note_body.sql", "-- It is not used.\n\nALTER TABLE \"Note\" DROP COLUMN body;\n")
	write("20260103000000_add_note_title.sql", "-- Notes have titles.\n\nALTER TABLE \"Note\" ADD COLUMN title text;\n")

	command(t, "migrate", "lint", "--dir", dir, "--since", "20260101000000").expect(t, 1, "20260102000000_drop_note_body.sql:3: DS103", "")
	command(t, "migrate", "lint", "--dir", dir, "--since", "20260101000000", "--format", "json").expect(t, 1, `"code": "DS103"`, "")
	command(t, "migrate", "lint", "--dir", dir, "--since", "20260101000000", "--format", "github").expect(t, 1, "::error file=", "")
	command(t, "migrate", "lint", "--dir", dir, "--latest", "1").expect(t, 0, "all is well", "")
	command(t, "migrate", "lint", "--dir", dir).expect(t, 1, "DS103", "") // not under git: all files
	command(t, "migrate", "lint", "--dir", dir, "--since", "20260103000000").expect(t, 0, "No migration to examine", "")

	command(t, "migrate", "lint", "--dir", t.TempDir()).expect(t, 2, "", "no migrations")
	command(t, "migrate", "lint", "--dir", dir, "--format", "xml").expect(t, 2, "", "--format")
	command(t, "migrate", "lint", "--dir", dir, "--latest", "-1").expect(t, 2, "", "--latest")
	command(t, "migrate", "lint", "--dir", dir, "--latest", "1", "--since", "1").expect(t, 2, "", "latest since")
	command(t, "migrate", "lint", "--dir", dir, "--base", "main").expect(t, 2, "", "git")
	command(t, "migrate", "lint", "--dir", dir, "--dev-url", "app:s3cret@db").expect(t, 2, "", "must be of the form")
	t.Setenv("DEV_DATABASE_URL", "")
	command(t, "migrate", "lint", "--dir", dir).expect(t, 2, "", "--dev-url")
}
