package factory

import (
	"context"

	"github.com/google/uuid"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/communitystore"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/storageusage"
	"github.com/communitybuilder/communitybuilder/ent/storepurchase"
)

// CommunityStore makes the store of a community, in place of the empty one that
// the community began with.
func (f *Factory) CommunityStore(ctx context.Context, with ...func(*ent.CommunityStoreCreate)) (*ent.CommunityStore, error) {
	c := f.client.CommunityStore.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	if id, ok := m.CommunityID(); ok {
		ask(b, f.client.CommunityStore.Delete().Where(
			communitystore.CommunityID(id), communitystore.Not(communitystore.HasProducts()),
		).Exec)
	}
	return save(b, c.Save)
}

// StoreProduct puts a file up for sale, listed by a moderator.
func (f *Factory) StoreProduct(ctx context.Context, with ...func(*ent.StoreProductCreate)) (*ent.StoreProduct, error) {
	c := f.client.StoreProduct.Create()
	b, m := begin(ctx, f, c)
	c.SetName(b.title()).SetAmount(b.price()).SetFileURL(b.url("products", "zip"))
	apply(c, with)
	need(b, m.StoreID, c.SetStore, f.CommunityStore)
	community := via(b, m.StoreID, f.client.CommunityStore.Get, func(s *ent.CommunityStore) int64 { return s.CommunityID })
	member(b, f, m.ListedByID, c.SetLister, community, communitymember.RoleModerator)
	return save(b, c.Save)
}

// StorePurchase makes a completed purchase at the product's price through Stripe,
// by somebody known by e-mail only. If the buyer is set the e-mail is theirs.
func (f *Factory) StorePurchase(ctx context.Context, with ...func(*ent.StorePurchaseCreate)) (*ent.StorePurchase, error) {
	c := f.client.StorePurchase.Create()
	b, m := begin(ctx, f, c)
	c.SetStatus(storepurchase.StatusCompleted)
	apply(c, with)
	need(b, m.ProductID, c.SetProduct, f.StoreProduct)
	if product, ok := m.ProductID(); ok && !has(m.AmountPaid) {
		row := ask(b, func(ctx context.Context) (*ent.StoreProduct, error) { return f.client.StoreProduct.Get(ctx, product) })
		if b.err == nil {
			c.SetAmountPaid(rounded(row.Amount, m.Currency))
		}
	}
	if !has(m.BuyerEmail) {
		c.SetBuyerEmail(b.email(b.pick(firstNames), b.pick(lastNames)))
		b.emailOf(f, m.BuyerUserID, m.SetBuyerEmail)
	}
	if is(m.Status, storepurchase.StatusCompleted, storepurchase.StatusRefunded) {
		fill(m.PurchasedAt, c.SetPurchasedAt, b.at)
	}
	fill(m.PaymentGateway, c.SetPaymentGateway, schematype.Stripe)
	if is(m.PaymentGateway, schematype.Stripe) {
		fill(m.StripeCheckoutSessionID, c.SetStripeCheckoutSessionID, b.reference("cs"))
	} else {
		fill(m.PaystackTransactionReference, c.SetPaystackTransactionReference, b.reference("ps"))
	}
	return save(b, c.Save)
}

// StoreDownloadToken makes a token for what was bought. It lives, on the factory's
// clock, as long as the store says; one that has ended was made a month before.
func (f *Factory) StoreDownloadToken(ctx context.Context, with ...func(*ent.StoreDownloadTokenCreate)) (*ent.StoreDownloadToken, error) {
	c := f.client.StoreDownloadToken.Create()
	b, m := begin(ctx, f, c)
	token, err := uuid.NewRandomFromReader(b)
	if err != nil {
		return nil, err
	}
	c.SetToken(token)
	apply(c, with)
	need(b, m.PurchaseID, c.SetPurchase, f.StorePurchase)
	made, _ := m.CreatedAt()
	if end, ok := m.ExpiresAt(); ok && end.Before(made) {
		c.SetCreatedAt(b.begun(m.ExpiresAt))
	}
	return save(b, c.Save)
}

// StorageUsage records a file of up to 5 MB that a user stored for themselves.
func (f *Factory) StorageUsage(ctx context.Context, with ...func(*ent.StorageUsageCreate)) (*ent.StorageUsage, error) {
	c := f.client.StorageUsage.Create()
	b, m := begin(ctx, f, c)
	c.SetFilePath("files/" + b.unique() + ".jpg").
		SetFileSize(int64(b.between(1, 5_000_000))).
		SetFileType(storageusage.FileTypeAvatar)
	apply(c, with)
	need(b, m.OwnerID, c.SetOwner, f.User)
	return save(b, c.Save)
}
