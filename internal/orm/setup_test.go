package orm_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var errRefused = errors.New("refused")

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func wantAll[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// listener is the front door's driver, and notes what is sent through it.
type listener struct {
	*txdriver.Driver
	mu   sync.Mutex
	sent []string
}

func (l *listener) note(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, s)
}

func (l *listener) Exec(ctx context.Context, query string, args, v any) error {
	l.note(query)
	return l.Driver.Exec(ctx, query, args, v)
}

func (l *listener) Query(ctx context.Context, query string, args, v any) error {
	l.note(query)
	return l.Driver.Query(ctx, query, args, v)
}

func (l *listener) InTx(ctx context.Context, fn func(context.Context) error) error {
	l.note("BEGIN")
	return l.Driver.InTx(ctx, fn)
}

// during returns the statements that fn sends.
func (l *listener) during(fn func()) []string {
	l.mu.Lock()
	before := len(l.sent)
	l.mu.Unlock()
	fn()
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.sent[before:])
}

// listen returns another client on the test's database, and what hears its
// statements.
func listen(t *testing.T, d conformance.Database) (*ent.Client, *listener) {
	t.Helper()
	l := &listener{Driver: driver(t, d)}
	return ent.NewClient(ent.Driver(l)), l
}

func driver(t *testing.T, d conformance.Database) *txdriver.Driver {
	t.Helper()
	db := d.DB
	if d.Dialect == dialect.SQLite {
		var err error
		db, err = sql.Open("sqlite", "file:"+strings.TrimPrefix(d.URL, "sqlite:")+
			"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_time_format=sqlite&_timezone=UTC&_txlock=immediate")
		must(t, err)
		t.Cleanup(func() { must(t, db.Close()) })
	}
	return txdriver.New(entsql.OpenDB(d.Dialect, db))
}
