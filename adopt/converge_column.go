package adopt

import (
	"fmt"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// givenByPrograms are the defaults that programs, not the database, give to the
// columns which can't be NULL, by table and column: what rows that are there
// already get when the column is added. Every one is the same for all rows of a
// statement, so that PostgreSQL touches none of them.
var givenByPrograms = map[column]string{
	{"BadgeDefinition", "criteria"}:          `'{}'::jsonb`,
	{"CommunityBadgeDefinition", "criteria"}: `'{}'::jsonb`,
	{"CommunityGroup", "offerings"}:          `'{}'::jsonb`,
	{"CommunityMember", "leaderboard_year"}:  `EXTRACT(year FROM now())::smallint`,
	{"PaymentTransaction", "owner_amount"}:   `0`,
	{"PaymentTransaction", "platform_fee"}:   `0`,
	// Times of the platform's own have no entry here: they are now().
	{"Meeting", "start_datetime"}:        "",
	{"Meeting", "end_datetime"}:          "",
	{"StoreDownloadToken", "expires_at"}: "",
}

// givenDefault returns the default that programs give to a column, "" if none.
func givenDefault(table, name string, d columnDef) string {
	if def, ok := givenByPrograms[column{table, name}]; ok {
		return def
	}
	if d.typ == "timestamp with time zone" {
		return "now()"
	}
	return ""
}

func (t *tableChange) planColumns() {
	var add, after []string
	for _, w := range t.want.Of(t.table, catalogue.Column) {
		h, ok := t.m.schema.Get(catalogue.Column, t.table, w.Name)
		if ok {
			t.changeColumn(w.Name, parseColumn(h.Def), parseColumn(w.Def), w)
			continue
		}
		d, def := parseColumn(w.Def), ""
		switch {
		case d.identity != "":
			t.obstacle("table %q has no column %q to tell its rows apart: add it by hand", t.table, w.Name)
			continue
		case d.notNull && d.def == "":
			if def = givenDefault(t.table, w.Name, d); def == "" {
				t.obstacle("table %q lacks the column %q, which can't be NULL, and what its rows should have in it is not known here: "+
					"add it by hand as %s", t.table, w.Name, w.Def)
				continue
			}
			def = " DEFAULT " + def
			after = append(after, "ALTER COLUMN "+quoted(w.Name)+" DROP DEFAULT")
		}
		add = append(add, "ADD COLUMN "+quoted(w.Name)+" "+w.Def+def)
		t.m.put(w)
	}
	if len(add) == 0 {
		return
	}
	alter := "ALTER TABLE " + quoted(t.table) + " "
	s := Step{Title: fmt.Sprintf("add %s to table %q", count(len(add), "column"), t.table),
		SQL: []string{alter + joined(add)}, Locks: locksOf(t.table, accessExclusive, nil)}
	if len(after) > 0 {
		s.SQL = append(s.SQL, alter+joined(after))
	}
	t.columns = append(t.columns, s)
}

// changeColumn brings a column to what is wanted of it.
func (t *tableChange) changeColumn(name string, have, want columnDef, w catalogue.Object) {
	alter := "ALTER COLUMN " + quoted(name) + " "
	switch {
	case have.identity != want.identity, have.computed != want.computed:
		t.obstacle("column %q of table %q makes its values in another way than it should, %s: change it by hand", name, t.table, w.Def)
		return
	case have.typ != want.typ && !widens(have.typ, want.typ):
		t.obstacle("column %q of table %q is %s and should be %s: changing that would write every row anew while the table is locked; "+
			"add a column of the right type by hand, fill it, and put it in the place of the old one", name, t.table, have.typ, want.typ)
		return
	case have.typ != want.typ:
		t.clauses = append(t.clauses, alter+"TYPE "+want.typ)
	}
	switch {
	case have.def == want.def:
	case want.def == "":
		t.clauses = append(t.clauses, alter+"DROP DEFAULT")
	default:
		t.clauses = append(t.clauses, alter+"SET DEFAULT "+want.def)
	}
	if have.notNull && !want.notNull {
		t.clauses = append(t.clauses, alter+"DROP NOT NULL")
	}
	t.planNotNull(name, have, want, w)
}

// notNullPrefix begins the name of the check by which a column becomes NOT NULL.
const notNullPrefix = "adopt_not_null_"

// planNotNull makes a column NOT NULL without reading the table under a lock:
// PostgreSQL believes a validated check that says the same.
func (t *tableChange) planNotNull(name string, have, want columnDef, w catalogue.Object) {
	check := notNullPrefix + name
	check = check[:min(len(check), 63)]
	c, there := t.m.schema.Get(catalogue.Check, t.table, check)
	needed := want.notNull && !have.notNull
	if needed && !there {
		t.clauses = append(t.clauses, "ADD CONSTRAINT "+quoted(check)+" CHECK (("+quoteName(name)+" IS NOT NULL))"+catalogue.NotValid)
	}
	if needed && (!there || !c.Valid()) {
		t.validate = append(t.validate, check)
	}
	if needed {
		t.setNull = append(t.setNull, "ALTER COLUMN "+quoted(name)+" SET NOT NULL")
	}
	if needed || there {
		t.last = append(t.last, "DROP CONSTRAINT "+quoted(check))
	}
}

// planSequences gives the table's sequences the names and settings that they
// should have.
func (t *tableChange) planSequences() {
	for _, w := range t.want.Of(t.table, catalogue.Sequence) {
		for _, h := range t.m.schema.Of(t.table, catalogue.Sequence) {
			if owner(h) != owner(w) {
				continue
			}
			if h.Name != w.Name {
				t.before = append(t.before, "ALTER SEQUENCE "+quoted(h.Name)+" RENAME TO "+quoted(w.Name))
				t.m.drop(h.Key())
			}
			if h.Def != w.Def {
				_, settings, _ := strings.Cut(w.Def, " AS ")
				t.before = append(t.before, "ALTER SEQUENCE "+quoted(w.Name)+" AS "+settings)
			}
			if t.state.behind[t.m.liveTable(t.table)] && owner(w) == "OWNED BY id" {
				// The lock keeps others from taking numbers meanwhile.
				t.before = append(t.before, "LOCK TABLE "+quoted(t.table)+" IN ACCESS EXCLUSIVE MODE",
					fmt.Sprintf("SELECT setval(%s::regclass, max(id)) FROM %s", literal(quoted(w.Name)), quoted(t.table)))
			}
		}
	}
}

// owner is the part of a sequence's definition that names the column.
func owner(o catalogue.Object) string {
	column, _, _ := strings.Cut(o.Def, " AS ")
	return column
}
