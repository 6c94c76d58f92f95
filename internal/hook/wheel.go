package hook

import (
	"context"
	"slices"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// States of a wheel and of its participants.
const (
	draft       = "draft"
	openForJoin = "open_for_join"
	inProgress  = "in_progress"
	completed   = "completed"
	cancelled   = "cancelled"

	pending  = "pending"
	approved = "approved"
	rejected = "rejected"
)

// WheelTransitions refuses states of a wheel that can't follow the one it has.
func WheelTransitions() ent.Hook {
	return states{
		rule:  rule("Wheel", "wheel_transitions"),
		begin: []string{draft, openForJoin},
		next: map[string][]string{
			draft:       {openForJoin, inProgress, cancelled},
			openForJoin: {inProgress, cancelled},
			inProgress:  {completed, cancelled},
			completed:   {},
			cancelled:   {},
		},
	}.hook()
}

// WheelReadyToStart refuses to start a wheel with fewer than two approved
// participants, or with gaps between their positions.
func WheelReadyToStart() ent.Hook {
	return require(rule("Wheel", "wheel_ready_to_start"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		if c.Creates() || c.New("status") != inProgress {
			return nil
		}
		// Positions differ and begin with 1: they have no gaps if the last is their number.
		return approvedParticipants(b, c, func(b *sql.Builder) { b.WriteString(`count(*) >= 2 AND count(*) = max("order")`) })
	})
}

// WheelCompletedInFull refuses to complete a wheel in which somebody has not yet
// received.
func WheelCompletedInFull() ent.Hook {
	return require(rule("Wheel", "wheel_completed_in_full"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		if c.Creates() || c.New("status") != completed {
			return nil
		}
		return approvedParticipants(b, c, func(b *sql.Builder) { b.WriteString("count(*) = count(round_received_at)") })
	})
}

// WheelHoldsParticipants refuses a max_members below the number of participants
// who are approved.
func WheelHoldsParticipants() ent.Hook {
	return require(rule("Wheel", "wheel_holds_participants"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		most, limited := orm.NewValue[int](c, "max_members")
		if c.Creates() || !limited || most < 0 { // which is for the column to refuse
			return nil
		}
		return approvedParticipants(b, c, func(b *sql.Builder) { b.WriteString("count(*) <= ").Arg(most) })
	})
}

// approvedParticipants is a condition on all participants of a wheel who are
// approved, by aggregates.
func approvedParticipants(b *sql.DialectBuilder, c *orm.Change, holds func(*sql.Builder)) *sql.Predicate {
	p := b.Table("WheelParticipant")
	all := b.Select().AppendSelectExpr(sql.ExprFunc(holds)).From(p).
		Where(sql.And(sql.EQ(p.C("wheel_id"), c.ID()), sql.EQ(p.C("approval_status"), approved)))
	return sql.P(func(b *sql.Builder) { b.WriteByte('(').Join(all).WriteByte(')') })
}

// RunningWheelStays refuses to delete wheels that are in progress.
func RunningWheelStays() ent.Hook {
	return undeletable(rule("Wheel", "wheel_running_stays"), inProgress)
}

// undeletable refuses to delete rows whose state, the rule's column, is one of the
// given ones.
func undeletable(r *invariant.Rule, states ...any) ent.Hook {
	return changing(deletions, nil, func(_ context.Context, _ ent.Mutation, rows []*orm.Change) error {
		for _, c := range rows {
			if slices.Contains(states, c.Old(r.Fields[0])) {
				return orm.Refuse(c, r)
			}
		}
		return nil
	})
}

// WheelStartedAt sets when a wheel started, and refuses to set it at another
// time or to change it.
func WheelStartedAt() ent.Hook {
	r := rule("Wheel", "wheel_started_at_once")
	create := before(ent.OpCreate, func(m ent.Mutation) error {
		if c := orm.Alone(m); c.New("started_at") != nil {
			return orm.Refuse(c, r)
		}
		return nil
	})
	update := changing(updates, []string{"status", "started_at"}, func(_ context.Context, m ent.Mutation, rows []*orm.Change) error {
		starts := false
		for _, c := range rows {
			started := c.New("status") == inProgress || c.New("status") == completed
			if c.Differs("started_at") && (c.Old("started_at") != nil || !started) {
				return orm.Refuse(c, r)
			}
			starts = starts || c.New("status") == inProgress && c.Differs("status") && c.New("started_at") == nil
		}
		if starts {
			orm.SetOnce(m, "started_at", now())
		}
		return nil
	})
	return both(create, update)
}
