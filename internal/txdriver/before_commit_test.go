package txdriver_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/txdriver"
)

type checkKey struct{}

func TestACheckRunsOnceBeforeTheCommit(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		var checked [][]int64
		check := func(ctx context.Context, ids []int64) error {
			checked = append(checked, ids)
			return add(ctx, drv, "by the check")
		}
		must(t, drv.InTx(ctx, func(ctx context.Context) error {
			mustAdd(t, ctx, drv, "a")
			must(t, drv.BeforeCommit(ctx, checkKey{}, check, 7, 3))
			// A part that has ended by the time of the commit, and its context.
			must(t, drv.InTx(ctx, func(ctx context.Context) error {
				inner, cancel := context.WithCancel(ctx)
				defer cancel()
				return drv.BeforeCommit(inner, checkKey{}, check, 7, 5)
			}))
			tx, err := drv.Tx(ctx)
			must(t, err)
			must(t, tx.Commit()) // of one who has joined
			if len(checked) > 0 {
				t.Errorf("%v was checked before the end", checked)
			}
			return nil
		}))
		if len(checked) != 1 || !slices.Equal(checked[0], []int64{3, 5, 7}) {
			t.Errorf("checked %v, want [[3 5 7]]", checked)
		}
		wantNotes(t, ctx, drv, "a", "by the check")
	})
}

func TestACheckThatFailsRollsBack(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		refuse := func(context.Context, []int64) error { return errRefused }
		begin := func() *txdriver.Tx {
			tx, err := drv.Tx(ctx)
			must(t, err)
			must(t, tx.(*txdriver.Tx).InTx(ctx, func(ctx context.Context) error {
				mustAdd(t, ctx, drv, "a")
				txdriver.AfterCommit(ctx, func(context.Context) { t.Error("called, though it was rolled back") })
				return drv.BeforeCommit(ctx, checkKey{}, refuse, 1)
			}))
			return tx.(*txdriver.Tx)
		}
		tx := begin()
		wantIs(t, tx.Commit(), errRefused)
		wantIs(t, tx.Commit(), sql.ErrTxDone)
		wantNotes(t, ctx, drv)

		// One that panics, too.
		refuse = func(context.Context, []int64) error { panic("in a check") }
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic is lost")
				}
			}()
			_ = begin().Commit()
		}()
		wantNotes(t, ctx, drv)

		// What is rolled back isn't checked.
		must(t, begin().Rollback())
		wantNotes(t, ctx, drv)
	})
}

func TestADoomedTransactionIsNotChecked(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		err := drv.InTx(ctx, func(ctx context.Context) error {
			must(t, drv.BeforeCommit(ctx, checkKey{}, func(context.Context, []int64) error {
				t.Error("checked")
				return nil
			}, 1))
			_ = drv.InTx(ctx, func(ctx context.Context) error {
				mustAdd(t, ctx, drv, "a")
				return errRefused
			})
			return nil
		})
		wantIs(t, err, txdriver.ErrDoomed, errRefused)
	})
}

// A check may write, and what it writes may have to be checked.
func TestACheckThatNotesMoreIsCalledAgain(t *testing.T) {
	each(t, func(t *testing.T, drv *txdriver.Driver) {
		ctx := t.Context()
		var checked []int64
		var check func(context.Context, []int64) error
		check = func(ctx context.Context, ids []int64) error {
			checked = append(checked, ids...)
			if ids[0] == 1 {
				return drv.BeforeCommit(ctx, checkKey{}, check, 2)
			}
			return nil
		}
		must(t, drv.InTx(ctx, func(ctx context.Context) error { return drv.BeforeCommit(ctx, checkKey{}, check, 1) }))
		must(t, drv.BeforeCommit(ctx, checkKey{}, check, 3)) // no transaction
		if !slices.Equal(checked, []int64{1, 2, 3}) {
			t.Errorf("checked %v, want [1 2 3]", checked)
		}
	})
}
