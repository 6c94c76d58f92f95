package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/adopt"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// unmanaged has the tables of a new database, but another toolchain's: without the
// two indexes and the check that rows break.
const unmanaged = `
DROP SCHEMA atlas_schema_revisions CASCADE;
DROP INDEX user_email_lower; DROP INDEX tag_slug;
ALTER TABLE "User" DROP CONSTRAINT user_username_format;
INSERT INTO "User" (email, username, password, date_joined) VALUES ('s3cret@example.com', 'an s3cret', 'x', now()), ('S3CRET@example.com', NULL, 'x', now());
`

func TestAdopt(t *testing.T) {
	u := pgtest.New(t, conformance.Migrated)
	plain(t, u, unmanaged)
	command(t, "adopt", "validate", "--url", u).expect(t, 1, "", "another toolchain made them")
	command(t, "adopt", "fake-history", "--url", u).expect(t, 1, "", "another toolchain made them")
	plan := command(t, "adopt", "plan", "--url", u)
	plan.expect(t, 1, `SELECT * FROM "User" WHERE id IN (`, "")
	for _, text := range []string{
		"user_email_lower of User: 2 rows", "the takeover does not begin before they are repaired", "--repair user_email_lower",
		"user_username_format of User: 1 row", "--accept user_username_format",
		`make index "tag_slug"`, "keeps nobody waiting",
	} {
		plan.expect(t, 1, text, "")
	}
	if strings.Contains(plan.stdout, "CREATE UNIQUE INDEX") {
		t.Errorf("statements are shown that nobody asked for:\n%s", plan.stdout)
	}
	command(t, "adopt", "plan", "--sql", "--url", u).expect(t, 1, "CREATE UNIQUE INDEX", "")
	command(t, "adopt", "apply", "--url", u).expect(t, 1, "", "nothing was changed")
	command(t, "adopt", "plan", "--repair", "user_email_lower", "--url", u).expect(t, 0, "repair user_email_lower", "")

	command(t, "adopt", "apply", "--repair", "user_email_lower", "--url", u).expect(t, 0, "user_username_format  User   not held to it", "")
	command(t, "adopt", "plan", "--url", u).expect(t, 0, "Nothing is left to do", "")
	command(t, "adopt", "apply", "--url", u).expect(t, 0, "The database has been taken over.", "")
	command(t, "migrate", "status", "--url", u).expect(t, 0, "The database is up to date.", "")
	command(t, "doctor", "--url", u).expect(t, 1, "user_username_format", "")
	command(t, "adopt", "validate", "--url", u).expect(t, 1, "user_username_format of User waits: 1 of its rows break it", "")
	plain(t, u, `UPDATE "User" SET username = 'fine' WHERE id = 1`)
	validated := command(t, "adopt", "validate", "--url", u)
	validated.expect(t, 0, "user_username_format  User", "")
	validated.expect(t, 0, "No rule waits for a repair.", "")
	command(t, "doctor", "--url", u).expect(t, 0, "All is well.", "")
}

func TestAdoptWritesJSON(t *testing.T) {
	u := pgtest.New(t, conformance.Migrated)
	plain(t, u, unmanaged)
	var p adopt.Plan
	decode(t, command(t, "adopt", "plan", "--format", "json", "--accept", "user_username_format", "--url", u), 1, &p)
	if len(p.Findings) != 2 || p.Findings[0].Response != adopt.Stops && p.Findings[1].Response != adopt.Stops || len(p.Steps) == 0 {
		t.Errorf("%+v", p)
	}
	var report adopt.Report
	r := command(t, "adopt", "apply", "--format", "json", "--accept", "user_username_format", "--repair", "user_email_lower", "--url", u)
	decode(t, r, 0, &report)
	if len(report.Waiting) != 1 || !report.Waiting[0].Bound || len(report.Steps) == 0 {
		t.Errorf("%+v", report)
	}
	var v adopt.Validation
	decode(t, command(t, "adopt", "validate", "--format", "json", "--url", u), 1, &v)
	if len(v.Waiting) != 1 || v.Waiting[0].Response != adopt.Binds {
		t.Errorf("%+v", v)
	}
	var noted adopt.HistoryRepair
	decode(t, command(t, "adopt", "fake-history", "--format", "json", "--url", u), 0, &noted)
	if len(noted.Noted) < 100 {
		t.Errorf("%+v", noted)
	}
	plain(t, u, `DELETE FROM django_migrations WHERE app = 'community_polls'`)
	decode(t, command(t, "adopt", "repair-history", "--format", "json", "--url", u), 0, &noted)
	if len(noted.Noted) != 1 || noted.Noted[0].App != "community_polls" {
		t.Errorf("%+v", noted)
	}
}

func decode(t *testing.T, r result, status int, into any) {
	t.Helper()
	r.expect(t, status, "", "")
	if err := json.Unmarshal([]byte(r.stdout), into); err != nil {
		t.Fatalf("%v in %s", err, r.stdout)
	}
}

func TestAdoptHistory(t *testing.T) {
	u := pgtest.New(t, conformance.Migrated)
	command(t, "adopt", "repair-history", "--url", u).expect(t, 1, "", "no table django_migrations")
	command(t, "adopt", "fake-history", "--url", u).expect(t, 0, "noted: community 0011_rename_payment_plan_models\n", "")
	command(t, "adopt", "fake-history", "--url", u).expect(t, 0, "Nothing was missing from django_migrations.", "")
	command(t, "adopt", "repair-history", "--url", u).expect(t, 0, "Nothing was missing from django_migrations.", "")
	plain(t, u, `DELETE FROM django_migrations WHERE name IN ('0003_alter_forum_payment_plans', '0001_initial')`)
	repaired := command(t, "adopt", "repair-history", "--url", u)
	if repaired.expect(t, 0, "noted: community_forum 0003_alter_forum_payment_plans\n", ""); strings.Count(repaired.stdout, "\n") != 1 {
		t.Errorf("noted are\n%s", repaired.stdout)
	}
	plain(t, u, `DELETE FROM django_migrations WHERE app = 'community'`)
	command(t, "adopt", "repair-history", "--url", u).expect(t, 1, "", "community 0011_rename_payment_plan_models is not in django_migrations either")
	plain(t, u, `ALTER TABLE "Forum_payment_plans" RENAME communitygroup_id TO paymentplan_id`)
	command(t, "adopt", "repair-history", "--url", u).expect(t, 1, "", "not fully past")
}

func TestAdoptSaysWhatIsWrongWithItsFlags(t *testing.T) {
	u := pgtest.Empty(t)
	command(t, "adopt", "plan", "--url", u).expect(t, 1, "", "none of the platform's tables")
	plain(t, u, `CREATE TABLE "User" (id bigint)`)
	command(t, "adopt", "plan", "--accept", "x", "--url", u).expect(t, 2, "", `accept: "x" is not the name of a check`)
	command(t, "adopt", "apply", "--repair", "x", "--url", u).expect(t, 2, "", `repair: "x" is not a rule with a repair`)
	command(t, "adopt", "plan", "--format", "x", "--url", u).expect(t, 2, "", `--format must be text or json, not "x"`)
	command(t, "adopt").expect(t, 0, "repair-history", "")
}
