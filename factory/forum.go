package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

func communityOfForum(r *ent.Forum) int64 { return r.CommunityID }

func forumOfPost(p *ent.Post) int64 { return p.ForumID }

// Forum makes a forum in which every member may post.
func (f *Factory) Forum(ctx context.Context, with ...func(*ent.ForumCreate)) (*ent.Forum, error) {
	c := f.client.Forum.Create()
	b, m := begin(ctx, f, c)
	c.SetName(b.slug("forum"))
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// Post makes a post by a member, who opens a thread, or answers if a parent is
// set. Where posting is restricted it is by a moderator.
func (f *Factory) Post(ctx context.Context, with ...func(*ent.PostCreate)) (*ent.Post, error) {
	c := f.client.Post.Create()
	b, m := begin(ctx, f, c)
	c.SetMessage(b.sentence())
	apply(c, with)
	follow(m.ForumID, c.SetForumID, via(b, m.ParentPostID, f.client.Post.Get, forumOfPost))
	need(b, m.ForumID, c.SetForum, f.Forum)
	community := via(b, m.ForumID, f.client.Forum.Get, communityOfForum)
	member(b, f, m.UserID, c.SetAuthor, community, f.poster(b, m.ForumID))
	return save(b, c.Save)
}

// poster is the role that somebody needs to post in a forum.
func (f *Factory) poster(b *build, id key) communitymember.Role {
	forumID, _ := id()
	restricted := ask(b, f.client.Forum.Query().Where(
		forum.ID(forumID),
		forum.Or(
			forum.RestrictPostingToOwnersModerators(true),
			forum.HasCommunityWith(community.RestrictPostingToOwnersModerators(true)),
		)).Exist)
	if restricted {
		return communitymember.RoleModerator
	}
	return communitymember.RoleMember
}

// PostAttachment puts an image under a post.
func (f *Factory) PostAttachment(ctx context.Context, with ...func(*ent.PostAttachmentCreate)) (*ent.PostAttachment, error) {
	c := f.client.PostAttachment.Create()
	b, m := begin(ctx, f, c)
	c.SetFileURL(b.url("posts", "jpg")).SetFileType(schematype.Image)
	apply(c, with)
	need(b, m.PostID, c.SetPost, f.Post)
	return save(b, c.Save)
}

// PostLike makes another member like a post.
func (f *Factory) PostLike(ctx context.Context, with ...func(*ent.PostLikeCreate)) (*ent.PostLike, error) {
	c := f.client.PostLike.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.PostID, c.SetPost, f.Post)
	forum := via(b, m.PostID, f.client.Post.Get, forumOfPost)
	community := via(b, forum, f.client.Forum.Get, communityOfForum)
	member(b, f, m.UserID, c.SetUser, community, communitymember.RoleMember)
	return save(b, c.Save)
}
