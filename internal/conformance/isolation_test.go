package conformance

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/communitybuilder/communitybuilder"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// A rule that counts rows would count those of an old snapshot.
func TestRulesThatCountNeedReadCommitted(t *testing.T) {
	ctx, d := t.Context(), Postgres(t)
	f := factory.New(d.Client)
	wheel, user := factory.Must(ctx, t, f.Wheel), factory.Must(ctx, t, f.User)
	join := func(level sql.IsolationLevel) error {
		return communitybuilder.Tx(ctx, d.Client, func(ctx context.Context, tx *cbent.Client) error {
			return tx.WheelParticipant.Create().SetWheel(wheel).SetUser(user).SetOrder(1).Exec(ctx)
		}, communitybuilder.TxIsolation(level))
	}
	for _, level := range []sql.IsolationLevel{sql.LevelRepeatableRead, sql.LevelSerializable} {
		if err := join(level); !errors.Is(err, orm.ErrIsolation) {
			t.Errorf("%s: %v", level, err)
		}
	}
	if err := join(sql.LevelReadCommitted); err != nil {
		t.Error(err)
	}
}
