package adopt

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// A long query on a table does not keep others from it: the step gives way, as
// often as it takes.
func TestAStepGivesWay(t *testing.T) {
	db := open(t, todayState{})
	reader, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Rollback() }() // does nothing after Commit
	if _, err := reader.ExecContext(t.Context(), `SELECT FROM "Message"`); err != nil {
		t.Fatal(err)
	}
	gaveWay := 0
	_, err = Apply(t.Context(), db, Choices{}, func(e Event) {
		if e.Busy == nil {
			return
		}
		if gaveWay++; gaveWay < 3 {
			exec(t, db, `UPDATE "Message" SET content = content; SELECT FROM "Message"`)
		} else if err := reader.Commit(); err != nil && gaveWay == 3 {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if gaveWay < 3 {
		t.Errorf("a step gave way %d times", gaveWay)
	}
	onlyWaiting(t, db, nil)
}

// A row that is written after the rows were examined, before the rule binds, lets
// the check wait as if it had been there.
func TestARowThatBreaksARuleMeanwhile(t *testing.T) {
	db := open(t, todayState{})
	written := false
	r, err := Apply(t.Context(), db, Choices{}, func(Event) {
		if !written {
			written = true
			exec(t, db, `INSERT INTO "AppSubscriptionTier" (`+oneRow(t, db, "AppSubscriptionTier")+`;
				INSERT INTO "AppSubscriptionTierPrice" (currency, amount, created_at, updated_at, tier_id)
				SELECT 'usd', -1, now(), now(), id FROM "AppSubscriptionTier"`)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	var waits []string
	for _, w := range r.Waiting {
		waits = append(waits, w.Rule)
	}
	slices.Sort(waits)
	if !slices.Equal(waits, []string{"appsubscriptiontierprice_amount_not_negative", "appsubscriptiontierprice_currency_code"}) {
		t.Errorf("these wait: %v", waits)
	}
	onlyWaiting(t, db, r.Waiting)
	exec(t, db, `UPDATE "AppSubscriptionTierPrice" SET updated_at = now()`)
}

// oneRow is the rest of an INSERT of one row that has a value in all columns
// which need one.
func oneRow(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	var columns, values []string
	for _, o := range readSchema(t, db).Of(table, catalogue.Column) {
		d := parseColumn(o.Def)
		if !d.notNull || d.def+d.identity != "" {
			continue
		}
		value := "'1'"
		switch {
		case d.typ == "timestamp with time zone":
			value = "now()"
		case o.Name == "tier_name":
			value = "'hobby'"
		}
		columns, values = append(columns, quoted(o.Name)), append(values, value)
	}
	return strings.Join(columns, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
}

// What an attempt to make an index left is dropped, whoever made it.
func TestInvalidIndexes(t *testing.T) {
	db := open(t, todayState{})
	db.SetMaxOpenConns(2) // which is enough
	if _, err := db.ExecContext(t.Context(), `CREATE UNIQUE INDEX CONCURRENTLY tag_name ON "Tag" ((1))`); err == nil {
		t.Fatal("two equal rows are unique")
	}
	if _, err := Apply(t.Context(), db, Choices{}, nil); err != nil {
		t.Fatal(err)
	}
	onlyWaiting(t, db, nil)
}

// Rows written meanwhile that break a unique rule end the takeover, without an
// index that slows writers down; it goes on when they are repaired.
func TestRowsThatBreakAUniqueRuleMeanwhile(t *testing.T) {
	db := open(t, todayState{})
	written := false
	write := func(Event) {
		if !written {
			written = true
			exec(t, db, `INSERT INTO "User" (email, password, is_active, is_staff, is_verified, date_joined)
				SELECT email, '', true, false, false, now() FROM (VALUES ('a'), ('A')) AS v (email)`)
		}
	}
	if _, err := Apply(t.Context(), db, Choices{}, write); err == nil || !strings.Contains(err.Error(), "user_email_lower") {
		t.Fatalf("got %v", err)
	}
	for _, o := range readSchema(t, db) {
		if o.Kind == catalogue.Index && !o.Valid() {
			t.Errorf("the index %s is left", o.Name)
		}
	}
	exec(t, db, `DELETE FROM "User" WHERE email = 'A'`)
	if _, err := Apply(t.Context(), db, Choices{}, nil); err != nil {
		t.Fatal(err)
	}
	onlyWaiting(t, db, nil)
}
