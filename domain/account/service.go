package account

import (
	"context"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// Service signs users in and keeps their tokens and codes. Only Client has to be
// set. It can be used by many goroutines at once as long as no field is changed.
//
// Where a method says nothing else it may be called inside a transaction, and
// then is part of it. The errors of the database come back as they are.
type Service struct {
	// Client is the database.
	Client *ent.Client

	// Now is the clock; nil is time.Now.
	Now func() time.Time

	// Iterations is how many iterations passwords get; 0 is [DefaultIterations].
	// A hash with fewer is replaced at sign-in, one with more is kept. Django
	// replaces one with more as well: where a Django service shares the
	// database, this should be the number of its release, or both would replace
	// each other's hashes for ever.
	Iterations int

	derive derivation // nil is PBKDF2; tests count
}

// now is the time as the database keeps it.
func (s *Service) now() time.Time {
	now := s.Now
	if now == nil {
		now = time.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}

// hashing returns how passwords are hashed.
func (s *Service) hashing() (derivation, int, error) {
	derive, n := s.derive, s.Iterations
	if derive == nil {
		derive = pbkdf2SHA256
	}
	if n == 0 {
		n = DefaultIterations
	}
	if n < 1 || n > MaxIterations {
		return nil, 0, ErrHashIterations
	}
	return derive, n, nil
}

// acting is the context in which this package reads and writes: who signs in is nobody yet,
// and passwords and tokens are for nobody to see.
func acting(ctx context.Context) context.Context {
	return viewer.NewContext(ctx, viewer.System("account"))
}
