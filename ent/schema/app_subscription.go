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

// AppSubscription is a user's subscription to the platform in one of its
// tiers. It counts as active while its status is active and expires_at is NULL
// or still to come. Its user sees it. It goes with its user; its ledger rows
// stay and lose the reference.
type AppSubscription struct{ ent.Schema }

func (AppSubscription) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (AppSubscription) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "AppSubscription"}}
}

func (AppSubscription) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_id").Immutable(),
		field.Int64("tier_id"),
		field.String("stripe_subscription_id").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("stripe_customer_id").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("stripe_payment_intent_id").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("billing_country").MaxRuneLen(2).Optional().Nillable().SchemaType(varchar(2)).
			Comment("ISO 3166-1 alpha-2, upper case; it chose the price and the gateway."),
		field.Enum("payment_gateway").GoType(schematype.PaymentGateway("")).
			Optional().Nillable().SchemaType(varchar(20)).
			Comment("NULL: no gateway has been involved so far."),
		field.String("paystack_customer_code").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("paystack_subscription_code").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("paystack_transaction_reference").MaxRuneLen(255).
			Optional().Nillable().SchemaType(varchar(255)),
		field.Enum("status").GoType(schematype.SubscriptionStatus("")).Default("pending").SchemaType(varchar(20)).
			Comment("pending until it takes effect; an active one still counts only until expires_at."),
		field.Time("subscribed_at").Default(now).Immutable().
			Comment("When the subscription was asked for; activated_at is when it took effect."),
		field.Time("activated_at").Optional().Nillable(),
		field.Time("expires_at").Optional().Nillable().
			Comment("Later than subscribed_at; NULL: without end."),
		field.Time("cancelled_at").Optional().Nillable(),
	}
}

func (AppSubscription) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("app_subscriptions").Field("user_id").Unique().Required().Immutable(),
		edge.From("tier", AppSubscriptionTier.Type).Ref("subscriptions").Field("tier_id").Unique().Required(),
		edge.To("transactions", PaymentTransaction.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("The ledger rows of its payments."),
	}
}

func (AppSubscription) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("status", "expires_at"), // active subscriptions that run out
		index.Fields("tier_id"),              // a tier's subscriptions
		index.Fields("user_id", "status"),    // a user's active subscription
	}
}

func (AppSubscription) Hooks() []ent.Hook {
	return []ent.Hook{hook.BillingCountry(), hook.ExpiresAfterStart("AppSubscription")}
}

func (AppSubscription) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Self("user_id"), Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
