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

// WheelHandoff is the one contribution that a participant of a wheel owes to
// another, in the round of that other, once the wheel is in progress. The
// wheel's participants and the moderators and up see it. It goes with its wheel
// and with either participant.
type WheelHandoff struct{ ent.Schema }

func (WheelHandoff) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (WheelHandoff) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "WheelHandoff"}}
}

func (WheelHandoff) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("from_participant_id").Immutable(),
		field.Int64("to_participant_id").Immutable(),
		field.Int64("wheel_id").Immutable(),
		field.Int64("acknowledged_by_id").Optional().Nillable().
			Comment("An approved participant, not the giver; NULL: nobody yet, or somebody whose account has been deleted."),
		field.Text("note").Optional().Nillable().
			Comment("The giver's remark."),
		field.Enum("status").Values("pending", "action_done", "acknowledged").
			Default("pending").SchemaType(varchar(20)).
			Comment("In this order, from pending on. action_done: the giver says it is done; acknowledged: another participant has confirmed it."),
		field.Time("acknowledged_at").Optional().Nillable().
			Comment("Set with the status acknowledged, and neither it nor who changes afterwards."),
	}
}

func (WheelHandoff) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("acknowledger", User.Type).Ref("acknowledged_handoffs").Field("acknowledged_by_id").Unique().
			Comment("Who confirmed that the contribution was made."),
		edge.From("giver", WheelParticipant.Type).Ref("handoffs_given").
			Field("from_participant_id").Unique().Required().Immutable().
			Comment("Who owes the contribution."),
		edge.From("recipient", WheelParticipant.Type).Ref("handoffs_received").
			Field("to_participant_id").Unique().Required().Immutable().
			Comment("Whose round it is."),
		edge.From("wheel", Wheel.Type).Ref("handoffs").Field("wheel_id").Unique().Required().Immutable(),
		edge.To("attachments", WheelHandoffAttachment.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("The giver's evidence."),
	}
}

func (WheelHandoff) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("wheel_id", "from_participant_id", "to_participant_id").Unique(), // one contribution per pair
		index.Fields("acknowledged_by_id"),                                            // what a user confirmed
		index.Fields("from_participant_id"),                                           // what a participant gives
		index.Fields("status"),                                                        // contributions by status
		index.Fields("to_participant_id"),                                             // what a participant receives
	}
}

func (WheelHandoff) Hooks() []ent.Hook {
	return []ent.Hook{
		hook.HandoffTransitions(),
		hook.HandoffInProgress(),
		hook.HandoffAcknowledgedOnce(),
		hook.HandoffAcknowledgedByAnother(),
		hook.HandoffAcknowledgedAt(),
		hook.HandoffStays(),
	}
}

func (WheelHandoff) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("wheel_id", Wheel{}),
		Read:   rule.AnyOf(rule.Of("wheel_id", Wheel{}, participates()), moderatorOfWheel),
		Create: rule.For(rule.Nobody),
		Update: rule.For(rule.AllOf(givesHandoff, rule.Becomes("status", "action_done")), "status", "note").
			And(rule.AllOf(
				rule.Of("wheel_id", Wheel{}, participates()), rule.Not(givesHandoff),
				rule.Becomes("status", "acknowledged"), rule.NamesSelf("acknowledged_by_id"),
			), "status", "acknowledged_by_id", "acknowledged_at"),
		Delete: rule.Nobody,
	}
}

// WheelHandoffAttachment is a picture or a video by which the giver shows that
// a contribution was made. It is added before the contribution is acknowledged,
// seen with it and goes with it.
type WheelHandoffAttachment struct{ ent.Schema }

func (WheelHandoffAttachment) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (WheelHandoffAttachment) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "WheelHandoffAttachment"}}
}

func (WheelHandoffAttachment) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("wheel_handoff_id").Immutable(),
		field.String("file_url").NotEmpty().MaxRuneLen(200).Validate(validURL).SchemaType(varchar(200)),
		field.Enum("file_type").GoType(schematype.MediaType("")).SchemaType(varchar(10)),
	}
}

func (WheelHandoffAttachment) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("handoff", WheelHandoff.Type).Ref("attachments").
			Field("wheel_handoff_id").Unique().Required().Immutable(),
	}
}

func (WheelHandoffAttachment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("wheel_handoff_id"), // a contribution's evidence
	}
}

func (WheelHandoffAttachment) Hooks() []ent.Hook {
	return []ent.Hook{hook.EvidenceBeforeAcknowledgement()}
}

func (WheelHandoffAttachment) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("wheel_handoff_id", WheelHandoff{}),
		Read:   rule.VisibleWith("wheel_handoff_id", WheelHandoff{}),
		Create: rule.For(rule.Of("wheel_handoff_id", WheelHandoff{}, givesHandoff)),
		Update: rule.For(rule.Nobody),
		Delete: rule.Of("wheel_handoff_id", WheelHandoff{}, rule.AllOf(givesHandoff, rule.Is("status", "pending"))),
	}
}

// givesHandoff is the participant who owes the contribution.
var givesHandoff = rule.Of("from_participant_id", WheelParticipant{}, rule.Self("user_id")).Called("giver")
