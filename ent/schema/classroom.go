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

// Classroom is a course of a community: contents in a fixed order, and perhaps
// a certificate at the end. Once it is published the members whom its tiers
// let in see it; moderators and up see it always. It goes with its community
// and takes its contents, completions and certificates along.
type Classroom struct{ ent.Schema }

func (Classroom) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Classroom) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Classroom"}}
}

func (Classroom) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.String("name").NotEmpty().MaxRuneLen(255).Validate(validHandle).SchemaType(varchar(255)).
			Comment("Slug-like handle, unique within the community. title is what people read."),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.String("banner_url").MaxRuneLen(200).Validate(validURL).Optional().Nillable().SchemaType(varchar(200)),
		field.Bool("enforce_progression").Default(false).
			Comment("Members open a content only after completing every active one before it."),
		field.Bool("issue_certificate").Default(false).
			Comment("Completing the last active content issues a certificate; what was completed before it is switched on issues none."),
		field.Bool("is_published").Default(false),
		field.Time("published_at").Optional().Nillable().
			Comment("When is_published first became true. It is set by itself, and never changes or goes."),
	}
}

func (Classroom) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("classrooms").
			Field("community_id").Unique().Required().Immutable(),
		edge.To("community_groups", CommunityGroup.Type).Through("classroom_groups", ClassroomGroup.Type).
			Comment("Tiers whose members may take the course; none means every member."),
		edge.To("certificates", ClassroomCertificate.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("contents", ClassroomContent.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (Classroom) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "name").Unique(), // a community's classrooms; one by its name
	}
}

func (Classroom) Hooks() []ent.Hook { return []ent.Hook{hook.PublishedOnce()} }

func (Classroom) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read: rule.AnyOf(
			rule.AllOf(rule.Flag("is_published"), rule.Gate("community_id", "Classroom_payment_plans", "classroom_id")),
			rule.Moderator("community_id"),
		),
		Create: rule.For(rule.Moderator("community_id")), Update: rule.For(rule.Moderator("community_id")), Delete: rule.Manager("community_id"),
	}
}

// ClassroomGroup opens a classroom to a tier of the same community. It is seen
// with the classroom and goes with either.
type ClassroomGroup struct{ ent.Schema }

func (ClassroomGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Classroom_payment_plans"}}
}

func (ClassroomGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("classroom_id").Immutable(),
		field.Int64("community_group_id").StorageKey("communitygroup_id").Immutable(),
	}
}

func (ClassroomGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("classroom", Classroom.Type).Field("classroom_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_group", CommunityGroup.Type).Field("community_group_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (ClassroomGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_group_id"), // the classrooms of a tier
	}
}

func (ClassroomGroup) Hooks() []ent.Hook {
	return []ent.Hook{hook.GateInCommunity("Classroom_payment_plans")}
}

func (ClassroomGroup) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("classroom_id", Classroom{}),
		Create: rule.For(rule.EditableWith("classroom_id", Classroom{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.EditableWith("classroom_id", Classroom{}),
	}
}

// ClassroomCertificate says that a user has completed a classroom; there is
// one per user and classroom. Its holder and the moderators and up see it. It
// goes with its classroom and with its holder.
type ClassroomCertificate struct{ ent.Schema }

func (ClassroomCertificate) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "ClassroomCertificate"}}
}

func (ClassroomCertificate) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("classroom_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.String("certificate_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)),
		field.Time("issued_at").Default(now).Immutable(),
	}
}

func (ClassroomCertificate) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("classroom", Classroom.Type).Ref("certificates").
			Field("classroom_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("classroom_certificates").Field("user_id").Unique().Required().Immutable(),
	}
}

func (ClassroomCertificate) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("classroom_id", "user_id").Unique(), // a user's certificate of a classroom
		index.Fields("user_id"),                          // a user's certificates
	}
}

func (ClassroomCertificate) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("classroom_id", Classroom{}),
		Read:   rule.AnyOf(rule.Self("user_id"), moderatorOfClassroom),
		Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
