package conformance

import (
	"testing"
	"time"

	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
	"github.com/communitybuilder/communitybuilder/factory"
)

var ten = make([]struct{}, 10)

func TestStatementsOfMeetingsAndConversations(t *testing.T) {
	d := Postgres(t)
	ctx, c, f := System(t), newCounting(t, d), factory.New(d.Client)
	series := factory.Must(ctx, t, f.MeetingSeries)
	meeting := func(c *cbent.MeetingCreate, i int) {
		start := time.Date(2026, time.May, 1+i, 12, 0, 0, 0, time.UTC)
		c.SetSeries(series).SetSeriesSequence(1 + i).SetCommunityID(series.CommunityID).SetCreatedByID(series.CreatedByID).
			SetTitle("m").SetStartDatetime(start).SetEndDatetime(start.Add(time.Hour))
	}
	c.want(t, "an occurrence", 1, func() error {
		create := c.Meeting.Create()
		meeting(create, 20)
		return create.Exec(ctx)
	})
	c.want(t, "ten occurrences", 1, func() error { return c.Meeting.MapCreateBulk(ten, meeting).Exec(ctx) })
	c.want(t, "another time zone", 1, func() error { return c.MeetingSeries.Update().SetTimeZone("Asia/Tokyo").Exec(ctx) })

	var messages [10]*cbent.Message
	for i := range messages {
		messages[i] = factory.Must(ctx, t, f.Message)
	}
	say := func(c *cbent.MessageCreate, i int) *cbent.MessageCreate {
		return c.SetConversationID(messages[i].ConversationID).SetSenderID(messages[i].SenderID).SetContent("hello")
	}
	// The conversation first, and the message.
	c.want(t, "a message", 2, func() error { return say(c.Message.Create(), 0).Exec(ctx) })
	// Who says it to whom is asked for all at once.
	c.want(t, "ten messages", 3, func() error {
		return c.Message.MapCreateBulk(ten, func(c *cbent.MessageCreate, _ int) { say(c, 0) }).Exec(ctx)
	})
	c.want(t, "one in each of ten conversations", 4, func() error { // which are locked in their order
		return c.Message.MapCreateBulk(ten, func(c *cbent.MessageCreate, i int) { say(c, i) }).Exec(ctx)
	})
	talk := factory.Must(ctx, t, f.Conversation)
	join := func(c *cbent.ConversationParticipantCreate) *cbent.ConversationParticipantCreate {
		u := factory.Must(ctx, t, f.CommunityMember, func(c *cbent.CommunityMemberCreate) { c.SetCommunityID(talk.CommunityID) })
		return c.SetConversation(talk).SetUserID(u.UserID)
	}
	one := join(c.ConversationParticipant.Create())
	c.want(t, "a participant", 1, func() error { return one.Exec(ctx) })
	many := c.ConversationParticipant.MapCreateBulk(ten, func(c *cbent.ConversationParticipantCreate, _ int) { join(c) })
	c.want(t, "ten participants", 2, func() error { return many.Exec(ctx) })
}

func TestStatementsOfWheels(t *testing.T) {
	d := Postgres(t)
	ctx, c, f := System(t), newCounting(t, d), factory.New(d.Client)
	w := factory.Must(ctx, t, f.Wheel, func(c *cbent.WheelCreate) { c.SetMaxMembers(12) })
	another := func(c *cbent.WheelCreate, _ int) {
		c.SetCommunityID(w.CommunityID).SetCreatedByID(w.CreatedByID).SetDescription("d")
	}
	c.want(t, "ten wheels", 1, func() error { return c.Wheel.MapCreateBulk(ten, another).Exec(ctx) })
	join := func(c *cbent.WheelParticipantCreate, order int) *cbent.WheelParticipantCreate {
		return c.SetWheel(w).SetUser(factory.Must(ctx, t, f.User)).SetOrder(order).SetApprovalStatus(wheelparticipant.ApprovalStatusApproved)
	}
	// The wheel is locked, then looked at, and the participant made.
	one := join(c.WheelParticipant.Create(), 1)
	c.want(t, "a participant", 3, func() error { return one.Exec(ctx) })
	many := c.WheelParticipant.MapCreateBulk(ten, func(c *cbent.WheelParticipantCreate, i int) { join(c, 2+i) })
	c.want(t, "ten participants", 3, func() error { return many.Exec(ctx) })
	// The wheel is locked, its participants are looked at, and it starts.
	c.want(t, "a start", 3, func() error { return c.Wheel.UpdateOneID(w.ID).SetStatus(wheel.StatusInProgress).Exec(ctx) })
	c.want(t, "another title", 1, func() error { return c.Wheel.UpdateOneID(w.ID).SetTitle("t").Exec(ctx) })

	people := d.Client.WheelParticipant.Query().Order(wheelparticipant.ByOrder()).AllX(ctx)
	give := func(c *cbent.WheelHandoffCreate, i int) *cbent.WheelHandoffCreate {
		return c.SetWheel(w).SetGiver(people[i]).SetRecipient(people[0])
	}
	c.want(t, "a contribution", 1, func() error { return give(c.WheelHandoff.Create(), 1).Exec(ctx) })
	// What has to hold for each is asked for all at once.
	c.want(t, "nine contributions", 2, func() error {
		return c.WheelHandoff.MapCreateBulk(ten[:9], func(c *cbent.WheelHandoffCreate, i int) { give(c, 2+i) }).Exec(ctx)
	})
	h := d.Client.WheelHandoff.Query().FirstX(ctx)
	show := func(c *cbent.WheelHandoffAttachmentCreate, _ int) {
		c.SetHandoff(h).SetFileURL("https://cdn.example.com/1.jpg").SetFileType(schematype.Image)
	}
	c.want(t, "ten attachments", 2, func() error { return c.WheelHandoffAttachment.MapCreateBulk(ten, show).Exec(ctx) })
	// The row is locked and looked at, and the update made; by whom is one more.
	done := func() error {
		return c.WheelHandoff.UpdateOneID(h.ID).SetStatus(wheelhandoff.StatusActionDone).Exec(ctx)
	}
	c.want(t, "done", 2, done)
	c.want(t, "acknowledged", 3, func() error {
		return c.WheelHandoff.UpdateOneID(h.ID).SetStatus(wheelhandoff.StatusAcknowledged).SetAcknowledgedByID(people[0].UserID).Exec(ctx)
	})
}
