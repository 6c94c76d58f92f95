package migrationlint

import (
	"fmt"
	"regexp"
	"strings"

	"ariga.io/atlas/sql/migrate"
)

// A file is a migration that is examined.
type file struct {
	*migrate.LocalFile
	// transaction tells that the file is one.
	transaction bool
	stmts       []*stmt
	allowed     []*allowance // for the whole file
}

// A stmt is one of a file's statements.
type stmt struct {
	*migrate.Stmt
	line int
	// words is the text without comments, and with strings and quoted names
	// blanked; the body of a DO block stays.
	words   string
	allowed []*allowance
}

// An allowance is a directive that lets one rule be broken, for a reason.
type allowance struct {
	line         int
	code, reason string
	used         bool
}

func parse(name string, content []byte) (*file, error) {
	f := &file{LocalFile: migrate.NewLocalFile(name, content), transaction: true}
	if modes := f.Directive("txmode"); len(modes) == 1 && modes[0] == "none" {
		f.transaction = false
	}
	f.allowed = allowances(f.Directive("nolint"), 1)
	decls, err := f.StmtDecls()
	if err != nil {
		return nil, fmt.Errorf("migrationlint: %s: %w", name, err)
	}
	for _, d := range decls {
		line := 1 + strings.Count(string(content[:d.Pos]), "\n")
		f.stmts = append(f.stmts, &stmt{Stmt: d, line: line, words: words(d.Text), allowed: allowances(d.Directive("nolint"), line)})
	}
	return f, nil
}

func allowances(directives []string, line int) []*allowance {
	as := make([]*allowance, len(directives))
	for i, d := range directives {
		code, reason, _ := strings.Cut(strings.TrimSpace(d), " ")
		as[i] = &allowance{line: line, code: code, reason: strings.TrimSpace(reason)}
	}
	return as
}

// allows tells whether a directive lets the rule be broken, and remembers that it
// was needed.
func allows(as []*allowance, code string) bool {
	found := false
	for _, a := range as {
		if a.code == code && a.reason != "" {
			a.used, found = true, true
		}
	}
	return found
}

var (
	// nonWords are comments, strings and quoted names, whichever begins first.
	nonWords   = regexp.MustCompile(`--[^\n]*|(?s:/\*.*?\*/)|'(?:[^']|'')*'|"(?:[^"]|"")*"`)
	dollarBody = regexp.MustCompile(`(?s)\$\w*\$.*\$\w*\$`)
	blanks     = regexp.MustCompile(`\s+`)
)

// words returns the text in capitals, without what is no keyword.
func words(text string) string {
	text = nonWords.ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '\'' || s[0] == '"' {
			return " " + s[:1] + s[:1] + " "
		}
		return " "
	})
	text = strings.ToUpper(strings.TrimSpace(blanks.ReplaceAllString(text, " ")))
	if !strings.HasPrefix(text, "DO ") {
		text = dollarBody.ReplaceAllString(text, "$$$$")
	}
	return text
}

func (s *stmt) begins(keywords ...string) bool {
	for _, k := range keywords {
		if s.words == k || strings.HasPrefix(s.words, k+" ") || strings.HasPrefix(s.words, k+";") {
			return true
		}
	}
	return false
}

var (
	concurrently = regexp.MustCompile(`\bCONCURRENTLY\b`)
	unnamed      = regexp.MustCompile(`^CREATE (UNIQUE )?INDEX CONCURRENTLY ON\b`)
	// notWriting are the clauses in which the words of the statements that write
	// mean something else.
	notWriting = regexp.MustCompile(`\b(ON (DELETE|UPDATE)|FOR (NO KEY )?UPDATE|DO UPDATE|BEFORE|AFTER)\b`)
	changing   = regexp.MustCompile(`\b(UPDATE|DELETE FROM|MERGE INTO)\b`)
	writing    = regexp.MustCompile(`\b(UPDATE|DELETE FROM|MERGE INTO|INSERT INTO|COPY)\b`)
	selecting  = regexp.MustCompile(`\bINSERT INTO\b.*\bSELECT\b.*\bFROM\b`)
	where      = regexp.MustCompile(`\bWHERE\b`)
	batched    = regexp.MustCompile(`^DO .*\bLOOP\b.*\bLIMIT\b.*\bCOMMIT\b`)
)

// data tells what a statement does to rows.
type data struct{ writes, changes, every, unbatched bool }

func (s *stmt) data() data {
	if !s.begins("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "WITH", "DO", "SELECT") {
		return data{}
	}
	w := notWriting.ReplaceAllString(s.words, "")
	d := data{writes: writing.MatchString(w), changes: changing.MatchString(w)}
	d.every = d.changes && !where.MatchString(w)
	d.unbatched = (d.changes || selecting.MatchString(w)) && !batched.MatchString(w)
	return d
}
