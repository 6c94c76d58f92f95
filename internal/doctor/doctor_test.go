package doctor_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent/migrate"
	"github.com/communitybuilder/communitybuilder/internal/doctor"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestADatabaseMadeByTheMigrationsIsHealthy(t *testing.T) {
	u, _ := migrated(t)
	r := examine(t, u)
	if !r.Healthy() || !strings.HasSuffix(text(t, r, false), "All is well.\n") {
		t.Errorf("unhealthy:\n%s", text(t, r, true))
	}
	if r.Version.Database != migrations.Latest() || !r.Version.OK {
		t.Errorf("got version %+v", r.Version)
	}
	if got := entityOf(t, r, "Role").Rows; got != 2 {
		t.Errorf("%d roles were read, the migrations add 2", got)
	}
}

func TestEveryEntityIsExamined(t *testing.T) {
	u, _ := migrated(t)
	var want, got []string
	for _, table := range migrate.Tables {
		want = append(want, table.Name)
	}
	for _, e := range examine(t, u).Entities {
		got = append(got, e.Table)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables of the graph (-) and tables examined (+):\n%s", diff)
	}
}

func TestADatabaseOfAnotherToolchain(t *testing.T) {
	u, _ := unmanaged(t)
	db := plain(t, u)
	r := examine(t, u)
	if r.Healthy() || r.Version.OK || !strings.Contains(r.Version.Advice, "another toolchain") {
		t.Errorf("got version %+v", r.Version)
	}
	for _, e := range r.Entities {
		var rows int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+pq.QuoteIdentifier(e.Table)).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		if rows == 0 || e.Rows != rows || e.Error != "" {
			t.Errorf("%s has %d rows, %d were read %s", e.Table, rows, e.Rows, e.Error)
		}
	}
	for _, v := range r.Violations {
		if strings.Contains(v.Rule, "does not decode") {
			t.Errorf("%+v", v)
		}
	}
	kinds := map[doctor.Kind]int{}
	for _, d := range r.Differences {
		if addedByARule(d) {
			continue // the platform has no such constraint
		}
		kinds[d.Kind]++
		if strings.HasPrefix(d.Table, "django_") || strings.HasPrefix(d.Table, "auth_") {
			t.Errorf("a table of the framework is reported: %s", d)
		}
	}
	// Nothing else is missing but deletion rules, the indexes of pages and, in the
	// imitation, checks: what has another name is found by what it says.
	for _, k := range []doctor.Kind{
		doctor.MissingTable, doctor.MissingColumn, doctor.ColumnType, doctor.MissingUnique, doctor.MissingForeignKey,
	} {
		if kinds[k] > 0 {
			t.Errorf("%d differences of kind %q", kinds[k], k)
		}
	}
	if kinds[doctor.DeletionRule] == 0 || kinds[doctor.OtherName] == 0 {
		t.Errorf("differences by kind: %v", kinds)
	}
	short, long := text(t, r, false), text(t, r, true)
	if got, limit := strings.Count(short, "\n"), len(r.Entities)+len(r.Violations)+len(r.Rows)+len(kinds)+26; got > limit {
		t.Errorf("the report has %d lines, more than %d", got, limit)
	}
	if got := strings.Count(long, "\n"); got < len(r.Differences) {
		t.Errorf("the verbose report has %d lines for %d differences", got, len(r.Differences))
	}
}

func TestATableThatMayNotBeReadDoesNotStopTheRest(t *testing.T) {
	u, db := migrated(t)
	exec(t, db, `INSERT INTO "Tag" (name, slug, created_at) VALUES ('a', 'a', now()); REVOKE ALL ON "Permission" FROM CURRENT_USER`)
	r := examine(t, u)
	if e := entityOf(t, r, "Permission"); !strings.Contains(e.Error, "permission denied") {
		t.Errorf("got %+v", e)
	}
	if e := entityOf(t, r, "Tag"); e.Rows != 1 || e.Error != "" {
		t.Errorf("got %+v", e)
	}
	if !slices.Contains(r.Problems, "1 entity could not be read") {
		t.Errorf("got problems %q", r.Problems)
	}
}

func TestAnEncodingOtherThanUTF8(t *testing.T) {
	server, err := pgtest.Server()
	if err != nil {
		t.Fatal(err)
	}
	admin := plain(t, server)
	name := "doctor_" + strings.ToLower(rand.Text())
	exec(t, admin, `CREATE DATABASE `+name+` TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`)
	t.Cleanup(func() {
		if _, err := admin.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
	parsed, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/" + name
	r := examine(t, parsed.String())
	if len(r.Server.Problems) != 1 || !strings.Contains(r.Server.Problems[0], "UTF8") {
		t.Errorf("got %+v", r.Server)
	}
}

func TestTheReportAsJSON(t *testing.T) {
	u, _ := migrated(t)
	b, err := json.Marshal(examine(t, u))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "null") {
		t.Errorf("an empty list is null: %s", b)
	}
	var back doctor.Report
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if back.Version.Module != migrations.Latest() || len(back.Entities) != len(migrate.Tables) {
		t.Errorf("got %s", b)
	}
}

func TestADatabaseThatGoesAway(t *testing.T) {
	u, db := migrated(t)
	client, err := cb.Open(t.Context(), u, cb.WithoutSchemaCheck())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := doctor.Examine(t.Context(), db, client); err == nil {
		t.Errorf("examined without a connection: %s", fmt.Sprint(r.Problems))
	}
}

// addedByARule reports whether what differs is a constraint that keeps a rule
// which the platform's own database doesn't have, or the index that a key of two
// columns points to.
func addedByARule(d doctor.Difference) bool {
	return slices.ContainsFunc(invariant.All(), func(r *invariant.Rule) bool {
		return r.Table == d.Table && r.InDatabase() && strings.Contains(d.String(), r.Name)
	}) || d.Kind == doctor.MissingUnique && strings.HasPrefix(d.Name, strings.ToLower(d.Table)+"_id_")
}
