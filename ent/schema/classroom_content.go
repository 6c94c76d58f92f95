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

// ClassroomContent is one item of a classroom: something to watch or read,
// with notes and attachments. Whoever sees the classroom sees its active
// contents; moderators and up see all. The content_url, notes and attachments
// of an item still locked are for moderators and up. It goes with its
// classroom.
type ClassroomContent struct{ ent.Schema }

func (ClassroomContent) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (ClassroomContent) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "ClassroomContent"}}
}

func (ClassroomContent) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("classroom_id").Immutable(),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.Text("notes").Optional().Nillable().
			Comment("Shown once the content is unlocked."),
		field.String("content_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)).
			Comment("Shown once the content is unlocked."),
		field.Int("order").Default(0).Range(math.MinInt32, math.MaxInt32).SchemaType(integer).
			Comment("Position in the classroom, ascending; ties newest first."),
		field.String("thumbnail_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)),
		field.String("content_source").MaxRuneLen(50).Optional().Nillable().SchemaType(varchar(50)).
			Comment("Where the content comes from, free text."),
		field.Bool("is_active").Default(true).
			Comment("An inactive content is hidden from members and need not be completed."),
		field.Time("activated_at").Optional().Nillable().
			Comment("When is_active first became true. It is set by itself, and never changes or goes."),
	}
}

func (ClassroomContent) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("classroom", Classroom.Type).Ref("contents").Field("classroom_id").Unique().Required().Immutable(),
		edge.To("attachments", ClassroomAttachment.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("completions", ClassroomContentCompletion.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (ClassroomContent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("classroom_id"), // a classroom's contents
	}
}

func (ClassroomContent) Hooks() []ent.Hook { return []ent.Hook{hook.ActivatedOnce()} }

func (ClassroomContent) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("classroom_id", Classroom{}),
		Read: rule.AnyOf(
			rule.AllOf(rule.Flag("is_active"), rule.VisibleWith("classroom_id", Classroom{})),
			moderatorOfClassroom,
		),
		Create:  rule.For(moderatorOfClassroom),
		Update:  rule.For(moderatorOfClassroom),
		Delete:  moderatorOfClassroom,
		Private: []rule.Private{{Who: rule.AnyOf(rule.Unlocked, moderatorOfClassroom), Columns: []string{"content_url", "notes"}}},
	}
}

// ClassroomAttachment is a file that belongs to a content of a classroom. It
// is seen by those who may open the content, and goes with it.
type ClassroomAttachment struct{ ent.Schema }

func (ClassroomAttachment) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (ClassroomAttachment) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "ClassroomAttachment"}}
}

func (ClassroomAttachment) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("content_id").Immutable(),
		field.String("file_url").NotEmpty().MaxRuneLen(200).Validate(validURL).SchemaType(varchar(200)),
		field.Enum("file_type").Values("image", "video", "pdf", "file").SchemaType(varchar(10)).
			Comment("file stands for every kind that has no value of its own."),
		field.Text("description").Optional().Nillable(),
	}
}

func (ClassroomAttachment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("content", ClassroomContent.Type).Ref("attachments").
			Field("content_id").Unique().Required().Immutable(),
	}
}

func (ClassroomAttachment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("content_id"), // a content's attachments
	}
}

func (ClassroomAttachment) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("content_id", ClassroomContent{}),
		Read: rule.AnyOf(
			rule.AllOf(rule.VisibleWith("content_id", ClassroomContent{}), rule.Of("content_id", ClassroomContent{}, rule.Unlocked)),
			rule.Of("content_id", ClassroomContent{}, moderatorOfClassroom),
		),
		Create: rule.For(rule.EditableWith("content_id", ClassroomContent{})),
		Update: rule.For(rule.EditableWith("content_id", ClassroomContent{})),
		Delete: rule.EditableWith("content_id", ClassroomContent{}),
	}
}

// ClassroomContentCompletion says that a user has completed a content, once, while
// the content was active. That of the last active content of a classroom brings
// the user its certificate, if it issues them. The user and the moderators and up
// see it. It goes with its content and with its user.
type ClassroomContentCompletion struct{ ent.Schema }

func (ClassroomContentCompletion) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "ClassroomContentCompletion"}}
}

func (ClassroomContentCompletion) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("content_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Time("completed_at").Default(now).Immutable(),
	}
}

func (ClassroomContentCompletion) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("content", ClassroomContent.Type).Ref("completions").
			Field("content_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("classroom_content_completions").
			Field("user_id").Unique().Required().Immutable(),
	}
}

func (ClassroomContentCompletion) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("content_id", "user_id").Unique(), // whether a user has completed a content
		index.Fields("user_id"),                        // what a user has completed
	}
}

func (ClassroomContentCompletion) Hooks() []ent.Hook {
	return []ent.Hook{hook.CompletionOfActiveContent(), hook.CertificateOnCompletion()}
}

func (ClassroomContentCompletion) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("content_id", ClassroomContent{}),
		Read:   rule.AnyOf(rule.Self("user_id"), rule.Of("content_id", ClassroomContent{}, moderatorOfClassroom)),
		Create: rule.For(rule.AllOf(
			rule.Self("user_id"), rule.VisibleWith("content_id", ClassroomContent{}),
			rule.Of("content_id", ClassroomContent{}, rule.AnyOf(rule.Unlocked, moderatorOfClassroom)),
		)),
		Update: rule.For(rule.Nobody), Delete: rule.Self("user_id"),
	}
}

// moderatorOfClassroom are the moderators of the community whose classroom it is.
var moderatorOfClassroom = rule.Of("classroom_id", Classroom{}, rule.Moderator("community_id"))
