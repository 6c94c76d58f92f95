package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// legacySteps returns the steps of the Python services' own history that a
// database has yet to take, in the order in which they are taken, and leaves the
// model past them. Each is recognised by the schema alone, and independently of
// the others. What they have in common with every other difference from the
// schema that is wanted (tables and columns that are only missing, NOT NULL,
// constraints, indexes, names) is left to converge.
//
// Tables and columns are renamed first, which moves no row, so that all that
// follows knows them by one name.
func legacySteps(m *model, want catalogue.Schema) []Step {
	l := &legacy{model: m, want: want}
	l.renameTables()
	l.renameColumns()
	l.widenTierKeys()
	l.priceGroups()
	l.dropFree()
	l.flagCadence()
	l.priceTiers()
	l.keepSubmissions()
	l.typeAddresses()
	l.splitTelegram()
	l.openStores()
	return l.steps
}

// legacy gathers the steps. The model is always past those that are gathered.
type legacy struct {
	*model
	want  catalogue.Schema
	steps []Step
}

func (l *legacy) add(s Step) { l.steps = append(l.steps, s) }

// A tableRename is a table that has another name today.
type tableRename struct{ point, from, to string }

var tableRenames = []tableRename{
	{"community 0011", "PaymentPlan", "CommunityGroup"},
	{"community 0011", "UserPaymentPlan", "CommunityGroupAccess"},
	{"quiz 0004", "Quiz", "SimpleQuiz"},
	{"quiz 0004", "QuizSubmission", "SimpleQuizSubmission"},
	{"quiz 0004", "Quiz_payment_plans", "SimpleQuiz_payment_plans"},
}

// due tells whether the table still has its old name.
func (r tableRename) due(m *model) bool { return m.hasTable(r.from) && !m.hasTable(r.to) }

// A columnRename is a column that has another name today, of a table by its name
// of today.
type columnRename struct{ point, table, from, to string }

var columnRenames = []columnRename{
	{"community 0011", "CommunityGroupAccess", "payment_plan_id", "community_group_id"},
	{"community 0011", "CommunityMemberSubscription", "payment_plan_id", "community_group_id"},
	{"community 0011", "Classroom_payment_plans", "paymentplan_id", "communitygroup_id"},
	{"community 0011", "Forum_payment_plans", "paymentplan_id", "communitygroup_id"},
	{"community 0011", "Meeting_payment_plans", "paymentplan_id", "communitygroup_id"},
	{"community 0011", "MeetingSeries_payment_plans", "paymentplan_id", "communitygroup_id"},
	{"community 0011", "Resource_payment_plans", "paymentplan_id", "communitygroup_id"},
	{"community 0011", "SimpleQuiz_payment_plans", "paymentplan_id", "communitygroup_id"},
	{"polls 0003", "Poll_payment_plans", "paymentplan_id", "communitygroup_id"},
	{"quiz 0003", "SimpleQuiz_payment_plans", "quiz_id", "simplequiz_id"},
	{"app_subscription 0003", "AppSubscriptionTier", "max_free_payment_plans", "max_free_community_groups"},
	{"app_subscription 0003", "AppSubscriptionTier", "max_paid_payment_plans", "max_paid_community_groups"},
}

// due tells whether the column of a table, which may itself have its old name,
// still has its old one.
func (r columnRename) due(m *model) bool {
	table := today(m, r.table)
	return m.hasColumn(table, r.from) && !m.hasColumn(table, r.to)
}

// today returns what a table of today is called in the model.
func today(m *model, table string) string {
	for _, r := range tableRenames {
		if r.to == table && r.due(m) {
			return r.from
		}
	}
	return table
}

func (l *legacy) renameTables() {
	for _, r := range tableRenames {
		if !r.due(l.model) {
			continue
		}
		l.add(Step{
			Title: fmt.Sprintf("rename table %q to %q", r.from, r.to),
			Point: r.point,
			SQL:   []string{fmt.Sprintf("ALTER TABLE %s RENAME TO %s", quoted(r.from), quoted(r.to))},
			Locks: []Lock{{r.from, accessExclusive}},
		})
		l.renameTable(r.from, r.to)
	}
}

func (l *legacy) renameColumns() {
	for _, r := range columnRenames {
		if !r.due(l.model) {
			continue
		}
		l.add(Step{
			Title: fmt.Sprintf("rename column %q of table %q to %q", r.from, r.table, r.to),
			Point: r.point,
			SQL:   []string{fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", quoted(r.table), quoted(r.from), quoted(r.to))},
			Locks: []Lock{{r.table, accessExclusive}},
		})
		l.renameColumn(r.table, r.from, r.to)
	}
}

// create returns the statements that make a table as it is wanted, and puts it into
// the model. Its checks are left to converge, since what goes into the table may
// break them, and so are its foreign keys, which would lock other tables.
func (l *legacy) create(table string) []string {
	own := slices.DeleteFunc(l.want.Of(table), func(o catalogue.Object) bool {
		return o.Kind == catalogue.Check || o.Kind == catalogue.ForeignKey
	})
	for _, o := range own {
		l.put(o)
	}
	return createTable(own, table)
}

// index makes an index, unless the same is there.
func (l *legacy) index(point string, o catalogue.Object) {
	constraint := strings.Replace(o.Def, "USING btree ", "", 1) // if it is unique
	for _, has := range l.schema.Of(o.Table, catalogue.Index, catalogue.Unique) {
		if has.Valid() && (has.Name == o.Name || has.Def == o.Def || has.Def == constraint) {
			return
		}
	}
	l.add(Step{
		Title:        fmt.Sprintf("make index %q", o.Name),
		Point:        point,
		SQL:          []string{created(o, "CONCURRENTLY ")},
		Concurrently: true,
		Index:        o.Name,
		Locks:        []Lock{{o.Table, shareUpdateExclusive}},
		Work:         []Work{{Build, l.liveTable(o.Table)}},
	})
	l.put(o)
}

// wantedIndex makes the index of a table that is wanted with a definition.
func (l *legacy) wantedIndex(point, table, def string) {
	for _, o := range l.want.Of(table, catalogue.Index) {
		if o.Def == def {
			l.index(point, o)
		}
	}
}

// addColumns returns the clauses that add those columns to a table which it
// lacks, as they are wanted, and puts them into the model.
func (l *legacy) addColumns(table string, names ...string) []string {
	var clauses []string
	for _, name := range names {
		if o, ok := l.want.Get(catalogue.Column, table, name); ok && !l.hasColumn(table, name) {
			clauses = append(clauses, "ADD COLUMN "+quoted(name)+" "+o.Def)
			l.put(o)
		}
	}
	return clauses
}

// dropColumns returns the clauses that take those columns from a table which it
// has, and takes them from the model.
func (l *legacy) dropColumns(table string, names ...string) []string {
	var clauses []string
	for _, name := range names {
		if l.hasColumn(table, name) {
			clauses = append(clauses, "DROP COLUMN "+quoted(name))
			l.dropColumn(table, name)
		}
	}
	return clauses
}

// alter is a statement of the clauses, or none where there are none.
func alter(table string, clauses []string) []string {
	if len(clauses) == 0 {
		return nil
	}
	return []string{"ALTER TABLE " + quoted(table) + " " + strings.Join(clauses, ", ")}
}

// lock is a statement that keeps everybody from tables until the end of the
// transaction: what is copied from a column before it is dropped has to be all
// that was ever written there.
func lock(tables ...string) string {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = quoted(t)
	}
	return "LOCK TABLE " + strings.Join(names, ", ") + " IN ACCESS EXCLUSIVE MODE"
}
