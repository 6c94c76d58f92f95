package adopt

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// After every step the rest of the plan is what is left of it: a process that is
// killed there, and started again, does what it would have done.
func TestEveryStepIsRecognised(t *testing.T) {
	for _, name := range []string{"today's", "payment plans'"} {
		t.Run(name, func(t *testing.T) {
			db := open(t, takenOver[name](t))
			// A batch is looked for again as long as services may write rows for it.
			left := func() []string {
				return statements(slices.DeleteFunc(plan(t, db, Choices{}).Steps, func(s Step) bool { return s.Repeated }))
			}
			want, taken := left(), 0
			_, err := Apply(t.Context(), db, Choices{}, func(e Event) {
				taken++
				if taken%20 > 0 {
					return // planning takes some time
				}
				left := left()
				if diff := cmp.Diff(want[max(0, len(want)-len(left)):], left, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("after %q (-want +left)\n%s", e.Step.Title, diff)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A takeover that was ended goes on from there, however often, and comes to the
// same.
func TestATakeoverGoesOn(t *testing.T) {
	tmpl := takenOver["payment plans'"](t)
	straight, halting := open(t, tmpl), open(t, tmpl)
	if _, err := Apply(t.Context(), straight, Choices{}, nil); err != nil {
		t.Fatal(err)
	}
	ended := errors.New("ended")
	for err, times := ended, 0; err != nil; times += 5 {
		if !errors.Is(err, ended) {
			t.Fatal(err)
		}
		ctx, end := context.WithCancelCause(t.Context())
		steps := 0
		_, err = Apply(ctx, halting, Choices{}, func(Event) {
			if steps++; steps > times {
				end(ended)
			}
		})
	}
	sameEnd(t, halting, straight)
}
