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

// Forum is a room of a community for discussion. Members whom its tiers let in
// see it, as do moderators and up. It goes with its community and takes its
// posts along.
type Forum struct{ ent.Schema }

func (Forum) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Forum) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Forum"}}
}

func (Forum) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.String("name").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)).
			Comment("Unique within the community; town_hall is the forum that every community begins with and keeps."),
		field.Text("description").Optional().Nillable(),
		field.Bool("restrict_posting_to_owners_moderators").Default(false).
			Comment("Only moderators and up may post, in this forum."),
	}
}

func (Forum) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("forums").Field("community_id").Unique().Required().Immutable(),
		edge.To("community_groups", CommunityGroup.Type).Through("forum_groups", ForumGroup.Type).
			Comment("Tiers whose members may take part; none means every member."),
		edge.To("posts", Post.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (Forum) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "name").Unique(), // a community's forums; one by its name
	}
}

func (Forum) Hooks() []ent.Hook { return []ent.Hook{hook.TownHallStays()} }

func (Forum) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Gate("community_id", "Forum_payment_plans", "forum_id"), rule.Moderator("community_id")),
		Create: rule.For(rule.Moderator("community_id")), Update: rule.For(rule.Moderator("community_id")),
		Delete: rule.AllOf(rule.Manager("community_id"), rule.Not(rule.Is("name", "town_hall"))),
	}
}

// ForumGroup opens a forum to a tier of the same community. It is seen with
// the forum and goes with either.
type ForumGroup struct{ ent.Schema }

func (ForumGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Forum_payment_plans"}}
}

func (ForumGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("forum_id").Immutable(),
		field.Int64("community_group_id").StorageKey("communitygroup_id").Immutable(),
	}
}

func (ForumGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("forum", Forum.Type).Field("forum_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_group", CommunityGroup.Type).Field("community_group_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (ForumGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_group_id"), // the forums of a tier
	}
}

func (ForumGroup) Hooks() []ent.Hook { return []ent.Hook{hook.GateInCommunity("Forum_payment_plans")} }

func (ForumGroup) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("forum_id", Forum{}),
		Create: rule.For(rule.EditableWith("forum_id", Forum{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.EditableWith("forum_id", Forum{}),
	}
}
