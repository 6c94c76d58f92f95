package adopt

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// impossible asserts that a database can't be taken over, for a reason that db is
// told, and that nothing is changed, as owner sees.
func impossible(t *testing.T, db, owner *sql.DB, says string) {
	t.Helper()
	before := everything(t, owner)
	_, err := Apply(t.Context(), db, Choices{}, nil)
	if is := (*ImpossibleError)(nil); !errors.As(err, &is) || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want it to say %s", err, says)
	}
	for key, after := range everything(t, owner) {
		if before[key] != after {
			t.Errorf("%s has changed", key)
		}
	}
}

// What would end the takeover halfway is found before anything is changed.
func TestWhatIsInTheWay(t *testing.T) {
	const function = `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';`
	for name, tt := range map[string]struct{ sql, says string }{
		"a view of a column":         {`CREATE VIEW plans AS SELECT name, fee FROM "PaymentPlan"`, `column fee of the table "PaymentPlan" is to be dropped, and this depends on it: rule _RETURN on view plans`},
		"a trigger of a column":      {function + `CREATE TRIGGER g BEFORE UPDATE OF fee ON "PaymentPlan" FOR EACH ROW EXECUTE FUNCTION f()`, `trigger g on table "PaymentPlan"`},
		"a policy of a column":       {`CREATE POLICY p ON "PaymentPlan" USING (is_recurring)`, `column is_recurring of the table "PaymentPlan" is to be dropped`},
		"a view of a narrow column":  {`ALTER TABLE "Tag" ALTER name TYPE varchar(40); CREATE VIEW tags AS SELECT name FROM "Tag"`, `column name of the table "Tag" is to be changed`},
		"a view with a table's name": {`CREATE VIEW "CommunityGroup" AS SELECT 1 AS one`, `the table "CommunityGroup" needs the name "CommunityGroup", and view "CommunityGroup" has it`},
		"an index with another's name": {`CREATE INDEX communitymember_one_owner ON "User" (id)`,
			`the table "CommunityMember" needs the name communitymember_one_owner, and index communitymember_one_owner has it`},
		"a table in another schema": {`CREATE SCHEMA elsewhere; ALTER TABLE "Tag" SET SCHEMA elsewhere`, `ALTER TABLE elsewhere."Tag" SET SCHEMA public`},
		"hidden rows":               {`ALTER TABLE "PaymentPlan" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`, `ALTER TABLE "PaymentPlan" NO FORCE ROW LEVEL SECURITY`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, legacyState{})
			exec(t, db, tt.sql)
			impossible(t, db, db, tt.says)
		})
	}
}

// What is about other columns, or copies of tables, is in nobody's way.
func TestWhatIsNotInTheWay(t *testing.T) {
	db := open(t, legacyState{})
	exec(t, db, `
		CREATE VIEW plans AS SELECT id, name FROM "PaymentPlan";
		CREATE INDEX by_fee ON "PaymentPlan" (fee);
		CREATE SCHEMA backup; CREATE TABLE backup."CommunityStore" AS SELECT 1 AS id`)
	if _, err := Apply(t.Context(), db, Choices{}, nil); err != nil {
		t.Fatal(err)
	}
	lines(t, db, `SELECT count(*) = (SELECT count(*) FROM "CommunityGroup") FROM plans`, "true")
}

// The takeover is made by the role that the tables belong to: what it makes belongs
// to that role too, and so to the services.
func TestOnlyTheOwnerTakesOver(t *testing.T) {
	of := pgtest.New(t, legacyState{})
	owner := connect(t, of)
	server, err := pgtest.Server()
	if err != nil {
		t.Fatal(err)
	}
	role := "stranger_" + strings.ToLower(rand.Text())
	admin := connect(t, server)
	exec(t, admin, "CREATE ROLE "+role)
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.WithoutCancel(t.Context()), "DROP ROLE "+role); err != nil {
			t.Error(err)
		}
	})

	as, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	in, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	query := as.Query()
	query.Set("options", "-c role="+role)
	as.Path, as.RawQuery = in.Path, query.Encode()
	stranger := connect(t, as.String())

	impossible(t, stranger, owner, `belong to the role `+in.User.Username())
	exec(t, owner, `GRANT ALL ON ALL TABLES IN SCHEMA public TO `+role)
	impossible(t, stranger, owner, `belong to the role `+in.User.Username())
	exec(t, owner, `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM `+role)
	exec(t, admin, "GRANT "+in.User.Username()+" TO "+role)
	impossible(t, stranger, owner, `connect as `+in.User.Username())
}

// A database that is newer than the module is left to a newer module.
func TestDatabasesThatAreNewer(t *testing.T) {
	db := open(t, fresh{})
	exec(t, db, `UPDATE atlas_schema_revisions.atlas_schema_revisions SET version = '29991231000000' WHERE version = '`+migrations.Latest()+`'`)
	for name, do := range map[string]func() error{
		"plan":         func() error { _, err := MakePlan(t.Context(), db, Choices{}); return err },
		"validate":     func() error { _, err := Validate(t.Context(), db); return err },
		"fake history": func() error { _, err := FakeHistory(t.Context(), db); return err },
	} {
		var newer *migrations.VersionError
		if err := do(); !errors.As(err, &newer) || !newer.Newer() {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
