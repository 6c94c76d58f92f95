package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// StorePurchase is the sale of a product, begun or completed, to a user or to
// an e-mail address alone. Its buyer and the managers see it, the gateways'
// ids nobody. It goes with its product, and outlives its buyer's account; its
// ledger rows stay and lose the reference.
type StorePurchase struct{ ent.Schema }

func (StorePurchase) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (StorePurchase) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "StorePurchase"}}
}

func (StorePurchase) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("product_id").Immutable(),
		field.Int64("buyer_user_id").Optional().Nillable().
			Comment("NULL: bought without an account, or the account has been deleted."),
		field.String("buyer_email").NotEmpty().MaxRuneLen(254).Validate(validEmail).SchemaType(varchar(254)).
			Comment("Is trimmed and put in lower case; at most one completed purchase per product and address."),
		field.Other("amount_paid", decimal.Decimal{}).Optional().Nillable().SchemaType(numeric(10, 2)).Annotations(nonNegative{}).
			Comment("In major units of currency; NULL: nothing paid yet."),
		field.String("currency").Default("USD").MaxRuneLen(3).SchemaType(varchar(3)).
			Comment("ISO 4217 code."),
		field.String("stripe_checkout_session_id").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
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
		field.Enum("status").Values("pending", "completed", "failed", "refunded").
			Default("pending").SchemaType(varchar(20)),
		field.Time("purchased_at").Optional().Nillable().
			Comment("When the payment was made; NULL: not yet."),
	}
}

func (StorePurchase) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("buyer", User.Type).Ref("store_purchases").Field("buyer_user_id").Unique().
			Comment("The buyer's account, where there is one."),
		edge.From("product", StoreProduct.Type).Ref("purchases").Field("product_id").Unique().Required().Immutable(),
		edge.To("transactions", PaymentTransaction.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("The ledger rows of its payments."),
		edge.To("download_tokens", StoreDownloadToken.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (StorePurchase) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("product_id", "buyer_email").Unique().
			StorageKey("storepurchase_product_id_buyer_email_completed").
			Annotations(entsql.IndexWhere("status = 'completed'")), // one completed purchase per buyer
		index.Fields("buyer_user_id"),                  // a user's purchases
		index.Fields("payment_gateway"),                // purchases by gateway
		index.Fields("paystack_transaction_reference"), // the purchase that Paystack reports
		index.Fields("product_id", "buyer_email"),      // a buyer's purchases of a product
		index.Fields("status"),                         // purchases by status
		index.Fields("stripe_checkout_session_id"),     // the purchase of a Stripe checkout
		index.Fields("stripe_payment_intent_id"),       // the purchase that Stripe reports
	}
}

func (StorePurchase) Hooks() []ent.Hook {
	return []ent.Hook{hook.BillingCountry(), hook.BuyerEmail(), hook.KnownCurrency("StorePurchase")}
}

func (StorePurchase) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("product_id", StoreProduct{}),
		Read:   rule.AnyOf(rule.Self("buyer_user_id"), rule.Of("product_id", StoreProduct{}, managesStore)),
		Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
		Private: []rule.Private{{Who: rule.Nobody, Columns: []string{
			"stripe_checkout_session_id", "stripe_customer_id", "stripe_payment_intent_id",
			"paystack_customer_code", "paystack_subscription_code", "paystack_transaction_reference",
		}}},
	}
}

// StoreDownloadToken lets whoever holds it download what a purchase bought,
// until it expires. Internal services alone see it. It goes with its purchase.
type StoreDownloadToken struct{ ent.Schema }

func (StoreDownloadToken) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (StoreDownloadToken) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "StoreDownloadToken"}}
}

func (StoreDownloadToken) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("purchase_id").Immutable(),
		field.UUID("token", uuid.UUID{}).Default(uuid.New).Immutable().StructTag(`json:"-"`).
			Comment("A secret: random, and all that a download asks for."),
		field.Time("expires_at").
			Comment("Unless it is set, the store's download_link_expiry_hours after created_at."),
	}
}

func (StoreDownloadToken) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("purchase", StorePurchase.Type).Ref("download_tokens").
			Field("purchase_id").Unique().Required().Immutable(),
	}
}

func (StoreDownloadToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("token").Unique(), // the purchase of a token
		index.Fields("expires_at"),     // expired tokens
		index.Fields("purchase_id"),    // a purchase's tokens
	}
}

func (StoreDownloadToken) Hooks() []ent.Hook { return []ent.Hook{hook.TokenExpires()} }

func (StoreDownloadToken) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Nobody, Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody, Confidential: true,
	}
}
