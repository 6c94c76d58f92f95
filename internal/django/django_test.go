package django

import (
	"context"
	"database/sql"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// fresh is the state of a new database.
type fresh struct{}

func (fresh) Key() string { return "fresh " + migrations.Latest() }

func (fresh) Build(ctx context.Context, db *sql.DB, _ string) error {
	_, err := migrations.Apply(ctx, db)
	return err
}

func open(t *testing.T, tmpl pgtest.Template) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", pgtest.New(t, tmpl))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// dumped returns a database of the dump that a variable of the environment names,
// and how it is called; without it a new one with Django's own tables.
func dumped(t *testing.T, variable string) (*sql.DB, bool) {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		db := open(t, fresh{})
		exec(t, db, OwnTables)
		exec(t, db, strings.Join(Record(All()), ";"))
		return db, false
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, pgtest.Dump(string(script))), true
}

func exec(t *testing.T, db *sql.DB, script string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
}

// schema returns all tables, Django's own too.
func schema(t *testing.T, db *sql.DB) catalogue.Schema {
	t.Helper()
	s, err := catalogue.Read(t.Context(), db, "public")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(s, own(t, db))
}

func own(t *testing.T, db *sql.DB) catalogue.Schema {
	t.Helper()
	s, err := catalogue.ReadForeign(t.Context(), db, "public")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func recorded(t *testing.T, db *sql.DB) []Migration {
	t.Helper()
	ms, err := Recorded(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

var update = flag.Bool("update", false, "write what Django makes, from SAMPLE_DATABASE, to testdata")

// own_tables.txt is what Django itself has made, key to "User" aside.
func TestOwnTablesAreThoseThatDjangoMakes(t *testing.T) {
	const file = "testdata/own_tables.txt"
	text := func(db *sql.DB) string {
		s := strings.ReplaceAll(string(catalogue.Step(nil, own(t, db))), " ON DELETE CASCADE", "")
		_, s, _ = strings.Cut(s, "\n")
		return s
	}
	if db, real := dumped(t, "SAMPLE_DATABASE"); real && *update {
		if err := os.WriteFile(file, []byte(text(db)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sample, _ := dumped(t, "SAMPLE_DATABASE")
	made := open(t, fresh{})
	exec(t, made, OwnTables)
	exec(t, made, OwnTables) // where they are there already
	for name, db := range map[string]*sql.DB{"made": made, "sample": sample} {
		if diff := cmp.Diff(string(want), text(db)); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", name, diff)
		}
	}
}

// What Django has noted of a database is what its schema shows.
func TestASchemaShowsWhatWasTaken(t *testing.T) {
	for _, variable := range []string{"SAMPLE_DATABASE", "LEGACY_DATABASE"} {
		t.Run(variable, func(t *testing.T) {
			db, _ := dumped(t, variable)
			noted := recorded(t, db)
			if extra := Without(noted, All()); len(extra) > 0 {
				t.Errorf("unknown are %v", extra)
			}
			want := slices.DeleteFunc(All(), func(m Migration) bool { return !slices.Contains(noted, m) })
			if diff := cmp.Diff(want, Taken(schema(t, db))); diff != "" {
				t.Errorf("noted (-), shown (+):\n%s", diff)
			}
		})
	}
}

func TestWhatASchemaLacksWasNotTaken(t *testing.T) {
	db := open(t, fresh{})
	if taken := Taken(schema(t, db)); slices.ContainsFunc(taken, func(m Migration) bool {
		return slices.Contains([]string{"admin", "auth", "contenttypes", "sessions"}, m.App)
	}) {
		t.Errorf("without Django's own tables shown are %v", taken)
	}
	exec(t, db, OwnTables)
	for _, tt := range []struct{ change, want string }{
		{`ALTER TABLE "Poll_payment_plans" RENAME communitygroup_id TO paymentplan_id`, "community_polls 0003_rename_poll_payment_plans_m2m_column"},
		{`DROP INDEX wheelhandoff_wheel_id_from_participant_id_to_participant_id`,
			"community_wheel 0009_alter_wheel_round_duration_days_and_more, community_wheel 0010_alter_wheelhandoff_unique_together"},
		{`DROP TABLE django_session`, "sessions 0001_initial"},
		{`ALTER TABLE "CommunityTelegram" RENAME platform_is_enabled TO is_enabled`,
			"community_telegram 0005_split_platform_private_is_enabled, community_telegram 0006_alter_communitytelegram_platform_chat_id_and_more"},
		{`ALTER TABLE "AppSubscriptionTier" ADD COLUMN price numeric(10,2)`,
			"app_subscription 0012_remove_moved_models_from_app_subscription, app_subscription 0013_alter_appsubscriptiontier_price, " +
				"app_subscription 0014_remove_appsubscriptiontier_price, app_subscription 0015_alter_appsubscriptiontier_options, storage_usage 0001_initial"},
		{`ALTER TABLE "PayoutProfile" ALTER COLUMN identity_document_number TYPE varchar(300)`,
			"app_payments 0004_alter_payoutprofile_identity_document_number_and_more"},
	} {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), tt.change); err != nil {
			t.Fatal(err)
		}
		here, err := catalogue.Read(t.Context(), tx, "public")
		if err != nil {
			t.Fatal(err)
		}
		django, err := catalogue.ReadForeign(t.Context(), tx, "public")
		if err != nil {
			t.Fatal(err)
		}
		_ = tx.Rollback()
		var lacks []string
		for _, m := range Without(All(), Taken(slices.Concat(here, django))) {
			lacks = append(lacks, m.String())
		}
		if got := strings.Join(lacks, ", "); got != tt.want {
			t.Errorf("%s: missing is %s", tt.change, got)
		}
	}
}

// Those that are there stay as they are, and two who note at once note once.
func TestNothingIsNotedTwice(t *testing.T) {
	db := open(t, fresh{})
	exec(t, db, OwnTables)
	exec(t, db, `INSERT INTO django_migrations (app, name, applied) VALUES ('account', '0001_initial', '2020-01-01'), ('of_theirs', '0001_initial', '2020-01-01')`)
	done := make(chan error)
	for range 4 {
		go func() {
			_, err := db.ExecContext(context.Background(), strings.Join(Record(All()), ";"))
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	var apps []string
	err := db.QueryRowContext(t.Context(), `SELECT array_agg(app || ' ' || name ORDER BY id) FROM django_migrations`).Scan((*pq.StringArray)(&apps))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"account 0001_initial", "of_theirs 0001_initial"}
	for _, m := range All() {
		if m.String() != want[0] {
			want = append(want, m.String())
		}
	}
	if diff := cmp.Diff(want, apps); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	var old int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM django_migrations WHERE applied = '2020-01-01'`).Scan(&old); err != nil || old != 2 {
		t.Errorf("%d rows are as they were, %v", old, err)
	}
}
