package adopt

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// A convergence is the way from a model to the schema of a version. Its steps are
// in the order of the fields: what makes something comes before what needs it, and
// what takes something away comes last, so that no rule and no query is ever
// without what holds it or makes it fast.
type convergence struct {
	m      *model
	want   catalogue.Schema
	state  state
	found  findings
	accept []string

	renames     []string // of indexes, which keep nobody waiting
	tables      []Step
	columns     []Step
	indexes     []Step
	changes     []Step
	validations []Step
	endings     []Step

	waiting   []Waiting
	kept      []string
	obstacles []string
}

// Waiting is a rule that the database does not hold all its rows to, because some
// of them break it.
type Waiting struct {
	Rule  string `json:"rule"`
	Table string `json:"table"`
	// Bound tells whether rows that are written from now on are held to it.
	Bound bool `json:"bound"`
}

// converge plans the steps from m to want. Rules that rows break, as found says,
// wait unless they are accepted.
func converge(m *model, want catalogue.Schema, s state, found findings, accept []string) *convergence {
	c := &convergence{m: m, want: want, state: s, found: found, accept: accept}
	for _, table := range want.Tables() {
		if !m.hasTable(table) {
			c.createTable(table)
		}
	}
	for _, table := range want.Tables() {
		t := &tableChange{convergence: c, table: table, locks: map[string]string{}, ended: map[string]string{}}
		t.plan()
	}
	c.keep()
	return c
}

// steps returns all steps in their order.
func (c *convergence) steps() []Step {
	var names []Step
	if len(c.renames) > 0 {
		names = []Step{{Title: fmt.Sprintf("give %d indexes their names", len(c.renames)), SQL: c.renames}}
	}
	return slices.Concat(names, c.tables, c.columns, c.indexes, c.changes, c.validations, c.endings)
}

func (c *convergence) createTable(table string) {
	sql := createTable(c.want, table)
	c.tables = append(c.tables, Step{Title: fmt.Sprintf("create table %q", table), SQL: sql})
	for _, o := range c.want.Of(table) {
		if o.Kind != catalogue.ForeignKey {
			c.m.put(o)
		}
	}
}

// obstacle notes what the takeover can't get past by itself, and how to.
func (c *convergence) obstacle(format string, args ...any) {
	c.obstacles = append(c.obstacles, fmt.Sprintf(format, args...))
}

// keep notes what is in the database and nobody's here.
func (c *convergence) keep() {
	tables := c.want.Tables()
	for _, o := range c.m.schema {
		_, wanted := c.want.Get(o.Kind, o.Table, o.Name)
		switch known := slices.Contains(tables, o.Table); {
		case wanted:
		case o.Kind == catalogue.Table:
			c.kept = append(c.kept, fmt.Sprintf("table %q", o.Table))
		case o.Kind == catalogue.Column && known:
			c.kept = append(c.kept, fmt.Sprintf("column %q of table %q", o.Name, o.Table))
			if d := parseColumn(o.Def); d.notNull && d.def+d.identity+d.computed == "" {
				c.obstacle("column %q of table %q is unknown here, NOT NULL and without a default, so that rows can't be written without it: "+
					"give it a default or let it be NULL", o.Name, o.Table)
			}
		case o.Kind == catalogue.View:
			c.kept = append(c.kept, fmt.Sprintf("view %q", o.Table))
		case o.Table == "":
			c.kept = append(c.kept, fmt.Sprintf("%s %q", o.Kind, o.Name))
		case known && slices.Contains(beside, o.Kind):
			c.kept = append(c.kept, fmt.Sprintf("%s %q of table %q", o.Kind, o.Name, o.Table))
		}
	}
}

// beside are the kinds of what a table can have and none here has.
var beside = []catalogue.Kind{catalogue.Trigger, catalogue.Rule, catalogue.RowPolicy, catalogue.Exclusion}

// A tableChange collects what one table needs, so that it is locked once to
// change it and once to take away what it has no use for any more.
type tableChange struct {
	*convergence
	table string

	before  []string // statements that no clause of ALTER TABLE can say
	clauses []string // of an ALTER TABLE
	locks   map[string]string

	validate []string // constraints
	joins    int      // how many of them are foreign keys
	refers   map[string]bool

	last    []string // clauses that take something away
	final   []string // statements after them
	setNull []string // clauses before them
	ended   map[string]string
}

func (t *tableChange) plan() {
	t.refers = map[string]bool{}
	t.planTable()
	t.planColumns()
	t.planSequences()
	t.planIndexes()
	t.planConstraints()
	t.addSteps()
}

func (t *tableChange) planTable() {
	h, _ := t.m.schema.Get(catalogue.Table, t.table, "")
	w, _ := t.want.Get(catalogue.Table, t.table, "")
	switch {
	case strings.HasPrefix(h.Def, "PARTITIONED"), strings.HasPrefix(h.Def, "FOREIGN"):
		t.obstacle("table %q is not an ordinary one: %s", t.table, strings.ToLower(h.Def))
	case h.Def != w.Def:
		t.kept = append(t.kept, fmt.Sprintf("the options of table %q: %s", t.table, h.Def))
	}
}

// addSteps turns what was collected into steps.
func (t *tableChange) addSteps() {
	alter := "ALTER TABLE " + quoted(t.table) + " "
	if len(t.before)+len(t.clauses) > 0 {
		s := Step{Title: fmt.Sprintf("change table %q", t.table), SQL: t.before, Locks: locksOf(t.table, accessExclusive, t.locks)}
		if len(t.clauses) > 0 {
			s.SQL = append(s.SQL, alter+joined(t.clauses))
		}
		t.changes = append(t.changes, s)
	}
	if len(t.validate) > 0 {
		refers := map[string]string{}
		for table := range t.refers {
			refers[table] = rowShare
		}
		s := Step{Title: fmt.Sprintf("validate %s of table %q", count(len(t.validate), "rule"), t.table),
			SQL: validation(t.table, t.validate), Constraints: t.validate, Table: t.table,
			Locks: locksOf(t.table, shareUpdateExclusive, refers)}
		for range len(t.validate) - t.joins {
			s.Work = append(s.Work, t.work(Scan))
		}
		for range t.joins {
			s.Work = append(s.Work, t.work(Join))
		}
		t.validations = append(t.validations, s)
	}
	if len(t.setNull)+len(t.last)+len(t.final) > 0 {
		s := Step{Title: fmt.Sprintf("take away what table %q has no use for", t.table), Locks: locksOf(t.table, accessExclusive, t.ended)}
		for _, clauses := range [][]string{t.setNull, t.last} {
			if len(clauses) > 0 {
				s.SQL = append(s.SQL, alter+joined(clauses))
			}
		}
		s.SQL = append(s.SQL, t.final...)
		t.endings = append(t.endings, s)
	}
}

func (t *tableChange) work(k WorkKind) Work { return Work{Kind: k, Table: t.m.liveTable(t.table)} }

// validation is the statement that holds constraints against all rows of a table.
func validation(table string, constraints []string) []string {
	clauses := make([]string, len(constraints))
	for i, name := range constraints {
		clauses[i] = "VALIDATE CONSTRAINT " + quoted(name)
	}
	return []string{"ALTER TABLE " + quoted(table) + " " + joined(clauses)}
}

func joined(clauses []string) string {
	if len(clauses) == 1 {
		return clauses[0]
	}
	return "\n  " + strings.Join(clauses, ",\n  ")
}

// locksOf lists the lock of a table first and then those of others.
func locksOf(table, mode string, others map[string]string) []Lock {
	locks := []Lock{{Table: table, Mode: mode}}
	for _, other := range slices.Sorted(maps.Keys(others)) {
		if other != table {
			locks = append(locks, Lock{Table: other, Mode: others[other]})
		}
	}
	return locks
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
