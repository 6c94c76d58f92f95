-- Take the composite keys away, and then the indexes that they refer to.

ALTER TABLE "CommunityGroupAccess"
  DROP CONSTRAINT IF EXISTS "communitygroupaccess_tier_of_community";
ALTER TABLE "CommunityMemberSubscription"
  DROP CONSTRAINT IF EXISTS "communitymembersubscription_tier_of_community";
ALTER TABLE "Meeting"
  DROP CONSTRAINT IF EXISTS "meeting_series_of_community";
ALTER TABLE "PollVote"
  DROP CONSTRAINT IF EXISTS "pollvote_option_of_poll";
ALTER TABLE "Post"
  DROP CONSTRAINT IF EXISTS "post_parent_in_forum";
ALTER TABLE "PublicFeeds"
  DROP CONSTRAINT IF EXISTS "publicfeeds_parent_in_community";
ALTER TABLE "WheelHandoff"
  DROP CONSTRAINT IF EXISTS "wheelhandoff_giver_of_wheel",
  DROP CONSTRAINT IF EXISTS "wheelhandoff_recipient_of_wheel";
DROP INDEX IF EXISTS "communitygroup_id_community_id";
DROP INDEX IF EXISTS "meetingseries_id_community_id";
DROP INDEX IF EXISTS "polloption_id_poll_id";
DROP INDEX IF EXISTS "post_id_forum_id";
DROP INDEX IF EXISTS "publicfeeds_id_community_id";
DROP INDEX IF EXISTS "wheelparticipant_id_wheel_id";
