-- Take the unique indexes away.

DROP INDEX IF EXISTS "communitymember_one_owner";
DROP INDEX IF EXISTS "meeting_series_id_series_sequence";
DROP INDEX IF EXISTS "user_email_lower";
