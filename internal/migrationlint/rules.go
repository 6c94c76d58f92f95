package migrationlint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// finding says that a statement breaks a rule.
func (h *history) finding(s *stmt, code, what string) Finding {
	r, _ := ruleOf(code)
	if r.Code == "" { // of a later version of Atlas
		r = Rule{Why: "see atlasgo.io/lint/analyzers", Safe: "see atlasgo.io/lint/analyzers"}
	}
	return Finding{File: h.Name(), Line: s.line, Code: code, What: what, Why: r.Why, Safe: r.Safe}
}

// existed tells whether a table was there before the file, whatever it was
// called then: nobody else uses one that was not.
func (h *history) existed(table string, at *snapshot) bool {
	for id, t := range at.tables {
		if t.name == table {
			_, ok := h.before.tables[id]
			return ok
		}
	}
	return false
}

// scanned returns the tables from before the file of which the statement began
// to read every row, or to look them up one by one. Of one that commits by itself
// the worst is assumed.
func (s *step) scanned(h *history) map[string]bool {
	found := map[string]bool{}
	for id, t := range s.after.tables {
		_, ok := h.before.tables[id]
		if ok && (s.commits || !s.outside && t.scans > s.before.tables[id].scans) {
			found[t.name] = true
		}
	}
	return found
}

// rewritten returns the tables from before the file whose rows the statement
// wrote anew.
func (s *step) rewritten(h *history) map[string]bool {
	found := map[string]bool{}
	for id, t := range s.after.tables {
		_, ok := h.before.tables[id]
		if was, is := s.before.tables[id]; ok && is && was.file != t.file {
			found[t.name] = true
		}
	}
	return found
}

// schemaFindings are what the statement does to the schema and to those who use
// it meanwhile.
func (h *history) schemaFindings(s *step) []Finding {
	e := s.effect()
	var found []Finding
	told := map[string]bool{} // tables whose reading or rewriting is accounted for
	add := func(code, table, what string) {
		told[table] = true
		found = append(found, h.finding(s.stmt, code, what))
	}
	scanned, rewritten := s.scanned(h), s.rewritten(h)
	for _, o := range e.added {
		old := h.existed(o.Table, s.after)
		if _, again := s.before.schema.Get(o.Kind, o.Table, o.Name); again && o.Kind == catalogue.Index {
			continue // a change of a column's type makes its indexes again, if need be
		}
		switch o.Kind {
		case catalogue.Column:
			if notNull(o) {
				told[o.Table] = true // Atlas's analysers tell of it
			}
		case catalogue.Index:
			if old && (!s.outside || s.commits) {
				add(indexLocks, o.Table, fmt.Sprintf("makes the index %q on %q while nobody can write", o.Name, o.Table))
			}
		case catalogue.PrimaryKey, catalogue.Unique, catalogue.Exclusion:
			if old && scanned[o.Table] {
				add(constraintIndex, o.Table, fmt.Sprintf("adds the %s %q to %q, and makes its index meanwhile", o.Kind, o.Name, o.Table))
			}
		case catalogue.Check:
			if old && o.Valid() && scanned[o.Table] && !rewritten[o.Table] {
				add(checkScan, o.Table, fmt.Sprintf("adds the check %q to %q and reads all its rows", o.Name, o.Table))
			}
		case catalogue.ForeignKey:
			if old && o.Valid() && (scanned[o.Table] || s.keyOfOldColumns(o)) {
				add(foreignKeyScan, o.Table, fmt.Sprintf("adds the foreign key %q to %q and looks up all its rows", o.Name, o.Table))
			}
		case catalogue.Trigger, catalogue.Rule, catalogue.RowPolicy, catalogue.View, catalogue.Function, catalogue.Type:
			if strings.HasPrefix(o.Def, "ENUM ") {
				continue // which Atlas knows
			}
			add(unseenObject, o.Table, fmt.Sprintf("makes the %s %s", o.Kind, strings.TrimSpace(o.Table+" "+o.Name)))
		}
	}
	for _, name := range e.others {
		add(unseenObject, "", "makes the "+name)
	}
	for _, c := range e.changed {
		if !h.existed(c.after.Table, s.after) {
			continue
		}
		turnedOn := func(option string) bool {
			return c.isTable() && !strings.Contains(c.before.Def, option) && strings.Contains(c.after.Def, option)
		}
		if what := insertBreaks(c); what != "" {
			add(insertFails, c.after.Table, what)
		}
		switch {
		case turnedOn("FOREIGN KEYS DISABLED"):
			add(dropProtection, c.after.Table, fmt.Sprintf("turns the foreign keys of %q off", c.after.Table))
		case turnedOn("ROW LEVEL SECURITY"):
			add(unseenObject, c.after.Table, fmt.Sprintf("hides the rows of %q from all but its owner", c.after.Table))
		case c.after.Kind == catalogue.Column && !notNull(c.before) && notNull(c.after) && scanned[c.after.Table] && !rewritten[c.after.Table]:
			add(notNullScan, c.after.Table, fmt.Sprintf("makes %q.%q NOT NULL and reads all rows", c.after.Table, c.after.Name))
		case !c.before.Valid() && c.after.Valid() && h.transaction && !h.had(c.after, s):
			add(validateWithAdd, c.after.Table, fmt.Sprintf("validates %q of %q in the transaction that adds it", c.after.Name, c.after.Table))
		}
	}
	found = append(found, h.lostProtections(s, e)...)
	for _, table := range sortedKeys(rewritten) {
		code, what := h.rewriting(s, e, table)
		add(code, table, what)
	}
	for _, table := range sortedKeys(scanned) {
		if !told[table] && !s.data().writes && blocking[s.lockOn(table)] {
			add(lockedScan, table, fmt.Sprintf("reads all rows of %q under a lock that keeps others from writing", table))
		}
	}
	return found
}

// insertBreaks says what a change of a column does to the programs that insert
// rows, "" if nothing.
func insertBreaks(c change) string {
	if c.after.Kind != catalogue.Column {
		return ""
	}
	const always = "GENERATED ALWAYS"
	was, is := catalogue.ParseColumn(c.before.Def), catalogue.ParseColumn(c.after.Def)
	switch {
	case strings.HasPrefix(is.Generated, always) && !strings.HasPrefix(was.Generated, always):
		return fmt.Sprintf("takes no value for %q.%q any more", c.after.Table, c.after.Name)
	case is.NotNull && is.Default == "" && is.Generated == "" && was.Default+was.Generated != "":
		return fmt.Sprintf("gives %q.%q no value any more, and it is NOT NULL", c.after.Table, c.after.Name)
	}
	return ""
}

// keyOfOldColumns tells whether a new foreign key is over a column that the
// statement did not add.
func (s *step) keyOfOldColumns(key catalogue.Object) bool {
	for _, c := range s.before.schema.Of(key.Table, catalogue.Column) {
		if columnOf(key.Def[:strings.Index(key.Def, "REFERENCES")], c.Name) {
			return true
		}
	}
	return false
}

func (s *step) lockOn(table string) string {
	for _, t := range s.after.tables {
		if t.name == table {
			return t.lock
		}
	}
	return ""
}

// had tells whether the object was there before the file.
func (h *history) had(o catalogue.Object, s *step) bool {
	for id, now := range s.after.objects {
		if now == o {
			_, ok := h.before.objects[id]
			return ok
		}
	}
	return false
}

// rewriting says why a statement writes a table anew.
func (h *history) rewriting(s *step, e effect, table string) (code, what string) {
	if s.begins("TRUNCATE") {
		return truncateTable, fmt.Sprintf("empties %q", table)
	}
	for _, c := range e.changed {
		if c.after.Kind == catalogue.Column && c.after.Table == table && typeOf(c.before) != typeOf(c.after) {
			return typeRewrite, fmt.Sprintf("changes %q.%q from %s to %s and writes every row anew", table, c.after.Name, typeOf(c.before), typeOf(c.after))
		}
	}
	for _, o := range e.added {
		if o.Kind == catalogue.Column && o.Table == table {
			return addColumnRewrite, fmt.Sprintf("adds %q.%q with a value of its own for each row, and writes every row anew", table, o.Name)
		}
	}
	return tableRewrite, fmt.Sprintf("writes every row of %q anew", table)
}

func (s *snapshot) has(id string) bool { return s.ids[id] }

func notNull(column catalogue.Object) bool { return strings.Contains(column.Def, " NOT NULL") }

var attributes = regexp.MustCompile(` (COLLATE|NOT NULL|GENERATED|DEFAULT)\b.*`)

func typeOf(column catalogue.Object) string { return attributes.ReplaceAllString(column.Def, "") }

// columnOf tells whether a definition names a column.
func columnOf(def, column string) bool {
	return regexp.MustCompile(`[(, ]"?` + regexp.QuoteMeta(column) + `"?[), ]`).MatchString(def)
}

func sortedKeys(m map[string]bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
