-- A payment refers to what its type says, and its shares add up.

-- Modify "PaymentTransaction" table
ALTER TABLE "PaymentTransaction"
  ADD CONSTRAINT "paymenttransaction_app_subscription_is_not_shared" CHECK (((transaction_type)::text <> 'app_subscription'::text) OR ((platform_fee = (0)::numeric) AND (owner_amount = (0)::numeric) AND (NOT transferred_to_owner) AND (transferred_at IS NULL))),
  ADD CONSTRAINT "paymenttransaction_billing_country_code" CHECK ((billing_country)::text ~ '^[A-Z]{2}$'::text),
  ADD CONSTRAINT "paymenttransaction_currency_code" CHECK ((currency)::text ~ '^[A-Z]{3}$'::text),
  ADD CONSTRAINT "paymenttransaction_owner_amount_not_negative" CHECK (owner_amount >= (0)::numeric),
  ADD CONSTRAINT "paymenttransaction_platform_fee_not_negative" CHECK (platform_fee >= (0)::numeric),
  ADD CONSTRAINT "paymenttransaction_shares" CHECK (((transaction_type)::text = 'app_subscription'::text) OR ((status)::text <> ALL (ARRAY['succeeded'::text, 'refunded'::text])) OR (total_amount = (platform_fee + owner_amount))),
  ADD CONSTRAINT "paymenttransaction_subject" CHECK (((app_subscription_id IS NULL) OR ((transaction_type)::text = 'app_subscription'::text)) AND ((community_member_subscription_id IS NULL) OR ((transaction_type)::text = 'community_member_subscription'::text)) AND ((store_purchase_id IS NULL) OR ((transaction_type)::text = 'store_purchase'::text))),
  ADD CONSTRAINT "paymenttransaction_total_amount_not_negative" CHECK (total_amount >= (0)::numeric);
