package rulecheck

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

func TestEveryRuleIsToldOrSaysWhyNot(t *testing.T) {
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	queried := map[string]bool{}
	for _, q := range queries {
		queried[q.Rule.Name] = true
	}
	names := map[string]bool{}
	for _, r := range invariant.All() {
		names[r.Name] = true
		if untold := atRest[r.Name].untold != ""; queried[r.Name] == untold {
			t.Errorf("%s has a query: %t, and a reason for having none: %t; it needs one of them in the lists of this package", r.Name, queried[r.Name], untold)
		}
		if _, has := atRest[r.Name]; has && r.InDatabase() {
			t.Errorf("%s is read off its constraint", r.Name)
		}
	}
	for name := range atRest {
		if !names[name] {
			t.Errorf("there is no rule %s", name)
		}
	}
}

func TestEverySignIsSeen(t *testing.T) {
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	byRule, tried := map[string][]Query{}, map[string]int{}
	for _, q := range queries {
		byRule[q.Rule.Name] = append(byRule[q.Rule.Name], q)
	}
	for _, o := range offences {
		t.Run(o.rule, func(t *testing.T) {
			d := conformance.Postgres(t)
			f := factory.New(d.Client)
			other := factory.Must(conformance.System(t), t, f.Community)
			row := makeRow(t, f, o.row)
			fill := strings.NewReplacer(":row", fmt.Sprint(row), ":other", fmt.Sprint(other.ID)).Replace
			q := byRule[o.rule][o.sign]
			exec(t, d.DB, fill(o.good))
			before := ids(t, d.DB, q.SQL)
			exec(t, d.DB, fill(o.bad))
			want := []int64{row}
			if o.offends != "" {
				want = ids(t, d.DB, fill(o.offends))
			}
			if slices.ContainsFunc(want, func(id int64) bool { return slices.Contains(before, id) }) {
				t.Errorf("good rows are found: %d", before)
			}
			want = append(want, before...)
			slices.Sort(want)
			if diff := cmp.Diff(want, ids(t, d.DB, q.SQL)); diff != "" {
				t.Errorf("offending rows (-) and found ones (+):\n%s", diff)
			}
		})
		tried[fmt.Sprint(o.rule, o.sign)]++
	}
	for name, telling := range atRest {
		for i := range telling.signs {
			if tried[fmt.Sprint(name, i)] == 0 {
				t.Errorf("%s: nothing offends as sign %d has it", name, i)
			}
		}
	}
}

// makeRow makes a row by the factory's builder of the name, and returns its id.
func makeRow(t *testing.T, f *factory.Factory, builder string) int64 {
	t.Helper()
	out := reflect.ValueOf(f).MethodByName(builder).Call([]reflect.Value{reflect.ValueOf(conformance.System(t))})
	if err, _ := out[1].Interface().(error); err != nil {
		t.Fatal(err)
	}
	return out[0].Elem().FieldByName("ID").Int()
}

func exec(t *testing.T, db *sql.DB, statements string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statements); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}

// ids are the results of a query for ids, in order.
func ids(t *testing.T, db *sql.DB, query string) []int64 {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var all []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}
