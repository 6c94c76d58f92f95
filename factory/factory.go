// Package factory makes rows to test with: one builder for each entity of the
// graph, valid as it stands.
//
//	f := factory.New(client)
//	post, err := f.Post(ctx, func(c *ent.PostCreate) { c.SetMessage("hello") })
//
// A builder makes the parents that its row needs and fills every required field.
// Overrides run after the defaults and before the parents are made: a parent that
// an override names is used, no other is made, and what has to agree with it
// follows (a vote for an option is a vote in that option's poll). An optional
// field stays NULL unless the row would make no sense without it.
//
// Values are decided by the seed and the order of calls alone, times included:
// the clock starts at [Start] and a second passes with every row. A test that
// prefers to end at an error rather than to handle it uses [Must].
package factory

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
)

// Factory makes rows through one client. It may be used by many goroutines at
// once; which of them gets which values is then a matter of chance.
type Factory struct {
	client *ent.Client
	seed   uint64
	start  time.Time
	rows   atomic.Uint64
}

// New returns a factory that writes through the client, which may be that of a
// transaction.
func New(client *ent.Client, opts ...Option) *Factory {
	f := &Factory{client: client, seed: 1, start: time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)}
	for _, opt := range opts {
		opt(f)
	}
	return f
}

// An Option changes what a factory makes.
type Option func(*Factory)

// Seed decides all values that are made up. Two factories with different seeds
// can fill one database: what has to be unique differs between them. Without
// this option the seed is 1.
func Seed(seed uint64) Option {
	return func(f *Factory) { f.seed = seed }
}

// Start sets the factory's clock, which is otherwise at 5 January 2026, 09:00
// UTC. Tests of what has a deadline start it at the current time.
func Start(t time.Time) Option {
	return func(f *Factory) { f.start = t.UTC().Truncate(time.Microsecond) }
}

// T is what [Must] needs of a test: *testing.T, *testing.B and *testing.F have it.
type T interface {
	Helper()
	Fatal(args ...any)
}

// Must makes a row with one of a factory's builders, and ends the test if that
// fails.
//
//	post := factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetIsPinned(true) })
func Must[E, C any](ctx context.Context, t T, build func(context.Context, ...func(*C)) (*E, error), with ...func(*C)) *E {
	t.Helper()
	row, err := build(ctx, with...)
	if err != nil {
		t.Fatal(err)
	}
	return row
}
