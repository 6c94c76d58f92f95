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

// Tag is a subject that communities and users can be marked with. Anybody sees
// it, signed-in users add to it, staff keep it. Its place on communities and
// profiles goes with it.
type Tag struct{ ent.Schema }

func (Tag) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (Tag) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Tag"}}
}

func (Tag) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(50).SchemaType(varchar(50)),
		field.String("slug").Default("").MaxRuneLen(50).Validate(blankOr(validSlug)).SchemaType(varchar(50)).
			Comment("Name in URLs, unique; made from name where it is left out."),
	}
}

func (Tag) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user_profiles", UserProfile.Type).Ref("interests").
			Comment("Profiles that name the tag as an interest."),
		edge.From("communities", Community.Type).Ref("tags"),
	}
}

func (Tag) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("name").Unique(), // a tag by its name
		index.Fields("slug").Unique(), // a tag by its slug
	}
}

func (Tag) Hooks() []ent.Hook { return []ent.Hook{hook.TagSlug()} }

func (Tag) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Anyone, Create: rule.For(rule.SignedIn), Update: rule.For(rule.Staff), Delete: rule.Staff,
	}
}
