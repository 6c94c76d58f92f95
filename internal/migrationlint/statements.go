package migrationlint

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// statementFindings are what can be told of a statement apart from what it does
// to the schema.
func (h *history) statementFindings(s *step) []Finding {
	var found []Finding
	add := func(code, what string) { found = append(found, h.finding(s.stmt, code, what)) }
	if s.controlsTransaction() {
		add(transactions, "controls the transaction itself")
		return found
	}
	if s.administers() || s.changesRights() {
		add(rights, "changes roles, rights or the server's settings")
	}
	if moved.MatchString(s.words) {
		add(sequencePosition, "sets a sequence to another number")
	}
	// A loop over batches may end before its COMMIT where there are no rows.
	if h.transaction && (s.outside || batched.MatchString(s.words)) {
		add(inTransaction, "can't run in a transaction, and this file is one")
	}
	if s.outside && concurrently.MatchString(s.words) && len(h.stmts) > 1 {
		add(concurrentAlone, "works on an index CONCURRENTLY, beside other statements")
	}
	if s.begins("TRUNCATE") && len(s.rewritten(h)) == 0 {
		add(truncateTable, "empties a table")
	}
	if s.outside && s.begins("REINDEX") && !concurrently.MatchString(s.words) {
		add(lockedScan, "makes the indexes of many tables again while nobody can write to them")
	}
	if unnamed.MatchString(s.words) {
		add(concurrentAlone, "makes an index CONCURRENTLY that has no name, by which the next attempt would find what this one left")
	}
	if s.begins("LOCK") {
		add(lockTable, "locks a table by name")
	}
	switch d := s.data(); {
	case d.every:
		add(dataWithoutWhere, "changes or deletes rows, and does not say which")
	case d.unbatched:
		add(dataUnbatched, "changes, deletes or copies any number of rows at once")
	case !d.writes && (s.begins("PREPARE", "EXECUTE") || s.written(h)):
		add(dataUnbatched, "writes rows by a text that is put together as it runs, or is not read here")
	case !d.writes && s.copies(h):
		add(dataUnbatched, "makes a table of the rows of another")
	}
	return found
}

// moved is a statement that sets a sequence.
var moved = regexp.MustCompile(`\bSETVAL ?\(|^ALTER (SEQUENCE|TABLE)\b.*\bRESTART\b`)

// administration is a statement about roles, or of which the whole server would
// feel the effect: the role, database or setting is none of the schema's.
var administration = regexp.MustCompile(`^(ALTER|CREATE|DROP) (ROLE|USER|GROUP|DATABASE|TABLESPACE|SYSTEM)\b|^ALTER DEFAULT PRIVILEGES\b|` +
	`^(GRANT|REVOKE|REASSIGN|DROP OWNED)\b|^(SET|RESET) ((LOCAL|SESSION) )?(ROLE|SESSION AUTHORIZATION)\b`)

// administers tells whether a statement is the operator's. It is not run.
func (s *stmt) administers() bool { return administration.MatchString(s.words) }

// changesRights tells whether the statement changed who may use a table, or whose
// it is.
func (s *step) changesRights() bool {
	for id, t := range s.after.tables {
		if was, ok := s.before.tables[id]; ok && was.rights != t.rights {
			return true
		}
	}
	return owner.MatchString(s.words)
}

// owner is a clause that gives an object to another role, or to the same.
var owner = regexp.MustCompile(`^ALTER\b.*\bOWNER TO\b`)

// written tells whether the statement asked to write rows of a table from before
// the file.
func (s *step) written(h *history) bool {
	for id, t := range s.after.tables {
		if _, ok := h.before.tables[id]; ok && t.written && !s.before.tables[id].written {
			return true
		}
	}
	return false
}

// copies tells whether the statement made a table, and read others from before the
// file for it.
func (s *step) copies(h *history) bool {
	return len(s.after.tables) > len(s.before.tables) && len(s.scanned(h)) > 0
}

// fileFindings are about the file as a whole.
func (h *history) fileFindings() []Finding {
	var found []Finding
	whole := &stmt{line: 1}
	add := func(s *stmt, code, what string) { found = append(found, h.finding(s, code, what)) }
	var schema, data *stmt
	leaks := h.leaks()
	for _, s := range h.steps {
		switch {
		case s.data().writes && data == nil:
			data = s.stmt
		case len(catalogue.Diff(s.before.schema, s.after.schema)) > 0 && schema == nil:
			schema = s.stmt
		}
		for name, value := range s.after.settings {
			if was, ok := s.before.settings[name]; (!ok || was != value) && leaks[name] {
				add(s.stmt, sessionSetting, fmt.Sprintf("sets %s for what comes after the file", name))
				delete(leaks, name)
			}
		}
	}
	if schema != nil && data != nil {
		later := data
		if schema.line > data.line {
			later = schema
		}
		add(later, dataWithSchema, "changes rows and the schema in one file")
	}
	if h.failure != nil {
		add(h.failed, fileFails, "fails: "+strings.TrimPrefix(h.failure.Error(), "pq: "))
	}
	if !h.saysWhy() {
		add(whole, fileIntent, "does not begin with what it is for")
	}
	return found
}

// leaks are the settings that are others after the file than before it.
func (h *history) leaks() map[string]bool {
	found := map[string]bool{}
	if h.after == nil {
		return found
	}
	for name, value := range h.after.settings {
		if was, ok := h.before.settings[name]; !ok || was != value {
			found[name] = true
		}
	}
	return found
}

// saysWhy tells whether the file begins with a comment of somebody's, before
// which only directives may stand.
func (h *history) saysWhy() bool {
	for line := range strings.Lines(string(h.Bytes())) {
		line = strings.TrimSpace(line)
		switch {
		case line == "", strings.HasPrefix(line, "-- atlas:"):
		default:
			text, ok := strings.CutPrefix(line, "--")
			return ok && len(strings.Fields(text)) > 1
		}
	}
	return false
}
