package adopt

import (
	"fmt"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// batch is how many rows of a big table are changed at a time. Their ids are handed
// to the update as an array, since the server may join a subquery's by reading the
// whole table, once a batch.
const batch = 2000

// keepSubmissions lets a submission outlive its quiz: it gets the quiz's
// community, title and id as columns of its own. Those whose quiz is gone can't
// (see orphans).
func (l *legacy) keepSubmissions() {
	const table, point = "SimpleQuizSubmission", "quiz 0003"
	if !l.hasTable(table) || retained(l.model) {
		return
	}
	clauses := l.addColumns(table, "quiz_title_snapshot", "quiz_id_at_submit")
	if !l.hasColumn(table, "community_id") {
		clauses = append(clauses, "ADD COLUMN community_id bigint")
		l.put(catalogue.Object{Kind: catalogue.Column, Table: table, Name: "community_id", Def: "bigint"})
	}
	if quiz, ok := l.schema.Get(catalogue.Column, table, "quiz_id"); ok && parseColumn(quiz.Def).notNull {
		quiz.Def = "bigint"
		clauses = append(clauses, "ALTER COLUMN quiz_id DROP NOT NULL")
		l.put(quiz)
	}
	if len(clauses) > 0 {
		l.add(Step{
			Title: "give quiz submissions columns for what they keep of their quiz",
			Point: point,
			SQL:   alter(table, clauses),
			Locks: []Lock{{table, accessExclusive}},
		})
	}
	// Whether it is filled can't be seen before the steps are taken.
	delete(l.live, column{table, "community_id"})
	// The index is one that is wanted anyway. It leads from each batch to the
	// next: the order makes sure that it is used, whatever the statistics say.
	l.wantedIndex(point, table, "USING btree (community_id)")
	l.add(Step{
		Title: "fill what quiz submissions keep of their quiz",
		Point: point,
		SQL: []string{fmt.Sprintf(`UPDATE "SimpleQuizSubmission" s `+
			`SET community_id = q.community_id, quiz_title_snapshot = q.title, quiz_id_at_submit = q.id `+
			`FROM "SimpleQuiz" q WHERE q.id = s.quiz_id AND s.id = ANY (ARRAY(`+
			`SELECT t.id FROM "SimpleQuizSubmission" t WHERE t.community_id IS NULL `+
			`AND EXISTS (SELECT FROM "SimpleQuiz" o WHERE o.id = t.quiz_id) ORDER BY t.community_id LIMIT %d))`, batch)},
		Repeated: true,
		Locks:    []Lock{{table, rowExclusive}},
		Work:     []Work{{Write, l.liveTable(table)}},
	})
}

// retained tells whether every submission has a community of its own.
func retained(m *model) bool {
	community, _ := m.schema.Get(catalogue.Column, today(m, "SimpleQuizSubmission"), "community_id")
	return parseColumn(community.Def).notNull
}

// orphans is the question which submissions can't be given a community, since
// their quiz is gone; none if there are no submissions to give one to.
func orphans(live, want catalogue.Schema) findings {
	m := newModel(live)
	table, quiz := today(m, "SimpleQuizSubmission"), today(m, "SimpleQuiz")
	o, ok := want.Get(catalogue.Column, "SimpleQuizSubmission", "community_id")
	if !ok || !m.hasTable(table) || !m.hasTable(quiz) || retained(m) {
		return nil
	}
	ids := fmt.Sprintf("SELECT s.id FROM %s s WHERE NOT EXISTS (SELECT FROM %s q WHERE q.id = s.quiz_id)", quoted(table), quoted(quiz))
	if m.hasColumn(table, o.Name) {
		ids += " AND s.community_id IS NULL"
	}
	return findings{{
		Rule: o.Name, Table: table, Says: "the quiz must be there, since its community becomes the submission's",
		IDs: []int64{}, SQL: look(table, ids), ids: ids, object: o,
	}}
}

// billing are the columns of an address that have become its type.
var billing = []string{"is_billing_address", "is_default_billing"}

// typeAddresses turns the marks of an address into its type. As long as the marks
// are there they count; what is written while the addresses are gone through is
// seen to in the transaction that drops them.
func (l *legacy) typeAddresses() {
	const table, point = "UserAddress", "user_profile 0005"
	var marks []string
	for _, name := range billing {
		if l.hasColumn(table, name) {
			marks = append(marks, name)
		}
	}
	if len(marks) == 0 {
		return
	}
	locks, work := []Lock{{table, accessExclusive}}, []Work{{Write, l.liveTable(table)}}
	if clauses := l.addColumns(table, "address_type"); len(clauses) > 0 {
		l.add(Step{Title: "give addresses a type", Point: point, SQL: alter(table, clauses), Locks: locks})
	}
	// The index holds what is left to do, and goes with the marks.
	due := "((" + strings.Join(marks, " OR ") + ") AND address_type IS DISTINCT FROM 'billing')"
	l.index(point, catalogue.Object{
		Kind: catalogue.Index, Table: table, Name: "useraddress_to_type",
		Def: "USING btree (address_type, id) WHERE " + due,
	})
	fill := `UPDATE "UserAddress" SET address_type = 'billing' WHERE `
	l.add(Step{
		Title: "give billing addresses their type",
		Point: point,
		SQL: []string{fmt.Sprintf(`%sid = ANY (ARRAY(SELECT id FROM "UserAddress" WHERE %s ORDER BY address_type, id LIMIT %d))`,
			fill, due, batch)},
		Repeated: true,
		Locks:    []Lock{{table, rowExclusive}},
		Work:     work,
	})
	l.add(Step{
		Title: "drop the marks of billing addresses",
		Point: point,
		SQL: append([]string{
			lock(table),
			// The statistics are as old as the marks: without this the server may
			// read the whole table to find the few rows that are left.
			"SET LOCAL enable_seqscan = off",
			fill + due,
		}, alter(table, l.dropColumns(table, marks...))...),
		Locks: locks,
	})
}
