package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
)

func TestStatementsOfPayments(t *testing.T) {
	d := Postgres(t)
	ctx, c, f := System(t), newCounting(t, d), factory.New(d.Client)
	five := decimal.NewFromInt(5)

	community := factory.Must(ctx, t, f.Community)
	tier := func(c *cbent.CommunityGroupCreate, i int) { c.SetCommunity(community).SetName(fmt.Sprint("tier ", i)) }
	c.want(t, "a free tier", 1, func() error {
		create := c.CommunityGroup.Create()
		tier(create, 20)
		return create.Exec(ctx)
	})
	c.want(t, "ten free tiers", 1, func() error { return c.CommunityGroup.MapCreateBulk(ten, tier).Exec(ctx) })

	// The lock on the tier, the price, and the tier's check at the end.
	codes := []string{"AED", "AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "NOK", "SEK"}
	paid := factory.Must(ctx, t, f.CommunityGroupPrice).CommunityGroupID
	price := func(c *cbent.CommunityGroupPriceCreate, i int) {
		c.SetCommunityGroupID(paid).SetCurrency(codes[i]).SetAmount(five)
	}
	c.want(t, "a price", 3, func() error {
		create := c.CommunityGroupPrice.Create()
		price(create, 10)
		return create.Exec(ctx)
	})
	c.want(t, "ten prices", 3, func() error { return c.CommunityGroupPrice.MapCreateBulk(ten, price).Exec(ctx) })

	// The lock on the owner, what is left, and the file; in bulk its condition is a
	// statement of its own.
	owner := factory.Must(ctx, t, f.User)
	file := func(c *cbent.StorageUsageCreate, i int) {
		c.SetOwner(owner).SetFilePath(fmt.Sprint("file ", i)).SetFileSize(1)
	}
	c.want(t, "a file", 3, func() error {
		create := c.StorageUsage.Create()
		file(create, 20)
		return create.Exec(ctx)
	})
	c.want(t, "ten files", 4, func() error { return c.StorageUsage.MapCreateBulk(ten, file).Exec(ctx) })

	subscription := factory.Must(ctx, t, f.CommunityMemberSubscription)
	payment := func(c *cbent.PaymentTransactionCreate, _ int) {
		c.SetTransactionType("community_member_subscription").SetMemberSubscription(subscription).SetTotalAmount(five)
	}
	c.want(t, "a payment", 1, func() error {
		create := c.PaymentTransaction.Create()
		payment(create, 0)
		return create.Exec(ctx)
	})
	c.want(t, "ten payments", 1, func() error { return c.PaymentTransaction.MapCreateBulk(ten, payment).Exec(ctx) })

	purchase := factory.Must(ctx, t, f.StorePurchase)
	token := func(c *cbent.StoreDownloadTokenCreate, _ int) { c.SetPurchase(purchase) }
	c.want(t, "a token", 2, func() error { return c.StoreDownloadToken.Create().SetPurchase(purchase).Exec(ctx) })
	c.want(t, "ten tokens", 2, func() error { return c.StoreDownloadToken.MapCreateBulk(ten, token).Exec(ctx) })

	gold := factory.Must(ctx, t, f.CommunityGroup)
	access := func(c *cbent.CommunityGroupAccessCreate, _ int) {
		c.SetCommunityID(gold.CommunityID).SetCommunityGroup(gold).SetUser(factory.Must(ctx, t, f.User)).SetExpiresAt(time.Now().Add(time.Hour))
	}
	one := c.CommunityGroupAccess.Create()
	access(one, 0)
	c.want(t, "an access", 1, func() error { return one.Exec(ctx) })
	many := c.CommunityGroupAccess.MapCreateBulk(ten, access)
	c.want(t, "ten accesses", 1, func() error { return many.Exec(ctx) })

	gate := func(c *cbent.ForumGroupCreate, _ int) {
		c.SetCommunityGroup(gold).SetForum(factory.Must(ctx, t, f.Forum, func(c *cbent.ForumCreate) { c.SetCommunityID(gold.CommunityID) }))
	}
	gated := c.ForumGroup.Create()
	gate(gated, 0)
	c.want(t, "a gate", 1, func() error { return gated.Exec(ctx) })
	gates := c.ForumGroup.MapCreateBulk(ten, gate)
	c.want(t, "ten gates", 2, func() error { return gates.Exec(ctx) })
}
