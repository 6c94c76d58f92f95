package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// Post is a contribution to a forum, or the reply to one in the same forum. Where
// the forum or its community restricts posting, moderators and up alone write.
// Whoever sees the forum sees it; its author may change it, moderators and up
// may pin it. It goes with its forum, its author and the post it replies to.
type Post struct{ ent.Schema }

func (Post) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Post) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Post"}}
}

func (Post) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("forum_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Int64("parent_post_id").Optional().Nillable().Immutable().
			Comment("NULL: the post opens a thread."),
		field.Text("message").NotEmpty(),
		field.Bool("allow_replies").Default(true).
			Comment("Where false there are no new replies."),
		field.Bool("is_pinned").Default(false).
			Comment("Pinned posts stand before the others."),
	}
}

func (Post) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("forum", Forum.Type).Ref("posts").Field("forum_id").Unique().Required().Immutable(),
		edge.From("author", User.Type).Ref("posts").Field("user_id").Unique().Required().Immutable(),
		edge.To("replies", Post.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)).
			From("parent").Field("parent_post_id").Unique().Immutable(),
		edge.To("attachments", PostAttachment.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("likes", PostLike.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (Post) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("forum_id", "is_pinned", "created_at", "id"), // pages of a forum, pinned posts first, then the newest
		index.Fields("parent_post_id", "created_at", "id"),        // pages of a post's replies
		index.Fields("user_id"),                                   // a user's posts
	}
}

func (Post) Hooks() []ent.Hook { return []ent.Hook{hook.ReplyToPost(), hook.PostWhereAllowed()} }

func (Post) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("forum_id", Forum{}),
		Read:   rule.VisibleWith("forum_id", Forum{}),
		Create: rule.For(rule.AllOf(rule.Self("user_id"), rule.VisibleWith("forum_id", Forum{}))).
			Only(rule.Of("forum_id", Forum{}, rule.Moderator("community_id")), "is_pinned"),
		Update: rule.For(rule.Self("user_id"), "message", "allow_replies").
			And(rule.Of("forum_id", Forum{}, rule.Moderator("community_id")), "is_pinned"),
		Delete: rule.AnyOf(rule.Self("user_id"), rule.Of("forum_id", Forum{}, rule.Moderator("community_id"))),
	}
}

// PostAttachment is a picture or a video that belongs to a forum post. It is
// seen with the post and goes with it.
type PostAttachment struct{ ent.Schema }

func (PostAttachment) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (PostAttachment) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PostAttachment"}}
}

func (PostAttachment) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("post_id").Immutable(),
		field.String("file_url").NotEmpty().MaxRuneLen(200).Validate(validURL).SchemaType(varchar(200)),
		field.Enum("file_type").GoType(schematype.MediaType("")).SchemaType(varchar(10)),
	}
}

func (PostAttachment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("post", Post.Type).Ref("attachments").Field("post_id").Unique().Required().Immutable(),
	}
}

func (PostAttachment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("post_id"), // a post's attachments
	}
}

func (PostAttachment) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("post_id", Post{}),
		Read:   rule.VisibleWith("post_id", Post{}),
		Create: rule.For(rule.Of("post_id", Post{}, rule.Self("user_id"))),
		Update: rule.For(rule.Nobody),
		Delete: rule.Of("post_id", Post{}, rule.AnyOf(rule.Self("user_id"), rule.Of("forum_id", Forum{}, rule.Moderator("community_id")))),
	}
}

// PostLike is a user's like of a forum post, one each. Whoever sees the post
// sees it, and the user may take it back. It goes with its post and with its
// user.
type PostLike struct{ ent.Schema }

func (PostLike) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (PostLike) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PostLike"}}
}

func (PostLike) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("post_id").Immutable(),
		field.Int64("user_id").Immutable(),
	}
}

func (PostLike) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("post", Post.Type).Ref("likes").Field("post_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("post_likes").Field("user_id").Unique().Required().Immutable(),
	}
}

func (PostLike) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "post_id").Unique(), // one like per user and post
		index.Fields("post_id"),                     // a post's likes
	}
}

func (PostLike) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("post_id", Post{}),
		Read:   rule.VisibleWith("post_id", Post{}),
		Create: rule.For(rule.AllOf(rule.Self("user_id"), rule.VisibleWith("post_id", Post{}))),
		Update: rule.For(rule.Nobody), Delete: rule.Self("user_id"),
	}
}
