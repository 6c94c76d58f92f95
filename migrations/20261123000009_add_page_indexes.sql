-- Lists that grow are read page by page in the order of an index, which takes the
-- place of the one over its first column. Tokens and waiting jobs are found by partial
-- indexes. And an alias may be empty: other services write none for a name that has
-- no usable letters.

-- Create index "blogpost_created_at_id" to table: "BlogPost"
CREATE INDEX "blogpost_created_at_id" ON "BlogPost" ("created_at", "id");
-- Create index "community_created_at_id" to table: "Community"
CREATE INDEX "community_created_at_id" ON "Community" ("created_at", "id");
-- Modify "Community" table
ALTER TABLE "Community"
  DROP CONSTRAINT "community_alias_format",
  ADD CONSTRAINT "community_alias_format" CHECK ((alias)::text ~ '^[a-zA-Z0-9_-]*$'::text);
-- Create index "communityblogpost_community_id_created_at_id" to table: "CommunityBlogPost"
CREATE INDEX "communityblogpost_community_id_created_at_id" ON "CommunityBlogPost" ("community_id", "created_at", "id");
-- Drop index "communityblogpostreply_community_blog_post_id" from table: "CommunityBlogPostReply"
DROP INDEX "communityblogpostreply_community_blog_post_id";
-- Create index "communityblogpostreply_community_blog_post_id_created_at_id" to table: "CommunityBlogPostReply"
CREATE INDEX "communityblogpostreply_community_blog_post_id_created_at_id" ON "CommunityBlogPostReply" ("community_blog_post_id", "created_at", "id");
-- Drop index "communityfeedback_community_id" from table: "CommunityFeedback"
DROP INDEX "communityfeedback_community_id";
-- Create index "communityfeedback_community_id_created_at_id" to table: "CommunityFeedback"
CREATE INDEX "communityfeedback_community_id_created_at_id" ON "CommunityFeedback" ("community_id", "created_at", "id");
-- Drop index "communitymember_community_id" from table: "CommunityMember"
DROP INDEX "communitymember_community_id";
-- Create index "communitymember_community_id_joined_at_id" to table: "CommunityMember"
CREATE INDEX "communitymember_community_id_joined_at_id" ON "CommunityMember" ("community_id", "joined_at", "id");
-- Drop index "communityview_community_id" from table: "CommunityView"
DROP INDEX "communityview_community_id";
-- Create index "communityview_community_id_viewed_at_id" to table: "CommunityView"
CREATE INDEX "communityview_community_id_viewed_at_id" ON "CommunityView" ("community_id", "viewed_at", "id");
-- Drop index "message_conversation_id" from table: "Message"
DROP INDEX "message_conversation_id";
-- Create index "message_conversation_id_created_at_id" to table: "Message"
CREATE INDEX "message_conversation_id_created_at_id" ON "Message" ("conversation_id", "created_at", "id");
-- Drop index "paymenttransaction_creator_payout_account_id" from table: "PaymentTransaction"
DROP INDEX "paymenttransaction_creator_payout_account_id";
-- Create index "paymenttransaction_creator_payout_account_id_created_at_id" to table: "PaymentTransaction"
CREATE INDEX "paymenttransaction_creator_payout_account_id_created_at_id" ON "PaymentTransaction" ("creator_payout_account_id", "created_at", "id");
-- Drop index "post_forum_id" from table: "Post"
DROP INDEX "post_forum_id";
-- Drop index "post_parent_post_id" from table: "Post"
DROP INDEX "post_parent_post_id";
-- Create index "post_forum_id_is_pinned_created_at_id" to table: "Post"
CREATE INDEX "post_forum_id_is_pinned_created_at_id" ON "Post" ("forum_id", "is_pinned", "created_at", "id");
-- Create index "post_parent_post_id_created_at_id" to table: "Post"
CREATE INDEX "post_parent_post_id_created_at_id" ON "Post" ("parent_post_id", "created_at", "id");
-- Drop index "publicfeed_community_id" from table: "PublicFeeds"
DROP INDEX "publicfeed_community_id";
-- Drop index "publicfeed_parent_feed_id" from table: "PublicFeeds"
DROP INDEX "publicfeed_parent_feed_id";
-- Create index "publicfeed_community_id_created_at_id" to table: "PublicFeeds"
CREATE INDEX "publicfeed_community_id_created_at_id" ON "PublicFeeds" ("community_id", "created_at", "id");
-- Create index "publicfeed_parent_feed_id_created_at_id" to table: "PublicFeeds"
CREATE INDEX "publicfeed_parent_feed_id_created_at_id" ON "PublicFeeds" ("parent_feed_id", "created_at", "id");
-- Create index "quizgenerationjob_queued" to table: "QuizGenerationJob"
CREATE INDEX "quizgenerationjob_queued" ON "QuizGenerationJob" ("created_at", "id") WHERE ((status)::text = 'queued'::text);
-- Drop index "quizsubmission_quiz_id" from table: "SimpleQuizSubmission"
DROP INDEX "quizsubmission_quiz_id";
-- Create index "quizsubmission_quiz_id_user_id" to table: "SimpleQuizSubmission"
CREATE INDEX "quizsubmission_quiz_id_user_id" ON "SimpleQuizSubmission" ("quiz_id", "user_id");
-- Drop index "storageusage_owner_id" from table: "StorageUsage"
DROP INDEX "storageusage_owner_id";
-- Create index "storageusage_owner_id_file_size" to table: "StorageUsage"
CREATE INDEX "storageusage_owner_id_file_size" ON "StorageUsage" ("owner_id", "file_size");
-- Create index "user_reset_password_token" to table: "User"
CREATE INDEX "user_reset_password_token" ON "User" ("reset_password_token" varchar_pattern_ops) WHERE (reset_password_token IS NOT NULL);
-- Create index "user_verification_token" to table: "User"
CREATE INDEX "user_verification_token" ON "User" ("verification_token" varchar_pattern_ops) WHERE (verification_token IS NOT NULL);
