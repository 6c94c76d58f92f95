package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/communitybuilder/communitybuilder/internal/migrationlint"
)

// lintFlags are those of migrate lint.
type lintFlags struct {
	dir, devURL, base, since, format string
	latest                           int
}

func newMigrateLint() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Examine migrations before anybody applies them",
		Long: `lint replays a directory of migrations in a database of its own, which it makes on
the server of --dev-url and drops again, and looks at what each statement does:
whether rows or rules are lost, programs that run meanwhile fail, or others have
to wait for longer than a moment. Each finding says how to do the same safely.

It examines the files that the main branch of the git repository does not have
yet, or those that --base, --since or --latest says.

What a file may do all the same, it says above the statement, with the reason:

  -- atlas:nolint DS103 No released program reads it any more.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.lint(cmd.Context(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "dir", "migrations", "the directory of the migrations")
	flags.StringVar(&f.devURL, "dev-url", "",
		"a PostgreSQL server to work on, postgres://user:password@host:5432/database,\nwhose user may create databases; without it, what the environment variable\nDEV_DATABASE_URL says")
	flags.StringVar(&f.base, "base", "", "examine the files that this branch of the git repository does not have")
	flags.StringVar(&f.since, "since", "", "examine the files after this version")
	flags.IntVar(&f.latest, "latest", 0, "examine so many of the latest files")
	flags.StringVar(&f.format, "format", "text", "how the report is written: text, json or github")
	cmd.MarkFlagsMutuallyExclusive("base", "since", "latest")
	return cmd
}

func (f lintFlags) lint(ctx context.Context, w io.Writer) error {
	if f.devURL == "" {
		f.devURL = os.Getenv("DEV_DATABASE_URL")
	}
	switch {
	case f.format != "text" && f.format != "json" && f.format != "github":
		return fmt.Errorf("--format must be text, json or github, not %q", f.format)
	case f.latest < 0:
		return fmt.Errorf("--latest must not be negative, but is %d", f.latest)
	case f.devURL == "":
		return errors.New("which server to work on? Give --dev-url postgres://user:password@host:5432/database, " +
			"or set DEV_DATABASE_URL; make lint-migrations starts a server of its own")
	}
	dir := os.DirFS(f.dir)
	settled, err := f.settled(ctx, dir)
	if err != nil {
		return err
	}
	o := migrationlint.Options{Dir: dir, Settled: settled, Server: f.devURL}
	// Of the module's own migrations it is written down what they do.
	if steps := filepath.Join(f.dir, "..", "internal", "catalogue", "versions"); isDir(steps) {
		o.Steps = os.DirFS(steps)
	}
	r, err := migrationlint.Run(ctx, o)
	if err != nil {
		return err
	}
	switch f.format {
	case "json":
		err = r.WriteJSON(w)
	case "github":
		err = r.WriteGitHub(w, f.dir)
	default:
		err = r.WriteText(w)
	}
	if err == nil && len(r.Findings) > 0 {
		return attention{}
	}
	return err
}

// settled tells which files are not examined.
func (f lintFlags) settled(ctx context.Context, dir fs.FS) (func(name string) bool, error) {
	names, err := fs.Glob(dir, "*.sql")
	if err != nil {
		return nil, err
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("--dir: there are no migrations in %s", f.dir)
	case f.since != "":
		return migrationlint.Through(f.since), nil
	case f.latest > 0:
		return migrationlint.BeforeLatest(names, f.latest), nil
	default:
		return migrationlint.OnBranch(ctx, f.dir, f.base)
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
