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

// CommunityLeaveReason is why somebody left a community, with the name and the
// contacts they had then; there is one per leaving. The managers see it. It
// goes with its community, and outlives the user's account.
type CommunityLeaveReason struct{ ent.Schema }

func (CommunityLeaveReason) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (CommunityLeaveReason) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityLeaveReason"}}
}

func (CommunityLeaveReason) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("user_id").Optional().Nillable().
			Comment("NULL once the user's account has been deleted."),
		field.String("first_name").Default("").MaxRuneLen(150).SchemaType(varchar(150)).
			Comment("Name and contacts are copies, made when the user left."),
		field.String("last_name").Default("").MaxRuneLen(150).SchemaType(varchar(150)),
		field.String("middle_name").Default("").MaxRuneLen(150).SchemaType(varchar(150)),
		field.String("email").NotEmpty().MaxRuneLen(254).Validate(validEmail).SchemaType(varchar(254)),
		field.String("phone_number").Default("").MaxRuneLen(50).SchemaType(varchar(50)),
		field.Text("reason").NotEmpty(),
	}
}

func (CommunityLeaveReason) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("leave_reasons").
			Field("community_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("leave_reasons").Field("user_id").Unique(),
	}
}

func (CommunityLeaveReason) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id"), // why people left a community
		index.Fields("created_at"),   // the latest reasons
		index.Fields("user_id"),      // a user's reasons
	}
}

func (CommunityLeaveReason) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Manager("community_id"), Create: rule.For(rule.Self("user_id")), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
