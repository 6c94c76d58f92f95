package hook

import (
	"context"
	"time"

	"entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// TokenExpires gives a token that nobody gave an end the one that the store's
// download_link_expiry_hours say, and refuses ends before the token was made. A
// link of no hours ends at once.
func TokenExpires() ent.Hook {
	r := rule("StoreDownloadToken", "storedownloadtoken_expires_after_start")
	given := creating(func(c *orm.Change) bool { return c.New("expires_at") == nil }, expire)
	ends := hold(r, func(c *orm.Change) bool {
		end, ends := orm.NewValue[time.Time](c, "expires_at")
		made, _ := orm.NewValue[time.Time](c, "created_at")
		return !ends || !stored(end).Before(stored(made)) // creating sets one that is missing
	})
	return both(ends, given)
}

// expire sets the ends of tokens, by one question for all of their stores.
func expire(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
	b := orm.SQL(m)
	purchase, product, store := b.Table("StorePurchase").As("purchase"), b.Table("StoreProduct").As("product"), b.Table("CommunityStore").As("store")
	var lives []struct {
		Purchase int64 `sql:"id"`
		Hours    int64 `sql:"download_link_expiry_hours"`
	}
	err := orm.Read(ctx, m, b.Select(purchase.C("id"), store.C("download_link_expiry_hours")).From(purchase).
		Join(product).On(product.C("id"), purchase.C("product_id")).
		Join(store).On(store.C("id"), product.C("store_id")).
		Where(orm.AnyOf(purchase.C("id"), idsIn(rows, "purchase_id"))), &lives)
	if err != nil {
		return err
	}
	hours := map[int64]int64{}
	for _, l := range lives {
		hours[l.Purchase] = l.Hours
	}
	for _, c := range rows {
		purchase, _ := orm.NewValue[int64](c, "purchase_id")
		made, ok := orm.NewValue[time.Time](c, "created_at")
		if ok { // a purchase that isn't there is told by its key
			c.Put("expires_at", made.Add(time.Duration(hours[purchase])*time.Hour))
		}
	}
	return nil
}
