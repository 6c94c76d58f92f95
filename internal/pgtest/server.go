package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"time"
)

// variable names the environment's server, which overrides every other.
const variable = "TEST_DATABASE_URL"

// A server is where the databases are made.
type server struct {
	url       *url.URL      // of an administrator
	owner     *url.Userinfo // of the databases
	foreign   bool          // not started here, so not stopped here
	admin     *sql.DB
	strategy  string
	templates sync.Map // name to func() error, which builds it
	stop      func() error
}

// A holder starts its server when the first test asks for one.
type holder struct {
	once   sync.Once
	server *server
	err    error
}

// shared holds the server of this process.
var shared holder

func (h *holder) get() (*server, error) {
	h.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		h.server, h.err = choose(ctx, os.Getenv(variable), startLocal)
	})
	return h.server, h.err
}

// end stops the server if there is one, and sees to it that none is started
// from here on.
func (h *holder) end() error {
	h.once.Do(func() { h.err = errors.New("the tests are over") })
	if h.server == nil {
		return nil
	}
	return errors.Join(h.server.admin.Close(), h.server.stop())
}

// choose returns the server that is named and, when none is, a local one. A
// named server that cannot be used is an error: tests that ran elsewhere than
// asked would mislead.
func choose(ctx context.Context, named string, local func(context.Context) (*server, error)) (*server, error) {
	if named != "" {
		return connect(ctx, named)
	}
	s, err := local(ctx)
	if err != nil {
		return nil, fmt.Errorf(`no PostgreSQL for the tests: %w
Any one of these helps:
  apt-get install postgresql
  brew install postgresql@15
  export %s=postgres://user:password@host:5432/postgres`, err, variable)
	}
	return s, nil
}

// connect returns the server that the environment names.
func connect(ctx context.Context, named string) (*server, error) {
	u, err := url.Parse(named)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.User.Username() == "" {
		// The value isn't repeated: it may hold a password.
		return nil, fmt.Errorf("%s is not of the form postgres://user:password@host:5432/database", variable)
	}
	s, err := newServer(u, u.User, func() error { return nil })
	if err != nil {
		return nil, err
	}
	s.foreign = true
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if s.strategy, err = strategy(ctx, s.admin); err != nil {
		return nil, errors.Join(fmt.Errorf("%s=%s: %w", variable, u.Redacted(), err), s.admin.Close())
	}
	return s, nil
}

func newServer(u *url.URL, owner *url.Userinfo, stop func() error) (*server, error) {
	admin, err := sql.Open("postgres", u.String())
	if err != nil {
		return nil, err
	}
	admin.SetMaxIdleConns(4)
	return &server{url: u, owner: owner, admin: admin, stop: stop}, nil
}
