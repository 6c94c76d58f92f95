package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/communitybuilder/communitybuilder/migrations"
)

func newMigrateDown(url *string) *cobra.Command {
	var to string
	var loseData, dryRun bool
	cmd := &cobra.Command{
		Use:   "down --to VERSION",
		Short: "Undo the newest migrations of a database",
		Long: `down undoes the migrations that are newer than a version, newest first, each in
a transaction of its own where its statements allow that. --to 0 undoes them all.
It refuses what loses data unless --lose-data is given, and says what that is.
Afterwards apply goes on from that version, and so does the Atlas program.

Programs that need the newer schema refuse to open the database from then on:
stop them first.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == "" {
				return errors.New("to which version? Give --to VERSION; communitybuilder migrate status lists them")
			}
			db, err := open(cmd.Context(), *url)
			if err != nil {
				return err
			}
			if dryRun {
				return db.close(migratePlanDown(cmd.Context(), db.sql, cmd.OutOrStdout(), to))
			}
			return db.close(migrateDown(cmd.Context(), db.sql, cmd.OutOrStdout(), to, loseData))
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the version that the database is to have afterwards; 0 for none")
	cmd.Flags().BoolVar(&loseData, "lose-data", false, "undo also what loses data")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the SQL that would run, and change nothing")
	return cmd
}

func migrateDown(ctx context.Context, db *sql.DB, w io.Writer, to string, loseData bool) error {
	undone, failure := migrations.Down(ctx, db, to, loseData)
	if len(undone) > 0 {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(t, "UNDONE\tDESCRIPTION") // Flush returns the error
		for _, m := range undone {
			_, _ = fmt.Fprintf(t, "%s\t%s\n", m.Version, m.Description)
		}
		_, _ = fmt.Fprintln(t)
		if err := t.Flush(); err != nil {
			return errors.Join(failure, err)
		}
	}
	if failure != nil {
		return migrateError(failure)
	}
	return printAdvice(ctx, db, w)
}

func migratePlanDown(ctx context.Context, db *sql.DB, w io.Writer, to string) error {
	steps, err := migrations.PlanDown(ctx, db, to)
	if err != nil {
		return migrateError(err)
	}
	if len(steps) == 0 {
		_, err := fmt.Fprintln(w, "There is nothing to undo.")
		return err
	}
	return printSteps(w, steps)
}
