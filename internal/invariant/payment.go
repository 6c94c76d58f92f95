package invariant

import "github.com/communitybuilder/communitybuilder/apierror"

var paymentRules = []*Rule{
	amount("PaymentTransaction", "total_amount"),
	amount("PaymentTransaction", "platform_fee"),
	amount("PaymentTransaction", "owner_amount"),
	currency("PaymentTransaction"),
	country("PaymentTransaction"),
	Rule{
		Name: "paymenttransaction_subject", Table: "PaymentTransaction",
		Fields: []string{"transaction_type", "app_subscription_id", "community_member_subscription_id", "store_purchase_id"},
		Code:   apierror.InvalidSubject,
		Says:   "the payment may refer only to the subscription or purchase that is of its type",
		Reason: "a payment is for one thing; for none once that has been deleted, since the ledger outlives it",
	}.by(Check{
		Postgres: `(((app_subscription_id IS NULL) OR ((transaction_type)::text = 'app_subscription'::text)) AND ((community_member_subscription_id IS NULL) OR ((transaction_type)::text = 'community_member_subscription'::text)) AND ((store_purchase_id IS NULL) OR ((transaction_type)::text = 'store_purchase'::text)))`,
		SQLite:   `(app_subscription_id IS NULL OR transaction_type = 'app_subscription') AND (community_member_subscription_id IS NULL OR transaction_type = 'community_member_subscription') AND (store_purchase_id IS NULL OR transaction_type = 'store_purchase')`,
	}),
	Rule{
		Name: "paymenttransaction_shares", Table: "PaymentTransaction", Fields: []string{"total_amount", "platform_fee", "owner_amount"},
		Code:   apierror.InvalidShares,
		Says:   "must be platform_fee + owner_amount to the cent, once a member's or a buyer's payment is succeeded or refunded",
		Reason: "no cent is lost between the platform and the owner; while pending both may still be 0",
	}.by(Check{
		Postgres: `(((transaction_type)::text = 'app_subscription'::text) OR ((status)::text <> ALL (ARRAY['succeeded'::text, 'refunded'::text])) OR (total_amount = (platform_fee + owner_amount)))`,
		SQLite:   `transaction_type = 'app_subscription' OR status NOT IN ('succeeded', 'refunded') OR abs(total_amount - platform_fee - owner_amount) < 0.005`,
	}),
	Rule{
		Name: "paymenttransaction_app_subscription_is_not_shared", Table: "PaymentTransaction",
		Fields: []string{"owner_amount", "platform_fee", "transferred_to_owner", "transferred_at"},
		Code:   apierror.InvalidShares,
		Says:   "a payment for an app subscription has no platform_fee, no owner_amount and nothing to transfer",
		Reason: "all of it is the platform's",
	}.by(Check{
		Postgres: `(((transaction_type)::text <> 'app_subscription'::text) OR ((platform_fee = (0)::numeric) AND (owner_amount = (0)::numeric) AND (NOT transferred_to_owner) AND (transferred_at IS NULL)))`,
		SQLite:   `transaction_type <> 'app_subscription' OR platform_fee = 0 AND owner_amount = 0 AND NOT transferred_to_owner AND transferred_at IS NULL`,
	}),
	once("PaymentTransaction", "paymenttransaction_stripe_payment_intent_id", apierror.AlreadyRecorded,
		"a payment is recorded once", "webhooks deliver a payment more than once", "stripe_payment_intent_id"),
	once("PaymentTransaction", "paymenttransaction_paystack_transaction_reference", apierror.AlreadyRecorded,
		"a payment is recorded once", "webhooks deliver a payment more than once", "paystack_transaction_reference"),
	once("CreatorPayoutAccount", "creatorpayoutaccount_user_id_payment_gateway", apierror.PrimaryAccountExists,
		"a user has at most one primary account at a gateway", "money goes to one account", "user_id", "payment_gateway"),
	once("PayoutProfile", "PayoutProfile_user_id_key", apierror.AlreadyExists,
		"a user has one payout profile", "one profile a user", "user_id"),

	amount("AppSubscriptionTierPrice", "amount"),
	currency("AppSubscriptionTierPrice"),
	once("AppSubscriptionTierPrice", "appsubscriptiontierprice_tier_id_currency", apierror.AlreadyExists,
		"a tier has one price in a currency", "one price a tier and currency", "tier_id", "currency"),
	country("AppSubscription"),
	country("CommunityMemberSubscription"),
	once("CommunityMemberSubscription", "communitymembersubscription_user_community_group", apierror.AlreadySubscribed,
		"a user has one subscription to a tier", "one subscription a user and tier", "user_id", "community_id", "community_group_id"),
	within("CommunityMemberSubscription", "communitymembersubscription_tier_of_community", apierror.OtherCommunity,
		"the tier must be one of the community", "what is paid to one community opens no other",
		"community_group_id", "community_id", "CommunityGroup"),

	counted("CommunityStore", "download_link_expiry_hours", "a link lives on, or ends at once"),
	once("CommunityStore", "CommunityStore_community_id_key", apierror.AlreadyExists,
		"a community has one store", "one store a community", "community_id"),
	amount("StoreProduct", "amount"),
	amount("StorePurchase", "amount_paid"),
	currency("StorePurchase"),
	country("StorePurchase"),
	Rule{
		Name: "storepurchase_buyer_email_normalized", Table: "StorePurchase", Fields: []string{"buyer_email"},
		Code: apierror.InvalidValue, Says: "must be trimmed and in lower case",
		Reason: "a buyer is found by the address, letter by letter",
	}.by(Check{
		Postgres: `((buyer_email)::text = lower(btrim((buyer_email)::text)))`,
		SQLite:   `buyer_email = lower(trim(buyer_email))`,
	}),
	once("StorePurchase", "storepurchase_product_id_buyer_email_completed", apierror.AlreadyPurchased,
		"a buyer completes one purchase of a product", "a product is sold once to a buyer, however many checkouts they begin",
		"product_id", "buyer_email"),
}
