-- Take the checks of the columns with a fixed set of values away.

ALTER TABLE "AppSubscription"
  DROP CONSTRAINT IF EXISTS "appsubscription_payment_gateway_choice",
  DROP CONSTRAINT IF EXISTS "appsubscription_status_choice";
ALTER TABLE "AppSubscriptionTier"
  DROP CONSTRAINT IF EXISTS "appsubscriptiontier_tier_name_choice";
ALTER TABLE "ClassroomAttachment"
  DROP CONSTRAINT IF EXISTS "classroomattachment_file_type_choice";
ALTER TABLE "CommunityMember"
  DROP CONSTRAINT IF EXISTS "communitymember_role_choice";
ALTER TABLE "CommunityMemberSubscription"
  DROP CONSTRAINT IF EXISTS "communitymembersubscription_payment_gateway_choice",
  DROP CONSTRAINT IF EXISTS "communitymembersubscription_status_choice";
ALTER TABLE "CreatorPayoutAccount"
  DROP CONSTRAINT IF EXISTS "creatorpayoutaccount_payment_gateway_choice",
  DROP CONSTRAINT IF EXISTS "creatorpayoutaccount_status_choice";
ALTER TABLE "MeetingSeries"
  DROP CONSTRAINT IF EXISTS "meetingseries_recurrence_end_type_choice",
  DROP CONSTRAINT IF EXISTS "meetingseries_recurrence_frequency_choice";
ALTER TABLE "Message"
  DROP CONSTRAINT IF EXISTS "message_message_type_choice";
ALTER TABLE "PaymentTransaction"
  DROP CONSTRAINT IF EXISTS "paymenttransaction_payment_gateway_choice",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_status_choice",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_transaction_type_choice";
ALTER TABLE "PayoutProfile"
  DROP CONSTRAINT IF EXISTS "payoutprofile_preferred_payment_gateway_choice";
ALTER TABLE "PostAttachment"
  DROP CONSTRAINT IF EXISTS "postattachment_file_type_choice";
ALTER TABLE "PublicFeedsAttachment"
  DROP CONSTRAINT IF EXISTS "publicfeedsattachment_file_type_choice";
ALTER TABLE "QuizGenerationJob"
  DROP CONSTRAINT IF EXISTS "quizgenerationjob_status_choice";
ALTER TABLE "StorageUsage"
  DROP CONSTRAINT IF EXISTS "storageusage_file_type_choice";
ALTER TABLE "StorePurchase"
  DROP CONSTRAINT IF EXISTS "storepurchase_payment_gateway_choice",
  DROP CONSTRAINT IF EXISTS "storepurchase_status_choice";
ALTER TABLE "UserProfile"
  DROP CONSTRAINT IF EXISTS "userprofile_gender_choice";
ALTER TABLE "Wheel"
  DROP CONSTRAINT IF EXISTS "wheel_status_choice";
ALTER TABLE "WheelHandoff"
  DROP CONSTRAINT IF EXISTS "wheelhandoff_status_choice";
ALTER TABLE "WheelHandoffAttachment"
  DROP CONSTRAINT IF EXISTS "wheelhandoffattachment_file_type_choice";
ALTER TABLE "WheelParticipant"
  DROP CONSTRAINT IF EXISTS "wheelparticipant_approval_status_choice";
