package docs

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

func TestRulesAreThoseOfTheCode(t *testing.T) {
	want := rules()
	if *update {
		if err := os.WriteFile("rules.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, "rules.md") != want {
		t.Error("rules.md is not what the code says; go test ./docs -update puts it right")
	}
}

const rulesHead = `# Rules

What always holds for the platform's rows, what keeps it, and the error that breaking it gives. This page is written from the code ([internal/invariant](../internal/invariant)) by ` + "`go test ./docs -update`" + `, and a test fails when it is stale.

The database keeps whatever SQL can say, whoever writes. A rule that other services break in their daily work, or that SQL can't say, is for writers in Go only.

Errors are those of package [apierror](../apierror); [errors.md](errors.md) has their codes. A reference to a row that isn't there is ` + "`invalid_reference`" + `, a value that only one row can have and that no rule below is about ` + "`already_exists`" + `, a row that can't be deleted because of others ` + "`in_use`" + `.
`

func rules() string {
	var b strings.Builder
	b.WriteString(rulesHead)
	all := invariant.All()
	slices.SortStableFunc(all, func(x, y *invariant.Rule) int { return cmp.Compare(strings.ToLower(x.Table), strings.ToLower(y.Table)) })

	b.WriteString("\n## In the database\n\n| table | column | rule | because | constraint | error |\n|---|---|---|---|---|---|\n")
	for _, r := range all {
		if r.InDatabase() {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | `%s` %s | `%s` |\n",
				r.Table, strings.Join(r.Fields, ", "), r.Says, r.Reason, r.Name, kind(r.Kept), r.Code)
		}
	}
	b.WriteString("\nDeleting a person, a subscription, a purchase or a payout account never deletes a row of the ledger: the references of PaymentTransaction become NULL (`ON DELETE SET NULL`).\n")

	b.WriteString("\n## Choices\n\nColumns with a fixed set of values, each kept by a check; the error is `invalid_value`.\n\n| table | column | values | constraint |\n|---|---|---|---|\n")
	choices := dbschema.Choices()
	slices.SortStableFunc(choices, func(x, y dbschema.Choice) int { return cmp.Compare(strings.ToLower(x.Table), strings.ToLower(y.Table)) })
	for _, c := range choices {
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", c.Table, c.Column, strings.Join(c.Values, ", "), c.Check)
	}

	b.WriteString("\n## In Go only\n\n| table | column | rule | because | not in the database, since | kept by | error |\n|---|---|---|---|---|---|---|\n")
	for _, r := range all {
		if only, ok := r.Kept.(invariant.GoOnly); ok {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | hook `%s` | `%s` |\n",
				r.Table, strings.Join(r.Fields, ", "), r.Says, r.Reason, only.Why, r.Name, r.Code)
		}
	}
	return b.String()
}

// kind is the kind of constraint that keeps a rule.
func kind(k invariant.Keeper) string {
	switch k := k.(type) {
	case invariant.Unique:
		return "(unique)"
	case invariant.Key:
		return "(foreign key)"
	case invariant.Graph:
		if k.Unique {
			return "(unique)"
		}
	}
	return "(check)"
}
