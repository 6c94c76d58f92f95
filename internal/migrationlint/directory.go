package migrationlint

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// undoDir has, for each migration, a file of the same name that takes it back.
const undoDir = "undo"

// directoryFindings are about the order of the files and their sums.
func directoryFindings(o Options, names []string, settled func(string) bool) []Finding {
	found := sumFinding(o.Dir, names, migrate.HashFileName, "")
	if undo, err := fs.Sub(o.Dir, undoDir); err == nil {
		undone, _ := fs.Glob(undo, "*.sql") // the pattern is well-formed
		found = append(found, sumFinding(undo, undone, path.Join(undoDir, migrate.HashFileName), undoDir+"/")...)
	}
	latest := ""
	for _, name := range names {
		if settled(name) {
			latest = max(latest, versionOf(name))
		}
	}
	seen := map[string]bool{}
	for _, name := range names {
		if !settled(name) && (versionOf(name) <= latest || seen[versionOf(name)]) {
			h := &history{file: &file{LocalFile: migrate.NewLocalFile(name, nil)}}
			found = append(found, h.finding(&stmt{line: 1}, fileOrder, fmt.Sprintf("its version is not after %s", max(latest, versionOf(name)))))
		}
		seen[versionOf(name)] = true
	}
	return found
}

func versionOf(name string) string {
	v, _, _ := strings.Cut(strings.TrimSuffix(name, ".sql"), "_")
	return v
}

var (
	wellNamed = regexp.MustCompile(`^\d{14}_[a-z]+(_[a-z0-9]+)+\.sql$`)
	// sayNothing are first words of names that could be any migration's.
	sayNothing = []string{"diff", "update", "updates", "change", "changes", "migration", "migrations", "migrate", "schema",
		"new", "misc", "various", "more", "some", "wip", "tmp", "temp", "test", "auto", "initial"}
	// notImperative are other forms of a verb: adds, added, adding.
	notImperative = regexp.MustCompile(`[^s]s$|[^e]ed$|ing$`)
)

// NameError says what is wrong with the name of a migration, such as
// add_message_page_index, or returns nil: it has to have two words at least, the
// first of which is a verb in the imperative that says something.
func NameError(description string) error {
	first, _, _ := strings.Cut(description, "_")
	switch {
	case !wellNamed.MatchString("00000000000000_" + description + ".sql"):
		return fmt.Errorf("%q is not of small letters, with _ between words, of which there are at least two", description)
	case slices.Contains(sayNothing, first):
		return fmt.Errorf("%q could be any migration's name", description)
	case notImperative.MatchString(first):
		return fmt.Errorf("%q does not begin with a verb in the imperative, such as add or remove", description)
	}
	return nil
}

func nameFindings(h *history) []Finding {
	whole := &stmt{line: 1}
	if !wellNamed.MatchString(h.Name()) {
		return []Finding{h.finding(whole, fileName, "has a name that is not VERSION_imperative_words.sql")}
	}
	if err := NameError(h.Desc()); err != nil {
		return []Finding{h.finding(whole, fileName, err.Error())}
	}
	return nil
}

func undoFindings(dir fs.FS, h *history) []Finding {
	b, err := fs.ReadFile(dir, path.Join(undoDir, h.Name()))
	if err == nil && len(strings.TrimSpace(string(b))) > 0 {
		return nil
	}
	return []Finding{h.finding(&stmt{line: 1}, fileUndo, "has no way back, and nothing says why")}
}

// stepFindings compare what the file does with what is written down of it.
func stepFindings(steps fs.FS, h *history) []Finding {
	if steps == nil || h.failure != nil {
		return nil
	}
	kept, err := fs.ReadFile(steps, h.Version()+".txt")
	what := ""
	switch {
	case err != nil:
		what = "the catalogue does not know the version"
	case string(kept) != string(catalogue.Step(h.before.schema, h.after.schema)):
		what = "the catalogue says something else of the version"
	default:
		return nil
	}
	return []Finding{h.finding(&stmt{line: 1}, fileCatalogue, what)}
}

// sumFinding is about the directory's sum.
func sumFinding(dir fs.FS, names []string, sumFile, prefix string) []Finding {
	d := &migrate.MemDir{}
	for _, name := range append(slices.Clone(names), migrate.HashFileName) {
		if b, err := fs.ReadFile(dir, name); err == nil {
			_ = d.WriteFile(name, b) // in memory
		}
	}
	err := migrate.Validate(d)
	if err == nil || len(names) == 0 {
		return nil
	}
	what := "does not agree with the files"
	if e := (*migrate.ChecksumError)(nil); errors.As(err, &e) {
		what += ": " + prefix + e.File + " was changed, added or removed"
	}
	r, _ := ruleOf(fileSum)
	return []Finding{{File: sumFile, Line: 1, Code: fileSum, What: what, Why: r.Why, Safe: r.Safe}}
}
