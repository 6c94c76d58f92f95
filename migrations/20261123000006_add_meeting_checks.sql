-- Meetings end after they start; what a series says of its rhythm and its end goes
-- together.

-- Modify "Meeting" table
ALTER TABLE "Meeting"
  ADD CONSTRAINT "meeting_ends_after_start" CHECK (end_datetime > start_datetime),
  ADD CONSTRAINT "meeting_series_sequence_from_one" CHECK (series_sequence >= 1);
-- Modify "MeetingSeries" table
ALTER TABLE "MeetingSeries"
  ADD CONSTRAINT "meetingseries_end" CHECK ((((recurrence_end_type)::text = 'on_date'::text) = (recurrence_end_date IS NOT NULL)) AND (((recurrence_end_type)::text = 'after_count'::text) = (occurrence_count IS NOT NULL))),
  ADD CONSTRAINT "meetingseries_interval_from_one" CHECK ("interval" >= 1),
  ADD CONSTRAINT "meetingseries_occurrence_count_from_one" CHECK (occurrence_count >= 1),
  ADD CONSTRAINT "meetingseries_weekly_days_iso" CHECK ((jsonb_typeof(weekly_days) = 'array'::text) AND (weekly_days <@ '[1, 2, 3, 4, 5, 6, 7]'::jsonb)),
  ADD CONSTRAINT "meetingseries_weekly_days_with_weekly" CHECK (((recurrence_frequency)::text = 'weekly'::text) = (COALESCE(weekly_days, '[]'::jsonb) <> '[]'::jsonb));
