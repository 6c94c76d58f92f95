package txdriver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"entgo.io/ent/dialect"

	"github.com/communitybuilder/communitybuilder/internal/txdriver"
)

func TestStatementsFollowTheContext(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		err := drv.InTx(ctx, func(in context.Context) error {
			mustAdd(t, in, drv, "a")
			wantNotes(t, in, drv, "a")
			wantNotes(t, ctx, drv) // another connection
			return nil
		})
		must(t, err)
		wantNotes(t, ctx, drv, "a")
	})
}

func TestWhatFailsIsRolledBack(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()

		wantIs(t, drv.InTx(ctx, func(ctx context.Context) error {
			mustAdd(t, ctx, drv, "error")
			return errRefused
		}), errRefused)
		wantNotes(t, ctx, drv)

		func() {
			defer func() {
				if p := recover(); p != "panic" {
					t.Errorf("recovered %v", p)
				}
			}()
			_ = drv.InTx(ctx, func(ctx context.Context) error {
				mustAdd(t, ctx, drv, "panic")
				panic("panic")
			})
		}()
		wantNotes(t, ctx, drv)

		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = drv.InTx(ctx, func(ctx context.Context) error {
				mustAdd(t, ctx, drv, "exit")
				runtime.Goexit()
				return nil
			})
		}()
		<-done
		wantNotes(t, ctx, drv)
	})
}

func TestACancelledContextRollsBack(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx, cancel := context.WithCancel(t.Context())
		err := drv.InTx(ctx, func(ctx context.Context) error {
			mustAdd(t, ctx, drv, "a")
			cancel()
			return nil
		})
		wantIs(t, err, context.Canceled)
		wantNotes(t, t.Context(), drv)

		ctx, cancel = context.WithCancel(t.Context())
		err = drv.InTx(ctx, func(ctx context.Context) error {
			cancel()
			return add(context.WithoutCancel(ctx), drv, "b")
		})
		wantIs(t, err, context.Canceled)
		wantNotes(t, t.Context(), drv)

		err = drv.InTx(ctx, func(context.Context) error { t.Error("called"); return nil })
		wantIs(t, err, context.Canceled)
	})
}

func TestAnEndedTransactionIsNotThePool(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		var ended context.Context
		must(t, drv.InTx(t.Context(), func(ctx context.Context) error { ended = ctx; return nil }))
		var nested context.Context
		must(t, drv.InTx(t.Context(), func(ctx context.Context) error {
			must(t, drv.InTx(ctx, func(ctx context.Context) error { nested = ctx; return nil }))
			wantIs(t, add(nested, drv, "after the nested one"), sql.ErrTxDone)
			return nil
		}))
		for _, ctx := range []context.Context{ended, nested} {
			wantIs(t, add(ctx, drv, "a"), sql.ErrTxDone)
			wantIs(t, drv.Query(ctx, `SELECT 1`, []any{}, nil), sql.ErrTxDone)
			wantIs(t, drv.InTx(ctx, func(context.Context) error { t.Error("called"); return nil }), sql.ErrTxDone)
			_, err := drv.Tx(ctx)
			wantIs(t, err, sql.ErrTxDone)
		}
		wantNotes(t, t.Context(), drv)
	})
}

func TestAHandleThatHasEnded(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		tx, err := drv.Tx(ctx)
		must(t, err)
		mustAdd(t, ctx, tx, "a")
		must(t, tx.Commit())
		wantIs(t, tx.Commit(), sql.ErrTxDone)
		wantIs(t, tx.Rollback(), sql.ErrTxDone)
		wantIs(t, add(ctx, tx, "b"), sql.ErrTxDone)
		wantNotes(t, ctx, drv, "a")
	})
}

func TestInnerTransactionsJoin(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		err := drv.InTx(ctx, func(ctx context.Context) error {
			must(t, drv.InTx(ctx, func(ctx context.Context) error { return add(ctx, drv, "a") }))
			tx, err := drv.BeginTx(ctx, &sql.TxOptions{})
			must(t, err)
			mustAdd(t, ctx, tx, "b")
			must(t, tx.Commit())
			wantIs(t, tx.Rollback(), sql.ErrTxDone) // as a deferred one does
			wantNotes(t, ctx, drv, "a", "b")
			return errRefused
		})
		wantIs(t, err, errRefused)
		wantNotes(t, ctx, drv)
	})
}

func TestAFailedPartDoomsTheWhole(t *testing.T) {
	parts := map[string]func(ctx context.Context, drv *txdriver.Driver) error{
		"function": func(ctx context.Context, drv *txdriver.Driver) error {
			return drv.InTx(ctx, func(ctx context.Context) error {
				return errors.Join(add(ctx, drv, "part"), errRefused)
			})
		},
		"function of a function": func(ctx context.Context, drv *txdriver.Driver) error {
			return drv.InTx(ctx, func(ctx context.Context) error {
				return drv.InTx(ctx, func(ctx context.Context) error {
					return errors.Join(add(ctx, drv, "part"), errRefused)
				})
			})
		},
		"statement": func(ctx context.Context, drv *txdriver.Driver) error {
			return drv.InTx(ctx, func(ctx context.Context) error { return add(ctx, drv, "outer") })
		},
		"statement of the outermost": func(ctx context.Context, drv *txdriver.Driver) error {
			return add(ctx, drv, "outer")
		},
		"query": func(ctx context.Context, drv *txdriver.Driver) error {
			return drv.InTx(ctx, func(ctx context.Context) error {
				return drv.Exec(ctx, `SELECT nothing FROM nowhere`, []any{}, nil)
			})
		},
		"rolled back": func(ctx context.Context, drv *txdriver.Driver) error {
			tx, err := drv.Tx(ctx)
			return errors.Join(err, add(ctx, tx, "part"), tx.Rollback(), errRefused)
		},
		"panic": func(ctx context.Context, drv *txdriver.Driver) (err error) {
			defer func() { err = fmt.Errorf("recovered %v", recover()) }()
			return drv.InTx(ctx, func(ctx context.Context) error {
				panic(add(ctx, drv, "part"))
			})
		},
	}
	for name, part := range parts {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, drv *txdriver.Driver) {
				ctx := t.Context()
				err := drv.InTx(ctx, func(ctx context.Context) error {
					mustAdd(t, ctx, drv, "outer")
					if part(ctx, drv) == nil {
						t.Error("the part did not fail")
					}
					// Whatever is tried now is refused, reading as well.
					wantIs(t, add(ctx, drv, "more"), txdriver.ErrDoomed)
					wantIs(t, drv.Query(ctx, `SELECT 1`, []any{}, nil), txdriver.ErrDoomed)
					wantIs(t, drv.InTx(ctx, func(context.Context) error { return nil }), txdriver.ErrDoomed)
					return nil
				})
				wantIs(t, err, txdriver.ErrDoomed)
				wantNotes(t, ctx, drv)
				mustAdd(t, ctx, drv, "the connection is fit for use")
			})
		})
	}
}

func TestTheReasonOfTheDoomIsKept(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		err := drv.InTx(t.Context(), func(ctx context.Context) error {
			_ = drv.InTx(ctx, func(ctx context.Context) error {
				return errors.Join(add(ctx, drv, "a"), errRefused)
			})
			return nil
		})
		wantIs(t, err, txdriver.ErrDoomed, errRefused)
	})
}

func TestAPartThatFailedBeforeItWroteDoesNoHarm(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		must(t, drv.InTx(ctx, func(ctx context.Context) error {
			mustAdd(t, ctx, drv, "outer")
			wantIs(t, drv.InTx(ctx, func(ctx context.Context) error { return errRefused }), errRefused)
			wantIs(t, drv.InTx(ctx, func(ctx context.Context) error {
				wantNotes(t, ctx, drv, "outer")
				return errRefused
			}), errRefused)
			tx, err := drv.Tx(ctx)
			must(t, err)
			return tx.Rollback()
		}))
		wantNotes(t, ctx, drv, "outer")
	})
}

func TestAfterASavepointFailedStatementsAreLeftToTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		run := func(ctx context.Context, query string) { must(t, drv.Exec(ctx, query, []any{}, nil)) }
		must(t, drv.InTx(ctx, func(ctx context.Context) error {
			mustAdd(t, ctx, drv, "a")
			run(ctx, `SAVEPOINT before`)
			if add(ctx, drv, "a") == nil {
				t.Error("the same note twice")
			}
			run(ctx, `ROLLBACK TO SAVEPOINT before`)
			return add(ctx, drv, "b")
		}))
		wantNotes(t, ctx, drv, "a", "b")
	})
}

func TestAHandleGivesItsTransactionToAContext(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		begun, err := drv.Tx(ctx)
		must(t, err)
		tx := begun.(*txdriver.Tx)
		must(t, tx.InTx(ctx, func(ctx context.Context) error { return add(ctx, drv, "a") }))
		wantNotes(t, ctx, drv)
		wantNotes(t, ctx, tx, "a")
		wantIs(t, tx.InTx(ctx, func(ctx context.Context) error {
			return errors.Join(add(ctx, drv, "b"), errRefused)
		}), errRefused)
		wantIs(t, tx.Commit(), txdriver.ErrDoomed, errRefused)
		wantNotes(t, ctx, drv)
	})
}

func TestADebugDriverJoins(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		debug := dialect.Debug(drv, func(...any) {})
		must(t, drv.InTx(ctx, func(ctx context.Context) error {
			mustAdd(t, ctx, debug, "a")
			tx, err := debug.Tx(ctx)
			must(t, err)
			mustAdd(t, ctx, tx, "b")
			must(t, tx.Commit())
			return nil
		}))
		wantNotes(t, ctx, drv, "a", "b")
	})
}

func TestTwoDriversInOneContext(t *testing.T) {
	ctx := t.Context()
	one, other := postgres(t), sqlite(t)
	err := one.InTx(ctx, func(ctx context.Context) error {
		must(t, other.InTx(ctx, func(ctx context.Context) error {
			mustAdd(t, ctx, other, "other")
			mustAdd(t, ctx, one, "one")
			txdriver.AfterCommit(ctx, func(ctx context.Context) {
				wantNotes(t, ctx, one, "one") // in the transaction that goes on
				wantNotes(t, ctx, other, "other")
				txdriver.AfterCommit(ctx, func(context.Context) { t.Error("called, though the outer one is rolled back") })
			})
			return nil
		}))
		return errRefused
	})
	wantIs(t, err, errRefused)
	wantNotes(t, ctx, one)
	wantNotes(t, ctx, other, "other")
}

func TestOptions(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		outer, err := drv.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
		must(t, err)
		must(t, outer.(*txdriver.Tx).InTx(ctx, func(ctx context.Context) error {
			for _, same := range []sql.IsolationLevel{sql.LevelDefault, sql.LevelSerializable} {
				tx, err := drv.BeginTx(ctx, &sql.TxOptions{Isolation: same})
				must(t, err)
				must(t, tx.Commit())
			}
			_, err := drv.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
			wantIs(t, err, txdriver.ErrOptions)

			readOnly, err := drv.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
			must(t, err)
			wantNotes(t, ctx, readOnly)
			wantIs(t, add(ctx, readOnly, "b"), txdriver.ErrReadOnly)
			wantIs(t, readOnly.(*txdriver.Tx).InTx(ctx, func(ctx context.Context) error {
				return add(ctx, outer, "b") // also by way of the outer one's handle
			}), txdriver.ErrReadOnly)
			must(t, readOnly.Commit())
			return add(ctx, drv, "a")
		}))
		must(t, outer.Commit())
		wantNotes(t, ctx, drv, "a")

		readOnly, err := drv.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		must(t, err)
		wantIs(t, add(ctx, readOnly, "b"), txdriver.ErrReadOnly)
		must(t, readOnly.Exec(ctx, "\n\twith found AS (SELECT body FROM note) SELECT body FROM found", []any{}, nil))
		must(t, readOnly.Commit())
		wantNotes(t, ctx, drv, "a")
	})
}

func TestAfterCommit(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		type key struct{}
		ctx := context.WithValue(t.Context(), key{}, "kept")
		var calls []string
		call := func(ctx context.Context, name string) {
			txdriver.AfterCommit(ctx, func(ctx context.Context) {
				if ctx.Value(key{}) != "kept" {
					t.Error("the context lost a value")
				}
				wantNotes(t, ctx, drv, "a") // committed, and read from the pool
				calls = append(calls, name)
			})
		}
		var ended context.Context
		must(t, drv.InTx(ctx, func(ctx context.Context) error {
			ended = ctx
			call(ctx, "first")
			must(t, drv.InTx(ctx, func(ctx context.Context) error {
				call(ctx, "second")
				return nil
			}))
			wantIs(t, drv.InTx(ctx, func(ctx context.Context) error {
				call(ctx, "of a part that failed")
				return errRefused
			}), errRefused)
			call(ctx, "third")
			mustAdd(t, ctx, drv, "a")
			if len(calls) > 0 {
				t.Errorf("called before the commit: %q", calls)
			}
			return nil
		}))
		call(ended, "fourth") // at once
		call(ctx, "fifth")    // without a transaction at once
		if want := []string{"first", "second", "third", "fourth", "fifth"}; !slices.Equal(calls, want) {
			t.Errorf("called %q, want %q", calls, want)
		}

		calls = nil
		wantIs(t, drv.InTx(ctx, func(ctx context.Context) error {
			ended = ctx
			call(ctx, "rolled back")
			return errRefused
		}), errRefused)
		call(ended, "after the rollback")
		if len(calls) > 0 {
			t.Errorf("called %q although it was rolled back", calls)
		}
	})
}

func TestAFailedCommitCallsNothing(t *testing.T) {
	drv := postgres(t)
	ctx := t.Context()
	must(t, drv.Exec(ctx, `CREATE TABLE reply (body text REFERENCES note (body) DEFERRABLE INITIALLY DEFERRED)`, []any{}, nil))
	err := drv.InTx(ctx, func(ctx context.Context) error {
		txdriver.AfterCommit(ctx, func(context.Context) { t.Error("called") })
		return drv.Exec(ctx, `INSERT INTO reply VALUES ('to nothing')`, []any{}, nil)
	})
	if err == nil {
		t.Fatal("the commit did not fail")
	}
}

func TestManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		var all sync.WaitGroup
		var want []string
		for i := range 16 {
			body := fmt.Sprintf("note %02d", i)
			if i%4 != 0 {
				want = append(want, body)
			}
			all.Go(func() {
				err := drv.InTx(ctx, func(ctx context.Context) error {
					// One transaction, two goroutines.
					var both sync.WaitGroup
					both.Go(func() {
						if err := add(ctx, drv, body); err != nil {
							t.Error(err)
						}
					})
					both.Go(func() { txdriver.AfterCommit(ctx, func(context.Context) {}) })
					both.Wait()
					if i%4 == 0 {
						return errRefused
					}
					return nil
				})
				if err != nil && !errors.Is(err, errRefused) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		wantNotes(t, ctx, drv, want...)
	})
}

func TestARequestTakesHoldOfTheTransaction(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		asking, request := txdriver.WithRequest(ctx, sql.TxOptions{ReadOnly: true})
		end, err := dialect.Debug(drv, func(...any) {}).Tx(asking)
		must(t, err)
		tx := request.Tx()
		err = txdriver.Run(ctx, tx, end, func(ctx context.Context) error {
			joined, err := txdriver.JoinInnermost(ctx, sql.TxOptions{})
			must(t, err)
			if tx.Joined() || !joined.Joined() {
				t.Error("who joined whom?")
			}
			return add(ctx, drv, "a")
		})
		wantIs(t, err, txdriver.ErrReadOnly)
		wantIs(t, tx.Commit(), sql.ErrTxDone)
	})
}
