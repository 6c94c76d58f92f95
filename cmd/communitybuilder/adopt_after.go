package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/communitybuilder/communitybuilder/adopt"
)

func newAdoptValidate(url *string) *cobra.Command {
	var format format
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Add the rules that waited for rows to be repaired",
		Long: `validate holds a database, which has been taken over, to the rules that waited for
rows to be repaired, each if no row breaks it any more. It lists those that still
wait, with a statement that shows the rows.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: format.run(url, func(ctx context.Context, db *database, w io.Writer) (any, error) {
			v, err := adopt.Validate(ctx, db.sql)
			if err != nil {
				return nil, adoptError(err)
			}
			if format.text() {
				err = printValidation(w, v)
			}
			if err == nil && len(v.Waiting) > 0 {
				err = attention{}
			}
			return v, err
		}),
	}
	format.add(cmd)
	return cmd
}

func printValidation(w io.Writer, v *adopt.Validation) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(v.Validated) > 0 {
		_, _ = fmt.Fprintln(t, "ALL ROWS ARE HELD TO\tTABLE") // Flush returns the error
	}
	for _, r := range v.Validated {
		_, _ = fmt.Fprintf(t, "%s\t%s\n", r.Rule, r.Table)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, f := range v.Waiting {
		found := fmt.Sprintf("%d of its rows break it", f.Rows)
		if f.Unknown != "" {
			found = "its rows can't be examined: " + f.Unknown
		}
		if _, err := fmt.Fprintf(w, "%s of %s waits: %s (%s)\n  %s\n", f.Rule, f.Table, found, f.Says, f.SQL); err != nil {
			return err
		}
	}
	if len(v.Waiting) > 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, "No rule waits for a repair.")
	return err
}

func newAdoptFakeHistory(url *string) *cobra.Command {
	var format format
	cmd := &cobra.Command{
		Use:   "fake-history",
		Short: "Let the Python services start on a database that the migrations made",
		Long: `fake-history makes the tables of Django's own in a database that the module's own
migrations have made, and notes all of the Python services' migrations in
django_migrations as applied, so that their migrate finds nothing to do. From then
on those are frozen: the schema changes by the module's migrations alone.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: format.run(url, func(ctx context.Context, db *database, w io.Writer) (any, error) {
			noted, err := adopt.FakeHistory(ctx, db.sql)
			if err != nil {
				return nil, adoptError(err)
			}
			repair := &adopt.HistoryRepair{Noted: append([]adopt.DjangoMigration{}, noted...)}
			if format.text() {
				err = printNoted(w, repair)
			}
			return repair, err
		}),
	}
	format.add(cmd)
	return cmd
}

func newAdoptRepairHistory(url *string) *cobra.Command {
	var format format
	cmd := &cobra.Command{
		Use:   "repair-history",
		Short: "Note migrations that the Python services have lost",
		Long: `repair-history is for a database on which the Python services don't start, since
their schema is past community 0011 and django_migrations lacks some of the seven
migrations that follow from it. It notes exactly those of the seven that are missing
and whose effect is in the schema, and changes nothing else. A database that is not
fully past community 0011 gets none of them.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: format.run(url, func(ctx context.Context, db *database, w io.Writer) (any, error) {
			repair, err := adopt.RepairHistory(ctx, db.sql)
			if err != nil {
				return nil, adoptError(err)
			}
			if format.text() {
				err = printNoted(w, repair)
			}
			if err == nil && repair.Unnoted != nil {
				err = attention{fmt.Errorf("%s is not in django_migrations either, and the Python services don't start without it: "+
					"communitybuilder adopt apply takes the database over, and notes everything that its schema has been through", *repair.Unnoted)}
			}
			return repair, err
		}),
	}
	format.add(cmd)
	return cmd
}

func printNoted(w io.Writer, r *adopt.HistoryRepair) error {
	for _, m := range r.Noted {
		if _, err := fmt.Fprintln(w, "noted:", m); err != nil {
			return err
		}
	}
	if len(r.Noted) > 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, "Nothing was missing from django_migrations.")
	return err
}
