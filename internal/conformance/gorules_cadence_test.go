package conformance

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupprice"
	"github.com/communitybuilder/communitybuilder/factory"
)

// tiers are two tiers of a community: one without a price, and one that is paid for
// by the month.
type tiers struct {
	free, paid *ent.CommunityGroup
	price      *ent.CommunityGroupPrice
}

func newTiers(ctx context.Context, t *testing.T, f *factory.Factory) tiers {
	price := factory.Must(ctx, t, f.CommunityGroupPrice)
	paid := price.QueryCommunityGroup().OnlyX(ctx)
	free := factory.Must(ctx, t, f.CommunityGroup, func(c *ent.CommunityGroupCreate) { c.SetCommunityID(paid.CommunityID) })
	return tiers{free, paid, price}
}

// state is what there is of the tiers of their community.
func (s tiers) state(ctx context.Context, c *ent.Client) string {
	text := ""
	for _, tier := range c.CommunityGroup.Query().Where(communitygroup.CommunityID(s.free.CommunityID)).WithPrices().Order(communitygroup.ByID()).AllX(ctx) {
		text += fmt.Sprintf("%s %v %v %v", tier.Name, tier.IsMonthly, tier.IsYearly, tier.IsLifetime)
		for _, p := range tier.Edges.Prices {
			text += fmt.Sprintf(" %s %s", p.Amount, p.Currency)
		}
		text += "\n"
	}
	return text
}

// A step is a write to the tiers.
type step func(ctx context.Context, c *ent.Client, s tiers) error

func steps(all ...step) step {
	return func(ctx context.Context, c *ent.Client, s tiers) error {
		for _, do := range all {
			if err := do(ctx, c, s); err != nil {
				return err
			}
		}
		return nil
	}
}

func priceOf(c *ent.Client, tier *ent.CommunityGroup, currency string, amount int64) *ent.CommunityGroupPriceCreate {
	return c.CommunityGroupPrice.Create().SetCommunityGroup(tier).SetCurrency(currency).SetAmount(decimal.NewFromInt(amount))
}

var (
	charge step = func(ctx context.Context, c *ent.Client, s tiers) error { return priceOf(c, s.free, "EUR", 5).Exec(ctx) }
	nought step = func(ctx context.Context, c *ent.Client, s tiers) error { return priceOf(c, s.free, "EUR", 0).Exec(ctx) }
	dearer step = func(ctx context.Context, c *ent.Client, s tiers) error { return priceOf(c, s.paid, "EUR", 5).Exec(ctx) }
	bulk   step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroupPrice.CreateBulk(priceOf(c, s.paid, "EUR", 5), priceOf(c, s.free, "EUR", 5)).Exec(ctx)
	}
	monthly step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroup.UpdateOne(s.free).SetIsMonthly(true).Exec(ctx)
	}
	allMonthly step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroup.Update().Where(communitygroup.CommunityID(s.free.CommunityID)).SetIsMonthly(true).Exec(ctx)
	}
	yearly step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroup.UpdateOne(s.paid).SetIsMonthly(false).SetIsYearly(true).Exec(ctx)
	}
	unmark step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroup.UpdateOne(s.paid).SetIsMonthly(false).Exec(ctx)
	}
	paidTier step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroup.Create().SetCommunityID(s.free.CommunityID).SetName("new").SetIsYearly(true).Exec(ctx)
	}
	paidTiers step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroup.CreateBulk(
			c.CommunityGroup.Create().SetCommunityID(s.free.CommunityID).SetName("new and free"),
			c.CommunityGroup.Create().SetCommunityID(s.free.CommunityID).SetName("new").SetIsYearly(true)).Exec(ctx)
	}
	chargeNew step = func(ctx context.Context, c *ent.Client, s tiers) error {
		tier, err := c.CommunityGroup.Query().Where(communitygroup.CommunityID(s.free.CommunityID), communitygroup.Name("new")).Only(ctx)
		if err != nil {
			return err
		}
		return priceOf(c, tier, "USD", 5).Exec(ctx)
	}
	remove step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroupPrice.DeleteOne(s.price).Exec(ctx)
	}
	removeAll step = func(ctx context.Context, c *ent.Client, s tiers) error {
		_, err := c.CommunityGroupPrice.Delete().Where(communitygroupprice.CommunityGroupID(s.paid.ID)).Exec(ctx)
		return err
	}
	cheaper step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroupPrice.UpdateOne(s.price).SetAmount(decimal.NewFromInt(1)).Exec(ctx)
	}
	zero step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroupPrice.UpdateOne(s.price).SetAmount(decimal.Zero).Exec(ctx)
	}
	allZero step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroupPrice.Update().Where(communitygroupprice.CommunityGroupID(s.paid.ID)).SetAmount(decimal.Zero).Exec(ctx)
	}
	tierAway step = func(ctx context.Context, c *ent.Client, s tiers) error {
		return c.CommunityGroup.DeleteOne(s.paid).Exec(ctx)
	}
)

func TestACadenceFitsThePrices(t *testing.T) {
	refused, fine := error(apierror.InvalidCadence), error(nil)
	Each(t, func(t *testing.T, d Database) {
		f := factory.New(d.Client)
		for name, tt := range map[string]struct {
			do    step
			alone bool // whether it is a single write
			want  error
		}{
			"a price without a cadence":          {charge, true, refused},
			"in bulk":                            {bulk, true, refused},
			"a cadence without a price":          {monthly, true, refused},
			"for all tiers":                      {allMonthly, true, refused},
			"no cadence for a paid tier":         {unmark, true, refused},
			"a new tier that nobody can pay":     {paidTier, true, refused},
			"several":                            {paidTiers, true, refused},
			"the last price away":                {remove, true, refused},
			"all prices away":                    {removeAll, true, refused},
			"the last price down to zero":        {zero, true, refused},
			"all prices down to zero":            {allZero, true, refused},
			"a price of zero":                    {nought, true, fine},
			"another price":                      {dearer, true, fine},
			"another amount":                     {cheaper, true, fine},
			"another cadence":                    {yearly, true, fine},
			"the tier away":                      {tierAway, true, fine},
			"first the price":                    {steps(charge, monthly), false, fine},
			"first the cadence":                  {steps(monthly, charge), false, fine},
			"in bulk, and the cadence":           {steps(bulk, monthly), false, fine},
			"a new tier, then its price":         {steps(paidTier, chargeNew), false, fine},
			"several, then the price":            {steps(paidTiers, chargeNew), false, fine},
			"the price away, then the cadence":   {steps(remove, unmark), false, fine},
			"the cadence away, then the price":   {steps(unmark, removeAll), false, fine},
			"down to zero, and no cadence":       {steps(zero, unmark), false, fine},
			"another price instead of the last":  {steps(remove, dearer), false, fine},
			"the tier away, with what was wrong": {steps(remove, tierAway), false, fine},
			"one fits, and the other doesn't":    {steps(charge, monthly, unmark), false, refused},
			"one of two, the other way round":    {steps(remove, unmark, charge), false, refused},
		} {
			ways := map[string]func(context.Context, *ent.Client, tiers) error{
				"Tx": func(ctx context.Context, c *ent.Client, s tiers) error {
					return cb.Tx(ctx, c, func(ctx context.Context, tx *ent.Client) error { return tt.do(ctx, tx, s) })
				},
				"in a part": func(ctx context.Context, c *ent.Client, s tiers) error {
					return cb.Tx(ctx, c, func(ctx context.Context, tx *ent.Client) error {
						return cb.Tx(ctx, tx, func(ctx context.Context, _ *ent.Client) error { return tt.do(ctx, c, s) })
					})
				},
				"ent's own": func(ctx context.Context, c *ent.Client, s tiers) error {
					tx, err := c.Tx(ctx)
					if err != nil {
						return err
					}
					if err := tt.do(ctx, tx.Client(), s); err != nil {
						return errors.Join(err, tx.Rollback())
					}
					return tx.Commit()
				},
			}
			if tt.alone {
				ways["alone"] = func(ctx context.Context, c *ent.Client, s tiers) error { return tt.do(ctx, c, s) }
			}
			for way, run := range ways {
				ctx := System(t)
				s := newTiers(ctx, t, f)
				before := s.state(ctx, d.Client)
				err := run(ctx, d.Client, s)
				wantCode(t, name+", "+way, err, tt.want)
				after := s.state(ctx, d.Client)
				if err != nil && after != before {
					t.Errorf("%s, %s: it was refused, and left\n%sof\n%s", name, way, after, before)
				}
				if err == nil && after == before {
					t.Errorf("%s, %s: nothing was written", name, way)
				}
			}
		}
	})
}

// What other services have made stays editable, apart from its cadence.
func TestTiersOfOtherServicesStayEditable(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c := System(t), d.Client
		s := newTiers(ctx, t, factory.New(c))
		for _, stmt := range []string{
			`UPDATE "CommunityGroup" SET is_lifetime = true WHERE id = $1`, // as the default tier of other services
			`UPDATE "CommunityGroup" SET is_monthly = false WHERE id = $1`,
		} {
			id := s.free.ID
			if stmt[len(`UPDATE "CommunityGroup" SET is_`)] == 'm' {
				id = s.paid.ID
			}
			if _, err := d.DB.ExecContext(ctx, stmt, id); err != nil {
				t.Fatal(err)
			}
		}
		wantCode(t, "another text", c.CommunityGroup.Update().SetDescription("new").Exec(ctx), nil)
		wantCode(t, "the cadence that it has", c.CommunityGroup.UpdateOne(s.free).SetIsLifetime(true).SetIsMonthly(false).Exec(ctx), nil)
		wantCode(t, "another one", c.CommunityGroup.UpdateOne(s.free).SetIsLifetime(false).SetIsMonthly(true).Exec(ctx), apierror.InvalidCadence)
		wantCode(t, "none, which is right", c.CommunityGroup.UpdateOne(s.free).SetIsLifetime(false).Exec(ctx), nil)
		wantCode(t, "another amount", cheaper(ctx, c, s), nil)
		wantCode(t, "the price, which is right", remove(ctx, c, s), nil)
	})
}
