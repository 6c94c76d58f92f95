package txdriver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
	"github.com/communitybuilder/communitybuilder/internal/stmtcache"
)

// ErrContention means that a transaction, or a write with its hooks, lost against
// others at each of its attempts. The error of the last one is in the chain.
var ErrContention error = &apierror.Error{Code: apierror.Contention}

// Attempts is how often a transaction is tried that loses against others, unless
// its owner says otherwise.
const Attempts = 10

// longestBusy is for how long a transaction is repeated that finds the SQLite
// database locked.
const longestBusy = time.Second

// Repeat runs fn, and runs it again as long as it loses against concurrent
// transactions, up to [Attempts] times. Inside of a transaction, which is its
// owner's to repeat, it runs fn once.
func (d *Driver) Repeat(ctx context.Context, fn func(ctx context.Context) error) error {
	if d.carried(ctx) != nil {
		return fn(ctx)
	}
	return Repeat(ctx, Attempts, func() (bool, error) { return true, fn(ctx) })
}

// Repeat runs a whole transaction, and runs it again as long as it loses against
// concurrent ones, with growing random pauses. When every attempt was in vain the
// error is [ErrContention]. What was not whole, but a part of another
// transaction, is not repeated.
func Repeat(ctx context.Context, attempts int, try func() (whole bool, err error)) error {
	begin := time.Now()
	for n := 1; ; n++ {
		whole, err := try()
		if err == nil || !whole || !lost(err) {
			return err
		}
		// Each attempt has waited for the lock as long as the client was told to.
		if busy(err) && time.Since(begin) > longestBusy {
			return fmt.Errorf("%w; or does it wait for itself, by a statement whose context is not that of the transaction?", err)
		}
		if n >= attempts {
			return &contention{n, err}
		}
		if e := Pause(ctx, n); e != nil {
			return fmt.Errorf("communitybuilder: the transaction is not repeated: %w, after: %w", e, err)
		}
	}
}

// contention is ErrContention with the error of the last attempt. That may be the
// database's own words, which its text leaves out.
type contention struct {
	attempts int
	last     error
}

func (e *contention) Error() string {
	return fmt.Sprintf("%v (%d attempts)", ErrContention, e.attempts)
}
func (e *contention) Unwrap() []error { return []error{ErrContention, e.last} }

// lost tells whether a transaction failed only because of what others did
// meanwhile.
func lost(err error) bool {
	const serializationFailure, deadlockDetected = "40001", "40P01"
	switch sqlstate.Of(err) {
	case serializationFailure, deadlockDetected:
		return true
	}
	var asks interface{ Again() } // to be repeated
	return errors.Is(err, stmtcache.ErrStale) || busy(err) || errors.As(err, &asks)
}

func busy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Pause waits after the nth attempt: a random time, so that those who have met
// don't meet again, up to a bound that doubles each time.
func Pause(ctx context.Context, n int) error {
	const first, longest = 4 * time.Millisecond, 500 * time.Millisecond
	timer := time.NewTimer(rand.N(min(longest, first<<min(n, 10))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
