-- Take the checks of meetings and their series away.

ALTER TABLE "Meeting"
  DROP CONSTRAINT IF EXISTS "meeting_ends_after_start",
  DROP CONSTRAINT IF EXISTS "meeting_series_sequence_from_one";
ALTER TABLE "MeetingSeries"
  DROP CONSTRAINT IF EXISTS "meetingseries_end",
  DROP CONSTRAINT IF EXISTS "meetingseries_interval_from_one",
  DROP CONSTRAINT IF EXISTS "meetingseries_occurrence_count_from_one",
  DROP CONSTRAINT IF EXISTS "meetingseries_weekly_days_iso",
  DROP CONSTRAINT IF EXISTS "meetingseries_weekly_days_with_weekly";
