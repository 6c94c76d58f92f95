package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/factory"
)

func handoffStates(t *testing.T, d Database) {
	ctx, f := System(t), factory.New(d.Client)
	states := []wheelhandoff.Status{wheelhandoff.StatusPending, wheelhandoff.StatusActionDone, wheelhandoff.StatusAcknowledged}
	for i, from := range states {
		for k, to := range states {
			h := factory.Must(ctx, t, f.WheelHandoff, func(c *cbent.WheelHandoffCreate) { c.SetStatus(from) })
			u := h.Update().SetStatus(to)
			if to == wheelhandoff.StatusAcknowledged && from != to {
				u.SetAcknowledgedByID(h.QueryRecipient().OnlyX(ctx).UserID)
			}
			want := apierror.InvalidTransition
			if k == i || k == i+1 {
				want = ""
			}
			gives(t, fmt.Sprintf("from %s to %s", from, to), u.Exec(ctx), want)
		}
	}
}

func handoffAcknowledgement(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	done := func() *cbent.WheelHandoff {
		return factory.Must(ctx, t, f.WheelHandoff, func(c *cbent.WheelHandoffCreate) { c.SetStatus(wheelhandoff.StatusActionDone) })
	}
	h, other := done(), done()
	acknowledge := func(h *cbent.WheelHandoff) *cbent.WheelHandoffUpdateOne {
		return c.WheelHandoff.UpdateOneID(h.ID).SetStatus(wheelhandoff.StatusAcknowledged)
	}
	recipient := h.QueryRecipient().OnlyX(ctx).UserID
	gives(t, "by nobody", acknowledge(h).Exec(ctx), apierror.InvalidAcknowledger)
	gives(t, "by one of another wheel", acknowledge(h).SetAcknowledgedByID(other.QueryRecipient().OnlyX(ctx).UserID).Exec(ctx), apierror.InvalidAcknowledger)
	gives(t, "who, before it is", h.Update().SetAcknowledgedByID(recipient).Exec(ctx), apierror.InvalidAcknowledger)
	gives(t, "when, before it is", h.Update().SetAcknowledgedAt(someTime).Exec(ctx), apierror.InvalidAcknowledger)
	before := time.Now().Add(-time.Millisecond)
	gives(t, "by the recipient", acknowledge(h).SetAcknowledgedByID(recipient).Exec(ctx), "")
	at := c.WheelHandoff.GetX(ctx, h.ID).AcknowledgedAt
	if at == nil || at.Before(before) {
		t.Errorf("it was acknowledged at %v, after %s", at, before)
	}
	gives(t, "again by the same", acknowledge(h).SetAcknowledgedByID(recipient).Exec(ctx), "")
	if again := c.WheelHandoff.GetX(ctx, h.ID).AcknowledgedAt; !again.Equal(*at) {
		t.Errorf("it was acknowledged at %s, and then at %s", at, again)
	}
	third := factory.Must(ctx, t, f.User).ID
	gives(t, "again by another", acknowledge(h).SetAcknowledgedByID(third).Exec(ctx), apierror.AlreadyAcknowledged)
	gives(t, "by nobody any more", c.WheelHandoff.Update().ClearAcknowledgedByID().Exec(ctx), apierror.AlreadyAcknowledged)
	gives(t, "another note", h.Update().SetNote("thank you").Exec(ctx), "")
	told := done()
	acknowledge(told).SetAcknowledgedByID(told.QueryRecipient().OnlyX(ctx).UserID).SetAcknowledgedAt(someTime).ExecX(ctx)
	if at := c.WheelHandoff.GetX(ctx, told.ID).AcknowledgedAt; at == nil || !at.Equal(someTime) {
		t.Errorf("it was acknowledged at %v, want %s", at, someTime)
	}
}
