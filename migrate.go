package communitybuilder

import (
	"context"
	"database/sql"

	"github.com/communitybuilder/communitybuilder/migrations"
)

// Migrate brings a PostgreSQL database up to date with the module: it applies
// the migrations that the database lacks, in their order, each in a transaction
// of its own where its statements allow that. Several processes may do so at
// once; one works and the others wait. It does the same as
// `communitybuilder migrate apply` and as the Atlas program on the module's
// migrations, and may take turns with them. A database that is up to date is
// left alone.
//
// The pool must allow two connections, and should have no statement timeout: a
// pool of [sql.Open], not that of a client. Package migrations documents the
// errors, and has the functions to look before and after.
func Migrate(ctx context.Context, db *sql.DB) error {
	_, err := migrations.Apply(ctx, db)
	return err
}
