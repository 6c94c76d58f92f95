package migratetest_test

import (
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/migratetest"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestItStopsBeforeTheMigrationAndGoesOn(t *testing.T) {
	versions := migratetest.Versions(t)
	d := migratetest.Before(t, versions[1])
	at := func() string {
		s, err := migrations.Status(t.Context(), d.DB)
		if err != nil {
			t.Fatal(err)
		}
		return s.Database
	}
	for _, step := range []struct {
		do   func()
		want string
	}{{func() {}, versions[0]}, {d.Migrate, versions[1]}, {d.Undo, versions[0]}, {d.Migrate, versions[1]}} {
		step.do()
		if got := at(); got != step.want {
			t.Fatalf("the version is %s, want %s", got, step.want)
		}
	}
}
