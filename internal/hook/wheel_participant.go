package hook

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// WheelPlaces refuses to add, remove, move or approve participants of a wheel
// that is no longer open for it, and more of them than the wheel takes.
func WheelPlaces() ent.Hook {
	join := creating(every, admitted(func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		if err := orm.LockRows(ctx, m, "Wheel", wheelsOf(rows)); err != nil {
			return err
		}
		return keepPlaces(ctx, m, rows)
	}))
	columns := []string{"order", "approval_status"}
	move := changingUnder("wheel_id", "Wheel", updates, columns, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		return keepPlaces(ctx, m, those(rows, func(c *orm.Change) bool { return c.Differs(columns...) }))
	})
	leave := changingUnder("wheel_id", "Wheel", deletions, nil, keepPlaces)
	return both(join, both(move, leave))
}

// ParticipantApprovedAt sets when a participant was approved, once for each
// approval, and clears it when that is taken back. A time that the write names
// itself stays.
func ParticipantApprovedAt() ent.Hook {
	return before(ent.OpCreate|updates, func(m ent.Mutation) error {
		status, set := orm.NewValue[string](orm.Alone(m), "approval_status")
		switch creates := m.Op().Is(ent.OpCreate); {
		case !set || orm.Touches(m, "approved_at"):
		case status != approved && creates:
		case status != approved:
			return withdraw(m, "approved_at")
		case creates:
			orm.Put(m, "approved_at", now())
		default:
			orm.SetOnce(m, "approved_at", now())
		}
		return nil
	})
}

// circle is a wheel with the number of its participants.
type circle struct {
	ID         int64  `sql:"id"`
	Status     string `sql:"status"`
	MaxMembers *int   `sql:"max_members"`
	Seats      int    `sql:"seats"` // taken, also by those who are not approved yet
	Approved   int    `sql:"approved"`
}

// keepPlaces refuses changes of participants that their wheels don't allow. The
// wheels are locked.
func keepPlaces(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
	if len(rows) == 0 {
		return nil
	}
	wheels, err := circles(ctx, m, wheelsOf(rows))
	if err != nil {
		return err
	}
	closed, room := rule("WheelParticipant", "wheelparticipant_before_start"), rule("WheelParticipant", "wheelparticipant_room")
	for _, c := range rows {
		w := wheels[wheelOf(c)]
		if w == nil {
			continue // the key tells
		}
		if w.Status != draft && w.Status != openForJoin {
			return orm.Refuse(c, closed)
		}
		if m.Op().Is(deletions) || w.MaxMembers == nil {
			continue
		}
		// Whoever applies takes a seat, and whoever is approved is one of those for
		// whom the seats are: other services may have let more of them apply.
		is := c.New("approval_status")
		was := c.Old("approval_status")
		if is != rejected && (was == nil || was == rejected) {
			if w.Seats++; w.Seats > *w.MaxMembers {
				return orm.Refuse(c, room)
			}
		}
		if is == approved && was != approved {
			if w.Approved++; w.Approved > *w.MaxMembers {
				return orm.Refuse(c, room)
			}
		}
	}
	return nil
}

// circles reads wheels by their ids.
func circles(ctx context.Context, m ent.Mutation, ids []int64) (map[int64]*circle, error) {
	b := orm.SQL(m)
	w := b.Table("Wheel").As("w")
	p := b.Table("WheelParticipant").As("p")
	participants := func(status *sql.Predicate) sql.Querier {
		return b.Select(sql.Count("*")).From(p).Where(sql.And(sql.ColumnsEQ(p.C("wheel_id"), w.C("id")), status))
	}
	var found []*circle
	err := orm.Read(ctx, m, b.Select(w.C("id"), w.C("status"), w.C("max_members")).
		AppendSelectExprAs(participants(sql.NEQ(p.C("approval_status"), rejected)), "seats").
		AppendSelectExprAs(participants(sql.EQ(p.C("approval_status"), approved)), "approved").
		From(w).Where(orm.AnyOf(w.C("id"), ids)), &found)
	wheels := map[int64]*circle{}
	for _, c := range found {
		wheels[c.ID] = c
	}
	return wheels, err
}

func wheelOf(c *orm.Change) int64 {
	id, _ := orm.NewValue[int64](c, "wheel_id")
	return id
}

func wheelsOf(rows []*orm.Change) []int64 {
	var ids []int64
	for _, c := range rows {
		ids = append(ids, wheelOf(c))
	}
	return ids
}

// RoundReceivedInTurn refuses to say that a participant has received before all
// others have contributed, or before those who come earlier have received, and to
// change when it was.
func RoundReceivedInTurn() ent.Hook {
	return require(rule("WheelParticipant", "wheelparticipant_received_in_turn"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		switch {
		case c.New("round_received_at") == nil && c.Old("round_received_at") == nil:
			return nil
		case c.Creates() || c.Old("round_received_at") != nil || c.New("approval_status") != approved:
			return sql.False()
		}
		wheel, earlier := b.Table("Wheel"), b.Table("WheelParticipant").As("earlier")
		giver, paid := b.Table("WheelParticipant").As("giver"), b.Table("WheelHandoff").As("paid")
		return sql.And(
			sql.Exists(b.Select(wheel.C("id")).From(wheel).Where(sql.And(sql.EQ(wheel.C("id"), wheelOf(c)), sql.EQ(wheel.C("status"), inProgress)))),
			sql.NotExists(b.Select(earlier.C("id")).From(earlier).Where(sql.And(
				sql.EQ(earlier.C("wheel_id"), wheelOf(c)),
				sql.EQ(earlier.C("approval_status"), approved),
				sql.LT(earlier.C("order"), c.New("order")),
				sql.IsNull(earlier.C("round_received_at")),
			))),
			sql.NotExists(b.Select(giver.C("id")).From(giver).Where(sql.And(
				sql.EQ(giver.C("wheel_id"), wheelOf(c)),
				sql.EQ(giver.C("approval_status"), approved),
				sql.NEQ(giver.C("id"), c.ID()),
				sql.NotExists(b.Select(paid.C("id")).From(paid).Where(sql.And(
					sql.ColumnsEQ(paid.C("from_participant_id"), giver.C("id")),
					sql.EQ(paid.C("to_participant_id"), c.ID()),
					sql.EQ(paid.C("status"), acknowledged),
				))),
			))),
		)
	})
}
