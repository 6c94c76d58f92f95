package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// StoreProduct is a download that a community sells. Anybody sees it while it,
// its store and its community are active; the file and the notes are for
// buyers and managers. It goes with its store and takes its purchases along,
// and outlives its lister's account.
type StoreProduct struct{ ent.Schema }

func (StoreProduct) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (StoreProduct) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "StoreProduct"}}
}

func (StoreProduct) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("store_id").Immutable(),
		field.Int64("listed_by_id").Optional().Nillable().
			Comment("NULL once the lister's account has been deleted."),
		field.String("name").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.String("summary").MaxRuneLen(500).Optional().Nillable().SchemaType(varchar(500)),
		field.Text("description").Optional().Nillable(),
		field.Other("amount", decimal.Decimal{}).SchemaType(numeric(10, 2)).Annotations(nonNegative{}).
			Comment("Price in major units of USD, never negative."),
		field.String("thumbnail_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)),
		field.String("banner_url").MaxRuneLen(200).Validate(validURL).Optional().Nillable().SchemaType(varchar(200)),
		field.String("file_url").NotEmpty().MaxRuneLen(200).Validate(validURL).SchemaType(varchar(200)).
			Comment("What is sold; for buyers and managers."),
		field.Text("notes").Optional().Nillable().
			Comment("For buyers and managers."),
		field.String("file_note_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)).
			Comment("A file of notes; for buyers and managers."),
		field.Bool("is_active").Default(true).
			Comment("An inactive product is seen by managers only."),
	}
}

func (StoreProduct) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("lister", User.Type).Ref("listed_products").Field("listed_by_id").Unique().
			Comment("Who put the product into the store."),
		edge.From("store", CommunityStore.Type).Ref("products").Field("store_id").Unique().Required().Immutable(),
		edge.To("purchases", StorePurchase.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (StoreProduct) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("listed_by_id"),          // products that a user listed
		index.Fields("store_id", "is_active"), // a store's products on sale
	}
}

func (StoreProduct) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("store_id", CommunityStore{}),
		Read: rule.AnyOf(
			rule.AllOf(rule.Flag("is_active"), rule.VisibleWith("store_id", CommunityStore{})),
			managesStore,
		),
		Create: rule.For(managesStore), Update: rule.For(managesStore),
		Delete: rule.AllOf(managesStore, rule.Not(rule.Some(StorePurchase{}, "product_id", rule.Anyone))),
		Private: []rule.Private{{
			Who: rule.AnyOf(
				rule.Some(StorePurchase{}, "product_id", rule.AllOf(rule.Self("buyer_user_id"), rule.Is("status", "completed"))),
				managesStore,
			),
			Columns: []string{"file_url", "notes", "file_note_url"},
		}},
	}
}

// managesStore are the managers of the community whose store it is.
var managesStore = rule.Of("store_id", CommunityStore{}, rule.Manager("community_id"))
