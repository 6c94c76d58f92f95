package dbschema_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
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

// Other services slug a name without usable letters to nothing.
func TestTheDatabaseTakesAnEmptyAlias(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		insert := func(alias string) error {
			_, err := d.DB.ExecContext(t.Context(), `INSERT INTO "Community" (name, alias, created_at, updated_at)
				VALUES ('数学', '`+alias+`', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`)
			return err
		}
		for _, alias := range []string{"", "-1"} {
			if err := insert(alias); err != nil {
				t.Errorf("alias %q: %v", alias, err)
			}
		}
		for _, alias := range []string{"", "数学", "a b"} {
			if err := insert(alias); err == nil {
				t.Errorf("alias %q was taken", alias)
			}
		}
		c := factory.Must(conformance.System(t), t, factory.New(d.Client).Community)
		if err := d.Client.Community.UpdateOne(c).SetAlias("").Exec(conformance.System(t)); !errors.Is(err, apierror.InvalidValue) {
			t.Errorf("the client: %v", err)
		}
	})
}
