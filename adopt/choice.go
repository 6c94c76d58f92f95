package adopt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/rulecheck"
)

// Choices are what the operator decides about rules that rows break.
type Choices struct {
	// Accept names checks that are added although rows break them. From then on
	// such a row can't be changed, in whatever column, until it is repaired.
	Accept []string `json:"accept,omitempty"`
	// Repair names unique rules whose rows are repaired.
	Repair []string `json:"repair,omitempty"`
}

// A Response is what the takeover does about rows that break a rule.
type Response string

// The responses.
const (
	// Stops means that it does not begin before the rows are repaired: a unique
	// index has to hold for all rows.
	Stops Response = "stops"
	// Repairs means that it changes the rows as the rule's repair says, and writes
	// down what it changed.
	Repairs Response = "repairs"
	// Waits means that the check is left out until no row breaks it any more.
	Waits Response = "waits"
	// Binds means that new rows are held to the rule, and the old ones when none
	// breaks it any more.
	Binds Response = "binds"
)

// Means says in words what the takeover does about rows that break the rule.
func (r Response) Means(rule string) string {
	switch r {
	case Stops:
		return "the takeover does not begin before they are repaired"
	case Repairs:
		return "they are repaired, and what is changed is written to " + RepairsTable
	case Waits:
		return "the rule is left out until they are repaired; with --accept " + rule + " it is added, and they can't be changed until then"
	case Binds:
		return "the rule holds for new rows, and for these when they have been repaired"
	default:
		return string(r)
	}
}

// check returns an error if a name is not that of a rule which can be accepted or
// repaired: an *[apierror.Error] with the field accept or repair.
func (c Choices) check(want catalogue.Schema) error {
	for _, name := range c.Accept {
		if !slices.ContainsFunc(want, func(o catalogue.Object) bool { return o.Kind == catalogue.Check && o.Name == name }) {
			return &apierror.Error{Code: apierror.InvalidValue, Field: "accept",
				Rule: fmt.Sprintf("%q is not the name of a check: those that rows break are listed by the plan", name)}
		}
	}
	for _, name := range c.Repair {
		if _, ok := repairOf(name); !ok {
			var known []string
			for _, r := range repairs {
				known = append(known, r.rule)
			}
			return &apierror.Error{Code: apierror.InvalidValue, Field: "repair",
				Rule: fmt.Sprintf("%q is not a rule with a repair: those are %s", name, strings.Join(known, ", "))}
		}
	}
	return nil
}

// response is what the takeover does when rows break an object.
func (c Choices) response(o catalogue.Object) Response {
	_, unique := rulecheck.UniqueOf(o)
	switch {
	case unique && slices.Contains(c.Repair, o.Name):
		return Repairs
	case unique, o.Kind == catalogue.Column:
		return Stops
	case o.Kind == catalogue.Check && !slices.Contains(c.Accept, o.Name):
		return Waits
	default:
		return Binds
	}
}

// decide notes in the findings what the takeover does about each.
func (c Choices) decide(found findings) {
	for i := range found {
		if found[i].Rows > 0 {
			found[i].Response = c.response(found[i].object)
			if r, ok := repairOf(found[i].Rule); ok {
				found[i].Repair = r.says
			}
		}
	}
}

// BrokenError means that rows break rules with which the takeover can't begin. It
// has changed nothing.
type BrokenError struct{ Findings []Finding }

func (e *BrokenError) Error() string {
	why := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		remedy := "repair them by hand"
		if f.Repair != "" {
			remedy += fmt.Sprintf(", or let adopt do it with --repair %s: %s", f.Rule, f.Repair)
		}
		why[i] = fmt.Sprintf("%s of table %q break the rule %s (%s): look at them with %s, and %s",
			count(int(f.Rows), "row"), f.Table, f.Rule, f.Says, f.SQL, remedy)
	}
	return "adopt: nothing was changed, since rows break rules that must hold for all: " + strings.Join(why, "; ")
}

// stopping returns a *BrokenError if there are findings that stop the takeover.
func (fs findings) stopping() error {
	e := &BrokenError{}
	for _, f := range fs {
		if f.Response == Stops {
			e.Findings = append(e.Findings, f)
		}
	}
	if len(e.Findings) == 0 {
		return nil
	}
	return e
}

// repairs returns the steps that repair rows, which have to be taken before the
// indexes are made.
func (fs findings) repairs() []Step {
	var steps []Step
	for _, f := range fs {
		if r, ok := repairOf(f.Rule); ok && f.Response == Repairs {
			steps = append(steps, r.step(f.object, f.Table))
		}
	}
	return steps
}
