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

// PublicFeed is a notice to the world, posted on behalf of a community by one
// of its moderators or up, or anybody's reply to one. Anybody who sees the community
// sees it; its author may change it. It goes with its community, its author
// and the notice it replies to.
type PublicFeed struct{ ent.Schema }

func (PublicFeed) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (PublicFeed) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PublicFeeds"}}
}

func (PublicFeed) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("posted_by_id").Immutable(),
		field.Int64("parent_feed_id").Optional().Nillable().Immutable().
			Comment("NULL: no reply. A reply stands in the community of its parent."),
		field.Text("message").NotEmpty(),
		field.Bool("allow_replies").Default(true).
			Comment("Where false there are no new replies."),
	}
}

func (PublicFeed) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("public_feeds").
			Field("community_id").Unique().Required().Immutable(),
		edge.From("author", User.Type).Ref("public_feeds").Field("posted_by_id").Unique().Required().Immutable(),
		edge.To("replies", PublicFeed.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)).
			From("parent").Field("parent_feed_id").Unique().Immutable(),
		edge.To("attachments", PublicFeedsAttachment.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("likes", PublicFeedsLike.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (PublicFeed) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "created_at", "id"),   // pages of a community's notices
		index.Fields("parent_feed_id", "created_at", "id"), // pages of a notice's replies
		index.Fields("posted_by_id"),                       // a user's notices
	}
}

func (PublicFeed) Hooks() []ent.Hook { return []ent.Hook{hook.ReplyToFeed(), hook.FeedByModerator()} }

func (PublicFeed) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Anyone,
		Create: rule.For(rule.AllOf(rule.Self("posted_by_id"), rule.AnyOf(
			rule.Moderator("community_id"),
			rule.Of("parent_feed_id", PublicFeed{}, rule.Flag("allow_replies")),
		))),
		Update: rule.For(rule.Self("posted_by_id")),
		Delete: rule.AnyOf(rule.Self("posted_by_id"), rule.Moderator("community_id")),
	}
}

// PublicFeedsAttachment is a picture or a video that belongs to a public
// notice. It is seen with the notice and goes with it.
type PublicFeedsAttachment struct{ ent.Schema }

func (PublicFeedsAttachment) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (PublicFeedsAttachment) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PublicFeedsAttachment"}}
}

func (PublicFeedsAttachment) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("public_feed_id").Immutable(),
		field.String("file_url").NotEmpty().MaxRuneLen(200).Validate(validURL).SchemaType(varchar(200)),
		field.Enum("file_type").GoType(schematype.MediaType("")).SchemaType(varchar(10)),
	}
}

func (PublicFeedsAttachment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("feed", PublicFeed.Type).Ref("attachments").
			Field("public_feed_id").Unique().Required().Immutable(),
	}
}

func (PublicFeedsAttachment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("public_feed_id"), // a notice's attachments
	}
}

func (PublicFeedsAttachment) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("public_feed_id", PublicFeed{}),
		Read:   rule.Anyone,
		Create: rule.For(rule.Of("public_feed_id", PublicFeed{}, rule.Self("posted_by_id"))),
		Update: rule.For(rule.Nobody),
		Delete: rule.Of("public_feed_id", PublicFeed{}, rule.Self("posted_by_id")),
	}
}

// PublicFeedsLike is a user's like of a public notice, one each. Whoever sees
// the notice sees it, and the user may take it back. It goes with its notice
// and with its user.
type PublicFeedsLike struct{ ent.Schema }

func (PublicFeedsLike) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (PublicFeedsLike) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PublicFeedsLike"}}
}

func (PublicFeedsLike) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("public_feed_id").Immutable(),
		field.Int64("user_id").Immutable(),
	}
}

func (PublicFeedsLike) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("feed", PublicFeed.Type).Ref("likes").Field("public_feed_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("public_feed_likes").Field("user_id").Unique().Required().Immutable(),
	}
}

func (PublicFeedsLike) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "public_feed_id").Unique(), // one like per user and notice
		index.Fields("public_feed_id"),                     // a notice's likes
	}
}

func (PublicFeedsLike) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("public_feed_id", PublicFeed{}),
		Read:   rule.Anyone, Create: rule.For(rule.Self("user_id")), Update: rule.For(rule.Nobody), Delete: rule.Self("user_id"),
	}
}
