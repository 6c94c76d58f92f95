package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/communitybuilder/communitybuilder/internal/doctor"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func newMigrate(url *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the schema of a database up to date",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newMigrateStatus(url), newMigrateApply(url), newMigrateDown(url), newMigrateLint())
	return cmd
}

func newMigrateStatus(url *string) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show which migrations a database has",
		Long: `status lists the migrations that this program knows and those that the database
has, and says what to do. It changes nothing.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, err := open(cmd.Context(), *url)
			if err != nil {
				return err
			}
			return db.close(migrateStatus(cmd.Context(), db.sql, cmd.OutOrStdout()))
		},
	}
}

func newMigrateApply(url *string) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Apply the migrations that a database lacks",
		Long: `apply applies the migrations that the database lacks, in their order. Several
processes may do so at once: one works and the others wait. It may take turns
with the Atlas program and with cb.Migrate.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			db, err := open(cmd.Context(), *url)
			if err != nil {
				return err
			}
			apply := migrateApply
			if dryRun {
				apply = migratePlan
			}
			return db.close(apply(cmd.Context(), db.sql, cmd.OutOrStdout()))
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the SQL that would run, and change nothing")
	return cmd
}

func migrateStatus(ctx context.Context, db *sql.DB, w io.Writer) error {
	s, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	known, err := embedded()
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "VERSION\tDESCRIPTION\tSTATE") // Flush returns the error
	for _, m := range inOrder(append(known, s.Unknown...)) {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", m.Version, m.Description, stateOf(m, s))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "\n%s\n", doctor.Advice(s)); err != nil {
		return err
	}
	if migrations.Check(s) != nil {
		return attention{}
	}
	return nil
}

// stateOf says whether the database has a migration.
func stateOf(m migrations.Migration, s migrations.State) string {
	of := func(a migrations.Applied) bool { return a.Version == m.Version }
	changed := func(e *migrations.ChangedError) bool { return e.Version == m.Version }
	switch i := slices.IndexFunc(s.Applied, of); {
	case s.Unfinished != nil && s.Unfinished.Version == m.Version:
		return fmt.Sprintf("half applied, %d of %d statements", s.Unfinished.Applied, s.Unfinished.Total)
	case slices.Contains(s.Skipped(), m):
		return "not applied, passed by"
	case slices.Contains(s.Pending, m):
		return "pending"
	case i < 0:
		return "in place from the beginning" // of the database's history
	case slices.Contains(s.Unknown, m):
		return "applied " + utc(s.Applied[i].At) + ", unknown to this program"
	case slices.ContainsFunc(s.Changed, changed):
		return "applied " + utc(s.Applied[i].At) + ", CHANGED since"
	default:
		return "applied " + utc(s.Applied[i].At)
	}
}

func utc(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" }

func migrateApply(ctx context.Context, db *sql.DB, w io.Writer) error {
	done, failure := migrations.Apply(ctx, db)
	if len(done) > 0 {
		if err := printApplied(ctx, db, w, done); err != nil {
			return errors.Join(failure, err)
		}
	}
	if failure != nil {
		return migrateError(failure)
	}
	return printAdvice(ctx, db, w)
}

func migratePlan(ctx context.Context, db *sql.DB, w io.Writer) error {
	steps, err := migrations.Plan(ctx, db)
	if err != nil {
		return migrateError(err)
	}
	if len(steps) == 0 {
		return printAdvice(ctx, db, w)
	}
	return printSteps(w, steps)
}

// printSteps writes the SQL of files that would run.
func printSteps(w io.Writer, steps []migrations.Step) error {
	for _, s := range steps {
		how := "in a transaction of its own"
		if !s.Transaction {
			how = "outside of a transaction, statement by statement"
		}
		if s.Skip > 0 {
			how += fmt.Sprintf(", without the first %d statements, which took effect before", s.Skip)
		}
		if s.Loses != "" {
			how += ", loses " + s.Loses
		}
		if _, err := fmt.Fprintf(w, "-- %s: %s\n\n%s\n", s.Migration, how, s.SQL); err != nil {
			return err
		}
	}
	return nil
}

// printAdvice says how the database stands.
func printAdvice(ctx context.Context, db *sql.DB, w io.Writer) error {
	s, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, doctor.Advice(s))
	return err
}

// migrateError tells what is wrong with the database or the migrations from what
// kept the program from working.
func migrateError(err error) error {
	var (
		file         *migrations.FileError
		half         *migrations.HalfAppliedError
		changed      *migrations.ChangedError
		outOfOrder   *migrations.OutOfOrderError
		version      *migrations.VersionError
		irreversible *migrations.IrreversibleError
		loss         *migrations.LossError
	)
	if errors.Is(err, migrations.ErrUnmanaged) || errors.As(err, &half) || errors.As(err, &changed) ||
		errors.As(err, &outOfOrder) || errors.As(err, &file) || errors.As(err, &version) ||
		errors.As(err, &irreversible) || errors.As(err, &loss) {
		return attention{err}
	}
	return err
}

// printApplied lists migrations that were applied.
func printApplied(ctx context.Context, db *sql.DB, w io.Writer, done []migrations.Migration) error {
	s, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "APPLIED\tDESCRIPTION\tTOOK") // Flush returns the error
	for _, a := range s.Applied {
		if slices.Contains(done, a.Migration) {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", a.Version, a.Description, a.Took.Round(time.Millisecond))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w)
	return err
}

// embedded returns the migrations that this program knows.
func embedded() ([]migrations.Migration, error) {
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return nil, err
	}
	known := make([]migrations.Migration, len(names))
	for i, name := range names {
		known[i].Version, known[i].Description, _ = strings.Cut(strings.TrimSuffix(name, ".sql"), "_")
	}
	return known, nil
}

func inOrder(ms []migrations.Migration) []migrations.Migration {
	slices.SortFunc(ms, func(a, b migrations.Migration) int { return strings.Compare(a.Version, b.Version) })
	return ms
}
