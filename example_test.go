package communitybuilder_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/forum"
)

func ExampleOpen() {
	ctx := context.Background()
	client, err := cb.Open(ctx, "sqlite::memory:") // or postgres://…
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	gardeners := client.Community.Create().SetName("Gardeners").SaveX(ctx)
	client.Forum.Create().SetCommunityID(gardeners.ID).SetName("Seeds").SaveX(ctx)

	c := client.Community.Query().Where(community.Alias("gardeners")).
		WithForums(func(q *ent.ForumQuery) { q.Order(forum.ByID()) }).OnlyX(ctx)
	fmt.Println(c.Name, "meet in", c.Edges.Forums[0].Name, "and", c.Edges.Forums[1].Name)
	// Output: Gardeners meet in town_hall and Seeds
}

func ExampleOpen_error() {
	_, err := cb.Open(context.Background(), "postgres://app@db.example:5432")
	fmt.Println(err)
	fmt.Println(errors.Is(err, cb.ErrURL))
	// Output:
	// communitybuilder: open postgres://app@db.example:5432: the URL names no database: postgres://host/database
	// true
}

func ExampleTx() {
	ctx := context.Background()
	client, err := cb.Open(ctx, "sqlite::memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	err = cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
		gardeners, err := tx.Community.Create().SetName("Gardeners").Save(ctx)
		if err != nil {
			return err
		}
		cb.AfterCommit(ctx, func(context.Context) { fmt.Println("welcome,", gardeners.Name) })
		return tx.Forum.Create().SetCommunityID(gardeners.ID).SetName("Seeds").Exec(ctx)
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: welcome, Gardeners
}
