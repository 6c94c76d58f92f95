-- Take the checks of the ledger away.

ALTER TABLE "PaymentTransaction"
  DROP CONSTRAINT IF EXISTS "paymenttransaction_app_subscription_is_not_shared",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_billing_country_code",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_currency_code",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_owner_amount_not_negative",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_platform_fee_not_negative",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_shares",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_subject",
  DROP CONSTRAINT IF EXISTS "paymenttransaction_total_amount_not_negative";
