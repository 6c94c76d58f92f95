package dbschema_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// The rows have nothing but what the rule is about: foreign keys are out of the
// way.
func TestABuyerCompletesOnePurchaseOfAProduct(t *testing.T) {
	pg := open(t, "postgres", pgtest.New(t, migrated{}))
	run(t, pg, `ALTER TABLE "StorePurchase" DROP CONSTRAINT "StorePurchase_StoreProduct_purchases"`)
	lite := open(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "test.db"))
	if err := dbschema.CreateSQLite(t.Context(), lite); err != nil {
		t.Fatal(err)
	}
	insert := func(email, status string) string {
		return `INSERT INTO "StorePurchase" (product_id, buyer_email, status, currency, created_at, updated_at)
			VALUES (1, '` + email + `', '` + status + `', 'USD', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`
	}
	for _, db := range []*sql.DB{pg, lite} {
		run(t, db, insert("a@example.com", "pending"))
		run(t, db, insert("a@example.com", "pending"))
		run(t, db, insert("a@example.com", "completed"))
		run(t, db, insert("b@example.com", "completed"))
		if _, err := db.ExecContext(t.Context(), insert("a@example.com", "completed")); err == nil {
			t.Errorf("%T: a second completed purchase was taken", db.Driver())
		}
	}
}
