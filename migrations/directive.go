package migrations

import (
	"fmt"
	"regexp"

	"ariga.io/atlas/sql/migrate"
)

// inTransaction tells whether the file is to run in a transaction of its own,
// which it is unless it starts with the directive `-- atlas:txmode none` and
// an empty line. The executor leaves the directive to its caller.
func inTransaction(f *migrate.LocalFile) (bool, error) {
	switch modes := f.Directive("txmode"); {
	case len(modes) == 0, len(modes) == 1 && modes[0] == "file":
		return true, nil
	case len(modes) == 1 && modes[0] == "none":
		return false, nil
	default:
		return false, fmt.Errorf("migrations: %s: atlas:txmode must be file or none, once, not %q", f.Name(), modes)
	}
}

// Directives of the module's own, which are comments to the Atlas program.
const (
	// repeatable says that the statements of a file without a transaction may run
	// again, so that an attempt of which nobody knows how it ended is gone on
	// with.
	repeatable = "repeatable"
	// irreversible says of an undo file that it can't be: the rest of the line
	// says why.
	irreversible = "irreversible"
	// loses says which data are lost when an undo file runs.
	loses = "loses"
)

var ownDirective = regexp.MustCompile(`(?m)^-- communitybuilder:(\w+) *(.*?) *$`)

// directive returns what follows the name of one of the module's own directives,
// and whether the file has it.
func directive(f *migrate.LocalFile, name string) (text string, ok bool) {
	for _, m := range ownDirective.FindAllSubmatch(f.Bytes(), -1) {
		if string(m[1]) == name {
			return string(m[2]), true
		}
	}
	return "", false
}
