package adopt

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/django"
	"github.com/communitybuilder/communitybuilder/internal/migrationlock"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// A DjangoMigration is one of the Python services' own.
type DjangoMigration = django.Migration

// ErrNoHistory means that the database has no table django_migrations: no Python
// service has ever migrated it.
var ErrNoHistory = errors.New("adopt: the database has no table django_migrations: no Python service has ever migrated it")

// djangoSteps are those that concern the tables of Django's own, in a database that
// will have the schema. A Python `migrate` finds nothing to do after them.
func djangoSteps(ctx context.Context, db *sql.DB, schema catalogue.Schema) ([]Step, error) {
	own, err := catalogue.ReadForeign(ctx, db, "public")
	if err != nil {
		return nil, err
	}
	steps := adminLogSteps(own)
	if _, ok := own.Get(catalogue.Table, django.Table, ""); !ok {
		return steps, nil
	}
	recorded, err := django.Recorded(ctx, db)
	if err != nil {
		return nil, err
	}
	missing := django.Without(django.Taken(slices.Concat(schema, own)), recorded)
	return append(steps, recordSteps(missing)...), nil
}

// recordSteps is the step that notes migrations as applied, if there are any.
func recordSteps(ms []DjangoMigration) []Step {
	if len(ms) == 0 {
		return nil
	}
	return []Step{{
		Title: fmt.Sprintf("note %s in %s", count(len(ms), "Django migration"), django.Table), SQL: django.Record(ms),
		Locks: []Lock{{Table: django.Table, Mode: shareRowExclusive}},
	}}
}

// adminLogSteps give the key from Django's log of what administrators did to "User"
// the deletion rule that Django itself follows: it deletes a user's entries before
// the user, which others could not delete otherwise.
func adminLogSteps(own catalogue.Schema) []Step {
	const log = "django_admin_log"
	var steps []Step
	for _, o := range own.Of(log, catalogue.ForeignKey) {
		k, rule := parseKey(o.Def), " ON DELETE CASCADE"
		if k.table != "User" {
			continue
		}
		if !strings.Contains(o.Def, rule) {
			def, deferrable, _ := strings.Cut(strings.TrimSuffix(o.Def, catalogue.NotValid), " DEFERRABLE")
			if deferrable != "" {
				deferrable = " DEFERRABLE" + deferrable
			}
			steps = append(steps, Step{
				Title: fmt.Sprintf("let the entries of %s go with their user", log),
				SQL: []string{fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s, ADD CONSTRAINT %[2]s %s%s%s%s",
					log, quoted(o.Name), def, rule, deferrable, catalogue.NotValid)},
				Locks: locksOf(log, accessExclusive, map[string]string{"User": accessExclusive}),
			})
		}
		if !strings.Contains(o.Def, rule) || !o.Valid() {
			steps = append(steps, Step{
				Title: fmt.Sprintf("validate 1 rule of table %q", log),
				SQL:   validation(log, []string{o.Name}), Constraints: []string{o.Name}, Table: log,
				Locks: locksOf(log, shareUpdateExclusive, map[string]string{"User": rowShare}),
				Work:  []Work{{Kind: Join, Table: log}},
			})
		}
	}
	return steps
}

// FakeHistory lets the Python services start on a database that the module's own
// migrations have made: it makes the tables of Django's own, where they are missing,
// and notes all Django migrations whose effect the database shows. It returns those
// that it noted, in their order; none when it is called again. It returns
// [migrations.ErrNoSchema], [migrations.ErrUnmanaged] or [ErrManaged] if the database
// isn't at [Version] or later, and a *[migrations.VersionError] if it is newer than
// the module.
func FakeHistory(ctx context.Context, db *sql.DB) ([]DjangoMigration, error) {
	if _, err := adopted(ctx, db); err != nil {
		return nil, err
	}
	var noted []DjangoMigration
	err := alone(ctx, db, func(r *runner) error {
		own := Step{Title: "make the tables of Django's own", SQL: []string{django.OwnTables}, Locks: []Lock{{"User", shareRowExclusive}}}
		if err := r.run(ctx, []Step{own}); err != nil {
			return err
		}
		live, err := catalogue.Read(ctx, db, "public")
		if err != nil {
			return err
		}
		before, err := django.Recorded(ctx, db)
		if err != nil {
			return err
		}
		steps, err := djangoSteps(ctx, db, live)
		if err != nil {
			return err
		}
		if err := r.run(ctx, steps); err != nil {
			return err
		}
		after, err := django.Recorded(ctx, db)
		noted = django.Without(after, before)
		return err
	})
	return noted, err
}

// alone runs fn with the lock that keeps other processes from changing the schema.
func alone(ctx context.Context, db *sql.DB, fn func(*runner) error) error {
	if db.Stats().MaxOpenConnections == 1 {
		return migrations.ErrOneConnection
	}
	lock, err := migrationlock.Acquire(ctx, db)
	if err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	defer lock.Release()
	return fn(&runner{db: db, lock: lock})
}
