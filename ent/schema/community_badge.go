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

// CommunityBadgeDefinition is a badge that a community awards to its members.
// Anybody who sees the community sees it, managers keep it. It goes with its
// community and takes its awards along.
type CommunityBadgeDefinition struct{ ent.Schema }

func (CommunityBadgeDefinition) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityBadgeDefinition) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityBadgeDefinition"}}
}

func (CommunityBadgeDefinition) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.String("code").NotEmpty().MaxRuneLen(64).SchemaType(varchar(64)).
			Comment("Stable short name for programs, unique within the community."),
		field.String("name").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.String("icon_url").MaxRuneLen(200).Validate(validURL).Optional().Nillable().SchemaType(varchar(200)),
		field.JSON("criteria", schematype.Object{}).Default(emptyObject).
			Comment("What earns the badge: a JSON object whose keys are the writer's own."),
	}
}

func (CommunityBadgeDefinition) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("badge_definitions").
			Field("community_id").Unique().Required().Immutable(),
		edge.To("awards", CommunityMemberBadge.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (CommunityBadgeDefinition) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "code").Unique(), // a community's badges; one by its code
	}
}

func (CommunityBadgeDefinition) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Anyone, Create: rule.For(rule.Manager("community_id")), Update: rule.For(rule.Manager("community_id")), Delete: rule.Manager("community_id"),
	}
}

// CommunityMemberBadge is a community's badge that a member has been awarded,
// once at most: awarding it again is the error already_awarded, and leaves the
// first award as it is. The badge is one of the member's community. The members of the community see it. It goes with its badge
// and with the membership.
type CommunityMemberBadge struct{ ent.Schema }

func (CommunityMemberBadge) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityMemberBadge"}}
}

func (CommunityMemberBadge) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_badge_id").Immutable(),
		field.Int64("community_member_id").Immutable(),
		field.Time("awarded_at").Default(now).Immutable(),
	}
}

func (CommunityMemberBadge) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("badge", CommunityBadgeDefinition.Type).Ref("awards").
			Field("community_badge_id").Unique().Required().Immutable(),
		edge.From("member", CommunityMember.Type).Ref("badges").
			Field("community_member_id").Unique().Required().Immutable(),
	}
}

func (CommunityMemberBadge) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_member_id", "community_badge_id").Unique(), // a member's badges, each once
		index.Fields("community_badge_id"),                                 // who has a badge
	}
}

func (CommunityMemberBadge) Hooks() []ent.Hook { return []ent.Hook{hook.BadgeOfCommunity()} }

func (CommunityMemberBadge) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("community_badge_id", CommunityBadgeDefinition{}),
		Read:   rule.Of("community_badge_id", CommunityBadgeDefinition{}, rule.Member("community_id")),
		Create: rule.For(rule.Of("community_badge_id", CommunityBadgeDefinition{}, rule.Moderator("community_id"))),
		Update: rule.For(rule.Nobody),
		Delete: rule.Of("community_badge_id", CommunityBadgeDefinition{}, rule.Moderator("community_id")),
	}
}
