package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// The second time the database is not empty any more.
func TestTheStoryIsTheSameOnBothDatabases(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		for _, number := range []string{"1", "2"} {
			var out bytes.Buffer
			if err := run(t.Context(), &out, d.URL); err != nil {
				t.Fatal(err)
			}
			for _, line := range []string{
				"07:00  The baker opens",
				"farmer-" + number + ": Who has a van on Saturday? 🚚",
				"    weaver-" + number + ": I do, if somebody brings coffee.  ♥ 2",
				"  for patrons: 14500.00 NGN 9.50 USD",
				"  2. The starter wakes up",
				"       from baker-" + number + ": action_done",
				"  no course",
				"  0 payments",
				"  tailor-" + number + `, e-mail ""`,
				"  another name for the community: Community: this may not be done",
			} {
				if !strings.Contains(out.String(), line) {
					t.Errorf("%q is missing in:\n%s", line, &out)
				}
			}
		}
	})
}

func TestAFailedStoryLeavesNothing(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		// The name of the last one to appear in the story.
		d.Client.User.Create().SetEmail("w@example.org").SetUsername("weaver-1").SetPassword("!").SaveX(ctx)
		if err := run(t.Context(), new(bytes.Buffer), d.URL); err == nil {
			t.Fatal("the name was taken, and the story went on")
		}
		if n := d.Client.User.Query().CountX(ctx); n != 1 {
			t.Errorf("%d people stayed behind", n-1)
		}
	})
}
