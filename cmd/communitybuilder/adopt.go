package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/communitybuilder/communitybuilder/adopt"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func newAdopt(url *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "adopt",
		Short: "Take over a database that the Python services use",
		Long: `adopt takes over a database that the platform's Python services have made and
use, at whatever point of their history it stands. Start with adopt plan, which
changes nothing and says what adopt apply would do.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAdoptPlan(url), newAdoptApply(url), newAdoptValidate(url), newAdoptFakeHistory(url), newAdoptRepairHistory(url))
	return cmd
}

// addChoices adds the flags for what the operator decides.
func addChoices(cmd *cobra.Command, c *adopt.Choices) {
	cmd.Flags().StringArrayVar(&c.Accept, "accept", nil,
		"add this check although rows break it: they can't be changed until they are repaired (repeatable)")
	cmd.Flags().StringArrayVar(&c.Repair, "repair", nil,
		"repair the rows that break this unique rule, and write what was changed\nto "+adopt.RepairsTable+" (repeatable)")
}

func newAdoptPlan(url *string) *cobra.Command {
	var choices adopt.Choices
	var sql bool
	var format format
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Say what a takeover would do",
		Long: `plan reads the schema of a database and says at which point of the Python
services' history each part of it stands, what adopt apply would do in which order,
what it would lock and for about how long, which rows break a rule, and what would
become of those. It changes nothing. Rows are named by a statement that shows them:
none of their values is printed.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: format.run(url, func(ctx context.Context, db *database, w io.Writer) (any, error) {
			p, err := adopt.MakePlan(ctx, db.sql, choices)
			if err != nil {
				return nil, adoptError(err)
			}
			if format.text() {
				err = p.WriteText(w, sql)
			}
			if err == nil && p.Possible() != nil {
				err = attention{}
			}
			return p, err
		}),
	}
	addChoices(cmd, &choices)
	format.add(cmd)
	cmd.Flags().BoolVar(&sql, "sql", false, "show the statements of every step")
	return cmd
}

func newAdoptApply(url *string) *cobra.Command {
	var choices adopt.Choices
	var format format
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Take a database over",
		Long: `apply does what adopt plan says. The other services may go on using the database:
no table is locked for longer than a change of the catalogue takes, and apply gives
way and tries again rather than wait for a lock. It may be ended at any moment, and
goes on from there when it is run again.

No row is deleted, and none changed unless --repair says so. Rules that rows break
wait: adopt validate adds them when the rows have been repaired. Unique rules can't
wait; apply stops before it changes anything.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: format.run(url, func(ctx context.Context, db *database, w io.Writer) (any, error) {
			var progress func(adopt.Event)
			if format.text() {
				progress = func(e adopt.Event) { printEvent(w, e) }
			}
			report, err := adopt.Apply(ctx, db.sql, choices, progress)
			if err == nil && format.text() {
				err = printReport(w, report)
			}
			if report == nil {
				return nil, adoptError(err)
			}
			return report, adoptError(err)
		}),
	}
	addChoices(cmd, &choices)
	format.add(cmd)
	return cmd
}

// printEvent tells of a step that is done, or has to be tried again. Whether it can
// be read must not keep the takeover from going on.
func printEvent(w io.Writer, e adopt.Event) {
	outcome := e.Took.Round(time.Millisecond).String()
	if e.Busy != nil {
		outcome = "the table is in use, trying again"
	}
	_, _ = fmt.Fprintf(w, "%d of %d  %s: %s\n", e.Number, e.Of, e.Step.Title, outcome)
}

func printReport(w io.Writer, r *adopt.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(r.Waiting) > 0 {
		_, _ = fmt.Fprintln(t, "\nWAITING FOR REPAIR\tTABLE\tNEW ROWS") // Flush returns the error
	}
	for _, rule := range r.Waiting {
		bound := "not held to it"
		if rule.Bound {
			bound = "held to it"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", rule.Rule, rule.Table, bound)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, kept := range r.Kept {
		if _, err := fmt.Fprintf(w, "\nUnknown here, and kept: %s", kept); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\nThe database has been taken over. %s\n", advice(len(r.Waiting)))
	return err
}

// advice says what is left to do about rules that wait.
func advice(waiting int) string {
	if waiting == 0 {
		return "No rule waits for a repair."
	}
	return "Rules wait for rows to be repaired: communitybuilder adopt plan shows the rows, and\n" +
		"communitybuilder adopt validate adds the rules afterwards."
}

// adoptError tells what is wrong with the database from what kept the program from
// working.
func adoptError(err error) error {
	var (
		broken     *adopt.BrokenError
		impossible *adopt.ImpossibleError
		notRenamed *adopt.NotRenamedError
		half       *migrations.HalfAppliedError
		newer      *migrations.VersionError
	)
	for _, state := range []error{adopt.ErrEmpty, adopt.ErrManaged, adopt.ErrNoHistory, migrations.ErrNoSchema, migrations.ErrUnmanaged} {
		if errors.Is(err, state) {
			return attention{err}
		}
	}
	if errors.As(err, &broken) || errors.As(err, &impossible) || errors.As(err, &notRenamed) || errors.As(err, &half) || errors.As(err, &newer) {
		return attention{err}
	}
	return err
}

// format is how a command writes what it found: as text while it works, or as JSON
// at the end.
type format struct{ name string }

func (f *format) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "format", "text", "how the outcome is written: text or json")
}

func (f *format) text() bool { return f.name == "text" }

// run connects to the database, does the work, which writes its own text, and writes
// what it returns if JSON is asked for.
func (f *format) run(url *string, work func(context.Context, *database, io.Writer) (any, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		if !f.text() && f.name != "json" {
			return fmt.Errorf("--format must be text or json, not %q", f.name)
		}
		db, err := open(cmd.Context(), *url)
		if err != nil {
			return err
		}
		outcome, err := work(cmd.Context(), db, cmd.OutOrStdout())
		if outcome != nil && !f.text() {
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			err = errors.Join(err, enc.Encode(outcome))
		}
		return db.close(err)
	}
}
