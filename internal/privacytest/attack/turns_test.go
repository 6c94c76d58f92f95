package attack

import (
	"errors"
	"testing"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/conversationparticipant"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// A conversation that all have left is not a new one: nobody takes a seat in it and
// reads what was said.
func TestAConversationThatAllHaveLeftStaysTheirs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.Client
		seats := c.ConversationParticipant.Query().Where(conversationparticipant.ConversationID(w.talk.ID)).AllX(w.system)
		for _, seat := range seats {
			c.ConversationParticipant.DeleteOneID(seat.ID).ExecX(viewer.NewContext(t.Context(), viewer.User(seat.UserID)))
		}
		if len(seats) < 2 {
			t.Fatalf("%d took part in the conversation", len(seats))
		}
		_, err := c.ConversationParticipant.Create().SetConversationID(w.talk.ID).SetUserID(w.me.ID).Save(w.attacker)
		if !errors.Is(err, cb.ErrForbidden) {
			t.Errorf("taking a seat: got %v, want that it is forbidden", err)
		}
		if n := c.Message.Query().CountX(w.attacker); n != 0 {
			t.Errorf("%d messages are seen", n)
		}

		// In a new one somebody takes the first seat.
		talk := c.Conversation.Create().SetCommunityID(w.club.ID).SaveX(w.attacker)
		if err := c.ConversationParticipant.Create().SetConversationID(talk.ID).SetUserID(w.me.ID).Exec(w.attacker); err != nil {
			t.Errorf("the first seat of a new conversation: %v", err)
		}
	})
}

// Whom a moderator has added to a wheel accepts for themselves: the moderator doesn't
// in two steps either, by taking their own name out first.
func TestAPlaceIsAcceptedByWhoeverWasAdded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.Client
		c.CommunityMember.Update().SetRole("moderator").ExecX(w.system)
		wheel := factory.Must(w.system, t, w.f.Wheel, func(c *ent.WheelCreate) {
			c.SetCommunityID(w.club.ID).SetCreatedByID(w.me.ID).SetStatus("open_for_join")
		})
		place, err := c.WheelParticipant.Create().SetWheelID(wheel.ID).SetUserID(w.other.ID).SetOrder(1).SetApprovedByID(w.me.ID).Save(w.attacker)
		if err != nil {
			t.Fatal(err)
		}
		for name, step := range map[string]*ent.WheelParticipantUpdateOne{
			"accepting":              place.Update().SetApprovalStatus(wheelparticipant.ApprovalStatusApproved),
			"taking the name out":    place.Update().ClearApprovedByID(),
			"both":                   place.Update().ClearApprovedByID().SetApprovalStatus(wheelparticipant.ApprovalStatusApproved),
			"out while it is denied": place.Update().ClearApprovedByID().SetApprovalStatus(wheelparticipant.ApprovalStatusRejected),
		} {
			if err := step.Exec(w.attacker); !errors.Is(err, cb.ErrForbidden) {
				t.Errorf("%s: got %v, want that it is forbidden", name, err)
			}
		}
		if err := place.Update().SetApprovalStatus(wheelparticipant.ApprovalStatusRejected).Exec(w.attacker); err != nil {
			t.Errorf("taking the offer back: %v", err)
		}
	})
}
