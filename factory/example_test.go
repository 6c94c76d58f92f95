package factory_test

import (
	"context"
	"fmt"
	"log"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func Example() {
	ctx := viewer.NewContext(context.Background(), viewer.System("example"))
	client, err := communitybuilder.Open(ctx, "sqlite::memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	f := factory.New(client, factory.Seed(7))
	forum, err := f.Forum(ctx, func(c *ent.ForumCreate) { c.SetName("beekeeping") })
	if err != nil {
		log.Fatal(err)
	}
	// The author, a member of the forum's community, is made by the way.
	post, err := f.Post(ctx, func(c *ent.PostCreate) { c.SetForum(forum).SetMessage("Which hive for a roof?") })
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		_, err := f.PostLike(ctx, func(c *ent.PostLikeCreate) { c.SetPost(post) })
		if err != nil {
			log.Fatal(err)
		}
	}

	likes := post.QueryLikes().CountX(ctx)
	members := post.QueryForum().QueryCommunity().QueryMembers().CountX(ctx)
	fmt.Printf("%q has %d likes in a community of %d\n", post.Message, likes, members)
	// Output: "Which hive for a roof?" has 3 likes in a community of 4
}
