package factory

import (
	"context"
	"errors"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
)

// ErrNoPairLeft is returned for a contribution in a wheel where each participant,
// or the one that was named, has one to or from every other.
var ErrNoPairLeft = errors.New("factory: the wheel has no two participants left for a contribution")

// WheelHandoff makes a contribution that one participant of a wheel owes another.
// A wheel that hasn't started is started; in one that has, the two are the first
// between whom there is none yet. What is acknowledged was so by the recipient.
func (f *Factory) WheelHandoff(ctx context.Context, with ...func(*ent.WheelHandoffCreate)) (*ent.WheelHandoff, error) {
	c := f.client.WheelHandoff.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	status, _ := m.Status()
	at, dated := m.AcknowledgedAt()
	by, told := m.AcknowledgedByID()
	if status != "" {
		c.SetStatus(wheelhandoff.StatusPending)
	}
	if status == wheelhandoff.StatusAcknowledged {
		m.ClearAcknowledgedAt()
		m.ClearAcknowledgedByID()
	}
	follow(m.WheelID, c.SetWheelID, via(b, m.FromParticipantID, f.client.WheelParticipant.Get, wheelOf))
	follow(m.WheelID, c.SetWheelID, via(b, m.ToParticipantID, f.client.WheelParticipant.Get, wheelOf))
	need(b, m.WheelID, c.SetWheel, f.Wheel)
	if id, ok := m.WheelID(); ok {
		w := ask(b, func(ctx context.Context) (*ent.Wheel, error) { return f.client.Wheel.Get(ctx, id) })
		f.parties(b, w, c)
	}
	h, err := save(b, c.Save)
	if err != nil || status == "" || status == wheelhandoff.StatusPending {
		return h, err
	}
	done := h.Update().SetStatus(wheelhandoff.StatusActionDone).SetUpdatedAt(h.UpdatedAt)
	if h, err = done.Save(ctx); err != nil || status == wheelhandoff.StatusActionDone {
		return h, err
	}
	if !dated {
		at = b.at
	}
	if !told {
		by = f.recipient(b, h)
	}
	return acknowledge(b, h, by, at)
}

func (f *Factory) recipient(b *build, h *ent.WheelHandoff) int64 {
	user, _ := via(b, func() (int64, bool) { return h.ToParticipantID, true }, f.client.WheelParticipant.Get,
		func(p *ent.WheelParticipant) int64 { return p.UserID })()
	return user
}

func acknowledge(b *build, h *ent.WheelHandoff, by int64, at time.Time) (*ent.WheelHandoff, error) {
	return save(b, h.Update().SetStatus(wheelhandoff.StatusAcknowledged).
		SetAcknowledgedByID(by).SetAcknowledgedAt(at).SetUpdatedAt(h.UpdatedAt).Save)
}

// parties names the giver and the recipient, where they are missing, and starts
// their wheel.
func (f *Factory) parties(b *build, w *ent.Wheel, c *ent.WheelHandoffCreate) {
	m := c.Mutation()
	if b.err != nil {
		return
	}
	if w.Status == wheel.StatusDraft || w.Status == wheel.StatusOpenForJoin {
		ofWheel := func(c *ent.WheelParticipantCreate) { c.SetWheel(w) }
		need(b, m.ToParticipantID, c.SetRecipient, f.WheelParticipant, ofWheel)
		need(b, m.FromParticipantID, c.SetGiver, f.WheelParticipant, ofWheel)
		ask(b, func(ctx context.Context) (*ent.Wheel, error) { return f.begun(ctx, w, b.at) })
		return
	}
	if has(m.ToParticipantID) && has(m.FromParticipantID) {
		return
	}
	owed := map[[2]int64]bool{}
	for _, h := range ask(b, f.client.WheelHandoff.Query().Where(wheelhandoff.WheelID(w.ID)).All) {
		owed[[2]int64{h.FromParticipantID, h.ToParticipantID}] = true
	}
	people := ask(b, f.approved(w).All)
	for _, to := range people {
		for _, from := range people {
			if to == from || owed[[2]int64{from.ID, to.ID}] ||
				has(m.ToParticipantID) && !is(m.ToParticipantID, to.ID) || has(m.FromParticipantID) && !is(m.FromParticipantID, from.ID) {
				continue
			}
			c.SetRecipient(to).SetGiver(from)
			return
		}
	}
	if b.err == nil {
		b.err = ErrNoPairLeft
	}
}

// WheelHandoffAttachment puts an image under a contribution, as evidence.
func (f *Factory) WheelHandoffAttachment(ctx context.Context, with ...func(*ent.WheelHandoffAttachmentCreate)) (*ent.WheelHandoffAttachment, error) {
	c := f.client.WheelHandoffAttachment.Create()
	b, m := begin(ctx, f, c)
	c.SetFileURL(b.url("handoffs", "jpg")).SetFileType(schematype.Image)
	apply(c, with)
	need(b, m.WheelHandoffID, c.SetHandoff, f.WheelHandoff)
	return save(b, c.Save)
}
