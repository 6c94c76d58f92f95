package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/communitybuilder/communitybuilder/migrations"
)

// Advice says in a sentence or two how a database stands against the module's
// migrations, and what to do about it.
func Advice(s migrations.State) string {
	skipped := s.Skipped()
	err := migrations.Check(s)
	switch {
	case errors.Is(err, migrations.ErrUnmanaged):
		return "The database has tables, but not by these migrations: another toolchain made them. " +
			"Use an empty database, or take this one over: `communitybuilder adopt plan`."
	case errors.Is(err, migrations.ErrNoSchema):
		return "The database is empty. Run `communitybuilder migrate apply` to create the schema."
	case len(s.Changed) > 0:
		return sentence(err)
	case s.Unfinished != nil && s.Unfinished.Reason == "":
		return sentence(s.Unfinished)
	case s.Unfinished != nil:
		return fmt.Sprintf("%s stopped at an error after %d of %d statements (%s). "+
			"Remove the cause and run `communitybuilder migrate apply` to go on.",
			s.Unfinished.Migration, s.Unfinished.Applied, s.Unfinished.Total, s.Unfinished.Reason)
	case len(skipped) > 0:
		return sentence(&migrations.OutOfOrderError{Database: s.Database, Skipped: skipped})
	case len(s.Pending) > 0:
		return fmt.Sprintf("The database is older than this program: %s pending. Run `communitybuilder migrate apply`.",
			count(len(s.Pending), "migration is", "migrations are"))
	case err != nil:
		return fmt.Sprintf("The database is newer than this program, which does not know %s. Update the program.",
			count(len(s.Unknown), "of its migrations", "of its migrations"))
	case len(s.Unknown) > 0:
		return fmt.Sprintf("The database is ahead of this program by %s, which this program can work with.",
			count(len(s.Unknown), "additive migration", "additive migrations"))
	default:
		return "The database is up to date."
	}
}

// sentence is the text of an error of package migrations on its own.
func sentence(err error) string {
	return strings.ReplaceAll(err.Error(), "migrations: ", "") + "."
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}
