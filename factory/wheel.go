package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
)

func wheelOf(p *ent.WheelParticipant) int64 { return p.WheelID }

// Wheel makes the draft of a savings circle with rounds of thirty days. In a
// state that comes after the start it has started.
func (f *Factory) Wheel(ctx context.Context, with ...func(*ent.WheelCreate)) (*ent.Wheel, error) {
	c := f.client.Wheel.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title()).SetDescription(b.sentence()).SetRoundDurationDays(30)
	apply(c, with)
	if is(m.Status, wheel.StatusInProgress, wheel.StatusCompleted) {
		fill(m.StartedAt, c.SetStartedAt, b.at)
	}
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	member(b, f, m.CreatedByID, c.SetCreator, m.CommunityID, communitymember.RoleMember)
	return save(b, c.Save)
}

// WheelParticipant makes an approved participant, a member of the wheel's
// community, in the position after the last.
func (f *Factory) WheelParticipant(ctx context.Context, with ...func(*ent.WheelParticipantCreate)) (*ent.WheelParticipant, error) {
	c := f.client.WheelParticipant.Create()
	b, m := begin(ctx, f, c)
	c.SetApprovalStatus(wheelparticipant.ApprovalStatusApproved)
	apply(c, with)
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
	return save(b, c.Save)
}

// WheelHandoff makes a contribution that one participant of a wheel owes another.
// A wheel that is made for it is in progress. What is acknowledged was so by the
// recipient.
func (f *Factory) WheelHandoff(ctx context.Context, with ...func(*ent.WheelHandoffCreate)) (*ent.WheelHandoff, error) {
	c := f.client.WheelHandoff.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	follow(m.WheelID, c.SetWheelID, via(b, m.FromParticipantID, f.client.WheelParticipant.Get, wheelOf))
	follow(m.WheelID, c.SetWheelID, via(b, m.ToParticipantID, f.client.WheelParticipant.Get, wheelOf))
	need(b, m.WheelID, c.SetWheel, f.Wheel, func(c *ent.WheelCreate) { c.SetStatus(wheel.StatusInProgress) })
	ofWheel := func(c *ent.WheelParticipantCreate) { put(c.SetWheelID, m.WheelID) }
	need(b, m.ToParticipantID, c.SetRecipient, f.WheelParticipant, ofWheel)
	need(b, m.FromParticipantID, c.SetGiver, f.WheelParticipant, ofWheel)
	if is(m.Status, wheelhandoff.StatusAcknowledged) {
		fill(m.AcknowledgedAt, c.SetAcknowledgedAt, b.at)
		follow(m.AcknowledgedByID, c.SetAcknowledgedByID, via(b, m.ToParticipantID, f.client.WheelParticipant.Get,
			func(p *ent.WheelParticipant) int64 { return p.UserID }))
	}
	return save(b, c.Save)
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
