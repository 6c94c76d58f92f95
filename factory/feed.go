package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

// PublicFeed makes a public message that a moderator posts on behalf of a
// community. A reply, where a parent is set, is one of the parent's community.
func (f *Factory) PublicFeed(ctx context.Context, with ...func(*ent.PublicFeedCreate)) (*ent.PublicFeed, error) {
	c := f.client.PublicFeed.Create()
	b, m := begin(ctx, f, c)
	c.SetMessage(b.sentence())
	apply(c, with)
	follow(m.CommunityID, c.SetCommunityID, via(b, m.ParentFeedID, f.client.PublicFeed.Get,
		func(p *ent.PublicFeed) int64 { return p.CommunityID }))
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	member(b, f, m.PostedByID, c.SetAuthor, m.CommunityID, communitymember.RoleModerator)
	return save(b, c.Save)
}

// PublicFeedsAttachment puts an image under a public message.
func (f *Factory) PublicFeedsAttachment(ctx context.Context, with ...func(*ent.PublicFeedsAttachmentCreate)) (*ent.PublicFeedsAttachment, error) {
	c := f.client.PublicFeedsAttachment.Create()
	b, m := begin(ctx, f, c)
	c.SetFileURL(b.url("feeds", "jpg")).SetFileType(schematype.Image)
	apply(c, with)
	need(b, m.PublicFeedID, c.SetFeed, f.PublicFeed)
	return save(b, c.Save)
}

// PublicFeedsLike makes a user like a public message.
func (f *Factory) PublicFeedsLike(ctx context.Context, with ...func(*ent.PublicFeedsLikeCreate)) (*ent.PublicFeedsLike, error) {
	c := f.client.PublicFeedsLike.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.PublicFeedID, c.SetFeed, f.PublicFeed)
	need(b, m.UserID, c.SetUser, f.User)
	return save(b, c.Save)
}
