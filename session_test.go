package communitybuilder_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// What the client asks of the server when it connects.
func TestSessionSettings(t *testing.T) {
	server := migrated(t)
	always := map[string]string{"client_encoding": "UTF8", "datestyle": "ISO, MDY"}
	for name, c := range map[string]struct {
		params []string // of the URL
		opts   []cb.Option
		want   map[string]string
	}{
		"defaults": {
			want: map[string]string{
				"application_name": "communitybuilder", "timezone": "UTC",
				"statement_timeout": "30000", "lock_timeout": "10000", "idle_in_transaction_session_timeout": "60000",
			},
		},
		"options": {
			opts: []cb.Option{
				cb.WithApplicationName("billing"), cb.WithStatementTimeout(0),
				cb.WithLockTimeout(time.Second), cb.WithIdleInTransactionTimeout(time.Microsecond),
			},
			want: map[string]string{
				"application_name": "billing", "timezone": "UTC",
				"lock_timeout": "1000", "idle_in_transaction_session_timeout": "1",
			},
		},
		"the URL wins": {
			params: []string{
				"application_name", "report", "TimeZone", "Africa/Lagos", "statement_timeout", "1h",
				"options", "-c lock_timeout=2s --idle-in-transaction-session-timeout=0",
			},
			opts: []cb.Option{cb.WithApplicationName("billing"), cb.WithStatementTimeout(time.Second)},
			want: map[string]string{
				"application_name": "report", "TimeZone": "Africa/Lagos", "statement_timeout": "1h",
				"options": "-c lock_timeout=2s --idle-in-transaction-session-timeout=0",
			},
		},
		"pooler": {
			opts: []cb.Option{cb.WithTransactionPooler()},
			want: map[string]string{"application_name": "communitybuilder"},
		},
		"pooler and the URL": {
			params: []string{"search_path", "public"},
			opts:   []cb.Option{cb.WithTransactionPooler()},
			want:   map[string]string{"application_name": "communitybuilder", "search_path": "public"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, with(t, server, c.params...))
			open(t, w.url, c.opts...)
			got := w.settings(t)
			delete(got, "user")
			delete(got, "database")
			want := maps.Clone(always)
			maps.Copy(want, c.want)
			if !maps.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

// settings reads the first message of the first connection: a length, a
// version, and keys and values that end with a zero byte each.
func (w *wire) settings(t *testing.T) map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.startups) == 0 {
		t.Fatal("there was no connection")
	}
	fields := strings.Split(string(w.startups[0][8:]), "\x00")
	settings := map[string]string{}
	for i := 0; i+1 < len(fields) && fields[i] != ""; i += 2 {
		settings[fields[i]] = fields[i+1]
	}
	return settings
}

func TestAWaitForALockEnds(t *testing.T) {
	url := migrated(t)
	client := open(t, url, cb.WithLockTimeout(20*time.Millisecond))
	other := plain(t, url)
	tx, err := other.BeginTx(conformance.System(t), nil)
	must(t, err)
	defer tx.Rollback()
	_, err = tx.ExecContext(conformance.System(t), `LOCK TABLE "Roles"`)
	must(t, err)
	const lockNotAvailable = "55P03"
	err = addRole(conformance.System(t), client, "a")
	if sqlstate.Of(err) != lockNotAvailable || !errors.Is(err, apierror.Contention) {
		t.Errorf("got %v, want %s", err, lockNotAvailable)
	}
}

// JSON goes through a pooler as well, though lib/pq would send it in a form that
// the server takes for another type's.
func TestJSONBehindATransactionPooler(t *testing.T) {
	client := open(t, migrated(t), cb.WithTransactionPooler())
	ctx := conformance.System(t)
	c := client.Community.Create().SetName("Gardeners").SetAlias("gardeners").SaveX(ctx)
	for i, offerings := range []schematype.Object{{}, {"posts": "ten posts – dix publications"}} {
		made := client.CommunityGroup.Create().SetCommunityID(c.ID).SetName(fmt.Sprint("Tier ", i)).SetOfferings(offerings).SaveX(ctx)
		if got := client.CommunityGroup.GetX(ctx, made.ID).Offerings; !maps.Equal(got, offerings) {
			t.Errorf("got %v, want %v", got, offerings)
		}
	}
	must(t, cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
		return tx.CommunityGroup.Update().SetOfferings(schematype.Object{"posts": "none"}).Exec(ctx)
	}))
}

func TestTimesAreThoseOfUTC(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		client := open(t, url)
		ctx := conformance.System(t)
		lagos := time.FixedZone("WAT", 3600)
		at := time.Date(2026, 2, 3, 0, 30, 0, 123456000, lagos)
		made := client.User.Create().SetEmail("a@example.com").SetPassword("!").SetLastLogin(at).SaveX(ctx)
		got := client.User.GetX(ctx, made.ID).LastLogin
		if want := "2026-02-02T23:30:00.123456Z"; got.Format(time.RFC3339Nano) != want {
			t.Errorf("got %s, want %s", got.Format(time.RFC3339Nano), want)
		}
	})
}
