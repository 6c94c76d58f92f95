package conformance

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// A refusal makes an offence against a rule that Go alone keeps: a row, and the
// values by which it breaks the rule.
type refusal func(t *testing.T, j judge) offence

// A maintenance tests a rule that writes what has to hold rather than refuse
// anything.
type maintenance func(t *testing.T, d Database)

// How each rule that Go alone keeps is tested, by the rule's name.
var (
	refusals     = merged(accountRefusals, communityRefusals, learningRefusals, meetingRefusals, paymentRefusals, wheelRefusals)
	maintenances = merged(accountMaintenances, communityMaintenances, learningMaintenances, meetingMaintenances, paymentMaintenances, wheelMaintenances)
)

func merged[V any](parts ...map[string]V) map[string]V {
	all := map[string]V{}
	for _, part := range parts {
		for name, v := range part {
			if _, twice := all[name]; twice {
				panic(name + " stands for two rules")
			}
			all[name] = v
		}
	}
	return all
}

// Plain SQL may break the rule; create, bulk, update one and update many through
// the client are refused with the rule's error, and nothing is written.
func TestEveryRuleOfGoIsKept(t *testing.T) {
	names := map[string]bool{}
	for _, r := range invariant.All() {
		if r.InDatabase() {
			continue
		}
		names[r.Name] = true
		if refusals[r.Name] == nil && maintenances[r.Name] == nil {
			t.Errorf("%s is not tested", r.Name)
		}
	}
	for name := range refusals {
		if !names[name] {
			t.Errorf("there is no rule %s that only Go keeps", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(maintenances)) {
		t.Run(name, func(t *testing.T) { Each(t, maintenances[name]) })
	}
	Each(t, func(t *testing.T, d Database) {
		j := newJudge(t, d)
		for _, r := range invariant.All() {
			if offend := refusals[r.Name]; offend != nil {
				t.Run(r.Name, func(t *testing.T) { refused(t, j, r, offend) })
			}
		}
	})
}

func refused(t *testing.T, j judge, r *invariant.Rule, offend refusal) {
	ctx, o := System(t), offend(t, j)
	want, own := r.Broken(o.entity.name), o.entity.table.Name
	row := o.entity.contents(o.entity.get(ctx, t, idOf(o.row)))
	ways := o.writes(ctx, t, j.Database)
	tried := 0
	for _, way := range slices.Sorted(maps.Keys(ways)) {
		name := way[2:]
		if slices.Contains(o.not, name) {
			continue
		}
		tried++
		create := strings.HasPrefix(name, "create")
		before := j.counts(t)
		if create && o.entity.exists(ctx, t, idOf(o.row)) {
			before[own]-- // the row makes way for one like it
		}
		err := ways[way]()
		var got *apierror.Error
		if !errors.As(err, &got) || !errors.Is(err, r.Code) || *got != *want {
			t.Errorf("%s: %v (%#v), want %#v", name, err, got, want)
			continue
		}
		if !cbent.IsConstraintError(err) && !cbent.IsValidationError(err) {
			t.Errorf("%s: %T is no error that ent's users know", name, err)
		}
		for table, n := range j.counts(t) {
			if n > before[table] || n < before[table] && !create {
				t.Errorf("%s: it was refused, and %s has %d rows instead of %d all the same", name, table, n, before[table])
			}
		}
		if !create {
			if d := cmp.Diff(row, o.entity.contents(o.entity.get(ctx, t, idOf(o.row))), equal); d != "" {
				t.Errorf("%s: it was refused, and changed the row all the same:\n%s", name, d)
			}
		}
	}
	if tried == 0 {
		t.Error("there is no way to try")
	}
}

// counts is how many rows each table has.
func (j judge) counts(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for name := range j.byTable {
		var n int
		if err := j.DB.QueryRowContext(System(t), `SELECT count(*) FROM "`+name+`"`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[name] = n
	}
	return counts
}
