package counts

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// Seats are the places that a wheel has for more participants.
type Seats struct {
	Limited bool // false: it takes as many as want to
	Open    int  // left, where it is limited
}

// OpenSeats tells how many more participants wheels take. Those who wait for
// approval have a seat, those who were rejected have none. That there are seats
// doesn't say that the wheel is open for anybody to join.
func OpenSeats(ctx context.Context, client *ent.Client, wheelIDs ...int64) (map[int64]Seats, error) {
	wheels, err := client.Wheel.Query().
		Where(func(s *sql.Selector) { s.Where(orm.AnyOf(s.C(wheel.FieldID), wheelIDs)) }).
		Select(wheel.FieldMaxMembers).All(ctx)
	if err != nil {
		return nil, err
	}
	var limited []int64
	seats := make(map[int64]Seats, len(wheels))
	for _, w := range wheels {
		seats[w.ID] = Seats{}
		if w.MaxMembers != nil {
			limited = append(limited, w.ID)
			seats[w.ID] = Seats{Limited: true, Open: *w.MaxMembers}
		}
	}
	taken, err := grouped(ctx, client.WheelParticipant.Query().
		Where(wheelparticipant.ApprovalStatusNEQ(wheelparticipant.ApprovalStatusRejected)), wheelparticipant.FieldWheelID, limited)
	if err != nil {
		return nil, err
	}
	for _, g := range taken {
		// Other services may have let more people in.
		seats[g.Parent] = Seats{Limited: true, Open: max(0, seats[g.Parent].Open-g.Number)}
	}
	return seats, nil
}
