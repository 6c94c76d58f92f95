package hook

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// States of a contribution, beside pending.
const (
	actionDone   = "action_done"
	acknowledged = "acknowledged"
)

// HandoffTransitions refuses states of a contribution that can't follow the one
// it has.
func HandoffTransitions() ent.Hook {
	return states{
		rule:  rule("WheelHandoff", "wheelhandoff_transitions"),
		begin: []string{pending},
		next: map[string][]string{
			pending:      {actionDone},
			actionDone:   {acknowledged},
			acknowledged: {},
		},
	}.hook()
}

// HandoffInProgress refuses contributions of a wheel that isn't in progress, and
// between others than its approved participants.
func HandoffInProgress() ent.Hook {
	return require(rule("WheelHandoff", "wheelhandoff_in_progress"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		wheel := b.Table("Wheel")
		participates := func(column string) *sql.Predicate {
			p := b.Table("WheelParticipant")
			return sql.Exists(b.Select(p.C("id")).From(p).Where(sql.And(
				sql.EQ(p.C("id"), c.New(column)), sql.EQ(p.C("wheel_id"), wheelOf(c)), sql.EQ(p.C("approval_status"), approved))))
		}
		return sql.And(
			// Its participants don't change then.
			sql.Exists(orm.Share(b.Select(wheel.C("id")).From(wheel).Where(sql.And(
				sql.EQ(wheel.C("id"), wheelOf(c)), sql.EQ(wheel.C("status"), inProgress))))),
			participates("from_participant_id"),
			participates("to_participant_id"),
		)
	})
}

// HandoffAcknowledgedOnce refuses to say again who acknowledged a contribution,
// or when: of two who do so at once it was the first.
func HandoffAcknowledgedOnce() ent.Hook {
	r := rule("WheelHandoff", "wheelhandoff_acknowledged_once")
	return changing(updates, r.Fields, func(_ context.Context, _ ent.Mutation, rows []*orm.Change) error {
		for _, c := range rows {
			if c.Old("status") == acknowledged && c.Differs(r.Fields...) {
				return orm.Refuse(c, r)
			}
		}
		return nil
	})
}

// HandoffAcknowledgedByAnother refuses acknowledgements by others than the wheel's
// approved participants, and by the giver, and who and when of what isn't
// acknowledged.
func HandoffAcknowledgedByAnother() ent.Hook {
	return require(rule("WheelHandoff", "wheelhandoff_acknowledged_by_another"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		who := c.New("acknowledged_by_id")
		switch {
		case c.New("status") != acknowledged && who == nil && c.New("acknowledged_at") == nil:
			return nil
		case c.New("status") != acknowledged || who == nil:
			return sql.False()
		}
		p := b.Table("WheelParticipant")
		return sql.Exists(b.Select(p.C("id")).From(p).Where(sql.And(
			sql.EQ(p.C("wheel_id"), wheelOf(c)),
			sql.EQ(p.C("user_id"), who),
			sql.EQ(p.C("approval_status"), approved),
			sql.NEQ(p.C("id"), c.New("from_participant_id")),
		)))
	})
}

// HandoffAcknowledgedAt sets when a contribution is acknowledged, unless the
// update says so itself.
func HandoffAcknowledgedAt() ent.Hook {
	return changing(updates, []string{"status"}, func(_ context.Context, m ent.Mutation, rows []*orm.Change) error {
		if _, set := orm.NewValue[any](orm.Alone(m), "acknowledged_at"); set {
			return nil
		}
		fresh := those(rows, func(c *orm.Change) bool { return c.New("status") == acknowledged && c.Differs("status") })
		switch len(fresh) {
		case 0:
		case len(rows):
			orm.Put(m, "acknowledged_at", now()) // whatever stood there before
		default:
			orm.SetOnce(m, "acknowledged_at", now())
		}
		return nil
	})
}

// HandoffStays refuses to delete contributions of which something has been said.
func HandoffStays() ent.Hook {
	return undeletable(rule("WheelHandoff", "wheelhandoff_stays"), actionDone, acknowledged)
}

// EvidenceBeforeAcknowledgement refuses to add, change or remove attachments of a
// contribution that has been acknowledged.
func EvidenceBeforeAcknowledgement() ent.Hook {
	return requireAlways(rule("WheelHandoffAttachment", "wheelhandoffattachment_before_acknowledgement"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		handoff := b.Table("WheelHandoff")
		return sql.Exists(orm.Share(b.Select(handoff.C("id")).From(handoff).Where(sql.And(
			sql.EQ(handoff.C("id"), c.New("wheel_handoff_id")),
			sql.NEQ(handoff.C("status"), acknowledged),
		))))
	})
}
