package conformance

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// writers is how many write at once.
const writers = 32

// A contest is about a rule that writers who come at once could break together.
type contest struct {
	name    string
	rule    string   // of package invariant, which losers are told
	other   []string // rules that losers may be told instead
	winners int      // how many writers succeed, or someone
	seldom  bool     // held a fifth as often: another contest is about the same means, or a round takes long
	prepare func(*arena) bout
}

const (
	everyone = writers
	someone  = -1 // at least one, it is a matter of chance how many
)

// A bout is what the writers of a contest do, again and again.
type bout struct {
	reset   string // SQL that undoes the round before
	attempt func(ctx context.Context, writer int) error
	count   string // SQL for the number of rows, or of what they say, that a round leaves
	args    []any  // of both
	rows    int    // what is counted has to be this; 0: as much as there are winners
	check   func(t *testing.T, won int)
}

// An arena is where contests take place.
type arena struct {
	judge
	t         *testing.T // of the contest
	community *ent.Community
	users     []*ent.User // a member of the community for each writer
}

func newArena(t *testing.T) *arena {
	t.Helper()
	at := pgtest.New(t, Migrated)
	noticeDeadlocksSoon(t, at)
	d := open(t, dialect.Postgres, at, communitybuilder.WithMaxOpenConns(writers))
	a := &arena{judge: newJudge(t, d), t: t}
	a.community = factory.Must(System(t), t, a.factory.Community)
	for range writers {
		user, err := a.factory.Member(System(t), a.community.ID, communitymember.RoleMember)
		if err != nil {
			t.Fatal(err)
		}
		a.users = append(a.users, user)
	}
	return a
}

// noticeDeadlocksSoon has the server look for a deadlock after a few milliseconds
// of waiting, not after a second, which would be most of what the tests take. A
// server that doesn't let us only takes longer.
func noticeDeadlocksSoon(t *testing.T, database string) {
	t.Helper()
	server, err := pgtest.Server()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("postgres", server)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	const insufficientPrivilege = "42501"
	name := pq.QuoteIdentifier(strings.TrimPrefix(u.Path, "/"))
	_, err = db.ExecContext(System(t), "ALTER DATABASE "+name+" SET deadlock_timeout = '20ms'")
	if err != nil && sqlstate.Of(err) != insufficientPrivilege {
		t.Fatal(err)
	}
}

// exec runs plain SQL.
func (a *arena) exec(query string, args ...any) {
	a.t.Helper()
	if _, err := a.DB.ExecContext(System(a.t), query, args...); err != nil {
		a.t.Fatalf("%s: %v", query, err)
	}
}

// number is the result of a query in plain SQL.
func (a *arena) number(query string, args ...any) (n int) {
	a.t.Helper()
	if err := a.DB.QueryRowContext(System(a.t), query, args...).Scan(&n); err != nil {
		a.t.Errorf("%s: %v", query, err)
	}
	return n
}

// atOnce runs fn in n goroutines that start together.
func atOnce(n int, fn func(i int) error) []error {
	var ready, done sync.WaitGroup
	start, errs := make(chan struct{}), make([]error, n)
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = fn(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// hold runs the contest, of which every round has the winners that the rule
// allows, losers who are told why, and a database that agrees.
func (a *arena) hold(t *testing.T, c contest) {
	a.t = t
	var told []apierror.Error
	for _, name := range append([]string{c.rule}, c.other...) {
		r := a.ruleNamed(name)
		told = append(told, *r.Broken(a.byTable[r.Table].name))
	}
	b := c.prepare(a)
	times := rounds
	if c.seldom {
		times /= 5
	}
	for n := range times {
		if b.reset != "" {
			a.exec(b.reset, b.args...)
		}
		won := 0
		for i, err := range atOnce(writers, func(i int) error { return b.attempt(System(t), i) }) {
			switch got := apierror.From(err); {
			case err == nil:
				won++
			case !slices.Contains(told, *got):
				t.Fatalf("round %d, writer %d is told %v (%#v), want one of %q", n, i, err, got, told)
			}
		}
		if won != c.winners && (c.winners != someone || won == 0) {
			t.Fatalf("round %d: %d of %d writers won, want %d", n, won, writers, c.winners)
		}
		if b.count != "" {
			rows := b.rows
			if rows == 0 {
				rows = won
			}
			if got := a.number(b.count, b.args...); got != rows {
				t.Fatalf("round %d: the database counts %d, want %d", n, got, rows)
			}
		}
		if b.check != nil {
			b.check(t, won)
		}
		if t.Failed() {
			t.Fatalf("in round %d", n)
		}
	}
}

func (a *arena) ruleNamed(name string) *invariant.Rule {
	a.t.Helper()
	rules := invariant.All()
	i := slices.IndexFunc(rules, func(r *invariant.Rule) bool { return r.Name == name })
	if i < 0 {
		a.t.Fatalf("there is no rule %q", name)
	}
	return rules[i]
}

func TestRulesHoldWhenManyWriteAtOnce(t *testing.T) {
	all := slices.Concat(contests, contestsOfTheRest(), limitContests, effectContests, endingContests)
	// Side by side, since writers who wait for each other keep no second processor busy.
	const arenas = 2
	for first := range arenas {
		t.Run(fmt.Sprint("arena ", first), func(t *testing.T) {
			t.Parallel()
			a := newArena(t)
			for i := first; i < len(all); i += arenas {
				t.Run(all[i].name, func(t *testing.T) { a.hold(t, all[i]) })
			}
		})
	}
}
