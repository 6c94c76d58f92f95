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
		return nil, err
	}
	for _, d := range decls {
		line := 1 + strings.Count(string(content[:d.Pos]), "\n")
		f.stmts = append(f.stmts, &stmt{Stmt: d, line: line, words: words(d.Text), allowed: allowances(d.Directive("nolint"), line)})
	}
	return f, nil
}

// unreadable says that a file can't be taken apart into its statements. Atlas
// begins its error with the line and the column.
func unreadable(name string, err error) Finding {
	h := &history{file: &file{LocalFile: migrate.NewLocalFile(name, nil)}}
	position, what, _ := strings.Cut(err.Error(), ": ")
	line := 1
	if _, failure := fmt.Sscanf(position, "%d:", &line); failure != nil {
		line, what = 1, err.Error()
	}
	f := h.finding(&stmt{line: line}, fileFails, "can't be taken apart into statements: "+what)
	f.Safe = `close what is open; Atlas reads no \' in a string, not even after E: write two quotes, or quote by $$`
	return f
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
	// nonWord is a comment, a string, a quoted name or what opens a dollar-quoted
	// string, whichever begins first.
	nonWord = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?:[A-Za-z_]\w*)?\$`)
	blanks  = regexp.MustCompile(`\s+`)
	block   = regexp.MustCompile(`(?i)^\s*DO\b`)
)

// words returns the text in capitals, without what is no keyword.
func words(text string) string {
	return strings.ToUpper(strings.TrimSpace(blanks.ReplaceAllString(blanked(text, false), " ")))
}

// blanked returns the text without comments and what is quoted. What a DO block
// quotes by dollars stays: it is program.
func blanked(text string, program bool) string {
	var b strings.Builder
	for m := nonWord.FindStringIndex(text); m != nil; m = nonWord.FindStringIndex(text) {
		quoted := text[m[0]:m[1]]
		b.WriteString(text[:m[0]])
		text = text[m[1]:]
		switch quoted[0] {
		case '-', '/':
			b.WriteString(" ")
		case '"':
			b.WriteString(` "" `)
		case '$':
			var body string
			body, text, _ = strings.Cut(text, quoted)
			if program = program || block.MatchString(b.String()); !program {
				body = ""
			}
			b.WriteString(" $$ " + blanked(body, program) + " $$ ")
		default:
			b.WriteString(" '' ")
		}
	}
	return b.String() + text
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
	// values is an INSERT of rows that stand in the statement, as a subquery.
	values  = regexp.MustCompile(`^INSERT INTO .*\bFROM \( ?VALUES\b.*\)[^(),]*(\([^()]*\))?( WHERE NOT EXISTS)?( ON CONFLICT.*)?;?$`)
	exists  = regexp.MustCompile(`\bEXISTS ?\( ?SELECT\b[^()]*\)`)
	joining = regexp.MustCompile(`\b(SELECT\b.*\bSELECT|FROM\b.*\bFROM|JOIN|UNION|INTERSECT|EXCEPT)\b`)
	where   = regexp.MustCompile(`\bWHERE\b`)
	batched = regexp.MustCompile(`^DO .*\bLOOP\b.*\bLIMIT\b.*\bCOMMIT\b`)
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
	d.unbatched = (d.changes || selecting.MatchString(w) && !s.insertsValues()) && !batched.MatchString(w)
	return d
}

// insertsValues tells whether the rows of an INSERT … SELECT stand in the statement.
func (s *stmt) insertsValues() bool {
	w := exists.ReplaceAllString(s.words, "EXISTS")
	return values.MatchString(w) && !joining.MatchString(w)
}
