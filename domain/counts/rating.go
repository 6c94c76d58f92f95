package counts

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communityfeedback"
)

// A Rating is what people think of a community.
type Rating struct {
	Average decimal.Decimal // stars from 1 to 5, to two decimal places; 0 where nobody has said
	Number  int             // of those who have said
}

// Ratings tells how communities are rated by their feedback.
func Ratings(ctx context.Context, client *ent.Client, communityIDs ...int64) (map[int64]Rating, error) {
	ids, err := seen(ctx, client.Community.Query(), communityIDs)
	if err != nil {
		return nil, err
	}
	groups, err := grouped(ctx, client.CommunityFeedback.Query(), communityfeedback.FieldCommunityID, ids,
		named{communityfeedback.FieldRating, "stars"})
	if err != nil {
		return nil, err
	}
	ratings, stars := make(map[int64]Rating, len(ids)), make(map[int64]int64, len(ids))
	for _, id := range ids {
		ratings[id] = Rating{}
	}
	for _, g := range groups {
		stars[g.Parent] += g.Stars * int64(g.Number)
		n := ratings[g.Parent].Number + g.Number
		ratings[g.Parent] = Rating{
			Average: decimal.NewFromInt(stars[g.Parent]).DivRound(decimal.NewFromInt(int64(n)), 2), Number: n,
		}
	}
	return ratings, nil
}
