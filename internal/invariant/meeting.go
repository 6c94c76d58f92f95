package invariant

import "github.com/communitybuilder/communitybuilder/apierror"

var meetingRules = []*Rule{
	Rule{
		Name: "meeting_ends_after_start", Table: "Meeting", Fields: []string{"end_datetime", "start_datetime"},
		Code: apierror.EndsBeforeStart, Says: "must be later than start_datetime",
		Reason: "a meeting takes time",
	}.by(Check{
		Postgres: "(end_datetime > start_datetime)",
		// As points in time, since zones may differ, which SQLite knows to the
		// millisecond; closer ones as text.
		SQLite: "julianday(end_datetime) > julianday(start_datetime) OR julianday(end_datetime) = julianday(start_datetime) AND end_datetime > start_datetime",
	}),
	Rule{
		Name: "meeting_series_sequence_from_one", Table: "Meeting", Fields: []string{"series_sequence"},
		Code: apierror.InvalidValue, Says: "must be at least 1", Reason: "occurrences are counted from one",
	}.by(Check{Postgres: "(series_sequence >= 1)", SQLite: "series_sequence >= 1"}),
	counted("Meeting", "series_sequence", "the platform's own check, beside the stricter one"),
	Rule{
		Name: "meeting_series_id_series_sequence", Table: "Meeting", Fields: []string{"series_sequence", "series_id"},
		Code: apierror.AlreadyExists, Says: "must not be the number of another occurrence of the series",
		Reason: "building the occurrences again, or twice at once, adds only what is missing",
	}.by(Unique{Columns: []string{"series_id", "series_sequence"}}),
	within("Meeting", "meeting_series_of_community", apierror.OtherCommunity,
		"the series must be one of the community", "an occurrence is seen by those who see its series",
		"series_id", "community_id", "MeetingSeries"),

	Rule{
		Name: "meetingseries_interval_from_one", Table: "MeetingSeries", Fields: []string{"interval"},
		Code: apierror.InvalidValue, Says: "must be at least 1", Reason: "an interval of no periods would never go on",
	}.by(Check{Postgres: `("interval" >= 1)`, SQLite: `"interval" >= 1`}),
	counted("MeetingSeries", "interval", "the platform's own check, beside the stricter one"),
	Rule{
		Name: "meetingseries_occurrence_count_from_one", Table: "MeetingSeries", Fields: []string{"occurrence_count"},
		Code: apierror.InvalidValue, Says: "must be at least 1", Reason: "a series that has an end has an occurrence",
	}.by(Check{Postgres: `(occurrence_count >= 1)`, SQLite: `occurrence_count >= 1`}),
	counted("MeetingSeries", "occurrence_count", "the platform's own check, beside the stricter one"),
	Rule{
		Name: "meetingseries_weekly_days_iso", Table: "MeetingSeries", Fields: []string{"weekly_days"},
		Code: apierror.InvalidValue, Says: "must be a list of ISO weekdays, 1 to 7",
		Reason: "occurrences are computed from it",
	}.by(Check{
		Postgres: `((jsonb_typeof(weekly_days) = 'array'::text) AND (weekly_days <@ '[1, 2, 3, 4, 5, 6, 7]'::jsonb))`,
		SQLite:   `CAST(weekly_days AS TEXT) GLOB '[[]*]' AND CAST(weekly_days AS TEXT) NOT GLOB '*[^][1-7, ]*'`,
	}),
	Rule{
		Name: "meetingseries_weekly_days_with_weekly", Table: "MeetingSeries", Fields: []string{"weekly_days", "recurrence_frequency"},
		Code: apierror.InvalidRecurrence, Says: "must name a day with the frequency weekly, and none with another",
		Reason: "a weekly series without days has no occurrences",
	}.by(Check{
		Postgres: `(((recurrence_frequency)::text = 'weekly'::text) = (COALESCE(weekly_days, '[]'::jsonb) <> '[]'::jsonb))`,
		SQLite:   `(recurrence_frequency = 'weekly') = (CAST(COALESCE(weekly_days, '[]') AS TEXT) <> '[]')`,
	}),
	Rule{
		Name: "meetingseries_end", Table: "MeetingSeries", Fields: []string{"recurrence_end_type", "recurrence_end_date", "occurrence_count"},
		Code:   apierror.InvalidRecurrence,
		Says:   "on_date goes with recurrence_end_date, after_count with occurrence_count, and never with neither",
		Reason: "a series has one end or none",
	}.by(Check{
		Postgres: `((((recurrence_end_type)::text = 'on_date'::text) = (recurrence_end_date IS NOT NULL)) AND (((recurrence_end_type)::text = 'after_count'::text) = (occurrence_count IS NOT NULL)))`,
		SQLite:   `(recurrence_end_type = 'on_date') = (recurrence_end_date IS NOT NULL) AND (recurrence_end_type = 'after_count') = (occurrence_count IS NOT NULL)`,
	}),
}
