package migrations_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// reversible are three migrations that can be undone.
var reversible = files{
	first: createThings, second: changeThings, third: indexThings,
	undo + first:  "-- communitybuilder:loses every thing\n\nDROP TABLE things;\n",
	undo + second: "DELETE FROM things WHERE name = 'second';\nALTER TABLE things DROP COLUMN note;\n",
	undo + third:  "-- atlas:txmode none\n\nDROP INDEX CONCURRENTLY IF EXISTS things_name;\n",
}

// with returns the files with others in addition or instead.
func (f files) with(others files) files {
	all := files{}
	for name, content := range f {
		all[name] = content
	}
	for name, content := range others {
		all[name] = content
	}
	return all
}

const version1, version2, version3 = "20240101000000", "20240102000000", "20240103000000"

func TestDownAndUpAgain(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := reversible.dir(t)
	apply(t, d, db)
	for _, to := range []string{version2, version1, migrations.Empty} {
		steps, err := d.PlanDown(t.Context(), db, to)
		if err != nil {
			t.Fatal(err)
		}
		undone, err := d.Down(t.Context(), db, to, true)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "undone", len(undone), len(steps))
		for i := range undone {
			equal(t, "undone", undone[i], steps[i].Migration)
		}
		s := status(t, d, db)
		equal(t, "version", s.Database, strings.TrimPrefix(to, migrations.Empty))
		equal(t, "tables", s.Tables, to != migrations.Empty)
		equal(t, "applied again", len(apply(t, d, db)), len(s.Pending))
		equal(t, "ran", names(t, db), "first second")
		if err := migrations.Check(status(t, d, db)); err != nil {
			t.Error(err)
		}
	}
	undone, err := d.Down(t.Context(), db, version3, false)
	if err != nil || len(undone) > 0 {
		t.Errorf("down to where it is: undone %v, %v", undone, err)
	}
}

func TestDownRefuses(t *testing.T) {
	t.Parallel()
	var (
		loss    *migrations.LossError
		final   *migrations.IrreversibleError
		none    *migrations.UnknownVersionError
		version *migrations.VersionError
		change  *migrations.ChangedError
	)
	all := reversible
	for name, tt := range map[string]struct {
		before string // what is done by hand first
		module files
		to     string
		want   any      // the error's type
		says   []string // in its text
	}{
		"a loss":                {module: all, to: "0", want: &loss, says: []string{"every thing (" + first + ")", "--lose-data"}},
		"no version":            {module: all, to: "20240101", want: &none, says: []string{`"20240101"`}},
		"no undo file":          {module: all.without(undo + second), to: version1, want: &final, says: []string{second, "no undo file"}},
		"said to have none":     {module: all.with(files{undo + second: "-- communitybuilder:irreversible names are merged\n"}), to: version1, want: &final, says: []string{second, "names are merged"}},
		"a version not reached": {module: all.with(files{"20240104000000_x.sql": "SELECT 1;"}), to: "20240104000000", want: &version, says: []string{"older"}},
		"what it does not know": {module: all.without(third, undo+third), to: version1, want: &version, says: []string{"newer"}},
		"a changed file":        {module: all.edited(second), to: version2, want: &change, says: []string{second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, pgtest.Empty(t))
			apply(t, all.dir(t), db)
			undone, err := tt.module.dir(t).Down(t.Context(), db, tt.to, false)
			if len(undone) > 0 || err == nil || !errors.As(err, tt.want) {
				t.Fatalf("undone %v, got %v, want %T", undone, err, tt.want)
			}
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			equal(t, "version", status(t, all.dir(t), db).Database, version3)
			equal(t, "ran", names(t, db), "first second")
		})
	}
}

// without returns the files but some.
func (f files) without(names ...string) files {
	rest := f.with(nil)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

func TestDownOfWhatIsNotManaged(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := reversible.dir(t)
	undone, err := d.Down(t.Context(), db, migrations.Empty, false)
	if err != nil || len(undone) > 0 {
		t.Errorf("an empty database: undone %v, %v", undone, err)
	}
	must(t, db, "CREATE TABLE django_migrations ()")
	if _, err := d.Down(t.Context(), db, migrations.Empty, true); !errors.Is(err, migrations.ErrUnmanaged) {
		t.Errorf("got %v, want ErrUnmanaged", err)
	}
}

func TestABrokenSumOfTheUndoFilesKeepsNobodyFromApplying(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	path := t.TempDir()
	d := reversible.write(t, path)
	if err := os.WriteFile(filepath.Join(path, undo, third), []byte("SELECT 3;"), 0o600); err != nil {
		t.Fatal(err)
	}
	equal(t, "applied", len(apply(t, d, db)), 3)
	if _, err := d.Down(t.Context(), db, version1, true); !errors.Is(err, migrations.ErrChecksum) || !strings.Contains(err.Error(), undo+third) {
		t.Errorf("got %v, want ErrChecksum that names the file", err)
	}
}

func TestAFailedUndoIsRolledBackAndTheOnesBeforeItStayUndone(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := reversible.with(files{undo + second: "DELETE FROM things;\nSELECT 1/0;\n"}).dir(t)
	apply(t, d, db)
	undone, err := d.Down(t.Context(), db, version1, false)
	equal(t, "undone", len(undone), 1)
	var failed *migrations.FileError
	if !errors.As(err, &failed) || !failed.Undo || !failed.RolledBack || failed.Stmt != "SELECT 1/0;" {
		t.Fatalf("got %v, want a FileError of the undo file", err)
	}
	for _, part := range []string{undo + second, "nothing of it was undone"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	equal(t, "version", status(t, d, db).Database, version2)
	equal(t, "ran", names(t, db), "first second")
	equal(t, "applied again", len(apply(t, d, db)), 1)
}

func TestDownOfADatabaseThatBeganLater(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := reversible.dir(t)
	apply(t, d, db)
	// As `atlas migrate apply --baseline` leaves it.
	must(t, db, `DELETE FROM atlas_schema_revisions.atlas_schema_revisions WHERE version < '20240103000000'`)
	if _, err := d.Down(t.Context(), db, version2, false); err != nil {
		t.Fatal(err)
	}
	s := status(t, d, db)
	equal(t, "version", s.Database, version2)
	equal(t, "pending", len(s.Pending), 1)
	equal(t, "applied again", len(apply(t, d, db)), 1)
	if _, err := d.Down(t.Context(), db, migrations.Empty, true); err != nil {
		t.Fatal(err)
	}
	equal(t, "tables", status(t, d, db).Tables, false)
	equal(t, "applied from the beginning", len(apply(t, d, db)), 3)
}

func TestDownOfAHalfAppliedMigration(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	f := reversible.with(files{third: "-- atlas:txmode none\n\nCREATE UNIQUE INDEX CONCURRENTLY things_name ON things (name);\n"})
	d := f.dir(t)
	apply(t, d.Until(version1), db)
	must(t, db, `INSERT INTO things VALUES ('first')`)
	if _, err := d.Apply(t.Context(), db); err == nil {
		t.Fatal("no error from two rows of one name")
	}
	if _, err := d.Down(t.Context(), db, version2, false); err != nil {
		t.Fatal(err)
	}
	equal(t, "version", status(t, d, db).Database, version2)
	equal(t, "indexes", query(t, db, indexes), "")

	f[third] = "-- atlas:txmode none\n\nSELECT 1;\nSELECT 1/0;\n"
	if _, err := f.dir(t).Apply(t.Context(), db); err == nil {
		t.Fatal("no error from a division by zero")
	}
	var half *migrations.HalfAppliedError
	if _, err := f.dir(t).Down(t.Context(), db, version2, false); !errors.As(err, &half) {
		t.Errorf("got %v, want a HalfAppliedError", err)
	}
}

func TestDownGoesOnAfterItWasCutShort(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Empty(t))
	d := reversible.dir(t)
	apply(t, d, db)
	must(t, db, `DROP INDEX things_name`) // and then the process was killed
	if _, err := d.Down(t.Context(), db, version2, false); err != nil {
		t.Fatal(err)
	}
	equal(t, "version", status(t, d, db).Database, version2)
	equal(t, "applied again", len(apply(t, d, db)), 1)
	equal(t, "indexes", query(t, db, indexes), "things_name t")
}
