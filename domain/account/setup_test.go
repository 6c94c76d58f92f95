package account

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const password = "correct horse battery staple"

// cheap is a number of iterations for tests.
const cheap = 1000

// fixture is a service on a database of its own, with a clock that stands still.
type fixture struct {
	*Service
	conformance.Database
	factory *factory.Factory
	clock   time.Time
}

// each runs a test on both databases.
func each(t *testing.T, test func(*testing.T, *fixture)) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		b := &fixture{
			Database: d,
			factory:  factory.New(d.Client),
			clock:    time.Date(2031, time.March, 1, 23, 59, 59, 999_999_000, time.UTC),
		}
		b.Service = &Service{Client: d.Client, Iterations: cheap, Now: func() time.Time { return b.clock }}
		test(t, b)
	})
}

// user makes a user whose password is the constant.
func (b *fixture) user(t *testing.T, with ...func(*ent.UserCreate)) *ent.User {
	t.Helper()
	with = append([]func(*ent.UserCreate){func(c *ent.UserCreate) {
		c.SetPassword(hashed(t, password, cheap)).SetIsVerified(false)
	}}, with...)
	return factory.Must(conformance.System(t), t, b.factory.User, with...)
}

// reload reads the user again.
func (b *fixture) reload(t *testing.T, u *ent.User) *ent.User {
	t.Helper()
	u, err := b.Service.Client.User.Get(conformance.System(t), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func inactive(c *ent.UserCreate) { c.SetIsActive(false) }

func hashed(t *testing.T, password string, iterations int) string {
	t.Helper()
	return must[string](t)(encode(pbkdf2SHA256, password, iterations))
}

// must returns a function that ends the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// oneWins has 32 attempts made at once, of which one succeeds and the others are
// told that they lost.
func oneWins(t *testing.T, lost error, attempt func() error) {
	t.Helper()
	won := 0
	for _, err := range race(32, func(int) error { return attempt() }) {
		if err == nil {
			won++
		} else if !errors.Is(err, lost) {
			t.Errorf("a loser got %v", err)
		}
	}
	if won != 1 {
		t.Fatalf("%d attempts succeeded", won)
	}
}

// race calls fn n times at once and returns the errors in the order of the calls.
func race(n int, fn func(i int) error) []error {
	var (
		errs  = make([]error, n)
		start = make(chan struct{})
		wg    sync.WaitGroup
	)
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}
