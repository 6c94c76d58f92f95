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

// BlogPost is an article of the platform's own blog. Anybody reads it, staff
// write it. It outlives its writer's account and then names no writer.
type BlogPost struct{ ent.Schema }

func (BlogPost) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (BlogPost) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "BlogPost"}}
}

func (BlogPost) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("writer_id").Optional().Nillable().
			Comment("NULL once the writer's account has been deleted."),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.String("slug").NotEmpty().MaxRuneLen(255).Validate(validSlug).SchemaType(varchar(255)).
			Comment("Name in URLs, unique on the platform; made of the title and the time where nobody sets it."),
		field.Text("description").Optional().Nillable(),
		field.Text("blog_message").NotEmpty().
			Comment("Body of the post."),
		field.String("image_url").MaxRuneLen(200).Validate(validURL).Optional().Nillable().SchemaType(varchar(200)),
	}
}

func (BlogPost) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("writer", User.Type).Ref("blog_posts").Field("writer_id").Unique(),
	}
}

func (BlogPost) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("slug").Unique(),    // a post by its slug
		index.Fields("created_at", "id"), // pages of all posts
		index.Fields("writer_id"),        // a writer's posts
	}
}

func (BlogPost) Hooks() []ent.Hook { return []ent.Hook{hook.BlogSlug()} }

func (BlogPost) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Anyone, Create: rule.For(rule.Staff), Update: rule.For(rule.Staff), Delete: rule.Staff,
	}
}
