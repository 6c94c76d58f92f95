// Package migrationlint examines migrations before anybody applies them: what
// they would do to rows, to the programs that run meanwhile, and to those who
// have to read the history later.
//
// It replays a directory on a throw-away PostgreSQL database, and looks at what
// each statement of the files under examination does, rather than at its words:
// the catalogue before and after, the locks that the transaction holds on tables
// that others use, which of them it read from end to end, and which it wrote
// anew. Atlas's own analysers look at the same changes. What is left for the
// words are statements whose harm is in the rows, which a replay has none of.
//
// A file may do what is refused if it says why: see [Rule] and the directive
//
//	-- atlas:nolint CODE the reason
//
// above the statement, or at the file's top, before an empty line, for all of it.
package migrationlint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/communitybuilder/communitybuilder/internal/devdb"
)

// Options say what is examined.
type Options struct {
	// Dir has the migrations, and their undo files in a directory undo.
	Dir fs.FS
	// Steps has what each version changes in the catalogue, see
	// [github.com/communitybuilder/communitybuilder/internal/catalogue]; nil if
	// that is not looked at.
	Steps fs.FS
	// Settled tells of a file's name that it is not examined any more, because
	// databases have it. nil means that all are examined.
	Settled func(name string) bool
	// Server is the URL of a PostgreSQL server to work on, in a database of its
	// own; see [devdb.New].
	Server string
}

// A Report is what was found.
type Report struct {
	Examined []string  `json:"examined"`
	Findings []Finding `json:"findings"`
}

// Run examines a directory. Its error means that it could not; what is wrong with
// the migrations is in the report.
func Run(ctx context.Context, o Options) (_ Report, err error) {
	names, err := fs.Glob(o.Dir, "*.sql")
	if err != nil {
		return Report{}, fmt.Errorf("migrationlint: %w", err)
	}
	settled := func(name string) bool { return o.Settled != nil && o.Settled(name) }
	r := Report{Examined: slices.DeleteFunc(slices.Clone(names), settled), Findings: []Finding{}}
	r.Findings = append(r.Findings, directoryFindings(o, names, settled)...)
	if len(r.Examined) == 0 {
		return r, nil
	}
	db, err := devdb.New(ctx, o.Server)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	first := slices.Index(names, r.Examined[0])
	if err := db.Replay(ctx, o.Dir, names[:first]); err != nil {
		return Report{}, err
	}
	for _, name := range names[first:] {
		content, err := fs.ReadFile(o.Dir, name)
		if err != nil {
			return Report{}, fmt.Errorf("migrationlint: %w", err)
		}
		f, err := parse(name, content)
		if err != nil {
			r.Findings = append(r.Findings, unreadable(name, err))
			break // nor can what follows be run
		}
		h, err := replay(ctx, db.DB, f)
		if err != nil {
			return Report{}, err
		}
		if !settled(name) {
			found, err := h.findings(ctx, o)
			if err != nil {
				return Report{}, err
			}
			r.Findings = append(r.Findings, f.heed(found)...)
		}
		if h.failure != nil {
			break // what follows would fail for that alone
		}
	}
	r.Findings = sorted(r.Findings)
	return r, nil
}

func (h *history) findings(ctx context.Context, o Options) ([]Finding, error) {
	found, err := analyse(ctx, h)
	if err != nil {
		return nil, err
	}
	for _, s := range h.steps {
		found = append(append(found, h.schemaFindings(s)...), h.statementFindings(s)...)
	}
	found = append(found, h.fileFindings()...)
	found = append(found, nameFindings(h)...)
	found = append(found, undoFindings(o.Dir, h)...)
	return append(found, stepFindings(o.Steps, h)...), nil
}

// heed leaves out what the file's directives allow, and adds what is wrong with
// them.
func (f *file) heed(found []Finding) []Finding {
	var left []Finding
	for _, x := range found {
		r, _ := ruleOf(x.Code)
		allowed := allows(f.allowed, x.Code)
		for _, s := range f.stmts {
			if s.line == x.Line && allows(s.allowed, x.Code) {
				allowed = true
			}
		}
		if !allowed || r.Always {
			left = append(left, x)
		}
	}
	all := slices.Clone(f.allowed)
	for _, s := range f.stmts {
		all = append(all, s.allowed...)
	}
	h := &history{file: f}
	for _, a := range all {
		what := ""
		switch _, known := ruleOf(a.code); {
		case !known:
			what = fmt.Sprintf("names no rule: %q", a.code)
		case a.reason == "":
			what = fmt.Sprintf("allows %s and does not say why", a.code)
		case !a.used:
			what = fmt.Sprintf("allows %s, which nothing here does", a.code)
		default:
			continue
		}
		left = append(left, h.finding(&stmt{line: a.line}, fileDirective, what))
	}
	return left
}
