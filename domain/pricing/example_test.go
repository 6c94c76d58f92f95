package pricing_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/shopspring/decimal"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/domain/pricing"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func ExampleResolver_ForGroup() {
	ctx := viewer.NewContext(context.Background(), viewer.System("example"))
	client, err := cb.Open(ctx, "sqlite::memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	price, err := factory.New(client).CommunityGroupPrice(ctx, func(c *ent.CommunityGroupPriceCreate) {
		c.SetAmount(decimal.RequireFromString("9.50")).SetCurrency("USD")
	})
	if err != nil {
		log.Fatal(err)
	}

	visitors := pricing.Resolver{DefaultCountry: "DE"}
	cost, err := visitors.ForGroup(ctx, client, price.CommunityGroupID, 0)
	fmt.Println(cost.Amount.StringFixed(2), cost.Currency, cost.Gateway, err)

	visitors.DefaultCountry = "GH"
	_, err = visitors.ForGroup(ctx, client, price.CommunityGroupID, 0)
	fmt.Println(errors.Is(err, pricing.ErrNoPrice))
	// Output:
	// 9.50 USD stripe <nil>
	// true
}
