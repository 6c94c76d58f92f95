package doctor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/doctor"
)

// badges adds n badges, all of them good, with the ids 1 to n.
const badges = `INSERT INTO "BadgeDefinition" (code, name, criteria, created_at, updated_at)
	SELECT 'badge' || i, 'name', '{"points": 10}', now(), now() FROM generate_series(1, $n) i;`

func TestBrokenRowsAreCountedAndNamed(t *testing.T) {
	u, db := migrated(t)
	// More than one page, the first and the last rows of which are broken.
	exec(t, db, strings.ReplaceAll(badges, "$n", "1234")+`
		ALTER TABLE "BadgeDefinition" ALTER COLUMN created_at DROP NOT NULL, ALTER COLUMN code TYPE text;
		UPDATE "BadgeDefinition" SET icon_url = 'secret-no-url' WHERE id IN (1, 500, 501, 1000, 1001, 1002, 1234);
		UPDATE "BadgeDefinition" SET criteria = '["secret"]' WHERE id IN (2, 500, 1234);
		UPDATE "BadgeDefinition" SET criteria = '"secret"' WHERE id = 3;
		UPDATE "BadgeDefinition" SET updated_at = 'infinity' WHERE id = 500;
		UPDATE "BadgeDefinition" SET created_at = NULL WHERE id IN (7, 8);
		UPDATE "BadgeDefinition" SET code = repeat('secret', 20) WHERE id = 600`)
	r := examine(t, u)
	want := []doctor.Violation{
		{Entity: "BadgeDefinition", Column: "code", Rule: "value is greater than the required rune length", Rows: 1, IDs: []int64{600}},
		{Entity: "BadgeDefinition", Column: "created_at", Rule: "is NULL", Rows: 2, IDs: []int64{7, 8}},
		{Entity: "BadgeDefinition", Column: "criteria", Rule: "does not decode as schematype.Object: a JSON array", Rows: 3, IDs: []int64{2, 500, 1234}},
		{Entity: "BadgeDefinition", Column: "criteria", Rule: "does not decode as schematype.Object: a JSON string", Rows: 1, IDs: []int64{3}},
		{Entity: "BadgeDefinition", Column: "icon_url", Rule: "must be an absolute http, https, ftp or ftps URL", Rows: 7, IDs: []int64{1, 500, 501, 1000, 1001}},
		{Entity: "BadgeDefinition", Column: "updated_at", Rule: "does not decode as time.Time", Rows: 1, IDs: []int64{500}},
	}
	if diff := cmp.Diff(want, r.Violations); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if e := entityOf(t, r, "BadgeDefinition"); e.Rows != 1234 || e.Problems != 15 || e.Error != "" {
		t.Errorf("got %+v", e)
	}
	if e := entityOf(t, r, "Role"); e.Rows != 2 {
		t.Errorf("the others are not read: %+v", e)
	}
	report := text(t, r, true)
	if strings.Contains(report, "secret") {
		t.Errorf("the report shows a value:\n%s", report)
	}
	if !strings.Contains(report, "1, 500, 501, 1000, 1001, …") {
		t.Errorf("the report doesn't name the rows:\n%s", report)
	}
}

func TestTextThatIsNoEnumValueOrNoJSON(t *testing.T) {
	u, db := migrated(t)
	exec(t, db, conformance.Unconstrained+`;
		INSERT INTO "Wheel" (community_id, created_by_id, description, status, created_at, updated_at)
		VALUES (1, 1, 'a', 'draft', now(), now()), (1, 1, 'b', 'castle', now(), now()), (1, 1, 'c', 'castle', now(), now());
		INSERT INTO "SimpleQuiz" (community_id, title, quiz_data, created_at, updated_at)
		VALUES (1, 'a', '{"broken', now(), now()), (1, 'b', '[]', now(), now())`)
	r := examine(t, u)
	want := []doctor.Violation{
		{Entity: "Quiz", Column: "quiz_data", Rule: "must be a JSON document", Rows: 1, IDs: []int64{1}},
		{Entity: "Wheel", Column: "status", Rule: "must be one of draft, open_for_join, in_progress, completed, cancelled", Rows: 2, IDs: []int64{2, 3}},
	}
	if diff := cmp.Diff(want, r.Violations); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if report := text(t, r, true); strings.Contains(report, "castle") || strings.Contains(report, "broken") {
		t.Errorf("the report shows a value:\n%s", report)
	}
}

func TestAColumnInWhichNothingDecodesIsGivenUp(t *testing.T) {
	u, db := migrated(t)
	exec(t, db, strings.ReplaceAll(badges, "$n", "1600")+`
		UPDATE "BadgeDefinition" SET criteria = '[]', icon_url = CASE WHEN id = 1600 THEN 'no url' END`)
	r := examine(t, u)
	want := []doctor.Violation{
		{Entity: "BadgeDefinition", Column: "criteria", Rule: "does not decode as schematype.Object: a JSON array",
			Rows: 1000, AtLeast: true, IDs: []int64{1, 2, 3, 4, 5}},
		{Entity: "BadgeDefinition", Column: "icon_url", Rule: "must be an absolute http, https, ftp or ftps URL", Rows: 1, IDs: []int64{1600}},
	}
	if diff := cmp.Diff(want, r.Violations); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if e := entityOf(t, r, "BadgeDefinition"); e.Rows != 1600 {
		t.Errorf("got %+v", e)
	}
	if report := text(t, r, false); !strings.Contains(report, "1,000 or more") {
		t.Errorf("the report claims to have counted all:\n%s", report)
	}
}
