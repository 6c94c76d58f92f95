package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communitybuilder/communitybuilder/migrations"
)

// What the program's exit status says.
const (
	statusOK        = 0
	statusAttention = 1
	statusFailed    = 2
)

const exitStatuses = `
Exit status:
  0  all is well
  1  the database needs attention: migrations are pending or unknown, or can't
     be applied, or the doctor found something, or it can't be taken over as it is
  2  the command could not do its work: a wrong flag or URL, no connection, …`

// attention ends a command that has done its work and found that the database
// needs attention. Without an error inside, what it printed says all.
type attention struct{ error }

func (a attention) Unwrap() error { return a.error }

// run runs the program and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd := newRoot()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return statusOK
	}
	status := statusFailed
	if a := (attention{}); errors.As(err, &a) {
		status, err = statusAttention, a.error
	}
	if err != nil {
		text := err.Error()
		for _, pkg := range []string{"communitybuilder: ", "migrations: ", "adopt: "} {
			text = strings.TrimPrefix(text, pkg)
		}
		_, _ = fmt.Fprintln(stderr, "communitybuilder:", text) // there is no other place to complain
	}
	return status
}

func newRoot() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use:   "communitybuilder",
		Short: "Look after the platform's PostgreSQL database",
		Long: `communitybuilder applies the module's migrations to a PostgreSQL database, takes
over one of the Python services', and examines its schema and rows.
` + exitStatuses,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.SetVersionTemplate("{{ .DisplayName }} {{ .Version }}\n")
	cmd.CompletionOptions.HiddenDefaultCmd = true
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	cmd.PersistentFlags().StringVar(&url, "url", "",
		"the database, postgres://user:password@host:5432/database;\nwithout it, what the environment variable DATABASE_URL says")
	cmd.AddCommand(newMigrate(&url), newAdopt(&url), newDoctor(&url))
	return cmd
}

// version names the module's version, which the toolchain knows, and that of
// the schema that it works with.
func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("%s, schema %s", v, migrations.Latest())
}
