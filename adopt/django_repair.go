package adopt

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/django"
)

// lost are the migrations that are known to be missing from django_migrations on
// databases whose schema has been through them.
var lost = []DjangoMigration{
	{App: "community_polls", Name: "0002_alter_poll_payment_plans"},
	{App: "community_quiz", Name: "0002_alter_quiz_payment_plans"},
	{App: "community_resource", Name: "0006_alter_resource_payment_plans"},
	{App: "community_forum", Name: "0003_alter_forum_payment_plans"},
	{App: "community_classroom", Name: "0003_alter_classroom_payment_plans"},
	{App: "community_meetings", Name: "0003_alter_meeting_payment_plans"},
	{App: "app_subscription", Name: "0003_rename_community_group_fields"},
}

// required is what all of them depend on.
var required = DjangoMigration{App: "community", Name: "0011_rename_payment_plan_models"}

// A HistoryRepair is what repairing django_migrations came to.
type HistoryRepair struct {
	// Noted are the rows that were inserted.
	Noted []DjangoMigration `json:"noted"`
	// Unnoted is a migration that the rows depend on and that is not noted either,
	// nil if there is none. Python services won't start before it is.
	Unnoted *DjangoMigration `json:"unnoted,omitempty"`
}

// A NotRenamedError means that a database is not fully past the change that made
// groups of payment plans.
type NotRenamedError struct {
	// Lacks says what of that change is not in the schema.
	Lacks []string
}

func (e *NotRenamedError) Error() string {
	return "adopt: nothing was noted, since the database is not fully past " + required.String() + ": " + strings.Join(e.Lacks, "; ")
}

// RepairHistory notes those of seven Django migrations that the schema has been
// through and django_migrations lacks, so that the Python services start again. It
// notes no other and changes nothing else; called again it does nothing. It returns
// a *[NotRenamedError] if the database has not had the change that they follow, and
// [ErrNoHistory] if it has no django_migrations.
func RepairHistory(ctx context.Context, db *sql.DB) (*HistoryRepair, error) {
	repair := &HistoryRepair{Noted: []DjangoMigration{}}
	err := alone(ctx, db, func(r *runner) error {
		live, err := catalogue.Read(ctx, db, "public")
		if err != nil {
			return err
		}
		own, err := catalogue.ReadForeign(ctx, db, "public")
		if err != nil {
			return err
		}
		if _, ok := own.Get(catalogue.Table, django.Table, ""); !ok {
			return ErrNoHistory
		}
		if lacks := django.Before0011(live); len(lacks) > 0 {
			return &NotRenamedError{lacks}
		}
		recorded, err := django.Recorded(ctx, db)
		if err != nil {
			return err
		}
		ms := slices.DeleteFunc(django.Without(django.Taken(live), recorded), func(m DjangoMigration) bool {
			return !slices.Contains(lost, m)
		})
		if err := r.run(ctx, recordSteps(ms)); err != nil {
			return err
		}
		repair.Noted = append(repair.Noted, ms...)
		if !slices.Contains(recorded, required) {
			repair.Unnoted = &required
		}
		return nil
	})
	return repair, err
}
