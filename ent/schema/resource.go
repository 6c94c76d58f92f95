package schema

import (
	"math"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// Resource is a folder of files and links that a community offers. While it is
// active the members whom its tiers let in see it; moderators and up see it
// always. It goes with its community and takes its contents along.
type Resource struct{ ent.Schema }

func (Resource) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Resource) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Resource"}}
}

func (Resource) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.String("name").NotEmpty().MaxRuneLen(255).Validate(validHandle).SchemaType(varchar(255)).
			Comment("Slug-like handle, unique within the community."),
		field.String("friendly_name").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)).
			Comment("The name for people."),
		field.Text("description").Optional().Nillable(),
		field.Bool("is_active").Default(true).
			Comment("An inactive resource is hidden from members."),
	}
}

func (Resource) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("resources").
			Field("community_id").Unique().Required().Immutable(),
		edge.To("community_groups", CommunityGroup.Type).Through("resource_groups", ResourceGroup.Type).
			Comment("Tiers whose members may open the folder; none means every member."),
		edge.To("contents", ResourceContent.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (Resource) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "name").Unique(), // a community's resources; one by its name
	}
}

func (Resource) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read: rule.AnyOf(
			rule.AllOf(rule.Flag("is_active"), rule.Gate("community_id", "Resource_payment_plans", "resource_id")),
			rule.Moderator("community_id"),
		),
		Create: rule.For(rule.Moderator("community_id")), Update: rule.For(rule.Moderator("community_id")), Delete: rule.Moderator("community_id"),
	}
}

// ResourceContent is one item in a resource. Whoever sees the resource sees
// its active contents; moderators and up see all. It goes with its resource.
type ResourceContent struct{ ent.Schema }

func (ResourceContent) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (ResourceContent) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "ResourceContent",
		Checks: map[string]string{
			"resourcecontent_order_check": `"order" >= 0`,
		},
	}}
}

func (ResourceContent) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("resource_id").Immutable(),
		field.String("content_type").NotEmpty().MaxRuneLen(50).SchemaType(varchar(50)).
			Comment("What kind of content it is, free text."),
		field.String("file_url").NotEmpty().MaxRuneLen(200).Validate(validURL).SchemaType(varchar(200)),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.String("content_source").MaxRuneLen(50).Optional().Nillable().SchemaType(varchar(50)).
			Comment("Where the content comes from, free text."),
		field.Int("order").Default(0).Range(0, math.MaxInt32).SchemaType(integer).
			Comment("Position in the resource, ascending; ties newest first."),
		field.String("resource_type").MaxRuneLen(50).Optional().Nillable().SchemaType(varchar(50)).
			Comment("A further division by kind, free text."),
		field.String("thumbnail_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)),
		field.Bool("is_active").Default(true).
			Comment("An inactive content is hidden from members."),
	}
}

func (ResourceContent) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("resource", Resource.Type).Ref("contents").Field("resource_id").Unique().Required().Immutable(),
	}
}

func (ResourceContent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("resource_id"), // a resource's contents
	}
}

func (ResourceContent) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("resource_id", Resource{}),
		Read: rule.AnyOf(
			rule.AllOf(rule.Flag("is_active"), rule.VisibleWith("resource_id", Resource{})),
			rule.Of("resource_id", Resource{}, rule.Moderator("community_id")),
		),
		Create: rule.For(rule.EditableWith("resource_id", Resource{})),
		Update: rule.For(rule.EditableWith("resource_id", Resource{})),
		Delete: rule.EditableWith("resource_id", Resource{}),
	}
}

// ResourceGroup opens a resource to a tier of the same community. It is seen
// with the resource and goes with either.
type ResourceGroup struct{ ent.Schema }

func (ResourceGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Resource_payment_plans"}}
}

func (ResourceGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("resource_id").Immutable(),
		field.Int64("community_group_id").StorageKey("communitygroup_id").Immutable(),
	}
}

func (ResourceGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("resource", Resource.Type).Field("resource_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_group", CommunityGroup.Type).Field("community_group_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (ResourceGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_group_id"), // the resources of a tier
	}
}

func (ResourceGroup) Hooks() []ent.Hook {
	return []ent.Hook{hook.GateInCommunity("Resource_payment_plans")}
}

func (ResourceGroup) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("resource_id", Resource{}),
		Create: rule.For(rule.EditableWith("resource_id", Resource{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.EditableWith("resource_id", Resource{}),
	}
}
