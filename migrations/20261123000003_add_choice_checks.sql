-- Columns with a fixed set of values have one of them, whoever writes.

-- Modify "AppSubscription" table
ALTER TABLE "AppSubscription"
  ADD CONSTRAINT "appsubscription_payment_gateway_choice" CHECK ((payment_gateway)::text = ANY (ARRAY['stripe'::text, 'paystack'::text])),
  ADD CONSTRAINT "appsubscription_status_choice" CHECK ((status)::text = ANY (ARRAY['pending'::text, 'active'::text, 'cancelled'::text, 'expired'::text]));
-- Modify "AppSubscriptionTier" table
ALTER TABLE "AppSubscriptionTier"
  ADD CONSTRAINT "appsubscriptiontier_tier_name_choice" CHECK ((tier_name)::text = ANY (ARRAY['free_hobby'::text, 'hobby'::text, 'professional'::text, 'enterprise'::text]));
-- Modify "ClassroomAttachment" table
ALTER TABLE "ClassroomAttachment"
  ADD CONSTRAINT "classroomattachment_file_type_choice" CHECK ((file_type)::text = ANY (ARRAY['image'::text, 'video'::text, 'pdf'::text, 'file'::text]));
-- Modify "CommunityMember" table
ALTER TABLE "CommunityMember"
  ADD CONSTRAINT "communitymember_role_choice" CHECK ((role)::text = ANY (ARRAY['owner'::text, 'co_owner'::text, 'moderator'::text, 'contributor'::text, 'member'::text, 'applicant'::text]));
-- Modify "CommunityMemberSubscription" table
ALTER TABLE "CommunityMemberSubscription"
  ADD CONSTRAINT "communitymembersubscription_payment_gateway_choice" CHECK ((payment_gateway)::text = ANY (ARRAY['stripe'::text, 'paystack'::text])),
  ADD CONSTRAINT "communitymembersubscription_status_choice" CHECK ((status)::text = ANY (ARRAY['pending'::text, 'active'::text, 'cancelled'::text, 'expired'::text]));
-- Modify "CreatorPayoutAccount" table
ALTER TABLE "CreatorPayoutAccount"
  ADD CONSTRAINT "creatorpayoutaccount_payment_gateway_choice" CHECK ((payment_gateway)::text = ANY (ARRAY['stripe'::text, 'paystack'::text])),
  ADD CONSTRAINT "creatorpayoutaccount_status_choice" CHECK ((status)::text = ANY (ARRAY['pending'::text, 'active'::text, 'restricted'::text, 'disabled'::text]));
-- Modify "MeetingSeries" table
ALTER TABLE "MeetingSeries"
  ADD CONSTRAINT "meetingseries_recurrence_end_type_choice" CHECK ((recurrence_end_type)::text = ANY (ARRAY['never'::text, 'on_date'::text, 'after_count'::text])),
  ADD CONSTRAINT "meetingseries_recurrence_frequency_choice" CHECK ((recurrence_frequency)::text = ANY (ARRAY['daily'::text, 'weekly'::text, 'monthly'::text, 'yearly'::text]));
-- Modify "Message" table
ALTER TABLE "Message"
  ADD CONSTRAINT "message_message_type_choice" CHECK ((message_type)::text = ANY (ARRAY['text'::text, 'image'::text, 'video'::text, 'file'::text]));
-- Modify "PaymentTransaction" table
ALTER TABLE "PaymentTransaction"
  ADD CONSTRAINT "paymenttransaction_payment_gateway_choice" CHECK ((payment_gateway)::text = ANY (ARRAY['stripe'::text, 'paystack'::text])),
  ADD CONSTRAINT "paymenttransaction_status_choice" CHECK ((status)::text = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text, 'refunded'::text])),
  ADD CONSTRAINT "paymenttransaction_transaction_type_choice" CHECK ((transaction_type)::text = ANY (ARRAY['app_subscription'::text, 'community_member_subscription'::text, 'store_purchase'::text]));
-- Modify "PayoutProfile" table
ALTER TABLE "PayoutProfile"
  ADD CONSTRAINT "payoutprofile_preferred_payment_gateway_choice" CHECK ((preferred_payment_gateway)::text = ANY (ARRAY['stripe'::text, 'paystack'::text]));
-- Modify "PostAttachment" table
ALTER TABLE "PostAttachment"
  ADD CONSTRAINT "postattachment_file_type_choice" CHECK ((file_type)::text = ANY (ARRAY['image'::text, 'video'::text]));
-- Modify "PublicFeedsAttachment" table
ALTER TABLE "PublicFeedsAttachment"
  ADD CONSTRAINT "publicfeedsattachment_file_type_choice" CHECK ((file_type)::text = ANY (ARRAY['image'::text, 'video'::text]));
-- Modify "QuizGenerationJob" table
ALTER TABLE "QuizGenerationJob"
  ADD CONSTRAINT "quizgenerationjob_status_choice" CHECK ((status)::text = ANY (ARRAY['queued'::text, 'processing'::text, 'completed'::text, 'failed'::text]));
-- Modify "StorageUsage" table
ALTER TABLE "StorageUsage"
  ADD CONSTRAINT "storageusage_file_type_choice" CHECK ((file_type)::text = ANY (ARRAY['avatar'::text, 'banner'::text, 'classroom_content'::text, 'classroom_attachment'::text, 'forum_attachment'::text, 'post_attachment'::text, 'quiz_file'::text, 'blog_image'::text, 'featured_content'::text, 'other'::text]));
-- Modify "StorePurchase" table
ALTER TABLE "StorePurchase"
  ADD CONSTRAINT "storepurchase_payment_gateway_choice" CHECK ((payment_gateway)::text = ANY (ARRAY['stripe'::text, 'paystack'::text])),
  ADD CONSTRAINT "storepurchase_status_choice" CHECK ((status)::text = ANY (ARRAY['pending'::text, 'completed'::text, 'failed'::text, 'refunded'::text]));
-- Modify "UserProfile" table
ALTER TABLE "UserProfile"
  ADD CONSTRAINT "userprofile_gender_choice" CHECK ((gender)::text = ANY (ARRAY['male'::text, 'female'::text, 'other'::text, 'prefer_not_to_say'::text]));
-- Modify "Wheel" table
ALTER TABLE "Wheel"
  ADD CONSTRAINT "wheel_status_choice" CHECK ((status)::text = ANY (ARRAY['draft'::text, 'open_for_join'::text, 'in_progress'::text, 'completed'::text, 'cancelled'::text]));
-- Modify "WheelHandoff" table
ALTER TABLE "WheelHandoff"
  ADD CONSTRAINT "wheelhandoff_status_choice" CHECK ((status)::text = ANY (ARRAY['pending'::text, 'action_done'::text, 'acknowledged'::text]));
-- Modify "WheelHandoffAttachment" table
ALTER TABLE "WheelHandoffAttachment"
  ADD CONSTRAINT "wheelhandoffattachment_file_type_choice" CHECK ((file_type)::text = ANY (ARRAY['image'::text, 'video'::text]));
-- Modify "WheelParticipant" table
ALTER TABLE "WheelParticipant"
  ADD CONSTRAINT "wheelparticipant_approval_status_choice" CHECK ((approval_status)::text = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text]));
