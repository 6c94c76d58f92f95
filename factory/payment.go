package factory

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/creatorpayoutaccount"
	"github.com/communitybuilder/communitybuilder/ent/paymenttransaction"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

// platformShare is what the platform keeps of member subscriptions and sales.
var platformShare = decimal.New(2, -2)

// PaymentTransaction makes a ledger row for a payment that succeeded: for the
// subject that is set, or a new one of the type that is set, or a new member
// subscription. The platform's fee and the owner's amount follow from the type
// and the total, the gateway from the currency.
func (f *Factory) PaymentTransaction(ctx context.Context, with ...func(*ent.PaymentTransactionCreate)) (*ent.PaymentTransaction, error) {
	c := f.client.PaymentTransaction.Create()
	b, m := begin(ctx, f, c)
	c.SetStatus(paymenttransaction.StatusSucceeded)
	apply(c, with)

	switch {
	case has(m.AppSubscriptionID):
		fill(m.TransactionType, c.SetTransactionType, paymenttransaction.TransactionTypeAppSubscription)
	case has(m.StorePurchaseID):
		fill(m.TransactionType, c.SetTransactionType, paymenttransaction.TransactionTypeStorePurchase)
	}
	fill(m.TransactionType, c.SetTransactionType, paymenttransaction.TransactionTypeCommunityMemberSubscription)
	transactionType, _ := m.TransactionType()
	switch transactionType {
	case paymenttransaction.TransactionTypeAppSubscription:
		need(b, m.AppSubscriptionID, c.SetAppSubscription, f.AppSubscription)
	case paymenttransaction.TransactionTypeStorePurchase:
		need(b, m.StorePurchaseID, c.SetStorePurchase, f.StorePurchase)
		b.amountOf(f, c)
	case paymenttransaction.TransactionTypeCommunityMemberSubscription:
		need(b, m.CommunityMemberSubscriptionID, c.SetMemberSubscription, f.CommunityMemberSubscription)
	}

	share(b, c)
	if is(m.Status, paymenttransaction.StatusSucceeded, paymenttransaction.StatusRefunded) {
		fill(m.CompletedAt, c.SetCompletedAt, b.at)
	}
	if is(m.TransferredToOwner, true) {
		fill(m.TransferredAt, c.SetTransferredAt, b.at)
	}
	fill(m.PaymentGateway, c.SetPaymentGateway, gatewayOf(m))
	if is(m.PaymentGateway, schematype.Stripe) {
		fill(m.StripePaymentIntentID, c.SetStripePaymentIntentID, b.reference("pi"))
	} else {
		fill(m.PaystackTransactionReference, c.SetPaystackTransactionReference, b.reference("ps"))
	}
	return save(b, c.Save)
}

// amountOf makes the missing total what was paid for the purchase.
func (b *build) amountOf(f *Factory, c *ent.PaymentTransactionCreate) {
	m := c.Mutation()
	purchase, ok := m.StorePurchaseID()
	if !ok || has(m.TotalAmount) {
		return
	}
	row := ask(b, func(ctx context.Context) (*ent.StorePurchase, error) {
		return f.client.StorePurchase.Get(ctx, purchase)
	})
	if b.err == nil && row.AmountPaid != nil {
		fill(m.Currency, c.SetCurrency, row.Currency)
		c.SetTotalAmount(rounded(*row.AmountPaid, m.Currency))
	}
}

// share divides the total between the platform and the owner.
func share(b *build, c *ent.PaymentTransactionCreate) {
	m := c.Mutation()
	fill(m.TotalAmount, c.SetTotalAmount, b.priceIn(m.Currency))
	if is(m.TransactionType, paymenttransaction.TransactionTypeAppSubscription) {
		return // all of it is the platform's, and neither a fee nor a share
	}
	total, _ := m.TotalAmount()
	if owner, ok := m.OwnerAmount(); ok {
		fill(m.PlatformFee, c.SetPlatformFee, total.Sub(owner))
	}
	fill(m.PlatformFee, c.SetPlatformFee, rounded(total.Mul(platformShare).Round(2), m.Currency))
	fee, _ := m.PlatformFee()
	fill(m.OwnerAmount, c.SetOwnerAmount, total.Sub(fee))
}

// gatewayOf is the gateway that moves the money of a transaction, by its
// references and else by its currency.
func gatewayOf(m *ent.PaymentTransactionMutation) schematype.PaymentGateway {
	if has(m.StripePaymentIntentID) {
		return schematype.Stripe
	}
	if has(m.PaystackTransactionReference) || is(m.Currency, "NGN", "GHS", "ZAR", "KES") {
		return schematype.Paystack
	}
	return schematype.Stripe
}

// CreatorPayoutAccount makes an active account at Stripe, not the primary one.
func (f *Factory) CreatorPayoutAccount(ctx context.Context, with ...func(*ent.CreatorPayoutAccountCreate)) (*ent.CreatorPayoutAccount, error) {
	c := f.client.CreatorPayoutAccount.Create()
	b, m := begin(ctx, f, c)
	c.SetPaymentGateway(schematype.Stripe).SetStatus(creatorpayoutaccount.StatusActive)
	apply(c, with)
	if is(m.PaymentGateway, schematype.Stripe) {
		fill(m.StripeConnectAccountID, c.SetStripeConnectAccountID, b.reference("acct"))
	} else {
		fill(m.PaystackSubaccountCode, c.SetPaystackSubaccountCode, b.reference("ACCT"))
	}
	need(b, m.UserID, c.SetUser, f.User)
	return save(b, c.Save)
}

// PayoutProfile makes the payout details of a user, who has none yet.
func (f *Factory) PayoutProfile(ctx context.Context, with ...func(*ent.PayoutProfileCreate)) (*ent.PayoutProfile, error) {
	c := f.client.PayoutProfile.Create()
	b, m := begin(ctx, f, c)
	c.SetLegalFullName(b.pick(firstNames) + " " + b.pick(lastNames))
	apply(c, with)
	need(b, m.UserID, c.SetUser, f.User)
	return save(b, c.Save)
}
