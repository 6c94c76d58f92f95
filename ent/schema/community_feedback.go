package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// CommunityFeedback is a member's rating of a community, one each. Anybody who
// sees the community sees it, and its author may change it. It goes with its
// community and with its author.
type CommunityFeedback struct{ ent.Schema }

func (CommunityFeedback) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityFeedback) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "CommunityFeedback",
		Checks: map[string]string{
			"communityfeedback_rating_check": "rating >= 0",
		},
	}}
}

func (CommunityFeedback) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Int("rating").Range(1, 5).SchemaType(smallint).
			Comment("Stars, 1 to 5."),
		field.Text("message").Optional().Nillable(),
	}
}

func (CommunityFeedback) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("feedback").Field("community_id").Unique().Required().Immutable(),
		edge.From("author", User.Type).Ref("community_feedback").Field("user_id").Unique().Required().Immutable(),
	}
}

func (CommunityFeedback) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "community_id").Unique(), // one rating per user and community
		index.Fields("community_id", "created_at", "id"), // pages of a community's ratings
	}
}

func (CommunityFeedback) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Anyone,
		Create: rule.For(rule.AllOf(rule.Self("user_id"), rule.Member("community_id"))),
		Update: rule.For(rule.Self("user_id")), Delete: rule.Self("user_id"),
	}
}
