package conformance

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
)

// A program makes a write, of one statement or of several.
type program struct {
	name string
	run  func(ctx context.Context, client *ent.Client) error
}

func programs(t *testing.T, d Database) []program {
	t.Helper()
	f := factory.New(d.Client)
	community, user := factory.Must(System(t), t, f.Community), factory.Must(System(t), t, f.User)
	report := func(client *ent.Client) *ent.CommunityAbuseReportCreate {
		return client.CommunityAbuseReport.Create().SetCommunity(community).SetReporter(user).SetMessage("Look at this.")
	}
	return []program{
		{"a community", func(ctx context.Context, client *ent.Client) error {
			return client.Community.Create().SetName("Gardeners").SetAlias("gardeners").Exec(ctx)
		}},
		{"reports in bulk", func(ctx context.Context, client *ent.Client) error {
			return client.CommunityAbuseReport.CreateBulk(report(client), report(client)).Exec(ctx)
		}},
		{"a transaction", func(ctx context.Context, client *ent.Client) error {
			return communitybuilder.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
				return errors.Join(report(tx).Exec(ctx), tx.Community.UpdateOne(community).SetSummary("Reported").Exec(ctx))
			})
		}},
		{"more rows than a statement takes", func(ctx context.Context, client *ent.Client) error {
			return manyUsers(client).Exec(ctx)
		}},
	}
}

// manyUsers are too many for one statement.
func manyUsers(client *ent.Client) *ent.UserCreateBulk {
	var all []*ent.UserCreate
	for i := range 1500 {
		all = append(all, client.User.Create().SetEmail(fmt.Sprintf("member-%d@example.com", i)).SetPassword("!"))
	}
	return client.User.CreateBulk(all...)
}

// everything is what all tables hold.
func everything(t *testing.T, d Database) map[string][]any {
	t.Helper()
	rows := map[string][]any{}
	for _, e := range entities(t, d.Client) {
		for _, row := range e.all(System(t), t) {
			rows[e.name] = append(rows[e.name], e.contents(row))
		}
	}
	return rows
}

func wantUnchanged(t *testing.T, d Database, before map[string][]any, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it was cancelled, and the error is %v", err)
	}
	if diff := cmp.Diff(before, everything(t, d), equal); diff != "" {
		t.Errorf("it was cancelled, and the database had (-) and has (+):\n%s", diff)
	}
}

// A countdown cancels when it has been written to so often.
type countdown struct {
	left   int
	cancel context.CancelFunc
}

func (c *countdown) Write(p []byte) (int, error) {
	if c.left--; c.left == 0 {
		c.cancel()
	}
	return len(p), nil
}

// Before the first statement, the second, and so on until it is done.
func TestAWriteCancelledBetweenItsStatementsLeavesNothing(t *testing.T) {
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	Each(t, func(t *testing.T, d Database) {
		for _, p := range programs(t, d) {
			t.Run(p.name, func(t *testing.T) {
				before := everything(t, d)
				for n := 1; ; n++ {
					ctx, cancel := context.WithCancel(System(t))
					log.SetOutput(&countdown{n, cancel}) // the debug client logs each statement before it is run
					err := p.run(ctx, d.Client.Debug())
					cancel()
					if err == nil {
						if n == 1 {
							t.Error("it has run no statement")
						}
						return
					}
					wantUnchanged(t, d, before, err)
					if t.Failed() {
						t.Fatalf("before statement %d", n)
					}
				}
			})
		}
	})
}

func TestAWriteCancelledBeforeItsCommitLeavesNothing(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		all := programs(t, d)
		before := everything(t, d)
		var written context.CancelFunc
		d.Client.Use(func(next ent.Mutator) ent.Mutator {
			return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
				v, err := next.Mutate(ctx, m)
				written()
				return v, err
			})
		})
		for _, p := range all {
			ctx, cancel := context.WithCancel(System(t))
			written = cancel
			err := p.run(ctx, d.Client)
			cancel()
			if wantUnchanged(t, d, before, err); t.Failed() {
				t.Fatal(p.name)
			}
		}
	})
}

// The second of two statements is waiting for somebody else's row.
func TestAWriteCancelledInTheMiddleOfAStatementLeavesNothing(t *testing.T) {
	d := Postgres(t)
	before := everything(t, d)
	other, err := d.DB.BeginTx(System(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Rollback()
	if _, err := other.ExecContext(System(t), `INSERT INTO "User" (email, password, is_active, is_verified, is_staff, date_joined)
		VALUES ('member-1499@example.com', '!', true, true, false, now())`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(System(t))
	defer cancel()
	done := make(chan error)
	go func() { done <- manyUsers(d.Client).Exec(ctx) }()
	for waiting := false; !waiting; {
		if err := d.DB.QueryRowContext(System(t), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	err = <-done
	if e := other.Rollback(); e != nil {
		t.Fatal(e)
	}
	wantUnchanged(t, d, before, err)
}
