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

// StorageUsage is one stored file and the room it takes up in the storage
// limit of its owner's platform tier: that of the active subscription, or
// free_hobby without one. An owner has one row for a path, and no file that would
// pass the limit is recorded or made larger. The owner sees it. It goes with its
// owner and with its community.
type StorageUsage struct{ ent.Schema }

func (StorageUsage) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (StorageUsage) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "StorageUsage",
		Checks: map[string]string{
			"storageusage_parent_entity_id_check": "parent_entity_id >= 0",
		},
	}}
}

func (StorageUsage) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("owner_id").Immutable(),
		field.Int64("community_id").Optional().Nillable().Immutable().
			Comment("NULL: the file belongs to no community."),
		field.String("file_path").NotEmpty().MaxRuneLen(500).SchemaType(varchar(500)).
			Comment("Where the file lies in the storage."),
		field.Int64("file_size").
			Comment("In bytes."),
		field.Enum("file_type").
			Values("avatar", "banner", "classroom_content", "classroom_attachment", "forum_attachment",
				"post_attachment", "quiz_file", "blog_image", "featured_content", "other").
			Default("other").SchemaType(varchar(50)).
			Comment("What the file is used for."),
		field.String("parent_entity_type").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)).
			Comment("Kind of the row that uses the file; not a foreign key."),
		field.Int64("parent_entity_id").NonNegative().Optional().Nillable().
			Comment("Id of the row that uses the file, of the kind parent_entity_type."),
	}
}

func (StorageUsage) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("stored_files").Field("community_id").Unique().Immutable(),
		edge.From("owner", User.Type).Ref("stored_files").Field("owner_id").Unique().Required().Immutable().
			Comment("Whose storage limit the file counts against."),
	}
}

func (StorageUsage) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "owner_id"), // a community's files by owner
		index.Fields("file_path"),                // the row of a file
		index.Fields("owner_id", "file_size"),    // the sum of an owner's files, without reading the rows
	}
}

func (StorageUsage) Hooks() []ent.Hook { return []ent.Hook{hook.StorageWithinLimit()} }

func (StorageUsage) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Self("owner_id"), Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
