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

// CreatorPayoutAccount is where a gateway sends the money that a user earns.
// The user sees it. It goes with its user; its ledger rows stay and lose the
// reference.
type CreatorPayoutAccount struct{ ent.Schema }

func (CreatorPayoutAccount) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CreatorPayoutAccount) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CreatorPayoutAccount"}}
}

func (CreatorPayoutAccount) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_id").Immutable(),
		field.Enum("payment_gateway").GoType(schematype.PaymentGateway("")).SchemaType(varchar(20)),
		field.String("label").Default("").MaxRuneLen(255).SchemaType(varchar(255)).
			Comment("The user's own name for the account."),
		field.String("stripe_connect_account_id").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("paystack_subaccount_code").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("paystack_recipient_code").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.Enum("status").Values("pending", "active", "restricted", "disabled").
			Default("pending").SchemaType(varchar(20)).
			Comment("Where the account stands with the gateway."),
		field.Bool("is_primary").Default(false).
			Comment("The account to pay to; at most one per user and gateway."),
	}
}

func (CreatorPayoutAccount) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("payout_accounts").Field("user_id").Unique().Required().Immutable(),
		edge.To("transactions", PaymentTransaction.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("Ledger rows whose owner's share goes here."),
	}
}

func (CreatorPayoutAccount) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "payment_gateway").Unique().
			Annotations(entsql.IndexWhere("is_primary")), // the primary account, one per user and gateway
		index.Fields("paystack_subaccount_code"),             // the account that Paystack names
		index.Fields("stripe_connect_account_id"),            // the account that Stripe names
		index.Fields("user_id", "is_primary"),                // a user's primary accounts
		index.Fields("user_id", "payment_gateway", "status"), // a user's active accounts at a gateway
	}
}

func (CreatorPayoutAccount) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.Self("user_id"),
		Create: rule.For(rule.Self("user_id"), "user_id", "label", "payment_gateway"),
		Update: rule.For(rule.Self("user_id"), "label", "is_primary"),
		Delete: rule.AllOf(rule.Self("user_id"), rule.Not(rule.Some(PaymentTransaction{}, "creator_payout_account_id", rule.Anyone))),
	}
}

// PayoutProfile is who a user is for payouts, one row each. The user sees it,
// except for the two hashes, which nobody does. It goes with its user.
type PayoutProfile struct{ ent.Schema }

func (PayoutProfile) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (PayoutProfile) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PayoutProfile"}}
}

func (PayoutProfile) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_id").Immutable(),
		field.Enum("preferred_payment_gateway").GoType(schematype.PaymentGateway("")).
			Optional().Nillable().SchemaType(varchar(20)).
			Comment("NULL: no preference."),
		field.String("legal_full_name").Default("").MaxRuneLen(255).SchemaType(varchar(255)),
		field.String("tax_id").MaxRuneLen(255).Optional().Nillable().Sensitive().SchemaType(varchar(255)).
			Comment("A hash, never the number itself: a hexadecimal digest of SHA-2, or the encoded form of Argon2, scrypt, bcrypt or PBKDF2."),
		field.String("identity_document_number").MaxRuneLen(255).
			Optional().Nillable().Sensitive().SchemaType(varchar(255)).
			Comment("A hash, in one of the forms of tax_id."),
	}
}

func (PayoutProfile) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("payout_profile").Field("user_id").Unique().Required().Immutable(),
	}
}

func (PayoutProfile) Hooks() []ent.Hook {
	return []ent.Hook{hook.HashOnly("tax_id"), hook.HashOnly("identity_document_number")}
}

func (PayoutProfile) Policy() ent.Policy {
	return &rule.Policy{
		Read:    rule.Self("user_id"),
		Create:  rule.For(rule.Self("user_id")),
		Update:  rule.For(rule.Self("user_id")),
		Delete:  rule.Nobody,
		Private: []rule.Private{{Who: rule.Nobody, Columns: []string{"tax_id", "identity_document_number"}}},
	}
}
