package docs

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	_ "github.com/communitybuilder/communitybuilder/ent" // the entities
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

func TestPrivacyMatrixIsThatOfThePolicies(t *testing.T) {
	want := privacyMatrix(t)
	if *update {
		if err := os.WriteFile("privacy-matrix.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, "privacy-matrix.md") != want {
		t.Error("privacy-matrix.md is not what the policies say; go test ./docs -update puts it right")
	}
}

const privacyMatrixHead = `# Who may do what

What the policies of the entities say. This page is written from them ([ent/schema](../ent/schema)) by ` + "`go test ./docs -update`" + `, and a test fails when it is stale.

| word | who that is |
|---|---|
| system | the platform itself, acting for a reason; it does everything, and what only it may do is marked so |
| anonymous | everybody, signed in or not |
| user | somebody signed in whose account is active; everybody below is one |
| self | the user whom the row is about; *self as sender*: whom the column names |
| member, contributor+, moderator+, manager, owner | what somebody is in the row's community, and all above, unless blocked: member, contributor, moderator, co-owner, owner; managers are the co-owners and the owner |
| member with gate | a member whom one of the tiers lets in that open the row; any member, where no tier is linked to it |
| participant, invited attendee, giver | an approved participant of the wheel, or a participant of the conversation; somebody invited to the meeting or the series; who owes the hand-off |
| staff | those who work for the platform: they read everything but what says *not staff* or is the system's, and write where a person may |

A row is only read and written *within* what that column says: in an active community, or in one that the viewer manages; *as its Forum*: where the forum is. ` + "`;`" + ` is or. Columns behind a colon are all that the right is for; *only* takes a column from everybody else. Private columns are NULL for everybody but those behind the arrow.
`

func privacyMatrix(t *testing.T) string {
	var b strings.Builder
	b.WriteString(privacyMatrixHead)
	n := 0
	for _, typ := range orm.Types() {
		for _, p := range orm.Policies(typ) {
			said := p.(*rule.Policy).Sentences()
			if n == 0 {
				b.WriteString("\n| entity |")
				for _, s := range said {
					b.WriteString(" " + s.What + " |")
				}
				b.WriteString("\n|" + strings.Repeat("---|", len(said)+1) + "\n")
			}
			n++
			fmt.Fprintf(&b, "| %s |", typ.Name)
			for _, s := range said {
				fmt.Fprintf(&b, " %s |", s.Who)
			}
			b.WriteByte('\n')
		}
	}
	if n != len(orm.Types()) {
		t.Errorf("%d policies of %d entities", n, len(orm.Types()))
	}
	return b.String()
}

func TestPoliciesNameColumnsOfTheirEntities(t *testing.T) {
	for _, typ := range orm.Types() {
		for _, p := range orm.Policies(typ) {
			for _, column := range p.(*rule.Policy).Columns() {
				if !slices.Contains(typ.Columns, column) {
					t.Errorf("%s has no column %s", typ.Name, column)
				}
			}
		}
	}
}
