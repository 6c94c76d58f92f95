package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// CommunityBlogPost is an article of a community's blog. Anybody who sees the
// community reads it; its writer and the moderators and up may change it. It
// goes with its community, and outlives its writer's account.
type CommunityBlogPost struct{ ent.Schema }

func (CommunityBlogPost) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityBlogPost) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityBlogPost"}}
}

func (CommunityBlogPost) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("writer_id").Optional().Nillable().
			Comment("NULL once the writer's account has been deleted."),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.String("slug").NotEmpty().MaxRuneLen(255).Validate(validSlug).SchemaType(varchar(255)).
			Comment("Name in URLs, unique within the community; made of the title and the time where nobody sets it."),
		field.Text("description").Optional().Nillable(),
		field.Text("blog_message").NotEmpty().
			Comment("Body of the post."),
		field.String("image_url").MaxRuneLen(200).Validate(validURL).Optional().Nillable().SchemaType(varchar(200)),
	}
}

func (CommunityBlogPost) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("blog_posts").
			Field("community_id").Unique().Required().Immutable(),
		edge.From("writer", User.Type).Ref("community_blog_posts").Field("writer_id").Unique(),
		edge.To("replies", CommunityBlogPostReply.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (CommunityBlogPost) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "slug").Unique(),    // a post of a community by its slug
		index.Fields("community_id", "created_at", "id"), // pages of a community's posts
		index.Fields("slug"),                             // posts by their slug alone
		index.Fields("writer_id"),                        // a writer's posts
	}
}

func (CommunityBlogPost) Hooks() []ent.Hook { return []ent.Hook{hook.CommunityBlogSlug()} }

func (CommunityBlogPost) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Anyone,
		Create: rule.For(rule.AllOf(rule.Contributor("community_id"), rule.Self("writer_id"))),
		Update: rule.For(rule.AnyOf(rule.Self("writer_id"), rule.Moderator("community_id"))).Only(rule.Nobody, "writer_id"),
		Delete: rule.AnyOf(rule.Self("writer_id"), rule.Moderator("community_id")),
	}
}

// CommunityBlogPostReply is an answer to a community's blog post, which every
// signed-in user may write. Anybody who sees the community reads it. It goes
// with its post and with its author.
type CommunityBlogPostReply struct{ ent.Schema }

func (CommunityBlogPostReply) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityBlogPostReply) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityBlogPostReply"}}
}

func (CommunityBlogPostReply) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_blog_post_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Text("message").NotEmpty(),
	}
}

func (CommunityBlogPostReply) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("post", CommunityBlogPost.Type).Ref("replies").
			Field("community_blog_post_id").Unique().Required().Immutable(),
		edge.From("author", User.Type).Ref("blog_post_replies").Field("user_id").Unique().Required().Immutable(),
	}
}

func (CommunityBlogPostReply) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_blog_post_id", "created_at", "id"), // pages of a post's replies
		index.Fields("user_id"), // a user's replies
	}
}

func (CommunityBlogPostReply) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("community_blog_post_id", CommunityBlogPost{}),
		Read:   rule.Anyone,
		Create: rule.For(rule.Self("user_id")),
		Update: rule.For(rule.Self("user_id")),
		Delete: rule.AnyOf(rule.Self("user_id"), rule.Of("community_blog_post_id", CommunityBlogPost{}, rule.Moderator("community_id"))),
	}
}
