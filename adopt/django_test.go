package adopt

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/django"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func openEmpty(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", pgtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func recorded(t *testing.T, db *sql.DB) []DjangoMigration {
	t.Helper()
	ms, err := django.Recorded(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

// anyOrder compares migrations whatever their order.
var anyOrder = cmpopts.SortSlices(func(a, b DjangoMigration) bool { return a.String() < b.String() })

func TestFakeHistory(t *testing.T) {
	db := open(t, fresh{})
	before := readSchema(t, db)
	noted, err := FakeHistory(t.Context(), db)
	if diff := cmp.Diff(django.All(), noted, anyOrder); err != nil || diff != "" {
		t.Errorf("%v; want (-), got (+):\n%s", err, diff)
	}
	if diff := cmp.Diff(django.All(), recorded(t, db)); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if noted, err := FakeHistory(t.Context(), db); err != nil || len(noted) > 0 {
		t.Errorf("the second time noted are %v, %v", noted, err)
	}
	if diff := catalogue.Diff(before, readSchema(t, db)); len(diff) > 0 {
		t.Errorf("changed are %+v", diff)
	}
	exec(t, db, people+`
		INSERT INTO django_admin_log (action_time, object_repr, action_flag, change_message, user_id) VALUES (now(), '', 1, '', 1), (now(), '', 1, '', 2);
		DELETE FROM "User" WHERE id = 1`)
	if left := selectIDs(t, db, `SELECT user_id FROM django_admin_log`); len(left) != 1 || left[0] != 2 {
		t.Errorf("entries of %d are left", left)
	}
}

func TestFakeHistoryIsForDatabasesOfTheMigrations(t *testing.T) {
	older := open(t, fresh{})
	exec(t, older, `DELETE FROM atlas_schema_revisions.atlas_schema_revisions WHERE version >= '`+Version+`'`)
	foreign := openEmpty(t)
	exec(t, foreign, `CREATE TABLE "User" (id bigint)`)
	for _, tt := range []struct {
		db   *sql.DB
		want error
	}{{openEmpty(t), migrations.ErrNoSchema}, {foreign, migrations.ErrUnmanaged}, {older, ErrManaged}} {
		if _, err := FakeHistory(t.Context(), tt.db); !errors.Is(err, tt.want) {
			t.Errorf("%v, want %v", err, tt.want)
		}
		own, err := catalogue.ReadForeign(t.Context(), tt.db, "public")
		if err != nil || len(own) > 0 {
			t.Errorf("%v: made are %v, %v", tt.want, own, err)
		}
	}
}

// djangoUses is the script of a database that Django uses: with its own tables, their
// key to "User" as Django makes it, and everything noted.
func djangoUses() string {
	return strings.ReplaceAll(django.OwnTables, " ON DELETE CASCADE", "") + ";" + strings.Join(django.Record(django.All()), ";") + ";"
}

func TestATakeoverNotesWhatTheSchemaHasBeenThrough(t *testing.T) {
	db := unmanaged(t, djangoUses()+`
		DELETE FROM django_migrations WHERE id % 3 = 0;
		UPDATE django_migrations SET applied = '2020-01-01';
		INSERT INTO django_admin_log (action_time, object_repr, action_flag, change_message, user_id) VALUES (now(), '', 1, '', 1)`)
	if _, err := Apply(t.Context(), db, Choices{}, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(django.All(), recorded(t, db), anyOrder); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	var old int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM django_migrations WHERE applied = '2020-01-01'`).Scan(&old); err != nil || old != len(django.All())*2/3 {
		t.Errorf("%d rows are as they were, %v", old, err)
	}
	exec(t, db, `DELETE FROM "User" WHERE id = 1`)
	if left := selectIDs(t, db, `SELECT id FROM django_admin_log`); len(left) > 0 {
		t.Errorf("entries %d are left", left)
	}
	own, err := catalogue.ReadForeign(t.Context(), db, "public")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range own {
		if !o.Valid() {
			t.Errorf("not valid: %+v", o)
		}
	}
	if p, err := MakePlan(t.Context(), db, Choices{}); err != nil || len(p.Steps) > 0 {
		t.Errorf("afterwards %+v, %v", p, err)
	}
}

// forget takes the rows of migrations away.
func forget(t *testing.T, db *sql.DB, ms ...DjangoMigration) {
	t.Helper()
	for _, m := range ms {
		if _, err := db.ExecContext(t.Context(), `DELETE FROM django_migrations WHERE app = $1 AND name = $2`, m.App, m.Name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRepairHistory(t *testing.T) {
	polls, tiers := lost[0], lost[6]
	other := DjangoMigration{App: "community", Name: "0018_communitysociallink"}
	for _, tt := range []struct {
		name    string
		change  string
		without []DjangoMigration
		noted   []DjangoMigration
		unnoted bool
	}{
		{name: "the known accident", without: lost, noted: lost},
		{name: "nothing missing"},
		{name: "another is missing too", without: []DjangoMigration{polls, other}, noted: []DjangoMigration{polls}},
		{name: "the tiers' columns have their old names", without: lost, noted: django.Without(lost, []DjangoMigration{tiers}),
			change: `ALTER TABLE "AppSubscriptionTier" RENAME max_free_community_groups TO max_free_payment_plans`},
		{name: "polls were left out", without: lost, noted: lost,
			change: `ALTER TABLE "Poll_payment_plans" RENAME communitygroup_id TO paymentplan_id`},
		{name: "quizzes have their old name", without: lost, noted: lost,
			change: `ALTER TABLE "SimpleQuiz_payment_plans" RENAME TO "Quiz_payment_plans"; ALTER TABLE "SimpleQuiz" RENAME TO "Quiz"`},
		{name: "what they depend on is missing too", without: append([]DjangoMigration{required}, lost...), noted: lost, unnoted: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := unmanaged(t, djangoUses()+tt.change)
			forget(t, db, tt.without...)
			before, schema := recorded(t, db), readSchema(t, db)
			r, err := RepairHistory(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.noted, r.Noted, anyOrder, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			if diff := cmp.Diff(append(before, tt.noted...), recorded(t, db), anyOrder); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			if (r.Unnoted != nil) != tt.unnoted {
				t.Errorf("not noted is %v", r.Unnoted)
			}
			if diff := catalogue.Diff(schema, readSchema(t, db)); len(diff) > 0 {
				t.Errorf("changed are %+v", diff)
			}
			if r, err := RepairHistory(t.Context(), db); err != nil || len(r.Noted) > 0 {
				t.Errorf("the second time: %+v, %v", r, err)
			}
		})
	}
}

func TestHistoryIsNotRepairedBeforeTheRename(t *testing.T) {
	for _, change := range []string{
		`ALTER TABLE "CommunityGroup" RENAME TO "PaymentPlan"`,
		`ALTER TABLE "CommunityGroupAccess" RENAME TO "UserPaymentPlan"`,
		`ALTER TABLE "CommunityMemberSubscription" RENAME community_group_id TO payment_plan_id`,
		`ALTER TABLE "Forum_payment_plans" RENAME communitygroup_id TO paymentplan_id`,
		`ALTER TABLE "SimpleQuiz_payment_plans" RENAME communitygroup_id TO paymentplan_id`,
		`CREATE TABLE "PaymentPlan" (id bigint)`,
	} {
		t.Run(change, func(t *testing.T) {
			t.Parallel()
			db := unmanaged(t, djangoUses()+change)
			forget(t, db, lost...)
			before := recorded(t, db)
			_, err := RepairHistory(t.Context(), db)
			var e *NotRenamedError
			if !errors.As(err, &e) || len(e.Lacks) == 0 || !strings.Contains(err.Error(), e.Lacks[0]) {
				t.Errorf("%v", err)
			}
			if diff := cmp.Diff(before, recorded(t, db), anyOrder); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
	if _, err := RepairHistory(t.Context(), open(t, fresh{})); !errors.Is(err, ErrNoHistory) {
		t.Error(err)
	}
}
