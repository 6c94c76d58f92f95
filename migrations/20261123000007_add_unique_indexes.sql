-- One owner a community, one account an e-mail address whatever its letter case, one
-- occurrence a number of a series.

-- Create index "communitymember_one_owner" to table: "CommunityMember"
CREATE UNIQUE INDEX "communitymember_one_owner" ON "CommunityMember" ("community_id") WHERE ((role)::text = 'owner'::text);
-- Create index "meeting_series_id_series_sequence" to table: "Meeting"
CREATE UNIQUE INDEX "meeting_series_id_series_sequence" ON "Meeting" ("series_id", "series_sequence");
-- Create index "user_email_lower" to table: "User"
CREATE UNIQUE INDEX "user_email_lower" ON "User" ((lower((email)::text)));
