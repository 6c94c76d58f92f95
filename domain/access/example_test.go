package access_test

import (
	"context"
	"fmt"
	"log"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/domain/access"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func ExampleCheck() {
	ctx := viewer.NewContext(context.Background(), viewer.System("example"))
	client, err := cb.Open(ctx, "sqlite::memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	f := factory.New(client)
	link, err := f.ForumGroup(ctx)
	if err != nil {
		log.Fatal(err)
	}
	tier := client.CommunityGroup.GetX(ctx, link.CommunityGroupID)
	member, err := f.Member(ctx, tier.CommunityID, communitymember.RoleMember)
	if err != nil {
		log.Fatal(err)
	}

	d, err := access.Check(ctx, client, access.Forum(link.ForumID), member.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Allowed, d.Reason, len(d.Tiers), "tier, free:", d.Tiers[0].Price.Free())

	_, err = f.CommunityGroupAccess(ctx, func(c *ent.CommunityGroupAccessCreate) {
		c.SetCommunityGroup(tier).SetUser(member)
	})
	if err != nil {
		log.Fatal(err)
	}
	d, err = access.Check(ctx, client, access.Forum(link.ForumID), member.ID)
	fmt.Println(d.Allowed, d.Reason, err)
	// Output:
	// false no_tier 1 tier, free: true
	// true tier <nil>
}
