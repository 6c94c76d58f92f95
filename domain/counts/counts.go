package counts

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitylike"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/pollvote"
	"github.com/communitybuilder/communitybuilder/ent/postlike"
	"github.com/communitybuilder/communitybuilder/ent/publicfeedslike"
)

// Members counts the members of communities: everybody from member to owner.
// Applicants and people who are blocked are none.
func Members(ctx context.Context, client *ent.Client, communityIDs ...int64) (map[int64]int, error) {
	members := client.CommunityMember.Query().
		Where(communitymember.RoleNEQ(communitymember.RoleApplicant), communitymember.IsBlocked(false))
	return count(ctx, client.Community.Query(), communityIDs, members, communitymember.FieldCommunityID)
}

// CommunityLikes counts the likes of communities.
func CommunityLikes(ctx context.Context, client *ent.Client, communityIDs ...int64) (map[int64]int, error) {
	return count(ctx, client.Community.Query(), communityIDs, client.CommunityLike.Query(), communitylike.FieldCommunityID)
}

// PostLikes counts the likes of posts in forums.
func PostLikes(ctx context.Context, client *ent.Client, postIDs ...int64) (map[int64]int, error) {
	return count(ctx, client.Post.Query(), postIDs, client.PostLike.Query(), postlike.FieldPostID)
}

// FeedLikes counts the likes of public feeds.
func FeedLikes(ctx context.Context, client *ent.Client, feedIDs ...int64) (map[int64]int, error) {
	return count(ctx, client.PublicFeed.Query(), feedIDs, client.PublicFeedsLike.Query(), publicfeedslike.FieldPublicFeedID)
}

// PollVotes counts the votes of polls, by option. An option that nobody has voted
// for isn't in the map of its poll, and so reads as zero.
func PollVotes(ctx context.Context, client *ent.Client, pollIDs ...int64) (map[int64]map[int64]int, error) {
	ids, err := seen(ctx, client.Poll.Query(), pollIDs)
	if err != nil {
		return nil, err
	}
	groups, err := grouped(ctx, client.PollVote.Query(), pollvote.FieldPollID, ids, named{pollvote.FieldOptionID, "option"})
	if err != nil {
		return nil, err
	}
	votes := make(map[int64]map[int64]int, len(ids))
	for _, id := range ids {
		votes[id] = map[int64]int{}
	}
	for _, g := range groups {
		votes[g.Parent][g.Option] = g.Number
	}
	return votes, nil
}
