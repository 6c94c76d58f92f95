package schema

import (
	"math"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// CommunityStore is the shop of a community, one each. Anybody sees it while
// it and its community are active; managers see it always. It goes with its
// community and takes its products along.
type CommunityStore struct{ ent.Schema }

func (CommunityStore) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityStore) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "CommunityStore",
		Checks: map[string]string{
			"communitystore_download_link_expiry_hours_check": "download_link_expiry_hours >= 0",
		},
	}}
}

func (CommunityStore) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int("download_link_expiry_hours").Default(72).Range(0, math.MaxInt32).SchemaType(integer).
			Comment("Hours that a download token lives."),
		field.Bool("is_active").Default(true).
			Comment("An inactive store, with its products, is seen by managers only."),
	}
}

func (CommunityStore) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("store").Field("community_id").Unique().Required().Immutable(),
		edge.To("products", StoreProduct.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (CommunityStore) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Flag("is_active"), rule.Manager("community_id")),
		Create: rule.For(rule.Nobody), Update: rule.For(rule.Manager("community_id")), Delete: rule.Nobody,
	}
}
