package txdriver_test

import (
	"context"
	"errors"
	"testing"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/txdriver"
)

// After a failure SQLite can be asked why, and the transaction is lost all the
// same.
func TestADoomedTransactionCanBeAsked(t *testing.T) {
	drv := sqlite(t)
	var why error
	err := drv.InTx(t.Context(), func(ctx context.Context) error {
		mustAdd(t, ctx, drv, "once")
		failed := add(ctx, drv, "once")
		if err := drv.Query(ctx, `SELECT 1`, []any{}, &entsql.Rows{}); !errors.Is(err, txdriver.ErrDoomed) {
			t.Errorf("a query of the doomed transaction: %v", err)
		}
		var rows entsql.Rows
		if why = drv.Inquire(ctx, `SELECT body FROM note`, []any{}, &rows); why == nil {
			body, err := entsql.ScanString(rows)
			why = errors.Join(err, rows.Close())
			if body != "once" {
				t.Errorf("the note that was in the way is %q", body)
			}
		}
		return errors.Join(failed, add(ctx, drv, "another"))
	})
	if why != nil || !errors.Is(err, txdriver.ErrDoomed) {
		t.Errorf("asked: %v; the transaction: %v", why, err)
	}
	wantNotes(t, t.Context(), drv)
	var rows entsql.Rows
	if err := drv.Inquire(t.Context(), `SELECT body FROM note`, []any{}, &rows); err != nil || rows.Close() != nil {
		t.Errorf("outside of transactions: %v", err)
	}
}
