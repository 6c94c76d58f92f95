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

// Meeting is an event of a community, by itself or as an occurrence of a
// series. Members whom its tiers let in see it, as do its attendees and the
// moderators and up. It goes with its community, its creator and its series.
type Meeting struct{ ent.Schema }

func (Meeting) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Meeting) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "Meeting",
		Checks: map[string]string{
			"meeting_series_sequence_check": "series_sequence >= 0",
		},
	}}
}

func (Meeting) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("created_by_id").Immutable(),
		field.Int64("series_id").Optional().Nillable().Immutable().
			Comment("NULL: no occurrence of a series."),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.String("location").MaxRuneLen(500).Optional().Nillable().SchemaType(varchar(500)).
			Comment("A place, free text."),
		field.String("meeting_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)).
			Comment("For attendees, creator, moderators and up; for all who see the meeting if nobody is invited."),
		field.Int("series_sequence").Range(0, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("Number of the occurrence in its series, from 1; NULL outside of a series, and only there."),
		field.Time("start_datetime"),
		field.Time("end_datetime").
			Comment("Later than start_datetime."),
	}
}

func (Meeting) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("meetings").Field("community_id").Unique().Required().Immutable(),
		edge.From("creator", User.Type).Ref("created_meetings").
			Field("created_by_id").Unique().Required().Immutable(),
		edge.From("series", MeetingSeries.Type).Ref("meetings").Field("series_id").Unique().Immutable().
			Comment("The template that the meeting is an occurrence of."),
		edge.To("community_groups", CommunityGroup.Type).Through("meeting_groups", MeetingGroup.Type).
			Comment("Tiers whose members may come; none means every member."),
		edge.To("attendees", User.Type).Through("meeting_attendees", MeetingAttendee.Type).
			Comment("People who are invited."),
	}
}

func (Meeting) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "start_datetime"), // a community's meetings in order of time
		index.Fields("created_by_id"),                  // meetings that a user created
		index.Fields("series_id", "start_datetime"),    // a series' occurrences in order of time
	}
}

func (Meeting) Hooks() []ent.Hook { return []ent.Hook{hook.SequenceInSeries()} }

func (Meeting) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read: rule.AnyOf(
			rule.Gate("community_id", "Meeting_payment_plans", "meeting_id"),
			rule.AllOf(rule.Member("community_id"), invitedToMeeting),
			rule.Moderator("community_id"),
		),
		Create: rule.For(rule.AllOf(rule.Moderator("community_id"), rule.Self("created_by_id"))),
		Update: rule.For(rule.AnyOf(rule.Self("created_by_id"), rule.Moderator("community_id"))),
		Delete: rule.AnyOf(rule.Self("created_by_id"), rule.Moderator("community_id")),
		Private: []rule.Private{{
			Who: rule.AnyOf(
				invitedToMeeting, rule.Self("created_by_id"), rule.Moderator("community_id"),
				rule.AllOf(rule.Member("community_id"), rule.Not(rule.Some(MeetingAttendee{}, "meeting_id", rule.Anyone))),
			),
			Columns: []string{"meeting_url"},
		}},
	}
}

// MeetingAttendee invites a user to a meeting. It is seen with the meeting,
// and goes with the meeting and with the user.
type MeetingAttendee struct{ ent.Schema }

func (MeetingAttendee) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Meeting_attendees"}}
}

func (MeetingAttendee) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("meeting_id").Immutable(),
		field.Int64("user_id").Immutable(),
	}
}

func (MeetingAttendee) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("meeting", Meeting.Type).Field("meeting_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (MeetingAttendee) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id"), // the meetings of a user
	}
}

func (MeetingAttendee) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("meeting_id", Meeting{}),
		Read:   rule.VisibleWith("meeting_id", Meeting{}),
		Create: rule.For(rule.EditableWith("meeting_id", Meeting{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.AnyOf(rule.Self("user_id"), rule.EditableWith("meeting_id", Meeting{})),
	}
}

// MeetingGroup opens a meeting to a tier of the same community. It is seen
// with the meeting and goes with either.
type MeetingGroup struct{ ent.Schema }

func (MeetingGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Meeting_payment_plans"}}
}

func (MeetingGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("meeting_id").Immutable(),
		field.Int64("community_group_id").StorageKey("communitygroup_id").Immutable(),
	}
}

func (MeetingGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("meeting", Meeting.Type).Field("meeting_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_group", CommunityGroup.Type).Field("community_group_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (MeetingGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_group_id"), // the meetings of a tier
	}
}

func (MeetingGroup) Hooks() []ent.Hook {
	return []ent.Hook{hook.GateInCommunity("Meeting_payment_plans")}
}

func (MeetingGroup) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("meeting_id", Meeting{}),
		Create: rule.For(rule.EditableWith("meeting_id", Meeting{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.EditableWith("meeting_id", Meeting{}),
	}
}

// invitedToMeeting are those who are invited by name.
var invitedToMeeting = rule.Some(MeetingAttendee{}, "meeting_id", rule.Self("user_id")).Called("invited attendee")
