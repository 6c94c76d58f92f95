package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/communitybuilder/communitybuilder/internal/doctor"
)

func newDoctor(url *string) *cobra.Command {
	var format string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine a database: its version, its schema and every row",
		Long: `doctor compares the schema of a database with that of the version which it claims
to have, reads every row of every entity through the typed client, and looks for
rows that break a rule, whether or not the database has the constraint that keeps
it. It reports what differs, what does not decode, which rule is broken by how many
rows, and which rules wait for rows to be repaired. It changes nothing, keeps
nobody from reading and writing, names rows by their ids, and never shows their
values.

Some rules bind only programs that use the typed client. What breaks them in the
daily work of other services, or through later changes that are allowed, is
reported for information, with how it comes about, and needs no attention.
` + exitStatuses,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format must be text or json, not %q", format)
			}
			db, err := open(cmd.Context(), *url)
			if err != nil {
				return err
			}
			r, err := doctor.Examine(cmd.Context(), db.sql, db.client)
			if err := db.close(err); err != nil {
				return err
			}
			if format == "json" {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				err = enc.Encode(r)
			} else {
				err = r.WriteText(cmd.OutOrStdout(), verbose)
			}
			if err == nil && !r.Healthy() {
				return attention{}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "how the report is written: text or json")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "list every difference of the schema")
	return cmd
}
