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

// CommunityMemberSubscription is what a member pays for a tier of a community,
// and the truth about it: CommunityGroupAccess follows. Its user and the
// managers see it, the gateways' ids its user alone. It goes with its user,
// its tier and its community; its ledger rows stay and lose the reference.
type CommunityMemberSubscription struct{ ent.Schema }

func (CommunityMemberSubscription) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityMemberSubscription) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityMemberSubscription"}}
}

func (CommunityMemberSubscription) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("community_group_id").Immutable(),
		field.Int64("user_id").Immutable(),
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

func (CommunityMemberSubscription) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("member_subscriptions").
			Field("community_id").Unique().Required().Immutable(),
		edge.From("community_group", CommunityGroup.Type).Ref("member_subscriptions").
			Field("community_group_id").Unique().Required().Immutable().
			Comment("The tier that is paid for."),
		edge.From("user", User.Type).Ref("member_subscriptions").Field("user_id").Unique().Required().Immutable(),
		edge.To("transactions", PaymentTransaction.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("The ledger rows of its payments."),
	}
}

func (CommunityMemberSubscription) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "community_id", "community_group_id").Unique().
			StorageKey("communitymembersubscription_user_community_group"), // a user's subscription to a tier
		index.Fields("community_group_id"),                // a tier's subscriptions
		index.Fields("community_id"),                      // a community's subscriptions
		index.Fields("status", "expires_at"),              // active subscriptions that run out
		index.Fields("user_id", "community_id", "status"), // a user's subscriptions in a community
	}
}

func (CommunityMemberSubscription) Hooks() []ent.Hook {
	return []ent.Hook{hook.BillingCountry(), hook.ExpiresAfterStart("CommunityMemberSubscription")}
}

func (CommunityMemberSubscription) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Self("user_id"), rule.Manager("community_id")),
		Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
		Private: []rule.Private{{Who: rule.Self("user_id"), Columns: []string{
			"stripe_subscription_id", "stripe_customer_id", "stripe_payment_intent_id",
			"paystack_customer_code", "paystack_subscription_code", "paystack_transaction_reference",
		}}},
	}
}
