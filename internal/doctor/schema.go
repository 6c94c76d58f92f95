package doctor

import (
	"context"
	"database/sql"

	"github.com/communitybuilder/communitybuilder/adopt"
	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// examineSchema holds the schema against that of the version which the database
// claims to have.
func (r *Report) examineSchema(ctx context.Context, db *sql.DB, state migrations.State) error {
	have, err := catalogue.Read(ctx, db, "public")
	if err != nil {
		return err
	}
	r.Version.Compared = state.Database
	want, err := catalogue.At(state.Database)
	if err != nil { // none, or one that this program doesn't know
		r.Version.Compared = migrations.Latest()
		if want, err = catalogue.At(r.Version.Compared); err != nil {
			return err
		}
	}
	r.Differences, r.Waiting = compare(have, want), []adopt.Finding{}
	if r.Version.Compared != state.Database {
		return nil // nothing waits yet
	}
	unmet, err := adopt.Unmet(ctx, db, state.Database)
	r.Waiting = append(r.Waiting, unmet...)
	return err
}

// lacking returns the differences between the database's schema and the one that the
// client works with.
func lacking(ctx context.Context, db *sql.DB) ([]Difference, error) {
	have, err := catalogue.Read(ctx, db, "public")
	if err != nil {
		return nil, err
	}
	want, err := catalogue.At(migrations.Latest())
	if err != nil {
		return nil, err
	}
	return compare(have, want), nil
}
