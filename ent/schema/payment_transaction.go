package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// PaymentTransaction is a row of the ledger: one payment for an app
// subscription, a member subscription or a store purchase, and how it is
// shared. The payer sees it, as does the owner of the community it concerns.
// It is made with exactly one of the three references, which isn't taken away by
// an update. Nothing deletes it: when what it refers to is deleted, the reference
// becomes NULL.
type PaymentTransaction struct{ ent.Schema }

func (PaymentTransaction) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (PaymentTransaction) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PaymentTransaction"}}
}

func (PaymentTransaction) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("app_subscription_id").Optional().Nillable().
			Comment("NULL: the row is for something else, or the subscription has been deleted."),
		field.Int64("community_member_subscription_id").Optional().Nillable().
			Comment("NULL: the row is for something else, or the subscription has been deleted."),
		field.Int64("store_purchase_id").Optional().Nillable().
			Comment("NULL: the row is for something else, or the purchase has been deleted."),
		field.Int64("creator_payout_account_id").Optional().Nillable().
			Comment("NULL: there is no account to transfer to, or it has been deleted."),
		field.Enum("transaction_type").
			Values("app_subscription", "community_member_subscription", "store_purchase").SchemaType(varchar(50)).
			Comment("What was paid for; the row refers to that and to nothing else."),
		field.Other("total_amount", decimal.Decimal{}).SchemaType(numeric(10, 2)).Annotations(nonNegative{}).
			Comment("What the payer pays, in major units of currency."),
		field.Other("platform_fee", decimal.Decimal{}).Default(zero).SchemaType(numeric(10, 2)).Annotations(nonNegative{}).
			Comment("The platform's share of total_amount: 2 %; zero for an app subscription, or while pending."),
		field.Other("owner_amount", decimal.Decimal{}).Default(zero).SchemaType(numeric(10, 2)).Annotations(nonNegative{}).
			Comment("The community owner's share, the rest of total_amount; zero as platform_fee is."),
		field.String("currency").Default("USD").MaxRuneLen(3).SchemaType(varchar(3)).
			Comment("ISO 4217 code."),
		field.String("stripe_payment_intent_id").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)).
			Comment("Unique: a payment is recorded once, however often it is reported."),
		field.String("stripe_charge_id").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.String("stripe_transfer_id").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)).
			Comment("The transfer of owner_amount."),
		field.String("billing_country").MaxRuneLen(2).Optional().Nillable().SchemaType(varchar(2)).
			Comment("ISO 3166-1 alpha-2, upper case; it chose the price and the gateway."),
		field.Enum("payment_gateway").GoType(schematype.PaymentGateway("")).
			Optional().Nillable().SchemaType(varchar(20)).
			Comment("NULL: no gateway has been involved so far."),
		field.String("paystack_transaction_reference").MaxRuneLen(255).
			Optional().Nillable().SchemaType(varchar(255)).
			Comment("Unique: a payment is recorded once, however often it is reported."),
		field.String("paystack_transfer_reference").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)).
			Comment("The transfer of owner_amount."),
		field.Enum("status").Values("pending", "succeeded", "failed", "refunded").
			Default("pending").SchemaType(varchar(20)),
		field.Bool("transferred_to_owner").Default(false).
			Comment("owner_amount has been sent to the payout account."),
		field.Time("transferred_at").Optional().Nillable(),
		field.Time("completed_at").Optional().Nillable(),
	}
}

func (PaymentTransaction) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app_subscription", AppSubscription.Type).Ref("transactions").
			Field("app_subscription_id").Unique(),
		edge.From("member_subscription", CommunityMemberSubscription.Type).Ref("transactions").
			Field("community_member_subscription_id").Unique(),
		edge.From("store_purchase", StorePurchase.Type).Ref("transactions").Field("store_purchase_id").Unique(),
		edge.From("payout_account", CreatorPayoutAccount.Type).Ref("transactions").
			Field("creator_payout_account_id").Unique().
			Comment("Where owner_amount goes."),
	}
}

func (PaymentTransaction) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("paystack_transaction_reference").Unique(),       // the payment that Paystack reports
		index.Fields("stripe_payment_intent_id").Unique(),             // the payment that Stripe reports
		index.Fields("app_subscription_id", "status"),                 // an app subscription's payments
		index.Fields("community_member_subscription_id", "status"),    // a member subscription's payments
		index.Fields("creator_payout_account_id", "created_at", "id"), // pages of a payout account's payments
		index.Fields("payment_gateway"),                               // payments by gateway
		index.Fields("store_purchase_id", "status"),                   // a purchase's payments
		index.Fields("transferred_to_owner"),                          // payments still to be transferred
	}
}

func (PaymentTransaction) Hooks() []ent.Hook {
	return []ent.Hook{hook.BillingCountry(), hook.OneSubject(), hook.KnownCurrency("PaymentTransaction")}
}

func (PaymentTransaction) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.AnyOf(
			rule.Of("app_subscription_id", AppSubscription{}, rule.Self("user_id")),
			rule.Of("community_member_subscription_id", CommunityMemberSubscription{}, rule.AnyOf(rule.Self("user_id"), rule.Owner("community_id"))),
			rule.Of("store_purchase_id", StorePurchase{}, rule.AnyOf(
				rule.Self("buyer_user_id"),
				rule.Of("product_id", StoreProduct{}, rule.Of("store_id", CommunityStore{}, rule.Owner("community_id"))),
			)),
		),
		Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
