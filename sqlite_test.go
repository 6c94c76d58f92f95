package communitybuilder_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/role"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

func TestEveryOpenInMemoryIsANewDatabase(t *testing.T) {
	for _, url := range []string{"sqlite::memory:", "file::memory:", "sqlite:name?mode=memory"} {
		one, other := open(t, url), open(t, url)
		must(t, addRole(conformance.System(t), one, "a"))
		wantRoles(t, conformance.System(t), one, "a")
		wantRoles(t, conformance.System(t), other)
	}
}

func TestADatabaseInMemoryWithASharedName(t *testing.T) {
	const url = "file:shared_by_this_test?mode=memory&cache=shared"
	one, err := cb.Open(conformance.System(t), url)
	must(t, err)
	other, err := cb.Open(conformance.System(t), url)
	must(t, err)
	must(t, addRole(conformance.System(t), one, "a"))
	must(t, one.Close())
	wantRoles(t, conformance.System(t), other, "a")
	must(t, other.Close())
	wantRoles(t, conformance.System(t), open(t, url)) // it ended with its last client
}

func TestADatabaseInMemoryOutlivesItsConnections(t *testing.T) {
	client := open(t, "sqlite::memory:", cb.WithMaxIdleConns(0), cb.WithConnMaxLifetime(1))
	must(t, addRole(conformance.System(t), client, "a"))
	ctx, cancel := context.WithCancel(conformance.System(t))
	cancel()
	if _, err := client.Role.Query().Count(ctx); err == nil {
		t.Error("read with a context that has ended")
	}
	wantRoles(t, conformance.System(t), client, "a")
}

func TestAFileIsOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space.db")
	for i, url := range []string{
		"sqlite:" + strings.ReplaceAll(path, " ", "%20"),
		"sqlite://" + strings.ReplaceAll(path, " ", "%20"),
		"file:" + path + "?_busy_timeout=1000",
		"file:" + path + "?_pragma=busy_timeout(1000)&_pragma=journal_mode(WAL)",
	} {
		client, err := cb.Open(conformance.System(t), url)
		must(t, err)
		if n := own(client).CountX(conformance.System(t)); n != i {
			t.Errorf("%s: %d roles, want %d", url, n, i)
		}
		must(t, addRole(conformance.System(t), client, fmt.Sprint(i)))
		must(t, client.Close())
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 1 || entries[0].Name() != "with space.db" {
		t.Errorf("left %v", entries)
	}
}

func TestTheRolesThatEveryDatabaseHas(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		client := open(t, url)
		var got []string
		for _, r := range client.Role.Query().Order(ent.Asc(role.FieldName)).AllX(conformance.System(t)) {
			got = append(got, fmt.Sprintf("%s %t %s", r.Name, r.IsAdminRole, r.Description))
		}
		want := "[admin true Platform administrator user false Default user role]"
		if fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

func TestRolesThatWereChangedStayChanged(t *testing.T) {
	url := sqliteFile(t)
	client, err := cb.Open(conformance.System(t), url)
	must(t, err)
	client.Role.Update().Where(role.Name("admin")).SetDescription("changed").ExecX(conformance.System(t))
	must(t, client.Close())
	client = open(t, url)
	if r := client.Role.Query().Where(role.Name("admin")).OnlyX(conformance.System(t)); r.Description != "changed" {
		t.Errorf("the description is %q", r.Description)
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	url := sqliteFile(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			client, err := cb.Open(conformance.System(t), url, cb.WithLockTimeout(time.Minute))
			if err != nil {
				t.Error(err)
				return
			}
			defer client.Close()
			if n := client.Role.Query().CountX(conformance.System(t)); n != 2 {
				t.Errorf("%d roles, want 2", n)
			}
		})
	}
	all.Wait()
}

func TestForeignKeysAreEnforced(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		client := open(t, url)
		ctx := conformance.System(t)
		if err := client.Forum.Create().SetCommunityID(404).SetName("Seeds").Exec(ctx); !ent.IsConstraintError(err) {
			t.Errorf("got %v", err)
		}
		c := aThread(t, client, "gardeners")
		client.Community.DeleteOneID(c.ID).ExecX(ctx)
		if n := client.PostLike.Query().CountX(ctx); n != 0 {
			t.Errorf("%d likes stayed", n)
		}
	})
}

// Whoever reads beside a transaction sees what was committed before in a file;
// in memory it waits, and not for ever.
func TestReadingBesideAWriter(t *testing.T) {
	ctx := conformance.System(t)
	t.Run("file", func(t *testing.T) {
		client := open(t, sqliteFile(t))
		must(t, cb.Tx(ctx, client, func(in context.Context, tx *ent.Client) error {
			must(t, addRole(in, tx, "a"))
			wantRoles(t, ctx, client)
			return nil
		}))
		wantRoles(t, ctx, client, "a")
	})
	t.Run("memory", func(t *testing.T) {
		client := open(t, "sqlite::memory:", cb.WithLockTimeout(10*time.Millisecond))
		must(t, cb.Tx(ctx, client, func(in context.Context, tx *ent.Client) error {
			must(t, addRole(in, tx, "a"))
			if _, err := client.Role.Query().Count(ctx); err == nil || !strings.Contains(err.Error(), "SQLITE_BUSY") {
				t.Errorf("got %v", err)
			}
			return nil
		}))
		wantRoles(t, ctx, client, "a")
	})
}

func TestAWaitInVainForTheWriteLockIsRepeated(t *testing.T) {
	url := sqliteFile(t)
	client, other := open(t, url, cb.WithLockTimeout(time.Millisecond)), open(t, url)
	ctx := conformance.System(t)
	tx, err := other.Tx(ctx)
	must(t, err)
	write := func(ctx context.Context, tx *ent.Client) error { return addRole(ctx, tx, "a") }
	wantIs(t, cb.Tx(ctx, client, write, cb.TxAttempts(2)), cb.ErrTxContention)

	cancelled, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	wantIs(t, cb.Tx(cancelled, client, write, cb.TxAttempts(1000)), context.DeadlineExceeded)

	must(t, tx.Rollback())
	must(t, cb.Tx(ctx, client, write))
	wantRoles(t, ctx, client, "a")
}

func TestFilesThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	must(t, os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600))

	_, err := cb.Open(conformance.System(t), "sqlite:"+filepath.Join(dir, "missing", "test.db"))
	wantOpenError(t, err, cb.ErrUnreachable, "missing/test.db", "does the directory exist")
	_, err = cb.Open(conformance.System(t), "sqlite:"+filepath.Join(dir, "missing.db")+"?mode=ro")
	wantOpenError(t, err, cb.ErrUnreachable)
	_, err = cb.Open(conformance.System(t), "sqlite:"+text)
	wantOpenError(t, err, cb.ErrNoDatabase, "not an SQLite database")
}

func TestReadingOnly(t *testing.T) {
	url := sqliteFile(t)
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	must(t, err)
	exec(t, db, `CREATE TABLE other (id integer)`)
	must(t, db.Close())
	_, err = cb.Open(conformance.System(t), url+"?mode=ro")
	wantOpenError(t, err, cb.ErrNoSchema, "open it for writing once")

	client, err := cb.Open(conformance.System(t), url)
	must(t, err)
	must(t, addRole(conformance.System(t), client, "a"))
	must(t, client.Close())

	client = open(t, url+"?mode=ro")
	wantRoles(t, conformance.System(t), client, "a")
	if err := addRole(conformance.System(t), client, "b"); err == nil {
		t.Error("wrote to a database that was opened for reading")
	}
}
