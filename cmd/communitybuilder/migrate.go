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
	cmd.AddCommand(newMigrateStatus(url), newMigrateApply(url))
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
	return &cobra.Command{
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
			return db.close(migrateApply(cmd.Context(), db.sql, cmd.OutOrStdout()))
		},
	}
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
	applied, err := history(ctx, db, s)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "VERSION\tDESCRIPTION\tSTATE") // Flush returns the error
	for _, m := range inOrder(append(known, s.Unknown...)) {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", m.Version, m.Description, stateOf(m, s, applied))
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
func stateOf(m migrations.Migration, s migrations.State, applied map[string]time.Time) string {
	switch {
	case s.Unfinished != nil && s.Unfinished.Version == m.Version:
		return fmt.Sprintf("half applied, %d of %d statements", s.Unfinished.Applied, s.Unfinished.Total)
	case slices.Contains(s.Unknown, m):
		return "applied " + utc(applied[m.Version]) + ", unknown to this program"
	case slices.Contains(s.Pending, m):
		return "pending"
	case applied[m.Version].IsZero():
		return "in place from the beginning" // of the database's history
	default:
		return "applied " + utc(applied[m.Version])
	}
}

func utc(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" }

func migrateApply(ctx context.Context, db *sql.DB, w io.Writer) error {
	start := time.Now()
	done, failure := migrations.Apply(ctx, db)
	if len(done) > 0 {
		if err := printApplied(ctx, db, w, start, done); err != nil {
			return errors.Join(failure, err)
		}
	}
	if failure != nil {
		return applyError(failure)
	}
	s, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, doctor.Advice(s))
	return err
}

// applyError tells what is wrong with the database or the migrations from what
// kept the program from working.
func applyError(err error) error {
	var (
		file       *migrations.FileError
		half       *migrations.HalfAppliedError
		changed    *migrations.ChangedError
		outOfOrder *migrations.OutOfOrderError
	)
	if errors.Is(err, migrations.ErrUnmanaged) || errors.As(err, &half) || errors.As(err, &changed) ||
		errors.As(err, &outOfOrder) || errors.As(err, &file) {
		return attention{err}
	}
	return err
}

// printApplied lists migrations that were applied one after the other. Each took
// the time from the end of the one before, the first one from start. (The
// execution time in the revision table is that of the last statement.)
func printApplied(ctx context.Context, db *sql.DB, w io.Writer, start time.Time, done []migrations.Migration) error {
	s, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	applied, err := history(ctx, db, s)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "APPLIED\tDESCRIPTION\tTOOK") // Flush returns the error
	for _, m := range done {
		end := applied[m.Version]
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", m.Version, m.Description, end.Sub(start).Round(time.Millisecond))
		start = end
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

// history returns when each migration of the database was applied, by version.
func history(ctx context.Context, db *sql.DB, s migrations.State) (map[string]time.Time, error) {
	ends := map[string]time.Time{}
	if !s.Managed {
		return ends, nil
	}
	rows, err := db.QueryContext(ctx, `SELECT version, executed_at FROM atlas_schema_revisions.atlas_schema_revisions`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	for rows.Next() {
		var version string
		var end time.Time
		if err := rows.Scan(&version, &end); err != nil {
			return nil, err
		}
		ends[version] = end
	}
	return ends, rows.Err()
}
