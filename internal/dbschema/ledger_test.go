package dbschema_test

import (
	"context"
	"fmt"
	"testing"

	"entgo.io/ent/dialect"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitystore"
	"github.com/communitybuilder/communitybuilder/ent/paymenttransaction"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// No chain of foreign keys takes a row of the ledger along, whatever is deleted.
func TestNoDeletionReachesTheLedger(t *testing.T) {
	db := open(t, "postgres", pgtest.New(t, migrated{}))
	const chains = `
		WITH RECURSIVE reached (start, gone, path) AS (
			SELECT c.oid, c.oid, c.relname::text FROM pg_class c
			WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'PaymentTransaction'
		UNION
			SELECT r.start, k.conrelid, r.path || ' > ' || k.conname FROM reached r
			JOIN pg_constraint k ON k.contype = 'f' AND k.confrelid = r.gone AND k.confdeltype = 'c'
			WHERE position(k.conname IN r.path) = 0
		)`
	for _, path := range query(t, db, chains+` SELECT path FROM reached WHERE gone = '"PaymentTransaction"'::regclass`) {
		t.Errorf("deletes the ledger: %s", path)
	}
	// What the ledger refers to can be deleted, and is forgotten.
	for _, key := range query(t, db, `
		SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
		WHERE contype = 'f' AND conrelid = '"PaymentTransaction"'::regclass AND confdeltype <> 'n'`) {
		t.Errorf("does not become NULL: %s", key)
	}
	// The search sees chains where there are some.
	if n := len(query(t, db, chains+` SELECT path FROM reached WHERE start = '"User"'::regclass AND gone = '"CommunityMemberSubscription"'::regclass`)); n == 0 {
		t.Error("no chain leads from a user to their subscriptions")
	}
}

// A ledger has one payment of each type, with all that it hangs on.
type ledger struct {
	buyer, seller                     int64
	community, tier, store, product   int64
	app, member, purchase, payoutInto int64
}

func newLedger(ctx context.Context, t *testing.T, c *ent.Client) ledger {
	t.Helper()
	f := factory.New(c)
	buyer, seller := factory.Must(ctx, t, f.User), factory.Must(ctx, t, f.User)
	account := factory.Must(ctx, t, f.CreatorPayoutAccount, func(a *ent.CreatorPayoutAccountCreate) { a.SetUser(seller) })
	app := factory.Must(ctx, t, f.AppSubscription, func(s *ent.AppSubscriptionCreate) { s.SetUser(buyer) })
	member := factory.Must(ctx, t, f.CommunityMemberSubscription, func(s *ent.CommunityMemberSubscriptionCreate) { s.SetUser(buyer) })
	store := c.CommunityStore.Query().Where(communitystore.CommunityID(member.CommunityID)).OnlyX(ctx)
	product := factory.Must(ctx, t, f.StoreProduct, func(p *ent.StoreProductCreate) { p.SetStore(store).SetLister(seller) })
	purchase := factory.Must(ctx, t, f.StorePurchase, func(p *ent.StorePurchaseCreate) { p.SetProduct(product).SetBuyer(buyer) })
	for _, of := range []func(*ent.PaymentTransactionCreate){
		func(p *ent.PaymentTransactionCreate) { p.SetAppSubscription(app) },
		func(p *ent.PaymentTransactionCreate) { p.SetMemberSubscription(member).SetPayoutAccount(account) },
		func(p *ent.PaymentTransactionCreate) { p.SetStorePurchase(purchase).SetPayoutAccount(account) },
	} {
		factory.Must(ctx, t, f.PaymentTransaction, of)
	}
	return ledger{
		buyer: buyer.ID, seller: seller.ID, community: member.CommunityID, tier: member.CommunityGroupID, store: store.ID,
		product: product.ID, app: app.ID, member: member.ID, purchase: purchase.ID, payoutInto: account.ID,
	}
}

func TestTheLedgerOutlivesWhatItRefersTo(t *testing.T) {
	for what, gone := range map[string]struct {
		table string
		id    func(ledger) int64
		left  [4]int // rows with an app subscription, a member subscription, a purchase, a payout account
	}{
		"the buyer":               {"User", func(l ledger) int64 { return l.buyer }, [4]int{0, 0, 1, 2}},
		"the seller":              {"User", func(l ledger) int64 { return l.seller }, [4]int{1, 1, 1, 0}},
		"the community":           {"Community", func(l ledger) int64 { return l.community }, [4]int{1, 0, 0, 2}},
		"the tier":                {"CommunityGroup", func(l ledger) int64 { return l.tier }, [4]int{1, 0, 1, 2}},
		"the store":               {"CommunityStore", func(l ledger) int64 { return l.store }, [4]int{1, 1, 0, 2}},
		"the product":             {"StoreProduct", func(l ledger) int64 { return l.product }, [4]int{1, 1, 0, 2}},
		"the app subscription":    {"AppSubscription", func(l ledger) int64 { return l.app }, [4]int{0, 1, 1, 2}},
		"the member subscription": {"CommunityMemberSubscription", func(l ledger) int64 { return l.member }, [4]int{1, 0, 1, 2}},
		"the purchase":            {"StorePurchase", func(l ledger) int64 { return l.purchase }, [4]int{1, 1, 0, 2}},
		"the payout account":      {"CreatorPayoutAccount", func(l ledger) int64 { return l.payoutInto }, [4]int{1, 1, 1, 0}},
	} {
		t.Run(what, func(t *testing.T) {
			conformance.Each(t, func(t *testing.T, d conformance.Database) {
				ctx, payments := conformance.System(t), d.Client.PaymentTransaction
				l := newLedger(ctx, t, d.Client)
				before := payments.Query().Order(paymenttransaction.ByID()).AllX(ctx)
				if d.Dialect == dialect.SQLite {
					d.DB.SetMaxOpenConns(1)
					run(t, d.DB, "PRAGMA foreign_keys = on")
				}
				run(t, d.DB, fmt.Sprintf(`DELETE FROM "%s" WHERE id = %d`, gone.table, gone.id(l)))
				after := payments.Query().Order(paymenttransaction.ByID()).AllX(ctx)
				if len(after) != len(before) {
					t.Fatalf("%d of %d rows are left", len(after), len(before))
				}
				var left [4]int
				for i, row := range after {
					for at, reference := range []*int64{row.AppSubscriptionID, row.CommunityMemberSubscriptionID, row.StorePurchaseID, row.CreatorPayoutAccountID} {
						if reference != nil {
							left[at]++
						}
					}
					was := before[i]
					if !row.TotalAmount.Equal(was.TotalAmount) || !row.PlatformFee.Equal(was.PlatformFee) || !row.OwnerAmount.Equal(was.OwnerAmount) ||
						row.TransactionType != was.TransactionType || row.Status != was.Status {
						t.Errorf("row %d was changed: %v, before %v", row.ID, row, was)
					}
				}
				if left != gone.left {
					t.Errorf("%v references are left, want %v", left, gone.left)
				}
			})
		})
	}
}
