package adopt

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// openLegacy returns a database of the payment-plan era, the real one if there is
// one, with [legacyRows].
func openLegacy(t testing.TB) *sql.DB {
	t.Helper()
	db := open(t, dump(t, "LEGACY_DATABASE", legacyState{}))
	legacyRows(t, db)
	return db
}

// A row is what a row has in the columns that matter.
type row map[string]any

// A fee is what a plan of the payment-plan era costs, and what is made of it.
type fee struct {
	id                int
	fee               any
	isFree, recurring bool

	price           any // in USD, nil if there is none
	monthly, yearly bool
}

var fees = []fee{
	{9001, "0.00", true, false, nil, false, false},
	{9002, "10.00", false, true, "10.00", true, false},
	{9003, "25.50", false, false, "25.50", false, true},
	{9004, "5.00", true, true, nil, false, false},
	{9005, nil, false, true, nil, false, false},
	{9006, "0.00", false, true, nil, false, false},
	{9007, "-3.00", false, true, "-3.00", false, false},
	{9008, nil, true, false, nil, false, false},
	{9009, "0.01", false, false, "0.01", false, true},
}

// legacyRows puts rows with ids from 9000 into a database of the payment-plan era,
// which between them meet every data rule.
func legacyRows(t testing.TB, db *sql.DB) {
	t.Helper()
	exec(t, db, `ALTER TABLE "PaymentPlan" ALTER COLUMN fee DROP NOT NULL`)
	s := readSchema(t, db)
	ins := func(table string, r row) { t.Helper(); insert(t, db, s, table, r) }
	for id := 9000; id < 9010; id++ {
		ins("User", row{"id": id, "email": fmt.Sprintf("u%d@example.com", id), "username": fmt.Sprint("u", id)})
		ins("Community", row{"id": id, "name": fmt.Sprint("Community ", id), "alias": fmt.Sprint("c", id)})
	}
	for _, f := range fees {
		ins("PaymentPlan", row{"id": f.id, "name": fmt.Sprint("plan ", f.id), "fee": f.fee, "is_free": f.isFree,
			"is_recurring": f.recurring, "community_id": 9001})
	}
	ins("UserPaymentPlan", row{"id": 9001, "user_id": 9001, "community_id": 9001, "payment_plan_id": 9002})
	ins("CommunityMemberSubscription", row{"id": 9001, "user_id": 9001, "community_id": 9001, "payment_plan_id": 9002, "status": "active"})
	for id, price := range map[int]string{9001: "0.00", 9002: "49.50"} {
		ins("AppSubscriptionTier", row{"id": id, "tier_name": fmt.Sprint("tier ", id), "price": price,
			"max_free_payment_plans": 3, "max_paid_payment_plans": 4})
	}
	for id, community := range map[int]int{9001: 9003, 9002: 9004} {
		ins("Quiz", row{"id": id, "title": fmt.Sprint("Quiz ", id), "community_id": community})
		ins("QuizSubmission", row{"id": id, "quiz_id": id, "user_id": 9002})
		ins("Quiz_payment_plans", row{"id": id, "quiz_id": id, "paymentplan_id": 9003})
	}
	ins("Poll", row{"id": 9001, "community_id": 9001})
	ins("Poll_payment_plans", row{"id": 9001, "poll_id": 9001, "paymentplan_id": 9003})
	for id := 9000; id < 9004; id++ {
		ins("UserAddress", row{"id": id, "user_id": 9001, "address_type": "tax"})
	}
}

// insert writes a row, with something in each column that can't be NULL.
func insert(t testing.TB, db *sql.DB, s catalogue.Schema, table string, r row) {
	t.Helper()
	r = maps.Clone(r)
	for _, o := range s.Of(table, catalogue.Column) {
		d := parseColumn(o.Def)
		if _, ok := r[o.Name]; ok || !d.notNull || d.identity != "" {
			continue
		}
		switch {
		case d.typ == "boolean":
			r[o.Name] = false
		case d.typ == "jsonb":
			r[o.Name] = "{}"
		case strings.HasPrefix(d.typ, "timestamp"):
			r[o.Name] = "2026-01-02T03:04:05.678901Z"
		case strings.HasPrefix(d.typ, "character"), d.typ == "text":
			r[o.Name] = ""
		case d.typ == "bigint":
			r[o.Name] = 9000 // a key, to the user or community
		default:
			r[o.Name] = 0
		}
	}
	columns := slices.Sorted(maps.Keys(r))
	values, places := make([]any, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		values[i], places[i], columns[i] = r[c], fmt.Sprint("$", i+1), quoted(c)
	}
	query := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", quoted(table), strings.Join(columns, ", "), strings.Join(places, ", "))
	if _, err := db.ExecContext(t.Context(), query, values...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// selected returns the rows of a query as lines of values parted by spaces.
func selected(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	var lines []string
	err := db.QueryRowContext(t.Context(), `SELECT coalesce(array_agg(concat_ws(' ', `+
		`VARIADIC (SELECT array_agg(coalesce(v, 'NULL') ORDER BY n) FROM json_each_text(to_json(q)) WITH ORDINALITY AS e (k, v, n)))), '{}') FROM (`+query+`) q`).Scan(pq.Array(&lines))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return lines
}

// A snapshot is every row of every table, by table and id.
type snapshot map[string]map[int64]map[string]json.RawMessage

func snap(t testing.TB, db *sql.DB) snapshot {
	t.Helper()
	s := snapshot{}
	for _, table := range readSchema(t, db).Tables() {
		var all []byte
		query := fmt.Sprintf(`SELECT coalesce(jsonb_object_agg(id, to_jsonb(t)), '{}') FROM %s t`, quoted(table))
		if err := db.QueryRowContext(t.Context(), query).Scan(&all); err != nil {
			t.Fatal(err)
		}
		rows := map[int64]map[string]json.RawMessage{}
		if err := json.Unmarshal(all, &rows); err != nil {
			t.Fatal(err)
		}
		s[table] = rows
	}
	return s
}

// kept complains about every row and value of a database before that is not there
// after, under the names of today; columns that have become something else are
// looked at by those who know what.
func kept(t testing.TB, before, after snapshot) {
	t.Helper()
	gone := []string{"fee", "is_free", "is_recurring", "price", "chat_id", "is_enabled", "is_billing_address", "is_default_billing"}
	for table, rows := range before {
		for _, r := range tableRenames {
			if r.from == table {
				table = r.to
			}
		}
		if table == "CommunityGroupPrice" || table == "AppSubscriptionTierPrice" {
			continue
		}
		for id, was := range rows {
			is, ok := after[table][id]
			if !ok {
				t.Errorf("row %d of %s is gone", id, table)
				continue
			}
			for name, value := range was {
				if slices.Contains(gone, name) && is[name] == nil {
					continue
				}
				for _, r := range columnRenames {
					if r.table == table && r.from == name && is[name] == nil {
						name = r.to
					}
				}
				if string(is[name]) != string(value) {
					t.Errorf("%s of row %d of %s is %s, was %s", name, id, table, is[name], value)
				}
			}
		}
	}
}
