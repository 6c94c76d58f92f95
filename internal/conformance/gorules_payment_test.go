package conformance

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/factory"
)

var paymentRefusals = merged(map[string]refusal{
	"communitygroup_cadence_of_prices":              with("CommunityGroup", "is_monthly", true),
	"communitygroupprice_currency_known":            with("CommunityGroupPrice", "currency", "ABC"),
	"appsubscriptiontierprice_currency_known":       with("AppSubscriptionTierPrice", "currency", "ABC"),
	"paymenttransaction_currency_known":             with("PaymentTransaction", "currency", "ABC"),
	"storepurchase_currency_known":                  with("StorePurchase", "currency", "ABC"),
	"payoutprofile_tax_id_hashed":                   with("PayoutProfile", "tax_id", "123-45-6789"),
	"payoutprofile_identity_document_number_hashed": with("PayoutProfile", "identity_document_number", "A01234567"),

	"communitygroupaccess_expires_after_start":        ending("CommunityGroupAccess", "subscribed_at", 0),
	"communitymembersubscription_expires_after_start": ending("CommunityMemberSubscription", "subscribed_at", 0),
	"appsubscription_expires_after_start":             ending("AppSubscription", "subscribed_at", 0),
	"storedownloadtoken_expires_after_start":          ending("StoreDownloadToken", "created_at", -time.Second),

	"communitymemberbadge_badge_of_community": foreign("CommunityMemberBadge", "community_badge_id", "CommunityBadgeDefinition"),

	"paymenttransaction_one_subject": func(t *testing.T, j judge) offence {
		o := with("PaymentTransaction", "transaction_type", "store_purchase")(t, j)
		o.values["store_purchase_id"] = idOf(j.make(t, j.byTable["StorePurchase"], nil))
		return o // beside the subscription
	},
	"storageusage_within_limit": func(t *testing.T, j judge) offence {
		tier := j.make(t, j.byTable["AppSubscriptionTier"], map[string]any{"storage_limit_gb": 1})
		subscription := j.make(t, j.byTable["AppSubscription"], map[string]any{"tier_id": idOf(tier)})
		e := j.byTable["StorageUsage"]
		row := j.make(t, e, map[string]any{"owner_id": j.byTable["AppSubscription"].column(subscription, "user_id"), "file_size": 400_000_000})
		j.make(t, e, map[string]any{"owner_id": e.column(row, "owner_id"), "file_size": 400_000_000})
		return offence{entity: e, row: row, values: map[string]any{"file_size": 600_000_001}}
	},
	"storageusage_one_row_a_file": func(t *testing.T, j judge) offence {
		e := j.byTable["StorageUsage"]
		row := j.make(t, e, nil)
		other := j.make(t, e, map[string]any{"owner_id": e.column(row, "owner_id")})
		return offence{entity: e, row: row, values: map[string]any{"file_path": e.column(other, "file_path")}}
	},
}, gateRefusals())

var paymentMaintenances = map[string]maintenance{
	"communitygroup_in_use":                  tiersInUse,
	"storepurchase_buyer_email_written":      buyerEmails,
	"storedownloadtoken_expires_after_start": tokensExpire,
}

// with offends by one value.
func with(table, column string, v any) refusal {
	return func(t *testing.T, j judge) offence {
		e := j.byTable[table]
		return offence{entity: e, row: j.make(t, e, nil), values: map[string]any{column: v}}
	}
}

// ending offends by an end that is some time after the start.
func ending(table, start string, after time.Duration) refusal {
	return func(t *testing.T, j judge) offence {
		o := with(table, "expires_at", nil)(t, j)
		o.values["expires_at"] = o.entity.column(o.row, start).(time.Time).Add(after)
		return o
	}
}

// foreign offends by a reference to a row of another community.
func foreign(table, column, refers string) refusal {
	return func(t *testing.T, j judge) offence {
		other := j.make(t, j.byTable[refers], nil)
		return with(table, column, idOf(other))(t, j)
	}
}

func gateRefusals() map[string]refusal {
	all := map[string]refusal{}
	for table, item := range map[string][2]string{
		"Classroom_payment_plans":     {"classroom_id", "Classroom"},
		"Forum_payment_plans":         {"forum_id", "Forum"},
		"Meeting_payment_plans":       {"meeting_id", "Meeting"},
		"MeetingSeries_payment_plans": {"meetingseries_id", "MeetingSeries"},
		"Poll_payment_plans":          {"poll_id", "Poll"},
		"Resource_payment_plans":      {"resource_id", "Resource"},
		"SimpleQuiz_payment_plans":    {"simplequiz_id", "SimpleQuiz"},
	} {
		all[strings.ToLower(table)+"_same_community"] = foreign(table, item[0], item[1])
	}
	return all
}

// wantCode compares the code of an error; nil is none.
func wantCode(t *testing.T, what string, err error, want error) {
	t.Helper()
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func tiersInUse(t *testing.T, d Database) {
	ctx, c, j := System(t), d.Client, newJudge(t, d)
	f := factory.New(c, factory.Start(time.Now()), factory.Seed(2))
	community := factory.Must(ctx, t, f.Community)
	tier := func() *ent.CommunityGroup {
		return factory.Must(ctx, t, f.CommunityGroup, func(c *ent.CommunityGroupCreate) { c.SetCommunity(community) })
	}
	access := func(with func(*ent.CommunityGroupAccessCreate)) *ent.CommunityGroup {
		tier := tier()
		factory.Must(ctx, t, f.CommunityGroupAccess, func(c *ent.CommunityGroupAccessCreate) { c.SetCommunityGroup(tier) }, with)
		return tier
	}
	paid := func(status schematype.SubscriptionStatus) *ent.CommunityGroup {
		return factory.Must(ctx, t, f.CommunityMemberSubscription, func(c *ent.CommunityMemberSubscriptionCreate) { c.SetStatus(status) }).
			QueryCommunityGroup().OnlyX(ctx)
	}
	for name, tt := range map[string]struct {
		tier *ent.CommunityGroup
		want error
	}{
		"nobody's":           {tier(), nil},
		"somebody's":         {access(func(*ent.CommunityGroupAccessCreate) {}), apierror.InUse},
		"for a while":        {access(func(c *ent.CommunityGroupAccessCreate) { c.SetExpiresAt(time.Now().Add(time.Hour)) }), apierror.InUse},
		"expired":            {access(func(c *ent.CommunityGroupAccessCreate) { c.SetExpiresAt(time.Now().Add(-time.Hour)) }), nil},
		"withdrawn":          {access(func(c *ent.CommunityGroupAccessCreate) { c.SetIsActive(false) }), nil},
		"paid for":           {paid(schematype.SubscriptionActive), apierror.InUse},
		"no longer paid for": {paid(schematype.SubscriptionCancelled), nil},
	} {
		wantCode(t, name, c.CommunityGroup.DeleteOne(tt.tier).Exec(ctx), tt.want)
	}

	// Each kind of what a tier opens, alone or with another one.
	for _, table := range []string{"Classroom_payment_plans", "Forum_payment_plans", "Meeting_payment_plans", "MeetingSeries_payment_plans",
		"Poll_payment_plans", "Resource_payment_plans", "SimpleQuiz_payment_plans"} {
		gate := j.make(t, j.byTable[table], nil)
		one := j.byTable[table].column(gate, "communitygroup_id").(int64)
		wantCode(t, table+", alone", c.CommunityGroup.DeleteOneID(one).Exec(ctx), apierror.InUse)
		_, err := c.CommunityGroup.Delete().Where(communitygroup.ID(one)).Exec(ctx)
		wantCode(t, table+", alone, delete many", err, apierror.InUse)

		item := j.byTable[table].fields[0].column.Name
		if item == "communitygroup_id" {
			item = j.byTable[table].fields[1].column.Name
		}
		other := factory.Must(ctx, t, f.CommunityGroup, func(cc *ent.CommunityGroupCreate) {
			cc.SetCommunityID(c.CommunityGroup.GetX(ctx, one).CommunityID)
		})
		j.make(t, j.byTable[table], map[string]any{item: j.byTable[table].column(gate, item), "communitygroup_id": other.ID})
		_, err = c.CommunityGroup.Delete().Where(communitygroup.IDIn(one, other.ID)).Exec(ctx)
		wantCode(t, table+", both", err, apierror.InUse)
		wantCode(t, table+", beside another", c.CommunityGroup.DeleteOneID(one).Exec(ctx), nil)
		wantCode(t, table+", the other one", c.CommunityGroup.DeleteOne(other).Exec(ctx), apierror.InUse)
	}
	// With its community everything goes.
	wantCode(t, "the community", c.Community.DeleteOne(community).Exec(ctx), nil)
}

func buyerEmails(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	const typed, want = " Buyer.One@Example.COM ", "buyer.one@example.com"
	row := factory.Must(ctx, t, f.StorePurchase, func(c *ent.StorePurchaseCreate) { c.SetBuyerEmail(typed) })
	check := func(what string, got string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("create", row.BuyerEmail)
	like := func() *ent.StorePurchaseCreate {
		return c.StorePurchase.Create().SetProductID(row.ProductID).SetBuyerEmail(typed)
	}
	for _, made := range c.StorePurchase.CreateBulk(like(), like()).SaveX(ctx) {
		check("create bulk", made.BuyerEmail)
	}
	c.StorePurchase.UpdateOne(row).SetBuyerEmail("other@example.com").ExecX(ctx)
	check("update one", c.StorePurchase.UpdateOne(row).SetBuyerEmail(typed).SaveX(ctx).BuyerEmail)
	c.StorePurchase.UpdateOne(row).SetBuyerEmail("other@example.com").ExecX(ctx)
	c.StorePurchase.Update().SetBuyerEmail(typed).ExecX(ctx)
	check("update many", c.StorePurchase.GetX(ctx, row.ID).BuyerEmail)
}

func tokensExpire(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	purchase := func(hours int) int64 {
		store := factory.Must(ctx, t, f.StoreProduct).QueryStore().OnlyX(ctx)
		c.CommunityStore.UpdateOne(store).SetDownloadLinkExpiryHours(hours).ExecX(ctx)
		return factory.Must(ctx, t, f.StorePurchase, func(c *ent.StorePurchaseCreate) {
			c.SetProduct(store.QueryProducts().OnlyX(ctx))
		}).ID
	}
	day, never := purchase(24), purchase(0)
	token := func(purchase int64) *ent.StoreDownloadTokenCreate {
		return c.StoreDownloadToken.Create().SetPurchaseID(purchase)
	}
	lives := func(what string, row *ent.StoreDownloadToken, want time.Duration) {
		t.Helper()
		if got := row.ExpiresAt.Sub(row.CreatedAt); got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	lives("create", token(day).SaveX(ctx), 24*time.Hour)
	lives("of no hours", token(never).SaveX(ctx), 0)
	rows := c.StoreDownloadToken.CreateBulk(token(never), token(day), token(day).SetExpiresAt(time.Now().Add(time.Hour))).SaveX(ctx)
	lives("bulk, of no hours", rows[0], 0)
	lives("bulk", rows[1], 24*time.Hour)
	if left := time.Until(rows[2].ExpiresAt); left > time.Hour {
		t.Errorf("an end that was given became %v", left)
	}
	if rows[0].Token == rows[1].Token {
		t.Error("two tokens are the same")
	}
	wantCode(t, "no purchase", token(404).Exec(ctx), apierror.InvalidReference)
}

// What one currency takes another doesn't.
func TestAmountsHaveTheDecimalsOfTheirCurrency(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client)
		price := factory.Must(ctx, t, f.CommunityGroupPrice)
		set := func(code, amount string) error {
			return c.CommunityGroupPrice.UpdateOne(price).SetCurrency(code).SetAmount(decimal.RequireFromString(amount)).Exec(ctx)
		}
		for amount, want := range map[string]error{
			"USD 9.99": nil, "USD 9.990": nil, "JPY 500": nil, "JPY 500.00": nil, "KWD 9.25": nil,
			"JPY 500.5": apierror.InvalidValue, "XOF 0.01": apierror.InvalidValue, "XYZ 1": apierror.InvalidValue, "usd 1": apierror.InvalidValue,
		} {
			code, number, _ := strings.Cut(amount, " ")
			wantCode(t, amount, set(code, number), want)
		}
		// One column at a time, too.
		if err := set("USD", "9.99"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "the currency alone", c.CommunityGroupPrice.UpdateOne(price).SetCurrency("JPY").Exec(ctx), apierror.InvalidValue)
		if err := set("JPY", "500"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "the amount alone", c.CommunityGroupPrice.Update().SetAmount(decimal.RequireFromString("0.5")).Exec(ctx), apierror.InvalidValue)
	})
}

func TestAPaymentHasASubjectUntilThatIsDeleted(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client)
		row := factory.Must(ctx, t, f.PaymentTransaction)
		err := c.PaymentTransaction.Create().SetTransactionType(row.TransactionType).SetTotalAmount(decimal.NewFromInt(1)).Exec(ctx)
		wantCode(t, "for nothing", err, apierror.InvalidSubject)
		wantCode(t, "for nothing any more", row.Update().ClearMemberSubscription().Exec(ctx), apierror.InvalidSubject)
		wantCode(t, "all for nothing", c.PaymentTransaction.Update().ClearCommunityMemberSubscriptionID().Exec(ctx), apierror.InvalidSubject)

		c.CommunityMemberSubscription.DeleteOneID(*row.CommunityMemberSubscriptionID).ExecX(ctx)
		row = row.Update().SetStripeTransferID("tr_1").SaveX(ctx)
		if row.CommunityMemberSubscriptionID != nil {
			t.Error("the subscription is still there")
		}
	})
}

func TestWhichHashesAreKept(t *testing.T) {
	c := SQLite(t).Client
	ctx := System(t)
	row := factory.Must(ctx, t, factory.New(c).PayoutProfile)
	hex := strings.Repeat("0fA9", 16)
	for text, want := range map[string]error{
		hex:            nil,
		hex + hex:      nil,
		hex + hex[:32]: nil,
		"pbkdf2_sha256$1000000$c2FsdHNhbHQ$0ahCJGKOXVGjPMe3ctkTvb8rhYHx4ZcLJnF5Tb4IDTE=":         nil,
		"$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b7dWRWJTmaaJObGRdescudvJCs": nil,
		"$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW":                           nil,

		"123456789": apierror.InvalidValue, "": apierror.InvalidValue, "A01234567": apierror.InvalidValue,
		hex[:32]: apierror.InvalidValue, "sha256$1$123456789": apierror.InvalidValue, "pbkdf2_sha256$1$123456789": apierror.InvalidValue,
		strings.Repeat("1", 255): apierror.InvalidValue,
	} {
		err := row.Update().SetTaxID(text).Exec(ctx)
		wantCode(t, text, err, want)
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q is shown: %v", text, err)
		}
	}
	wantCode(t, "none", row.Update().ClearTaxID().Exec(ctx), nil)
}
