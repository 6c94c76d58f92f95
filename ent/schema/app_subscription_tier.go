package schema

import (
	"math"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// AppSubscriptionTier is a plan that the platform offers to those who run
// communities: how much they may build and which features are theirs. Anybody
// sees the active ones, staff keep them. It can't be deleted while it has
// subscriptions; its prices go with it.
type AppSubscriptionTier struct{ ent.Schema }

func (AppSubscriptionTier) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (AppSubscriptionTier) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "AppSubscriptionTier"}}
}

func (AppSubscriptionTier) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("tier_name").Values("free_hobby", "hobby", "professional", "enterprise").SchemaType(varchar(50)).
			Comment("Name for programs; display_name is the one for people."),
		field.String("display_name").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Int("max_communities").Range(math.MinInt32, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("NULL: unlimited."),
		field.Int("max_members").Range(math.MinInt32, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("NULL: unlimited."),
		field.Int("max_admins").Range(math.MinInt32, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("NULL: unlimited."),
		field.Int("max_free_community_groups").Range(math.MinInt32, math.MaxInt32).
			Optional().Nillable().SchemaType(integer).
			Comment("Free tiers that a community may have; NULL: unlimited."),
		field.Int("max_paid_community_groups").Range(math.MinInt32, math.MaxInt32).
			Optional().Nillable().SchemaType(integer).
			Comment("Paid tiers that a community may have; NULL: unlimited."),
		field.Int("max_quiz_generations_per_month").Range(math.MinInt32, math.MaxInt32).
			Optional().Nillable().SchemaType(integer).
			Comment("NULL: unlimited."),
		field.Int("max_forums").Range(math.MinInt32, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("NULL: unlimited."),
		field.Int("max_classrooms").Range(math.MinInt32, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("NULL: unlimited."),
		field.Int("storage_limit_gb").Range(math.MinInt32, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("Total size of the stored files, in GB of 10^9 bytes; NULL: unlimited."),
		field.Bool("has_basic_analytics").Default(false),
		field.Bool("has_advanced_analytics").Default(false),
		field.Bool("has_custom_reports").Default(false),
		field.Bool("has_standard_support").Default(false),
		field.Bool("has_priority_support").Default(false),
		field.Bool("has_24_7_support").Default(false),
		field.Bool("has_custom_branding").Default(false),
		field.Bool("has_white_label").Default(false),
		field.Bool("has_meeting_features").Default(false),
		field.Bool("has_advanced_meeting_features").Default(false),
		field.Bool("has_export_data").Default(false),
		field.Bool("has_api_access").Default(false),
		field.Bool("has_custom_integrations").Default(false),
		field.Bool("has_revenue_analytics").Default(false),
		field.Bool("has_dedicated_manager").Default(false),
		field.Bool("has_custom_development").Default(false),
		field.Bool("has_sso_saml").Default(false).
			Comment("Single sign-on by SAML."),
		field.Bool("has_advanced_security").Default(false),
		field.Bool("has_custom_sla").Default(false).
			Comment("A service-level agreement of the customer's own."),
		field.Bool("has_multi_community_dashboard").Default(false),
		field.Bool("is_active").Default(true).
			Comment("An inactive tier is no longer offered."),
	}
}

func (AppSubscriptionTier) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("prices", AppSubscriptionTierPrice.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("What the tier costs, one row per currency."),
		edge.To("subscriptions", AppSubscription.Type).Annotations(entsql.OnDelete(entsql.Restrict)),
	}
}

func (AppSubscriptionTier) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tier_name").Unique(), // one tier per name
	}
}

func (AppSubscriptionTier) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Flag("is_active"), Create: rule.For(rule.Staff), Update: rule.For(rule.Staff), Delete: rule.Staff,
	}
}

// AppSubscriptionTierPrice is what a platform tier costs in one currency. It
// is seen with its tier, kept by staff, and goes with the tier.
type AppSubscriptionTierPrice struct{ ent.Schema }

func (AppSubscriptionTierPrice) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (AppSubscriptionTierPrice) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "AppSubscriptionTierPrice"}}
}

func (AppSubscriptionTierPrice) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("tier_id").Immutable(),
		field.String("currency").NotEmpty().MaxRuneLen(3).SchemaType(varchar(3)).
			Comment("ISO 4217 code."),
		field.Other("amount", decimal.Decimal{}).SchemaType(numeric(10, 2)).Annotations(nonNegative{}).
			Comment("In major units of currency, with no more decimals than it has; zero means free."),
	}
}

func (AppSubscriptionTierPrice) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("tier", AppSubscriptionTier.Type).Ref("prices").Field("tier_id").Unique().Required().Immutable(),
	}
}

func (AppSubscriptionTierPrice) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tier_id", "currency").Unique(), // a tier's price in a currency
	}
}

func (AppSubscriptionTierPrice) Hooks() []ent.Hook {
	return []ent.Hook{hook.KnownCurrency("AppSubscriptionTierPrice")}
}

func (AppSubscriptionTierPrice) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.VisibleWith("tier_id", AppSubscriptionTier{}), Create: rule.For(rule.Staff), Update: rule.For(rule.Staff), Delete: rule.Staff,
	}
}
