package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
)

// BlogPost makes a post of the platform's own blog.
func (f *Factory) BlogPost(ctx context.Context, with ...func(*ent.BlogPostCreate)) (*ent.BlogPost, error) {
	c := f.client.BlogPost.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title()).SetSlug(b.slug("post")).SetBlogMessage(b.sentence())
	apply(c, with)
	need(b, m.WriterID, c.SetWriter, f.User)
	return save(b, c.Save)
}

// CommunityBlogPost makes a post of a community's blog, written by a contributor.
func (f *Factory) CommunityBlogPost(ctx context.Context, with ...func(*ent.CommunityBlogPostCreate)) (*ent.CommunityBlogPost, error) {
	c := f.client.CommunityBlogPost.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title()).SetSlug(b.slug("post")).SetBlogMessage(b.sentence())
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	member(b, f, m.WriterID, c.SetWriter, m.CommunityID, communitymember.RoleContributor)
	return save(b, c.Save)
}

// CommunityBlogPostReply makes a reply by somebody who need not be a member.
func (f *Factory) CommunityBlogPostReply(ctx context.Context, with ...func(*ent.CommunityBlogPostReplyCreate)) (*ent.CommunityBlogPostReply, error) {
	c := f.client.CommunityBlogPostReply.Create()
	b, m := begin(ctx, f, c)
	c.SetMessage(b.sentence())
	apply(c, with)
	need(b, m.CommunityBlogPostID, c.SetPost, f.CommunityBlogPost)
	need(b, m.UserID, c.SetAuthor, f.User)
	return save(b, c.Save)
}
