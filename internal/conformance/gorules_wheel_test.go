package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
	"github.com/communitybuilder/communitybuilder/factory"
)

var wheelRefusals = map[string]refusal{
	"wheel_transitions": func(t *testing.T, j judge) offence {
		return j.against(t, "Wheel", map[string]any{"status": "completed"})
	},
	"wheel_ready_to_start": func(t *testing.T, j judge) offence {
		p := factory.Must(System(t), t, j.factory.WheelParticipant)
		return j.change(t, "Wheel", p.WheelID, map[string]any{"status": "in_progress"})
	},
	"wheel_completed_in_full": func(t *testing.T, j judge) offence {
		return j.change(t, "Wheel", j.handoff(t, "pending").WheelID, map[string]any{"status": "completed"})
	},
	"wheel_started_at_once": func(t *testing.T, j judge) offence {
		return j.against(t, "Wheel", map[string]any{"started_at": someTime})
	},
	"wheel_holds_participants": func(t *testing.T, j judge) offence {
		return j.change(t, "Wheel", j.handoff(t, "pending").WheelID, map[string]any{"max_members": 1})
	},
	"wheelparticipant_before_start": func(t *testing.T, j judge) offence {
		o := j.change(t, "WheelParticipant", j.handoff(t, "pending").FromParticipantID, map[string]any{"order": 9})
		o.not = nil
		return o
	},
	"wheelparticipant_room": func(t *testing.T, j judge) offence {
		w := factory.Must(System(t), t, j.factory.Wheel, func(c *cbent.WheelCreate) { c.SetMaxMembers(1) })
		factory.Must(System(t), t, j.factory.WheelParticipant, func(c *cbent.WheelParticipantCreate) { c.SetWheel(w) })
		e := j.byTable["WheelParticipant"]
		return offence{
			entity: e, row: j.make(t, e, map[string]any{"wheel_id": w.ID, "approval_status": "rejected"}),
			values: map[string]any{"approval_status": "approved"},
		}
	},
	"wheelparticipant_received_in_turn": func(t *testing.T, j judge) offence {
		return j.change(t, "WheelParticipant", j.handoff(t, "action_done").ToParticipantID, map[string]any{"round_received_at": someTime})
	},
	"wheelhandoff_transitions": func(t *testing.T, j judge) offence {
		o := j.change(t, "WheelHandoff", j.handoff(t, "pending").ID, map[string]any{"status": "acknowledged"})
		o.not = nil
		return o
	},
	"wheelhandoff_in_progress": func(t *testing.T, j judge) offence {
		h := j.handoff(t, "pending")
		j.Client.Wheel.UpdateOneID(h.WheelID).SetStatus(wheel.StatusCancelled).ExecX(System(t))
		o := j.change(t, "WheelHandoff", h.ID, map[string]any{"wheel_id": h.WheelID})
		o.not = nil
		return o
	},
	"wheelhandoff_acknowledged_by_another": func(t *testing.T, j judge) offence {
		h := j.handoff(t, "action_done")
		giver := h.QueryGiver().OnlyX(System(t))
		return j.change(t, "WheelHandoff", h.ID, map[string]any{"status": "acknowledged", "acknowledged_by_id": giver.UserID})
	},
	"wheelhandoff_acknowledged_once": func(t *testing.T, j judge) offence {
		return j.change(t, "WheelHandoff", j.handoff(t, "acknowledged").ID, map[string]any{"acknowledged_at": someTime})
	},
	"wheelhandoffattachment_before_acknowledgement": func(t *testing.T, j judge) offence {
		a := factory.Must(System(t), t, j.factory.WheelHandoffAttachment)
		h := j.handoff(t, "acknowledged")
		o := j.change(t, "WheelHandoffAttachment", a.ID, map[string]any{"wheel_handoff_id": h.ID})
		o.not = nil
		return o
	},
}

var someTime = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)

// handoff makes a contribution in a wheel of two.
func (j judge) handoff(t *testing.T, status wheelhandoff.Status) *cbent.WheelHandoff {
	t.Helper()
	return factory.Must(System(t), t, j.factory.WheelHandoff, func(c *cbent.WheelHandoffCreate) { c.SetStatus(status) })
}

// change is the offence of giving a row that is there other values, for rules that
// a new row can't break, or breaks others before.
func (j judge) change(t *testing.T, table string, id int64, values map[string]any) offence {
	t.Helper()
	e := j.byTable[table]
	return offence{entity: e, row: e.get(System(t), t, id), values: values, not: []string{"create", "create bulk"}}
}

var wheelMaintenances = map[string]maintenance{
	"wheel_transitions":                    wheelStates,
	"wheel_ready_to_start":                 wheelStarts,
	"wheel_started_at_once":                wheelStartTimes,
	"wheelparticipant_before_start":        wheelPlaces,
	"wheelparticipant_room":                wheelRoom,
	"wheelparticipant_received_in_turn":    wheelRounds,
	"wheelparticipant_approval_time":       approvalTimes,
	"wheel_running_stays":                  runningWheelsStay,
	"wheelhandoff_stays":                   contributionsStay,
	"wheelhandoff_transitions":             handoffStates,
	"wheelhandoff_acknowledged_by_another": handoffAcknowledgement,
}

// Every state is tried after every other, in wheels that lack nothing.
func wheelStates(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	w := factory.Must(ctx, t, f.Wheel, func(c *cbent.WheelCreate) { c.SetStatus(wheel.StatusCompleted) })
	follow := map[wheel.Status][]wheel.Status{
		wheel.StatusDraft:       {wheel.StatusOpenForJoin, wheel.StatusInProgress, wheel.StatusCancelled},
		wheel.StatusOpenForJoin: {wheel.StatusInProgress, wheel.StatusCancelled},
		wheel.StatusInProgress:  {wheel.StatusCompleted, wheel.StatusCancelled},
		wheel.StatusCompleted:   nil,
		wheel.StatusCancelled:   nil,
	}
	for from, next := range follow {
		for to := range follow {
			want := apierror.InvalidTransition
			if from == to || slices.Contains(next, to) {
				want = ""
			}
			for what, write := range map[string]func() error{
				"one":  func() error { return c.Wheel.UpdateOneID(w.ID).SetStatus(to).Exec(ctx) },
				"many": func() error { return c.Wheel.Update().SetStatus(to).Exec(ctx) },
			} {
				if _, err := d.DB.ExecContext(ctx, `UPDATE "Wheel" SET status = $1`, string(from)); err != nil {
					t.Fatal(err)
				}
				gives(t, fmt.Sprintf("update %s from %s to %s", what, from, to), write(), want)
			}
		}
	}
	for status := range follow {
		want := apierror.InvalidTransition
		if status == wheel.StatusDraft || status == wheel.StatusOpenForJoin {
			want = ""
		}
		err := c.Wheel.Create().SetCommunityID(w.CommunityID).SetCreatedByID(w.CreatedByID).SetDescription("d").SetStatus(status).Exec(ctx)
		gives(t, "a new one that is "+string(status), err, want)
	}
}

func wheelStarts(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	w := factory.Must(ctx, t, f.Wheel)
	join := func(order int, status wheelparticipant.ApprovalStatus) *cbent.WheelParticipant {
		return factory.Must(ctx, t, f.WheelParticipant, func(c *cbent.WheelParticipantCreate) {
			c.SetWheel(w).SetOrder(order).SetApprovalStatus(status)
		})
	}
	start := func(what string, want apierror.Code) {
		t.Helper()
		gives(t, what, c.Wheel.Update().Where(wheel.ID(w.ID)).SetStatus(wheel.StatusInProgress).Exec(ctx), want)
	}
	start("nobody", apierror.WheelNotReady)
	join(1, wheelparticipant.ApprovalStatusApproved)
	second := join(2, wheelparticipant.ApprovalStatusPending)
	start("one of two is approved", apierror.WheelNotReady)
	third := join(3, wheelparticipant.ApprovalStatusApproved)
	start("somebody waits in between", apierror.WheelNotReady)
	second.Update().SetOrder(4).ExecX(ctx)
	start("a gap", apierror.WheelNotReady)
	third.Update().SetOrder(2).ExecX(ctx)
	start("1 to n", "")
}

func wheelStartTimes(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	ready := func() *cbent.Wheel {
		w := factory.Must(ctx, t, f.Wheel)
		for range 2 {
			factory.Must(ctx, t, f.WheelParticipant, func(c *cbent.WheelParticipantCreate) { c.SetWheel(w) })
		}
		return w
	}
	before := time.Now().Add(-time.Millisecond)
	one, many, told := ready(), ready(), ready()
	one.Update().SetStatus(wheel.StatusInProgress).ExecX(ctx)
	told.Update().SetStatus(wheel.StatusInProgress).SetStartedAt(someTime).ExecX(ctx)
	c.Wheel.Update().Where(wheel.IDIn(one.ID, many.ID, told.ID)).SetStatus(wheel.StatusInProgress).ExecX(ctx)
	started := func(w *cbent.Wheel) time.Time {
		at := c.Wheel.GetX(ctx, w.ID).StartedAt
		if at == nil {
			t.Fatal("a wheel that is in progress has not started")
		}
		return *at
	}
	if at := started(one); at.Before(before) || started(many).Before(at) {
		t.Errorf("started at %s and %s, after %s", at, started(many), before)
	}
	if at := started(told); !at.Equal(someTime) {
		t.Errorf("started at %s, want %s", at, someTime)
	}
	for what, write := range map[string]error{
		"another time":            c.Wheel.UpdateOneID(told.ID).SetStartedAt(someTime.Add(1e9)).Exec(ctx),
		"another, with the state": c.Wheel.UpdateOneID(told.ID).SetStatus(wheel.StatusInProgress).SetStartedAt(someTime.Add(1e9)).Exec(ctx),
		"none":                    c.Wheel.Update().Where(wheel.ID(told.ID)).ClearStartedAt().Exec(ctx),
		"of one that is not":      ready().Update().SetStatus(wheel.StatusOpenForJoin).SetStartedAt(someTime).Exec(ctx),
	} {
		gives(t, what, write, apierror.InvalidValue)
	}
	gives(t, "the same", c.Wheel.UpdateOneID(told.ID).SetStartedAt(someTime).Exec(ctx), "")
	told.Update().SetStatus(wheel.StatusCancelled).ExecX(ctx)
	if at := started(told); !at.Equal(someTime) {
		t.Errorf("cancelled, it started at %s, want %s", at, someTime)
	}
}

// Who takes part is settled by the start; the rest of a place isn't.
func wheelPlaces(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	draft := factory.Must(ctx, t, f.WheelParticipant)
	h := factory.Must(ctx, t, f.WheelHandoff)
	p := c.WheelParticipant.GetX(ctx, h.FromParticipantID)
	gives(t, "removed", c.WheelParticipant.DeleteOne(p).Exec(ctx), apierror.WheelClosed)
	_, err := c.WheelParticipant.Delete().Exec(ctx)
	gives(t, "all removed", err, apierror.WheelClosed)
	gives(t, "rejected", c.WheelParticipant.Update().SetApprovalStatus(wheelparticipant.ApprovalStatusRejected).Exec(ctx), apierror.WheelClosed)
	gives(t, "as it was", p.Update().SetOrder(p.Order).SetApprovalStatus(p.ApprovalStatus).SetPreferenceMessage("early, please").Exec(ctx), "")
	c.Wheel.UpdateOneID(h.WheelID).SetStatus(wheel.StatusCancelled).ExecX(ctx)
	gives(t, "removed from a cancelled one", c.WheelParticipant.DeleteOne(p).Exec(ctx), apierror.WheelClosed)
	if n := c.WheelParticipant.Query().CountX(ctx); n != 3 {
		t.Errorf("%d participants are left, want 3", n)
	}
	gives(t, "moved in a draft", draft.Update().SetOrder(5).Exec(ctx), "")
	gives(t, "removed from a draft", c.WheelParticipant.DeleteOne(draft).Exec(ctx), "")
	gives(t, "a wheel with all that it has", c.Wheel.DeleteOneID(h.WheelID).Exec(ctx), "")
}

func wheelRoom(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	w := factory.Must(ctx, t, f.Wheel, func(c *cbent.WheelCreate) { c.SetMaxMembers(3) })
	join := func(order int, status wheelparticipant.ApprovalStatus) *cbent.WheelParticipantCreate {
		return c.WheelParticipant.Create().SetWheel(w).SetUser(factory.Must(ctx, t, f.User)).SetOrder(order).SetApprovalStatus(status)
	}
	const pending, approved, rejected = wheelparticipant.ApprovalStatusPending, wheelparticipant.ApprovalStatusApproved, wheelparticipant.ApprovalStatusRejected
	gives(t, "four at once", c.WheelParticipant.CreateBulk(join(1, pending), join(2, pending), join(3, approved), join(4, pending)).Exec(ctx), apierror.WheelFull)
	gives(t, "three and one rejected", c.WheelParticipant.CreateBulk(join(1, pending), join(2, pending), join(3, pending), join(4, rejected)).Exec(ctx), "")
	gives(t, "a fourth", join(5, pending).Exec(ctx), apierror.WheelFull)
	gives(t, "a rejected fourth", join(5, rejected).Exec(ctx), "")
	w.Update().SetMaxMembers(2).ExecX(ctx)
	gives(t, "three approved of two", c.WheelParticipant.Update().Where(wheelparticipant.ApprovalStatusEQ(pending)).SetApprovalStatus(approved).Exec(ctx), apierror.WheelFull)
	waiting := c.WheelParticipant.Query().Where(wheelparticipant.ApprovalStatusEQ(pending)).AllX(ctx)
	if len(waiting) != 3 {
		t.Fatalf("%d wait, want 3", len(waiting))
	}
	for i, want := range []apierror.Code{"", "", apierror.WheelFull} {
		gives(t, fmt.Sprintf("approval %d", i+1), waiting[i].Update().SetApprovalStatus(approved).Exec(ctx), want)
	}
	gives(t, "fewer seats than approved", w.Update().SetMaxMembers(1).Exec(ctx), apierror.WheelFull)
	gives(t, "as many", c.Wheel.Update().SetMaxMembers(2).SetMessage("full").Exec(ctx), "")
	w.Update().ClearMaxMembers().ExecX(ctx)
	gives(t, "no limit", waiting[2].Update().SetApprovalStatus(approved).Exec(ctx), "")
	w.Update().SetMaxMembers(3).ExecX(ctx)
	gives(t, "one makes way", waiting[0].Update().SetApprovalStatus(rejected).Exec(ctx), "")
	gives(t, "for another", join(9, approved).Exec(ctx), "")
	gives(t, "and doesn't come back", waiting[0].Update().SetApprovalStatus(pending).Exec(ctx), apierror.WheelFull)
	gives(t, "no such wheel", join(1, approved).SetWheelID(404).Exec(ctx), apierror.InvalidReference)
}

// A circle of three, round by round.
func wheelRounds(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	w := factory.Must(ctx, t, f.Wheel)
	var people [3]*cbent.WheelParticipant
	for i := range people {
		people[i] = factory.Must(ctx, t, f.WheelParticipant, func(c *cbent.WheelParticipantCreate) { c.SetWheel(w) })
	}
	receive := func(what string, i int, want apierror.Code) {
		t.Helper()
		gives(t, what, people[i].Update().SetRoundReceivedAt(someTime).Exec(ctx), want)
	}
	give := func(from, to int) *cbent.WheelHandoff {
		return factory.Must(ctx, t, f.WheelHandoff, func(c *cbent.WheelHandoffCreate) {
			c.SetGiver(people[from]).SetRecipient(people[to]).SetStatus(wheelhandoff.StatusAcknowledged)
		})
	}
	receive("before the start", 0, apierror.RoundOpen)
	give(1, 0)
	receive("one has not contributed", 0, apierror.RoundOpen)
	give(2, 0)
	give(0, 1)
	give(2, 1)
	receive("out of turn", 1, apierror.RoundOpen)
	gives(t, "two at once", c.WheelParticipant.Update().Where(wheelparticipant.IDIn(people[0].ID, people[1].ID)).SetRoundReceivedAt(someTime).Exec(ctx), apierror.RoundOpen)
	receive("the first", 0, "")
	receive("the first again", 0, "") // nothing changes
	gives(t, "at another time", people[0].Update().SetRoundReceivedAt(someTime.Add(1e9)).Exec(ctx), apierror.RoundOpen)
	gives(t, "not at all", people[0].Update().ClearRoundReceivedAt().Exec(ctx), apierror.RoundOpen)
	gives(t, "not at all, by many", c.WheelParticipant.Update().ClearRoundReceivedAt().Exec(ctx), apierror.RoundOpen)
	receive("the second", 1, "")
	gives(t, "two of three", w.Update().SetStatus(wheel.StatusCompleted).Exec(ctx), apierror.RoundOpen)
	give(0, 2)
	give(1, 2)
	receive("the third", 2, "")
	gives(t, "all of them", w.Update().SetStatus(wheel.StatusCompleted).Exec(ctx), "")
}

func approvalTimes(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	p := factory.Must(ctx, t, f.WheelParticipant, func(c *cbent.WheelParticipantCreate) {
		c.SetApprovalStatus(wheelparticipant.ApprovalStatusPending)
	})
	timed := func(what string, want bool) {
		t.Helper()
		if got := c.WheelParticipant.GetX(ctx, p.ID); (got.ApprovedAt != nil) != want {
			t.Errorf("%s: approved_at is %v", what, got.ApprovedAt)
		}
	}
	timed("pending", false)
	c.WheelParticipant.UpdateOne(p).SetApprovalStatus(wheelparticipant.ApprovalStatusApproved).ExecX(ctx)
	timed("approved", true)
	c.WheelParticipant.Update().SetApprovalStatus(wheelparticipant.ApprovalStatusRejected).ExecX(ctx)
	timed("rejected", false)
	c.WheelParticipant.Update().SetApprovalStatus(wheelparticipant.ApprovalStatusApproved).SetApprovedAt(someTime).ExecX(ctx)
	if got := c.WheelParticipant.GetX(ctx, p.ID).ApprovedAt; got == nil || !got.Equal(someTime) {
		t.Errorf("a time of the writer's own became %v", got)
	}
}

func runningWheelsStay(t *testing.T, d Database) {
	ctx, c := System(t), d.Client
	h := newJudge(t, d).handoff(t, "pending")
	gives(t, "delete one", c.Wheel.DeleteOneID(h.WheelID).Exec(ctx), apierror.WheelClosed)
	_, err := c.Wheel.Delete().Exec(ctx)
	gives(t, "delete many", err, apierror.WheelClosed)
	community := c.Wheel.GetX(ctx, h.WheelID).CommunityID
	gives(t, "delete its community", c.Community.DeleteOneID(community).Exec(ctx), "")
	gives(t, "a wheel that hasn't started", c.Wheel.DeleteOneID(factory.Must(ctx, t, factory.New(c, factory.Seed(7)).Wheel).ID).Exec(ctx), "")
}

func contributionsStay(t *testing.T, d Database) {
	ctx, c, j := System(t), d.Client, newJudge(t, d)
	gives(t, "pending", c.WheelHandoff.DeleteOneID(j.handoff(t, "pending").ID).Exec(ctx), "")
	for _, status := range []wheelhandoff.Status{wheelhandoff.StatusActionDone, wheelhandoff.StatusAcknowledged} {
		gives(t, string(status), c.WheelHandoff.DeleteOneID(j.handoff(t, status).ID).Exec(ctx), apierror.AlreadyAcknowledged)
	}
}
