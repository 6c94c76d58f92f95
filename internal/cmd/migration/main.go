// Command migration makes a versioned migration of what the entity graph says and
// the directory of migrations does not say yet. It is behind
//
//	make migration name=add_message_pins why="Members keep messages at hand."
//
// and works on a throw-away PostgreSQL server. What it writes is in the form that
// locks nobody out: see docs/migrations.md.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"ariga.io/atlas/sql/schema"
	"entgo.io/ent/dialect"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/migrationlint"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "migration:", err)
		os.Exit(1)
	}
}

// errRefused ends the command after what lint found was printed.
var errRefused = errors.New("lint refuses it: see above")

func run(ctx context.Context, args []string, in *os.File, out io.Writer) error {
	flags := flag.NewFlagSet("migration", flag.ContinueOnError)
	root := flags.String("root", ".", "the module's `directory`")
	lint := flags.Bool("lint", false, "make nothing: examine the migrations")
	sums := flags.Bool("sums", false, "make nothing: make the sums anew after files were edited")
	since := flags.String("since", "", "with -lint: the newest `version` that is not examined any more")
	keep := flags.Bool("keep", false, "keep files that lint refuses, to be edited by hand")
	r := request{answers: answers{}}
	flags.StringVar(&r.Name, "name", "", "what the migration does, in the imperative: `add_message_pins`")
	flags.StringVar(&r.Why, "why", "", "what it is for: the `text` at the top of its files")
	for kind, usage := range map[answer]string{
		rename: "columns and tables that have another name now, `Table.old=new,Old=New`",
		drop:   "columns, tables and constraints to be dropped, `Table.old,Table.constraint,Old`",
		unique: "unique `indexes` of whose rows it is known that no two are equal",
	} {
		flags.Func(string(kind), usage, func(s string) error { return r.answers.add(kind, s) })
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	d := directories{root: *root}
	if *sums {
		return d.writeSums()
	}
	server, err := pgtest.Server()
	if err != nil {
		return err
	}
	if *lint {
		return report(ctx, d, out, migrationlint.Through(*since), server)
	}
	if interactive(in) {
		r.ask = asker(in, out)
	}
	r.desired = func() (*schema.Schema, error) { return dbschema.Desired(dialect.Postgres) }
	settled := d.names()
	files, err := r.make(ctx, d, server)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := fmt.Fprintln(out, filepath.Join(d.migrations(), f.name())); err != nil {
			return err
		}
	}
	return d.accept(files, *keep, r.ask, func() error { return report(ctx, d, out, settled.has, server) })
}

// accept leaves the files that were made only if nothing is wrong with them, or
// whoever asked for them wants to edit them.
func (d directories) accept(files []*file, keep bool, ask func(string) string, examine func() error) error {
	err := examine()
	if err == nil {
		return nil
	}
	if !keep && errors.Is(err, errRefused) && ask != nil {
		keep = ask("Keep the files, to be edited by hand (yes or no)?") == "yes"
	}
	if keep {
		return fmt.Errorf("%w; the files are kept", err)
	}
	if failed := d.remove(files); failed != nil {
		return errors.Join(err, failed)
	}
	return fmt.Errorf("%w; nothing is left of the files: with -keep they stay, to be edited by hand", err)
}

// report examines the migrations that are not settled.
func report(ctx context.Context, d directories, out io.Writer, settled func(string) bool, server string) error {
	r, err := migrationlint.Run(ctx, migrationlint.Options{
		Dir: os.DirFS(d.migrations()), Steps: os.DirFS(d.steps()), Settled: settled, Server: server,
	})
	if err != nil {
		return err
	}
	if err := r.WriteText(out); err != nil {
		return err
	}
	if len(r.Findings) > 0 {
		return errRefused
	}
	return nil
}

// interactive tells whether somebody can answer.
func interactive(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // is a device too
	return err != nil || !os.SameFile(info, null)
}

// asker asks questions on a terminal, one line an answer.
func asker(in io.Reader, out io.Writer) func(string) string {
	lines := bufio.NewScanner(in)
	return func(question string) string {
		if _, err := fmt.Fprint(out, question+" "); err != nil || !lines.Scan() {
			return ""
		}
		return strings.TrimSpace(lines.Text())
	}
}
