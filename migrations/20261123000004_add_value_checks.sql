-- Amounts are not negative, codes and names have their form, numbers their range.

-- Modify "AppSubscription" table
ALTER TABLE "AppSubscription"
  ADD CONSTRAINT "appsubscription_billing_country_code" CHECK ((billing_country)::text ~ '^[A-Z]{2}$'::text);
-- Modify "AppSubscriptionTierPrice" table
ALTER TABLE "AppSubscriptionTierPrice"
  ADD CONSTRAINT "appsubscriptiontierprice_amount_not_negative" CHECK (amount >= (0)::numeric),
  ADD CONSTRAINT "appsubscriptiontierprice_currency_code" CHECK ((currency)::text ~ '^[A-Z]{3}$'::text);
-- Modify "Classroom" table
ALTER TABLE "Classroom"
  ADD CONSTRAINT "classroom_name_format" CHECK ((name)::text ~ '^[a-zA-Z0-9_-]+$'::text);
-- Modify "Community" table
ALTER TABLE "Community"
  ADD CONSTRAINT "community_alias_format" CHECK ((alias)::text ~ '^[a-zA-Z0-9_-]+$'::text);
-- Modify "CommunityFeedback" table
ALTER TABLE "CommunityFeedback"
  ADD CONSTRAINT "communityfeedback_rating_range" CHECK ((rating >= 1) AND (rating <= 5));
-- Modify "CommunityGroup" table
ALTER TABLE "CommunityGroup"
  ADD CONSTRAINT "communitygroup_one_cadence" CHECK (NOT ((is_monthly AND is_yearly) OR (is_monthly AND is_lifetime) OR (is_yearly AND is_lifetime)));
-- Modify "CommunityGroupPrice" table
ALTER TABLE "CommunityGroupPrice"
  ADD CONSTRAINT "communitygroupprice_amount_not_negative" CHECK (amount >= (0)::numeric),
  ADD CONSTRAINT "communitygroupprice_currency_code" CHECK ((currency)::text ~ '^[A-Z]{3}$'::text);
-- Modify "CommunityMemberSubscription" table
ALTER TABLE "CommunityMemberSubscription"
  ADD CONSTRAINT "communitymembersubscription_billing_country_code" CHECK ((billing_country)::text ~ '^[A-Z]{2}$'::text);
-- Modify "Resource" table
ALTER TABLE "Resource"
  ADD CONSTRAINT "resource_name_format" CHECK ((name)::text ~ '^[a-zA-Z0-9_-]+$'::text);
-- Modify "SimpleQuiz" table
ALTER TABLE "SimpleQuiz"
  ADD CONSTRAINT "simplequiz_no_limit_of_zero" CHECK (NOT (has_attempt_limit AND (max_attempts = 0)));
-- Modify "SimpleQuizSubmission" table
ALTER TABLE "SimpleQuizSubmission"
  ADD CONSTRAINT "simplequizsubmission_score_range" CHECK ((score >= (0)::numeric) AND (score <= (100)::numeric));
-- Modify "StorageUsage" table
ALTER TABLE "StorageUsage"
  ADD CONSTRAINT "storageusage_file_size_not_negative" CHECK (file_size >= 0);
-- Modify "StoreProduct" table
ALTER TABLE "StoreProduct"
  ADD CONSTRAINT "storeproduct_amount_not_negative" CHECK (amount >= (0)::numeric);
-- Modify "StorePurchase" table
ALTER TABLE "StorePurchase"
  ADD CONSTRAINT "storepurchase_amount_paid_not_negative" CHECK (amount_paid >= (0)::numeric),
  ADD CONSTRAINT "storepurchase_billing_country_code" CHECK ((billing_country)::text ~ '^[A-Z]{2}$'::text),
  ADD CONSTRAINT "storepurchase_buyer_email_normalized" CHECK ((buyer_email)::text = lower(btrim((buyer_email)::text))),
  ADD CONSTRAINT "storepurchase_currency_code" CHECK ((currency)::text ~ '^[A-Z]{3}$'::text);
-- Modify "User" table
ALTER TABLE "User"
  ADD CONSTRAINT "user_email_not_empty" CHECK ((email)::text <> ''::text),
  ADD CONSTRAINT "user_username_format" CHECK ((username)::text ~ '^[a-zA-Z0-9_-]+$'::text);
-- Modify "UserAddress" table
ALTER TABLE "UserAddress"
  ADD CONSTRAINT "useraddress_billing_country_code" CHECK ((billing_country)::text ~ '^[A-Z]{2}$'::text);
-- Modify "WheelHandoff" table
ALTER TABLE "WheelHandoff"
  ADD CONSTRAINT "wheelhandoff_not_to_self" CHECK (from_participant_id <> to_participant_id);
-- Modify "WheelParticipant" table
ALTER TABLE "WheelParticipant"
  ADD CONSTRAINT "wheelparticipant_order_from_one" CHECK ("order" >= 1);
