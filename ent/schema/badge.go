package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// BadgeDefinition is a badge of the platform that any user may be awarded.
// Anybody sees it, staff keep it. Its awards go with it.
type BadgeDefinition struct{ ent.Schema }

func (BadgeDefinition) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (BadgeDefinition) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "BadgeDefinition"}}
}

func (BadgeDefinition) Fields() []ent.Field {
	return []ent.Field{
		field.String("code").NotEmpty().MaxRuneLen(64).SchemaType(varchar(64)).
			Comment("Stable short name for programs, unique on the platform."),
		field.String("name").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.String("icon_url").MaxRuneLen(200).Validate(validURL).Optional().Nillable().SchemaType(varchar(200)),
		field.JSON("criteria", schematype.Object{}).Default(emptyObject).
			Comment("What earns the badge: a JSON object whose keys are the writer's own."),
	}
}

func (BadgeDefinition) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("awards", UserBadge.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (BadgeDefinition) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("code").Unique(), // a badge by its code
	}
}

func (BadgeDefinition) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Anyone, Create: rule.For(rule.Staff), Update: rule.For(rule.Staff), Delete: rule.Staff,
	}
}

// UserBadge is a platform badge that a user has been awarded, once at most:
// awarding it again is the error already_awarded, and leaves the first award and
// its time as they are. Signed-in users see it. It goes with its badge and with its user.
type UserBadge struct{ ent.Schema }

func (UserBadge) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "UserBadge"}}
}

func (UserBadge) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("badge_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Time("awarded_at").Default(now).Immutable(),
	}
}

func (UserBadge) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("badge", BadgeDefinition.Type).Ref("awards").Field("badge_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("badges").Field("user_id").Unique().Required().Immutable(),
	}
}

func (UserBadge) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "badge_id").Unique(), // a user's badges, each once
		index.Fields("badge_id"),                     // who has a badge
	}
}

func (UserBadge) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.SignedIn, Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
