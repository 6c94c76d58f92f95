package factory

import (
	"context"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
)

func wheelOf(p *ent.WheelParticipant) int64 { return p.WheelID }

// Wheel makes the draft of a savings circle with rounds of thirty days. A later
// state is reached step by step: in progress it has two participants, and
// completed both of them have received.
func (f *Factory) Wheel(ctx context.Context, with ...func(*ent.WheelCreate)) (*ent.Wheel, error) {
	c := f.client.Wheel.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title()).SetDescription(b.sentence()).SetRoundDurationDays(30)
	apply(c, with)
	status, _ := m.Status()
	if is(m.Status, wheel.StatusInProgress, wheel.StatusCompleted) {
		fill(m.StartedAt, c.SetStartedAt, b.at)
	}
	started, _ := m.StartedAt()
	if is(m.Status, wheel.StatusInProgress, wheel.StatusCompleted, wheel.StatusCancelled) {
		c.SetStatus(wheel.StatusDraft)
		m.ClearStartedAt()
	}
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	member(b, f, m.CreatedByID, c.SetCreator, m.CommunityID, communitymember.RoleMember)
	w, err := save(b, c.Save)
	if err != nil {
		return nil, err
	}
	switch status {
	case wheel.StatusInProgress, wheel.StatusCompleted:
		if w, err = f.begun(ctx, w, started); err != nil || status == wheel.StatusInProgress {
			return w, err
		}
		if err := f.receiveAll(ctx, w, started); err != nil {
			return nil, err
		}
		fallthrough
	case wheel.StatusCancelled:
		return w.Update().SetStatus(status).SetUpdatedAt(w.UpdatedAt).Save(ctx)
	}
	return w, nil
}

// WheelParticipant makes an approved participant, a member of the wheel's
// community, in the position after the last. One who has received does so in a
// wheel that has been started.
func (f *Factory) WheelParticipant(ctx context.Context, with ...func(*ent.WheelParticipantCreate)) (*ent.WheelParticipant, error) {
	c := f.client.WheelParticipant.Create()
	b, m := begin(ctx, f, c)
	c.SetApprovalStatus(wheelparticipant.ApprovalStatusApproved)
	apply(c, with)
	received, receives := m.RoundReceivedAt()
	m.ClearRoundReceivedAt()
	if is(m.ApprovalStatus, wheelparticipant.ApprovalStatusApproved) {
		fill(m.ApprovedAt, c.SetApprovedAt, b.at)
	}
	need(b, m.WheelID, c.SetWheel, f.Wheel)
	if id, ok := m.WheelID(); ok && !has(m.Order) {
		last := ask(b, f.client.WheelParticipant.Query().
			Where(wheelparticipant.WheelID(id)).
			Order(ent.Desc(wheelparticipant.FieldOrder)).Limit(1).All)
		order := 1
		if len(last) > 0 {
			order += last[0].Order
		}
		c.SetOrder(order)
	}
	community := via(b, m.WheelID, f.client.Wheel.Get, func(w *ent.Wheel) int64 { return w.CommunityID })
	member(b, f, m.UserID, c.SetUser, community, communitymember.RoleMember)
	p, err := save(b, c.Save)
	if err != nil || !receives {
		return p, err
	}
	w, err := f.client.Wheel.Get(ctx, p.WheelID)
	if err != nil {
		return nil, err
	}
	if w, err = f.begun(ctx, w, b.at); err != nil {
		return nil, err
	}
	return f.receive(ctx, w, p, received)
}

// begun starts a wheel that hasn't started, with two participants at least.
func (f *Factory) begun(ctx context.Context, w *ent.Wheel, at time.Time) (*ent.Wheel, error) {
	if w.Status != wheel.StatusDraft && w.Status != wheel.StatusOpenForJoin {
		return w, nil
	}
	n, err := f.approved(w).Count(ctx)
	for ; n < 2 && err == nil; n++ {
		_, err = f.WheelParticipant(ctx, func(c *ent.WheelParticipantCreate) { c.SetWheel(w) })
	}
	if err != nil {
		return nil, err
	}
	return w.Update().SetStatus(wheel.StatusInProgress).SetStartedAt(at).SetUpdatedAt(w.UpdatedAt).Save(ctx)
}

// approved are the participants of a wheel, in their order.
func (f *Factory) approved(w *ent.Wheel) *ent.WheelParticipantQuery {
	return f.client.WheelParticipant.Query().
		Where(wheelparticipant.WheelID(w.ID), wheelparticipant.ApprovalStatusEQ(wheelparticipant.ApprovalStatusApproved)).
		Order(wheelparticipant.ByOrder())
}

// receiveAll has everybody in a wheel receive, one after the other.
func (f *Factory) receiveAll(ctx context.Context, w *ent.Wheel, at time.Time) error {
	people, err := f.approved(w).All(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if _, err := f.receive(ctx, w, p, at); err != nil {
			return err
		}
	}
	return nil
}

// receive has all others in a wheel contribute to a participant.
func (f *Factory) receive(ctx context.Context, w *ent.Wheel, p *ent.WheelParticipant, at time.Time) (*ent.WheelParticipant, error) {
	givers, err := f.approved(w).
		Where(wheelparticipant.IDNEQ(p.ID), wheelparticipant.Not(wheelparticipant.HasHandoffsGivenWith(wheelhandoff.ToParticipantID(p.ID)))).
		All(ctx)
	if err != nil {
		return nil, err
	}
	for _, giver := range givers {
		if _, err := f.WheelHandoff(ctx, func(c *ent.WheelHandoffCreate) {
			c.SetGiver(giver).SetRecipient(p).SetStatus(wheelhandoff.StatusAcknowledged)
		}); err != nil {
			return nil, err
		}
	}
	return p.Update().SetRoundReceivedAt(at).Save(ctx)
}
