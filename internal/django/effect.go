package django

import (
	"slices"
	"strconv"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// An effect tells whether a schema shows it.
type effect func(catalogue.Schema) bool

// table is the effect that a table is there.
func table(name string) effect {
	return func(s catalogue.Schema) bool { _, ok := s.Get(catalogue.Table, name, ""); return ok }
}

// columns is the effect that a table has columns.
func columns(table string, names ...string) effect {
	return func(s catalogue.Schema) bool {
		return !slices.ContainsFunc(names, func(name string) bool { _, ok := s.Get(catalogue.Column, table, name); return !ok })
	}
}

// typed is the effect that a column is of a type.
func typed(table, name, typ string) effect {
	return func(s catalogue.Schema) bool {
		o, ok := s.Get(catalogue.Column, table, name)
		return ok && (o.Def == typ || strings.HasPrefix(o.Def, typ+" "))
	}
}

// unique is the effect that columns of a table are unique together.
func unique(table string, names ...string) effect {
	list := "(" + strings.Join(names, ", ") + ")"
	return func(s catalogue.Schema) bool {
		return slices.ContainsFunc(s.Of(table, catalogue.Unique, catalogue.Index), func(o catalogue.Object) bool {
			return o.Def == "UNIQUE "+list || o.Def == "UNIQUE USING btree "+list
		})
	}
}

func not(e effect) effect { return func(s catalogue.Schema) bool { return !e(s) } }

func both(a, b effect) effect { return func(s catalogue.Schema) bool { return a(s) && b(s) } }

func either(a, b effect) effect { return func(s catalogue.Schema) bool { return a(s) || b(s) } }

// past0011 is the effect of the change that made groups of payment plans. That it
// left out Poll_payment_plans on some databases is made up for by another one.
func past0011(s catalogue.Schema) bool { return len(Before0011(s)) == 0 }

// Before0011 says what a schema lacks of community 0011, the change that made groups
// of payment plans; nothing if it is fully past it.
func Before0011(s catalogue.Schema) []string {
	var lacks []string
	for _, t := range []string{"PaymentPlan", "UserPaymentPlan"} {
		if table(t)(s) {
			lacks = append(lacks, "table "+strconv.Quote(t)+" still has its old name")
		}
	}
	for _, c := range []struct{ table, column string }{
		{"CommunityGroup", "id"}, {"CommunityGroupAccess", "community_group_id"}, {"CommunityMemberSubscription", "community_group_id"},
		{"Classroom_payment_plans", "communitygroup_id"}, {"Forum_payment_plans", "communitygroup_id"},
		{"Meeting_payment_plans", "communitygroup_id"}, {"MeetingSeries_payment_plans", "communitygroup_id"},
		{"Resource_payment_plans", "communitygroup_id"},
	} {
		if !columns(c.table, c.column)(s) {
			lacks = append(lacks, "table "+strconv.Quote(c.table)+" has no column "+c.column)
		}
	}
	if !either(columns("Quiz_payment_plans", "communitygroup_id"), columns("SimpleQuiz_payment_plans", "communitygroup_id"))(s) {
		lacks = append(lacks, "the quizzes' table of tiers has no column communitygroup_id")
	}
	return lacks
}
