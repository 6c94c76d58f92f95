package communitybuilder_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/role"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// own are the roles that a database doesn't have from the beginning.
func own(client *ent.Client) *ent.RoleQuery {
	return client.Role.Query().Where(role.NameNotIn("admin", "user")).Order(ent.Asc(role.FieldName))
}

// wantRoles compares the names of all own roles, in order.
func wantRoles(t testing.TB, ctx context.Context, client *ent.Client, want ...string) {
	t.Helper()
	got, err := own(client).Select(role.FieldName).Strings(ctx)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Fatalf("roles: got %q, want %q", got, want)
	}
}

func addRole(ctx context.Context, client *ent.Client, name string) error {
	return client.Role.Create().SetName(name).Exec(ctx)
}

func TestTxCommits(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		type key struct{}
		ctx := context.WithValue(conformance.System(t), key{}, "viewer")
		client := open(t, url)
		must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			if ctx.Value(key{}) != "viewer" {
				t.Error("the context lost a value")
			}
			must(t, addRole(ctx, tx, "through the transaction's client"))
			must(t, addRole(ctx, client, "and through the program's"))
			wantRoles(t, ctx, client, "and through the program's", "through the transaction's client")
			return nil
		}))
		wantRoles(t, ctx, client, "and through the program's", "through the transaction's client")
	})
}

func TestTxRollsBack(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		ctx := conformance.System(t)
		client := open(t, url)
		wantIs(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			return errors.Join(addRole(ctx, tx, "a"), addRole(ctx, client, "b"), errRefused)
		}), errRefused)
		func() {
			defer func() {
				if p := recover(); p != "panic" {
					t.Errorf("recovered %v", p)
				}
			}()
			_ = cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
				must(t, addRole(ctx, tx, "a"))
				panic("panic")
			})
		}()
		wantRoles(t, ctx, client)
		must(t, addRole(ctx, client, "the connections are fit for use"))
	})
}

func TestTxEndsWithItsContext(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		client := open(t, url)
		ctx, cancel := context.WithCancel(conformance.System(t))
		var ended context.Context
		err := cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			ended = ctx
			must(t, addRole(ctx, tx, "a"))
			cancel()
			return addRole(ctx, tx, "b")
		})
		wantIs(t, err, context.Canceled)
		wantIs(t, cb.Tx(ctx, client, nil), context.Canceled)
		wantIs(t, addRole(context.WithoutCancel(ended), client, "c"), sql.ErrTxDone)
		wantRoles(t, conformance.System(t), client)
		must(t, addRole(conformance.System(t), client, "the connections are fit for use"))
	})
}

func TestNestedTxJoins(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		ctx := conformance.System(t)
		client := open(t, url)
		nested := func(ctx context.Context, client *ent.Client) error {
			return cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
				return addRole(ctx, tx, fmt.Sprint("role ", own(tx).CountX(ctx)))
			})
		}
		wantIs(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			must(t, nested(ctx, client))
			must(t, nested(ctx, tx))
			wantRoles(t, ctx, tx, "role 0", "role 1")
			return errRefused
		}), errRefused)
		wantRoles(t, ctx, client)

		must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			return errors.Join(nested(ctx, client), nested(ctx, tx))
		}))
		wantRoles(t, ctx, client, "role 0", "role 1")
	})
}

func TestAnOverlookedFailureDoomsTheTransaction(t *testing.T) {
	parts := map[string]func(ctx context.Context, tx *ent.Client) error{
		"statement": func(ctx context.Context, tx *ent.Client) error { return addRole(ctx, tx, "taken") },
		"nested Tx": func(ctx context.Context, tx *ent.Client) error {
			return cb.Tx(ctx, tx, func(ctx context.Context, tx *ent.Client) error {
				return errors.Join(addRole(ctx, tx, "b"), errRefused)
			})
		},
	}
	for name, part := range parts {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, url string) {
				ctx := conformance.System(t)
				client := open(t, url)
				must(t, addRole(ctx, client, "taken"))
				err := cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
					must(t, addRole(ctx, tx, "a"))
					if part(ctx, tx) == nil {
						t.Error("the part did not fail")
					}
					wantIs(t, addRole(ctx, tx, "c"), cb.ErrTxDoomed)
					return nil
				})
				wantIs(t, err, cb.ErrTxDoomed)
				wantRoles(t, ctx, client, "taken")
			})
		})
	}
}

func TestARefusalBeforeAnythingIsWrittenCanBeOverlooked(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		ctx := conformance.System(t)
		client := open(t, url)
		must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			must(t, addRole(ctx, tx, "a"))
			wantIs(t, cb.Tx(ctx, tx, func(ctx context.Context, tx *ent.Client) error {
				if _, err := tx.Role.Get(ctx, 404); !ent.IsNotFound(err) {
					t.Errorf("got %v", err)
				}
				return errRefused
			}), errRefused)
			return addRole(ctx, tx, "b")
		}))
		wantRoles(t, ctx, client, "a", "b")
	})
}

func TestTxOptions(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		ctx := conformance.System(t)
		client := open(t, url)
		must(t, addRole(ctx, client, "a"))
		err := cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			wantRoles(t, ctx, tx, "a")
			return addRole(ctx, tx, "b")
		}, cb.TxReadOnly())
		wantIs(t, err, cb.ErrTxReadOnly)

		must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			nested := func(ctx context.Context, tx *ent.Client) error { return addRole(ctx, tx, "b") }
			for _, client := range []*ent.Client{client, tx} {
				wantIs(t, cb.Tx(ctx, client, nested, cb.TxIsolation(sql.LevelReadCommitted)), cb.ErrTxIsolation)
				wantIs(t, cb.Tx(ctx, client, nested, cb.TxReadOnly()), cb.ErrTxReadOnly)
			}
			return cb.Tx(ctx, tx, nested, cb.TxIsolation(sql.LevelSerializable))
		}, cb.TxIsolation(sql.LevelSerializable)))
		wantRoles(t, ctx, client, "a", "b")
	})
}

func TestTheIsolationLevelIsTheOneAskedFor(t *testing.T) {
	url := migrated(t)
	client, other := open(t, url), open(t, url)
	ctx := conformance.System(t)
	reads := func(opts ...cb.TxOption) (before, after int) {
		must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			before = own(tx).CountX(ctx)
			must(t, addRole(conformance.System(t), other, fmt.Sprint("role ", before)))
			after = own(tx).CountX(ctx)
			return nil
		}, opts...))
		return before, after
	}
	if before, after := reads(); after != before+1 {
		t.Errorf("read committed sees %d rows and then %d", before, after)
	}
	if before, after := reads(cb.TxIsolation(sql.LevelRepeatableRead)); after != before {
		t.Errorf("repeatable read sees %d rows and then %d", before, after)
	}
}

func TestTxNeedsAClientOfThisPackage(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	must(t, err)
	defer db.Close()
	stranger := ent.NewClient(ent.Driver(entsql.OpenDB("sqlite3", db)))
	fn := func(context.Context, *ent.Client) error { t.Error("called"); return nil }
	wantIs(t, cb.Tx(conformance.System(t), stranger, fn), cb.ErrTxClient)
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections are still in use", n)
	}

	client := open(t, "sqlite::memory:")
	tx, err := client.Tx(conformance.System(t))
	must(t, err)
	wantIs(t, cb.Tx(conformance.System(t), tx.Client(), fn), cb.ErrTxClient)
	must(t, tx.Rollback())
}

// Two transactions read both of two rows and change one each: under
// serializable isolation one of them has to be repeated.
func TestSerializationFailuresAreRepeated(t *testing.T) {
	client := open(t, migrated(t))
	ctx := conformance.System(t)
	must(t, addRole(ctx, client, "a"))
	must(t, addRole(ctx, client, "b"))
	var attempts, callbacks atomic.Int32
	var met sync.WaitGroup // both have read before either writes
	met.Add(2)
	var all sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		all.Go(func() {
			first := true
			err := cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
				attempts.Add(1)
				cb.AfterCommit(ctx, func(context.Context) { callbacks.Add(1) })
				roles, err := own(tx).All(ctx)
				if err != nil {
					return err
				}
				if first {
					first = false
					met.Done()
					met.Wait()
				}
				var sum string
				for _, t := range roles {
					sum += t.Name
				}
				return tx.Role.Update().Where(role.Name(name)).SetName(name + sum).Exec(ctx)
			}, cb.TxIsolation(sql.LevelSerializable))
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := attempts.Load(); n != 3 {
		t.Errorf("%d attempts, want 3", n)
	}
	if n := callbacks.Load(); n != 2 {
		t.Errorf("%d callbacks, want one for each commit", n)
	}
}

func TestDeadlocksAreRepeated(t *testing.T) {
	client := open(t, migrated(t))
	ctx := conformance.System(t)
	for _, name := range []string{"a", "b"} {
		must(t, addRole(ctx, client, name))
	}
	var attempts atomic.Int32
	var met sync.WaitGroup // both have locked a row before either wants the other's
	met.Add(2)
	lock := func(ctx context.Context, tx *ent.Client, name string) error {
		return tx.Role.Update().Where(role.Name(name)).SetName(name).Exec(ctx)
	}
	var all sync.WaitGroup
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
		all.Go(func() {
			first := true
			err := cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
				attempts.Add(1)
				if err := lock(ctx, tx, names[0]); err != nil {
					return err
				}
				if first {
					first = false
					met.Done()
					met.Wait()
				}
				// Overlooking the deadlock doesn't hide it.
				_ = lock(ctx, tx, names[1])
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := attempts.Load(); n != 3 {
		t.Errorf("%d attempts, want 3", n)
	}
}

func TestTheNumberOfAttemptsIsBounded(t *testing.T) {
	client := open(t, migrated(t))
	serialization := &pq.Error{Code: "40001"}
	for _, attempts := range []int{1, 3} {
		n := 0
		err := cb.Tx(conformance.System(t), client, func(context.Context, *ent.Client) error {
			n++
			return fmt.Errorf("wrapped: %w", serialization)
		}, cb.TxAttempts(attempts))
		wantIs(t, err, cb.ErrTxContention, serialization)
		if n != attempts {
			t.Errorf("%d attempts, want %d", n, attempts)
		}
	}

	n := 0
	err := cb.Tx(conformance.System(t), client, func(ctx context.Context, tx *ent.Client) error {
		return cb.Tx(ctx, tx, func(context.Context, *ent.Client) error {
			n++
			return serialization
		})
	}, cb.TxAttempts(3))
	wantIs(t, err, cb.ErrTxContention)
	if n != 3 {
		t.Errorf("a nested one was tried %d times, want 3", n)
	}

	n = 0
	wantIs(t, cb.Tx(conformance.System(t), client, func(context.Context, *ent.Client) error {
		n++
		return errRefused
	}), errRefused)
	if n != 1 {
		t.Errorf("another error was tried %d times", n)
	}
}

func TestAPauseEndsWithTheContext(t *testing.T) {
	client := open(t, migrated(t))
	ctx, cancel := context.WithCancel(conformance.System(t))
	serialization := &pq.Error{Code: "40001"}
	n := 0
	err := cb.Tx(ctx, client, func(context.Context, *ent.Client) error {
		if n++; n == 2 {
			cancel()
		}
		return serialization
	})
	wantIs(t, err, context.Canceled, serialization)
	if n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
}

// A statement that was prepared before its column changed is refused by the
// server, and with it the transaction.
func TestATransactionWithAStalePlanIsRepeated(t *testing.T) {
	url := migrated(t)
	client := open(t, url, cb.WithMaxOpenConns(1))
	ctx := conformance.System(t)
	must(t, addRole(ctx, client, "a"))
	attempts := 0
	read := func(ctx context.Context, tx *ent.Client) error {
		attempts++
		_, err := tx.Role.Query().Where(role.Name("a")).Only(ctx)
		return err
	}
	must(t, cb.Tx(ctx, client, read))
	exec(t, plain(t, url), `ALTER TABLE "Roles" ALTER COLUMN name TYPE text`)
	attempts = 0
	must(t, cb.Tx(ctx, client, read))
	if attempts != 2 {
		t.Errorf("%d attempts, want 2", attempts)
	}
}

func TestWritersTakeTurns(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		ctx := conformance.System(t)
		client := open(t, url)
		must(t, addRole(ctx, client, "0"))
		var opts []cb.TxOption
		if strings.HasPrefix(url, "postgres") {
			opts = []cb.TxOption{cb.TxIsolation(sql.LevelSerializable), cb.TxAttempts(1000)}
		}
		const writers, rounds = 8, 5
		var callbacks atomic.Int32
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for range rounds {
					err := cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
						cb.AfterCommit(ctx, func(context.Context) { callbacks.Add(1) })
						counter, err := own(tx).Only(ctx)
						if err != nil {
							return err
						}
						var n int
						_, _ = fmt.Sscan(counter.Name, &n)
						return counter.Update().SetName(fmt.Sprint(n + 1)).Exec(ctx)
					}, opts...)
					if err != nil {
						t.Error(err)
					}
					if _, err := own(client).All(ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		wantRoles(t, ctx, client, fmt.Sprint(writers*rounds))
		if n := callbacks.Load(); n != writers*rounds {
			t.Errorf("%d callbacks, want %d", n, writers*rounds)
		}
	})
}

func TestAfterCommit(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		type key struct{}
		ctx := context.WithValue(conformance.System(t), key{}, "viewer")
		client := open(t, url)
		var calls []string
		must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
			must(t, addRole(ctx, tx, "a"))
			cb.AfterCommit(ctx, func(ctx context.Context) {
				calls = append(calls, fmt.Sprint("first, for the ", ctx.Value(key{})))
				must(t, addRole(ctx, client, "b"))
				must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
					return addRole(ctx, tx, "c")
				}))
			})
			return cb.Tx(ctx, tx, func(ctx context.Context, _ *ent.Client) error {
				cb.AfterCommit(ctx, func(context.Context) { calls = append(calls, "second") })
				return nil
			})
		}))
		wantRoles(t, ctx, client, "a", "b", "c")
		if want := []string{"first, for the viewer", "second"}; !slices.Equal(calls, want) {
			t.Errorf("called %q, want %q", calls, want)
		}
	})
}

func TestEntsOwnTransactionTellsAsWell(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		client := open(t, url)
		var calls []string
		client.Role.Use(func(next ent.Mutator) ent.Mutator {
			return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
				cb.AfterCommit(ctx, func(context.Context) { calls = append(calls, "after") })
				return next.Mutate(ctx, m)
			})
		})
		tx, err := client.Tx(conformance.System(t))
		must(t, err)
		must(t, addRole(conformance.System(t), tx.Client(), "a"))
		calls = append(calls, "before")
		must(t, tx.Commit())
		if want := []string{"before", "after"}; !slices.Equal(calls, want) {
			t.Errorf("got %q, want %q", calls, want)
		}
	})
}
