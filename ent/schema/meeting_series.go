package schema

import (
	"math"

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

// MeetingSeries is the template of a recurring meeting: how often, in which
// time zone, until when. Members whom its tiers let in see it, as do its
// attendees and the moderators and up. It goes with its community and its
// creator, and takes its occurrences along.
type MeetingSeries struct{ ent.Schema }

func (MeetingSeries) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (MeetingSeries) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "MeetingSeries",
		Checks: map[string]string{
			"meetingseries_interval_check":         `"interval" >= 0`,
			"meetingseries_occurrence_count_check": "occurrence_count >= 0",
		},
	}}
}

func (MeetingSeries) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("created_by_id").Immutable(),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.String("location").MaxRuneLen(500).Optional().Nillable().SchemaType(varchar(500)).
			Comment("A place, free text."),
		field.String("meeting_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)).
			Comment("For attendees, creator, moderators and up; for all who see the meeting if nobody is invited."),
		field.String("time_zone").Default("UTC").MaxRuneLen(64).SchemaType(varchar(64)).
			Comment("Known to the IANA database, such as Africa/Lagos; occurrences keep their wall-clock time in it."),
		field.Enum("recurrence_frequency").Values("daily", "weekly", "monthly", "yearly").SchemaType(varchar(20)),
		field.Int("interval").Default(1).Range(1, math.MaxInt32).SchemaType(integer).
			Comment("Periods from one occurrence to the next: 2 with weekly is every other week."),
		field.JSON("weekly_days", schematype.Weekdays{}).Optional().Default(noWeekdays).
			Comment("ISO weekdays, 1 (Monday) to 7 (Sunday): at least one with weekly, none otherwise."),
		field.Enum("recurrence_end_type").Values("never", "on_date", "after_count").
			Default("never").SchemaType(varchar(20)).
			Comment("on_date goes with recurrence_end_date, after_count with occurrence_count, never with neither."),
		field.Other("recurrence_end_date", schematype.Date{}).Optional().Nillable().SchemaType(date).
			Comment("Last day of the series in time_zone; only with on_date."),
		field.Int("occurrence_count").Range(0, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("Number of occurrences, at least 1; only with after_count."),
	}
}

func (MeetingSeries) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("meeting_series").
			Field("community_id").Unique().Required().Immutable(),
		edge.From("creator", User.Type).Ref("created_meeting_series").
			Field("created_by_id").Unique().Required().Immutable(),
		edge.To("community_groups", CommunityGroup.Type).Through("series_groups", MeetingSeriesGroup.Type).
			Comment("Tiers whose members may come; none means every member."),
		edge.To("attendees", User.Type).Through("series_attendees", MeetingSeriesAttendee.Type).
			Comment("People who are invited to the series."),
		edge.To("meetings", Meeting.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("The occurrences."),
	}
}

func (MeetingSeries) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "created_at"), // a community's series, newest first
		index.Fields("created_by_id"),              // series that a user created
	}
}

func (MeetingSeries) Hooks() []ent.Hook { return []ent.Hook{hook.KnownTimeZone()} }

func (MeetingSeries) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read: rule.AnyOf(
			rule.Gate("community_id", "MeetingSeries_payment_plans", "meetingseries_id"),
			rule.AllOf(rule.Member("community_id"), invitedToSeries),
			rule.Moderator("community_id"),
		),
		Create: rule.For(rule.AllOf(rule.Moderator("community_id"), rule.Self("created_by_id"))),
		Update: rule.For(rule.AnyOf(rule.Self("created_by_id"), rule.Moderator("community_id"))),
		Delete: rule.AnyOf(rule.Self("created_by_id"), rule.Moderator("community_id")),
		Private: []rule.Private{{
			Who: rule.AnyOf(
				invitedToSeries, rule.Self("created_by_id"), rule.Moderator("community_id"),
				rule.AllOf(rule.Member("community_id"), rule.Not(rule.Some(MeetingSeriesAttendee{}, "meetingseries_id", rule.Anyone))),
			),
			Columns: []string{"meeting_url"},
		}},
	}
}

// MeetingSeriesAttendee invites a user to a meeting series. It is seen with
// the series, and goes with the series and with the user.
type MeetingSeriesAttendee struct{ ent.Schema }

func (MeetingSeriesAttendee) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "MeetingSeries_attendees"}}
}

func (MeetingSeriesAttendee) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("series_id").StorageKey("meetingseries_id").Immutable(),
		field.Int64("user_id").Immutable(),
	}
}

func (MeetingSeriesAttendee) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("series", MeetingSeries.Type).Field("series_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (MeetingSeriesAttendee) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id"), // the series of a user
	}
}

func (MeetingSeriesAttendee) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("meetingseries_id", MeetingSeries{}),
		Read:   rule.VisibleWith("meetingseries_id", MeetingSeries{}),
		Create: rule.For(rule.EditableWith("meetingseries_id", MeetingSeries{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.AnyOf(rule.Self("user_id"), rule.EditableWith("meetingseries_id", MeetingSeries{})),
	}
}

// MeetingSeriesGroup opens a meeting series to a tier of the same community.
// It is seen with the series and goes with either.
type MeetingSeriesGroup struct{ ent.Schema }

func (MeetingSeriesGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "MeetingSeries_payment_plans"}}
}

func (MeetingSeriesGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("series_id").StorageKey("meetingseries_id").Immutable(),
		field.Int64("community_group_id").StorageKey("communitygroup_id").Immutable(),
	}
}

func (MeetingSeriesGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("series", MeetingSeries.Type).Field("series_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_group", CommunityGroup.Type).Field("community_group_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (MeetingSeriesGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_group_id"), // the series of a tier
	}
}

func (MeetingSeriesGroup) Hooks() []ent.Hook {
	return []ent.Hook{hook.GateInCommunity("MeetingSeries_payment_plans")}
}

func (MeetingSeriesGroup) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("meetingseries_id", MeetingSeries{}),
		Create: rule.For(rule.EditableWith("meetingseries_id", MeetingSeries{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.EditableWith("meetingseries_id", MeetingSeries{}),
	}
}

// invitedToSeries are those who are invited by name.
var invitedToSeries = rule.Some(MeetingSeriesAttendee{}, "meetingseries_id", rule.Self("user_id")).Called("invited attendee")
