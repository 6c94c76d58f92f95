package doctor_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent/migrate"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

var update = flag.Bool("update", false, "write the golden files that the database at hand is for")

// Other services' rows were written without most rules. Which of them break which
// is in testdata: those of the environment's sample, and those of the imitation.
func TestRowsThatBreakARule(t *testing.T) {
	u, which := unmanaged(t)
	r := examine(t, u)
	var lines []string
	for _, f := range r.Rows {
		what := "mistake"
		if !f.Mistake() {
			what = "usual"
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintln(what, f.Rule, f.Table, f.Rows, f.IDs, f.Error)))
	}
	slices.Sort(lines)
	got, golden := strings.Join(lines, "\n")+"\n", filepath.Join("testdata", "rows_"+which+".txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-) and the report (+), which go test ./internal/doctor -update writes:\n%s", golden, diff)
	}
	report := text(t, r, false)
	for _, f := range r.Rows {
		if !regexp.MustCompile(`\n  ` + f.Rule + ` +` + f.Table + ` +` + fmt.Sprint(f.Rows) + ` `).MatchString(report) {
			t.Errorf("the report doesn't show %+v:\n%s", f, report)
		}
	}
}

func TestUsualRowsNeedNoAttention(t *testing.T) {
	u, db := migrated(t)
	exec(t, db, `
		INSERT INTO "User" (email, password, date_joined) VALUES ('a@b.example', 'x', now());
		INSERT INTO "StorageUsage" (created_at, file_path, file_size, owner_id) SELECT now(), 'f', 1, id FROM "User", generate_series(1, 7)`)
	r := examine(t, u)
	report := text(t, r, false)
	want := `
For information, rows that break a rule without anybody's mistake:
  RULE                         TABLE           ROWS  IDS               WHAT IT SAYS
  storageusage_one_row_a_file  StorageUsage       7  1, 2, 3, 4, 5, …  file_path: ` +
		invariant.Named("StorageUsage", "storageusage_one_row_a_file").Says + ` (other services store a path again)

All is well.
`
	if !r.Healthy() || !strings.HasSuffix(report, want) {
		t.Errorf("want at the end%s\ngot\n%s", want, report)
	}
	exec(t, db, `INSERT INTO "BlogPost" (title, slug, blog_message, created_at, updated_at) VALUES ('a', '', 'b', now(), now())`)
	r = examine(t, u)
	if !slices.Contains(r.Problems, "1 rule is broken by rows") || !strings.Contains(text(t, r, false), "\nRows that break a rule:\n") {
		t.Errorf("got problems %q and\n%s", r.Problems, text(t, r, false))
	}
}

func TestRulesThatCouldNotBeExamined(t *testing.T) {
	u, db := migrated(t)
	exec(t, db, `DROP TABLE "StoreDownloadToken"`)
	r := examine(t, u)
	if !slices.Contains(r.Problems, "1 rule could not be examined") {
		t.Errorf("got problems %q", r.Problems)
	}
	const which = `storedownloadtoken_expires_after_start  StoreDownloadToken  relation "StoreDownloadToken" does not exist`
	short, long := text(t, r, false), text(t, r, true)
	if !strings.Contains(short, "1 rule could not be examined; --verbose says which and why.") || strings.Contains(short, which) {
		t.Errorf("got\n%s", short)
	}
	if !strings.Contains(long, which) {
		t.Errorf("got\n%s", long)
	}
}

func TestNoRowOfTheFactoryBreaksARule(t *testing.T) {
	u, db := migrated(t)
	client, err := cb.Open(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	f := reflect.ValueOf(factory.New(client))
	for range 3 {
		for i := range f.NumMethod() {
			m := f.Method(i)
			if !m.Type().IsVariadic() {
				continue // Member, which needs to know where
			}
			out := m.Call([]reflect.Value{reflect.ValueOf(conformance.System(t))})
			if err, _ := out[1].Interface().(error); err != nil {
				t.Fatalf("%s: %v", f.Type().Method(i).Name, err)
			}
		}
	}
	for _, table := range migrate.Tables {
		var rows int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM "`+table.Name+`"`).Scan(&rows); err != nil || rows == 0 {
			t.Errorf("%s: %d rows, %v", table.Name, rows, err)
		}
	}
	r := examine(t, u)
	if len(r.Rows) > 0 || !r.Healthy() {
		t.Error(text(t, r, true))
	}
}
