package schema

import (
	"math"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// Wheel is a rotating savings circle (ajo, esusu, tontine): in every round all
// the others contribute to one participant, until each has had a turn. Its
// participants and the moderators and up see it, and every member while it is
// open for joining. It goes with its community and with its creator.
type Wheel struct{ ent.Schema }

func (Wheel) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Wheel) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "Wheel",
		Checks: map[string]string{
			"wheel_max_members_check":         "max_members >= 0",
			"wheel_round_duration_days_check": "round_duration_days >= 0",
		},
	}}
}

func (Wheel) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("created_by_id").Immutable(),
		field.String("title").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)),
		field.Text("description").NotEmpty(),
		field.Int("max_members").Range(0, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("Most participants that it takes, those who wait for approval included; NULL: no limit."),
		field.Text("message").Optional().Nillable().
			Comment("A word to those who take part."),
		field.Int("round_duration_days").Range(0, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("Days from the start of a round to its deadline; NULL: no deadline."),
		field.Enum("status").Values("draft", "open_for_join", "in_progress", "completed", "cancelled").
			Default("draft").SchemaType(varchar(20)).
			Comment("In this order, from draft or open_for_join on, which may be left out; cancelled may follow any but completed."),
		field.Time("started_at").Optional().Nillable().
			Comment("When the first round began; set by the start and never changed."),
	}
}

func (Wheel) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("wheels").Field("community_id").Unique().Required().Immutable(),
		edge.From("creator", User.Type).Ref("created_wheels").Field("created_by_id").Unique().Required().Immutable(),
		edge.To("participants", WheelParticipant.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("handoffs", WheelHandoff.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("The contributions of all rounds."),
	}
}

func (Wheel) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id"),  // a community's wheels
		index.Fields("created_by_id"), // wheels that a user created
		index.Fields("status"),        // wheels by status
	}
}

func (Wheel) Hooks() []ent.Hook {
	return []ent.Hook{
		hook.WheelTransitions(),
		hook.WheelReadyToStart(),
		hook.WheelCompletedInFull(),
		hook.WheelHoldsParticipants(),
		hook.WheelStartedAt(),
		hook.RunningWheelStays(),
	}
}

func (Wheel) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read: rule.AnyOf(
			participates(), rule.Moderator("community_id"),
			rule.AllOf(rule.Is("status", "open_for_join"), rule.Member("community_id")),
		),
		Create: rule.For(rule.AllOf(rule.Moderator("community_id"), rule.Self("created_by_id"))),
		Update: rule.For(rule.AnyOf(rule.Self("created_by_id"), rule.Moderator("community_id"))),
		Delete: rule.AllOf(rule.Self("created_by_id"), rule.Is("status", "draft")),
	}
}

// WheelParticipant is a user's place in a wheel, wished for or approved. The
// user sees it, as do the wheel's participants and the moderators and up. It
// goes with its wheel and with its user, and takes the contributions to and
// from it along. Nobody is added, removed, moved or approved once the wheel has
// started or was cancelled.
type WheelParticipant struct{ ent.Schema }

func (WheelParticipant) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (WheelParticipant) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "WheelParticipant",
		Checks: map[string]string{
			"wheelparticipant_order_check": `"order" >= 0`,
		},
	}}
}

func (WheelParticipant) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_id").Immutable(),
		field.Int64("wheel_id").Immutable(),
		field.Int64("approved_by_id").Optional().Nillable().
			Comment("NULL: approved by nobody, or by somebody whose account has been deleted."),
		field.Int("order").Range(0, math.MaxInt32).SchemaType(integer).
			Comment("The round in which the participant receives; of those approved 1 to n without gaps once the wheel has started."),
		field.Text("preference_message").Optional().Nillable().
			Comment("What the participant wishes; for them and the wheel's approved participants."),
		field.Enum("approval_status").Values("pending", "approved", "rejected").
			Default("pending").SchemaType(varchar(20)),
		field.Time("approved_at").Optional().Nillable(),
		field.Time("round_received_at").Optional().Nillable().
			Comment("When all contributions to the participant had been confirmed, which starts the next round; set once, round by round."),
	}
}

func (WheelParticipant) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("approver", User.Type).Ref("approved_wheel_participants").Field("approved_by_id").Unique().
			Comment("Who let the participant in."),
		edge.From("user", User.Type).Ref("wheel_participations").Field("user_id").Unique().Required().Immutable(),
		edge.From("wheel", Wheel.Type).Ref("participants").Field("wheel_id").Unique().Required().Immutable(),
		edge.To("handoffs_given", WheelHandoff.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Contributions that the participant owes to others."),
		edge.To("handoffs_received", WheelHandoff.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Contributions that others owe to the participant."),
	}
}

func (WheelParticipant) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("wheel_id", "order").Unique(),   // a wheel's participants in their order
		index.Fields("wheel_id", "user_id").Unique(), // a user's place in a wheel
		index.Fields("approved_by_id"),               // participants whom a user approved
		index.Fields("user_id"),                      // a user's places in wheels
	}
}

func (WheelParticipant) Hooks() []ent.Hook {
	return []ent.Hook{
		hook.WheelPlaces(),
		hook.RoundReceivedInTurn(),
		hook.ParticipantApprovedAt(),
	}
}

func (WheelParticipant) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("wheel_id", Wheel{}),
		Read:   rule.AnyOf(rule.Self("user_id"), rule.Of("wheel_id", Wheel{}, participates()), moderatorOfWheel),
		Create: rule.For(rule.AllOf(
			rule.Self("user_id"), rule.Of("wheel_id", Wheel{}, rule.AllOf(rule.Is("status", "open_for_join"), rule.Member("community_id"))),
			rule.LastInOrder,
		), "user_id", "wheel_id", "order", "preference_message").
			And(rule.AllOf(moderatorOfWheel, rule.NamesSelf("approved_by_id")), "user_id", "wheel_id", "order", "approved_by_id"),
		Update: rule.For(moderatorOfWheel, "order").
			And(rule.AllOf(moderatorOfWheel, rule.NamesSelf("approved_by_id"), rule.Empty("approved_by_id")),
				"approval_status", "approved_by_id", "approved_at").
			And(rule.AllOf(moderatorOfWheel, rule.Becomes("approval_status", "rejected")), "approval_status", "approved_at").
			And(rule.AllOf(rule.Self("user_id"), rule.Is("approval_status", "pending"), rule.Not(rule.Empty("approved_by_id"))),
				"approval_status", "approved_at").
			And(rule.Self("user_id"), "preference_message"),
		Delete: rule.AllOf(
			rule.AnyOf(rule.Self("user_id"), moderatorOfWheel),
			rule.Of("wheel_id", Wheel{}, rule.Is("status", "draft", "open_for_join")),
		),
		Private: []rule.Private{{
			Who:     rule.AnyOf(rule.Self("user_id"), rule.Of("wheel_id", Wheel{}, participates())),
			Columns: []string{"preference_message"},
		}},
	}
}

// participates are the approved participants of a wheel.
func participates() rule.Fact {
	return rule.Some(WheelParticipant{}, "wheel_id", rule.AllOf(rule.Self("user_id"), rule.Is("approval_status", "approved"))).
		Called("participant")
}

// moderatorOfWheel are the moderators of the wheel's community.
var moderatorOfWheel = rule.Of("wheel_id", Wheel{}, rule.Moderator("community_id"))
