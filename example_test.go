package communitybuilder_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
)

func ExampleOpen() {
	ctx := context.Background()
	client, err := cb.Open(ctx, "sqlite::memory:") // or postgres://…
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	gardeners := client.Community.Create().SetName("Gardeners").SetAlias("gardeners").SaveX(ctx)
	client.Forum.Create().SetCommunityID(gardeners.ID).SetName("Seeds").SaveX(ctx)

	c := client.Community.Query().Where(community.Alias("gardeners")).WithForums().OnlyX(ctx)
	fmt.Println(c.Name, "talk about", c.Edges.Forums[0].Name)
	// Output: Gardeners talk about Seeds
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
		gardeners, err := tx.Community.Create().SetName("Gardeners").SetAlias("gardeners").Save(ctx)
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
