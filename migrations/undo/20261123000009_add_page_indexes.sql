-- Bring the indexes over one column back in place of those for pages. An alias may
-- not be empty again: where one is, this is refused, and nothing is undone.

ALTER TABLE "Community"
  DROP CONSTRAINT IF EXISTS "community_alias_format",
  ADD CONSTRAINT "community_alias_format" CHECK (((alias)::text ~ '^[a-zA-Z0-9_-]+$'::text));
DROP INDEX IF EXISTS "blogpost_created_at_id";
DROP INDEX IF EXISTS "community_created_at_id";
DROP INDEX IF EXISTS "communityblogpost_community_id_created_at_id";
CREATE INDEX "communityblogpostreply_community_blog_post_id" ON "CommunityBlogPostReply" (community_blog_post_id);
DROP INDEX IF EXISTS "communityblogpostreply_community_blog_post_id_created_at_id";
CREATE INDEX "communityfeedback_community_id" ON "CommunityFeedback" (community_id);
DROP INDEX IF EXISTS "communityfeedback_community_id_created_at_id";
CREATE INDEX "communitymember_community_id" ON "CommunityMember" (community_id);
DROP INDEX IF EXISTS "communitymember_community_id_joined_at_id";
CREATE INDEX "communityview_community_id" ON "CommunityView" (community_id);
DROP INDEX IF EXISTS "communityview_community_id_viewed_at_id";
CREATE INDEX "message_conversation_id" ON "Message" (conversation_id);
DROP INDEX IF EXISTS "message_conversation_id_created_at_id";
CREATE INDEX "paymenttransaction_creator_payout_account_id" ON "PaymentTransaction" (creator_payout_account_id);
DROP INDEX IF EXISTS "paymenttransaction_creator_payout_account_id_created_at_id";
CREATE INDEX "post_forum_id" ON "Post" (forum_id);
CREATE INDEX "post_parent_post_id" ON "Post" (parent_post_id);
DROP INDEX IF EXISTS "post_forum_id_is_pinned_created_at_id";
DROP INDEX IF EXISTS "post_parent_post_id_created_at_id";
CREATE INDEX "publicfeed_community_id" ON "PublicFeeds" (community_id);
CREATE INDEX "publicfeed_parent_feed_id" ON "PublicFeeds" (parent_feed_id);
DROP INDEX IF EXISTS "publicfeed_community_id_created_at_id";
DROP INDEX IF EXISTS "publicfeed_parent_feed_id_created_at_id";
DROP INDEX IF EXISTS "quizgenerationjob_queued";
CREATE INDEX "quizsubmission_quiz_id" ON "SimpleQuizSubmission" (quiz_id);
DROP INDEX IF EXISTS "quizsubmission_quiz_id_user_id";
CREATE INDEX "storageusage_owner_id" ON "StorageUsage" (owner_id);
DROP INDEX IF EXISTS "storageusage_owner_id_file_size";
DROP INDEX IF EXISTS "user_reset_password_token";
DROP INDEX IF EXISTS "user_verification_token";
