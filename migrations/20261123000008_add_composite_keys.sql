-- Rows that belong together are of the same community, forum, poll or wheel: keys of
-- two columns, and the indexes that they refer to.

-- Create index "communitygroup_id_community_id" to table: "CommunityGroup"
CREATE UNIQUE INDEX "communitygroup_id_community_id" ON "CommunityGroup" ("id", "community_id");
-- Create index "meetingseries_id_community_id" to table: "MeetingSeries"
CREATE UNIQUE INDEX "meetingseries_id_community_id" ON "MeetingSeries" ("id", "community_id");
-- Create index "polloption_id_poll_id" to table: "PollOption"
CREATE UNIQUE INDEX "polloption_id_poll_id" ON "PollOption" ("id", "poll_id");
-- Create index "post_id_forum_id" to table: "Post"
CREATE UNIQUE INDEX "post_id_forum_id" ON "Post" ("id", "forum_id");
-- Create index "publicfeeds_id_community_id" to table: "PublicFeeds"
CREATE UNIQUE INDEX "publicfeeds_id_community_id" ON "PublicFeeds" ("id", "community_id");
-- Create index "wheelparticipant_id_wheel_id" to table: "WheelParticipant"
CREATE UNIQUE INDEX "wheelparticipant_id_wheel_id" ON "WheelParticipant" ("id", "wheel_id");
-- Modify "CommunityGroupAccess" table
ALTER TABLE "CommunityGroupAccess"
  ADD CONSTRAINT "communitygroupaccess_tier_of_community" FOREIGN KEY ("community_group_id", "community_id") REFERENCES "CommunityGroup" ("id", "community_id") ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "CommunityMemberSubscription" table
ALTER TABLE "CommunityMemberSubscription"
  ADD CONSTRAINT "communitymembersubscription_tier_of_community" FOREIGN KEY ("community_group_id", "community_id") REFERENCES "CommunityGroup" ("id", "community_id") ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "Meeting" table
ALTER TABLE "Meeting"
  ADD CONSTRAINT "meeting_series_of_community" FOREIGN KEY ("series_id", "community_id") REFERENCES "MeetingSeries" ("id", "community_id") ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "PollVote" table
ALTER TABLE "PollVote"
  ADD CONSTRAINT "pollvote_option_of_poll" FOREIGN KEY ("option_id", "poll_id") REFERENCES "PollOption" ("id", "poll_id") ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "Post" table
ALTER TABLE "Post"
  ADD CONSTRAINT "post_parent_in_forum" FOREIGN KEY ("parent_post_id", "forum_id") REFERENCES "Post" ("id", "forum_id") ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "PublicFeeds" table
ALTER TABLE "PublicFeeds"
  ADD CONSTRAINT "publicfeeds_parent_in_community" FOREIGN KEY ("parent_feed_id", "community_id") REFERENCES "PublicFeeds" ("id", "community_id") ON UPDATE NO ACTION ON DELETE CASCADE;
-- Modify "WheelHandoff" table
ALTER TABLE "WheelHandoff"
  ADD CONSTRAINT "wheelhandoff_giver_of_wheel" FOREIGN KEY ("from_participant_id", "wheel_id") REFERENCES "WheelParticipant" ("id", "wheel_id") ON UPDATE NO ACTION ON DELETE CASCADE,
  ADD CONSTRAINT "wheelhandoff_recipient_of_wheel" FOREIGN KEY ("to_participant_id", "wheel_id") REFERENCES "WheelParticipant" ("id", "wheel_id") ON UPDATE NO ACTION ON DELETE CASCADE;
