-- Take the checks of amounts, codes, names and ranges away.

ALTER TABLE "AppSubscription"
  DROP CONSTRAINT IF EXISTS "appsubscription_billing_country_code";
ALTER TABLE "AppSubscriptionTierPrice"
  DROP CONSTRAINT IF EXISTS "appsubscriptiontierprice_amount_not_negative",
  DROP CONSTRAINT IF EXISTS "appsubscriptiontierprice_currency_code";
ALTER TABLE "Classroom"
  DROP CONSTRAINT IF EXISTS "classroom_name_format";
ALTER TABLE "Community"
  DROP CONSTRAINT IF EXISTS "community_alias_format";
ALTER TABLE "CommunityFeedback"
  DROP CONSTRAINT IF EXISTS "communityfeedback_rating_range";
ALTER TABLE "CommunityGroup"
  DROP CONSTRAINT IF EXISTS "communitygroup_one_cadence";
ALTER TABLE "CommunityGroupPrice"
  DROP CONSTRAINT IF EXISTS "communitygroupprice_amount_not_negative",
  DROP CONSTRAINT IF EXISTS "communitygroupprice_currency_code";
ALTER TABLE "CommunityMemberSubscription"
  DROP CONSTRAINT IF EXISTS "communitymembersubscription_billing_country_code";
ALTER TABLE "Resource"
  DROP CONSTRAINT IF EXISTS "resource_name_format";
ALTER TABLE "SimpleQuiz"
  DROP CONSTRAINT IF EXISTS "simplequiz_no_limit_of_zero";
ALTER TABLE "SimpleQuizSubmission"
  DROP CONSTRAINT IF EXISTS "simplequizsubmission_score_range";
ALTER TABLE "StorageUsage"
  DROP CONSTRAINT IF EXISTS "storageusage_file_size_not_negative";
ALTER TABLE "StoreProduct"
  DROP CONSTRAINT IF EXISTS "storeproduct_amount_not_negative";
ALTER TABLE "StorePurchase"
  DROP CONSTRAINT IF EXISTS "storepurchase_amount_paid_not_negative",
  DROP CONSTRAINT IF EXISTS "storepurchase_billing_country_code",
  DROP CONSTRAINT IF EXISTS "storepurchase_buyer_email_normalized",
  DROP CONSTRAINT IF EXISTS "storepurchase_currency_code";
ALTER TABLE "User"
  DROP CONSTRAINT IF EXISTS "user_email_not_empty",
  DROP CONSTRAINT IF EXISTS "user_username_format";
ALTER TABLE "UserAddress"
  DROP CONSTRAINT IF EXISTS "useraddress_billing_country_code";
ALTER TABLE "WheelHandoff"
  DROP CONSTRAINT IF EXISTS "wheelhandoff_not_to_self";
ALTER TABLE "WheelParticipant"
  DROP CONSTRAINT IF EXISTS "wheelparticipant_order_from_one";
