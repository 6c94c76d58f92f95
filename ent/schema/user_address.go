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

// UserAddress is a postal address of a user. The user alone sees it and keeps
// it. It goes with the user.
type UserAddress struct{ ent.Schema }

func (UserAddress) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (UserAddress) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "UserAddress"}}
}

func (UserAddress) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_id").Immutable(),
		field.String("street_line1").Default("").MaxRuneLen(255).SchemaType(varchar(255)),
		field.String("street_line2").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("city").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)),
		field.String("postal_code").MaxRuneLen(20).Optional().Nillable().SchemaType(varchar(20)),
		field.String("country").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)).
			Comment("Free text."),
		field.String("billing_country").MaxRuneLen(2).Optional().Nillable().SchemaType(varchar(2)).
			Comment("ISO 3166-1 alpha-2, put in upper case, and UK as GB; it decides on currency and gateway."),
		field.String("billing_region").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)).
			Comment("Free text."),
		field.String("state").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)).
			Comment("State or province, free text."),
		field.String("address_type").Default("residence").MaxRuneLen(64).SchemaType(varchar(64)).
			Comment("Free text, such as residence, billing, tax. The latest billing address sets the prices."),
	}
}

func (UserAddress) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("addresses").Field("user_id").Unique().Required().Immutable(),
	}
}

func (UserAddress) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "address_type"), // a user's addresses by type
	}
}

func (UserAddress) Hooks() []ent.Hook { return []ent.Hook{hook.BillingCountry()} }

func (UserAddress) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Self("user_id"), Create: rule.For(rule.Self("user_id")), Update: rule.For(rule.Self("user_id")), Delete: rule.Self("user_id"),
	}
}
