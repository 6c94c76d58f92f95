package conformance

import (
	"fmt"
	"slices"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/rulecheck"
)

// Where nothing refuses a row that breaks a rule of the database, it is found by
// what the rule's constraint says.
func TestRowsThatTheDatabaseWouldRefuseAreFound(t *testing.T) {
	d := Postgres(t)
	j := newJudge(t, d)
	offences := map[*invariant.Rule]offence{}
	for _, r := range invariant.All() {
		if r.InDatabase() {
			offences[r] = j.offend(t, r)
		}
	}
	if _, err := d.DB.ExecContext(System(t), Unconstrained); err != nil {
		t.Fatal(err)
	}
	queries, err := rulecheck.Queries()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		r := q.Rule
		if !r.InDatabase() {
			continue
		}
		find := "SELECT id::text FROM (" + q.SQL + ") AS broken (id)"
		o := offences[r]
		id := fmt.Sprint(idOf(o.row))
		if slices.Contains(texts(System(t), t, d.DB, find), id) {
			t.Errorf("%s: a good row is found", r.Name)
		}
		if err := o.commit(System(t), d); err != nil {
			t.Errorf("%s: %v", r.Name, err)
			continue
		}
		if found := texts(System(t), t, d.DB, find); !slices.Contains(found, id) {
			t.Errorf("%s: row %s is not among those found: %s", r.Name, id, found)
		}
		delete(offences, r)
	}
	for r := range offences {
		t.Errorf("%s was not looked for", r.Name)
	}
}
