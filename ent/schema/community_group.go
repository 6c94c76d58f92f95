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

// CommunityGroup is a tier of a community: what is linked to it opens to those
// who have access to it. It is free unless it has a price above zero. Anybody
// sees an active tier, managers also the others. It goes with its community,
// and takes its prices, accesses and subscriptions along.
//
// A paid tier has exactly one of is_monthly, is_yearly, is_lifetime, and a free
// one none: that is looked at when the transaction ends, so a tier and its first
// price, or the last price and the cadence, are written in one. A tier can't be
// deleted by itself while somebody has active access or an active subscription to
// it, or something is open to its members alone.
type CommunityGroup struct{ ent.Schema }

func (CommunityGroup) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityGroup"}}
}

func (CommunityGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.String("name").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.JSON("offerings", schematype.Object{}).Default(emptyObject).
			Comment("What the tier offers, for display: a JSON object whose keys are the writer's own."),
		field.Bool("is_active").Default(true).
			Comment("An inactive tier takes nobody new; access already given counts until it expires."),
		field.Bool("is_monthly").Default(false).
			Comment("Paid every month. A paid tier has one of is_monthly, is_yearly, is_lifetime; a free one none."),
		field.Bool("is_yearly").Default(false).
			Comment("Paid every year."),
		field.Bool("is_lifetime").Default(false).
			Comment("Paid once. Free tiers of other services carry it too: whether a tier is free, its prices alone decide."),
	}
}

func (CommunityGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("community_groups").
			Field("community_id").Unique().Required().Immutable(),
		edge.To("prices", CommunityGroupPrice.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("One row per currency; none above zero means that the tier is free."),
		edge.To("accesses", CommunityGroupAccess.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Who may use the tier, and until when."),
		edge.To("member_subscriptions", CommunityMemberSubscription.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("What members pay for the tier."),
		edge.From("classrooms", Classroom.Type).Ref("community_groups").
			Comment("Classrooms that the tier opens."),
		edge.From("forums", Forum.Type).Ref("community_groups").
			Comment("Forums that the tier opens."),
		edge.From("resources", Resource.Type).Ref("community_groups").
			Comment("Resources that the tier opens."),
		edge.From("quizzes", Quiz.Type).Ref("community_groups").
			Comment("Quizzes that the tier opens."),
		edge.From("polls", Poll.Type).Ref("community_groups").
			Comment("Polls that the tier opens."),
		edge.From("meetings", Meeting.Type).Ref("community_groups").
			Comment("Meetings that the tier opens."),
		edge.From("meeting_series", MeetingSeries.Type).Ref("community_groups").
			Comment("Meeting series that the tier opens."),
	}
}

func (CommunityGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "name").Unique(), // a community's tiers; one by its name
	}
}

func (CommunityGroup) Hooks() []ent.Hook {
	return []ent.Hook{hook.TierInUse(), hook.CadenceOfTier()}
}

func (CommunityGroup) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Flag("is_active"), rule.Manager("community_id")),
		Create: rule.For(rule.Manager("community_id")), Update: rule.For(rule.Manager("community_id")), Delete: rule.Manager("community_id"),
	}
}

// CommunityGroupPrice is what a tier of a community costs in one currency. It
// is seen with its tier, kept by managers, and goes with the tier.
type CommunityGroupPrice struct{ ent.Schema }

func (CommunityGroupPrice) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityGroupPrice) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityGroupPrice"}}
}

func (CommunityGroupPrice) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_group_id").Immutable(),
		field.String("currency").NotEmpty().MaxRuneLen(3).SchemaType(varchar(3)).
			Comment("ISO 4217 code."),
		field.Other("amount", decimal.Decimal{}).SchemaType(numeric(10, 2)).Annotations(nonNegative{}).
			Comment("In major units of currency, with no more decimals than it has, never negative; zero means free."),
	}
}

func (CommunityGroupPrice) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community_group", CommunityGroup.Type).Ref("prices").
			Field("community_group_id").Unique().Required().Immutable(),
	}
}

func (CommunityGroupPrice) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_group_id", "currency").Unique(), // a tier's price in a currency
	}
}

func (CommunityGroupPrice) Hooks() []ent.Hook {
	return []ent.Hook{hook.CadenceOfPrice(), hook.KnownCurrency("CommunityGroupPrice")}
}

func (CommunityGroupPrice) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("community_group_id", CommunityGroup{}),
		Create: rule.For(rule.EditableWith("community_group_id", CommunityGroup{})),
		Update: rule.For(rule.EditableWith("community_group_id", CommunityGroup{})),
		Delete: rule.EditableWith("community_group_id", CommunityGroup{}),
	}
}

// CommunityGroupAccess lets a user use a tier of a community, as long as it is
// active and not expired. The user and the managers see it. It goes with its
// tier, its community and its user. What was paid for it stands in
// CommunityMemberSubscription.
type CommunityGroupAccess struct{ ent.Schema }

func (CommunityGroupAccess) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityGroupAccess"}}
}

func (CommunityGroupAccess) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("community_group_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Bool("is_active").Default(true).
			Comment("False: the access has been withdrawn, whatever expires_at says."),
		field.Time("subscribed_at").Default(now).Immutable().
			Comment("When the access was given."),
		field.Time("expires_at").Optional().Nillable().
			Comment("Later than subscribed_at; NULL: without end."),
	}
}

func (CommunityGroupAccess) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("group_accesses").
			Field("community_id").Unique().Required().Immutable(),
		edge.From("community_group", CommunityGroup.Type).Ref("accesses").
			Field("community_group_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("group_accesses").Field("user_id").Unique().Required().Immutable(),
	}
}

func (CommunityGroupAccess) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "community_id", "community_group_id").Unique(), // whether a user has access to a tier
		index.Fields("community_group_id"),                                     // who has access to a tier
		index.Fields("community_id"),                                           // a community's accesses
	}
}

func (CommunityGroupAccess) Hooks() []ent.Hook {
	return []ent.Hook{hook.ExpiresAfterStart("CommunityGroupAccess")}
}

func (CommunityGroupAccess) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Self("user_id"), rule.Manager("community_id")),
		Create: rule.For(rule.Manager("community_id")).And(rule.AllOf(
			rule.Self("user_id"), rule.Member("community_id"),
			rule.Of("community_group_id", CommunityGroup{}, rule.AllOf(rule.Flag("is_active"), rule.Free)),
		), "community_id", "community_group_id", "user_id"),
		Update: rule.For(rule.Manager("community_id")), Delete: rule.Manager("community_id"),
	}
}
