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
	"github.com/communitybuilder/communitybuilder/viewer"
)

func ExampleOpen() {
	ctx := viewer.NewContext(context.Background(), viewer.System("example"))
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
	_, err := cb.Open(viewer.NewContext(context.Background(), viewer.System("example")), "postgres://app@db.example:5432")
	fmt.Println(err)
	fmt.Println(errors.Is(err, cb.ErrURL))
	// Output:
	// communitybuilder: open postgres://app@db.example:5432: the URL names no database: postgres://host/database
	// true
}

func ExampleTx() {
	ctx := viewer.NewContext(context.Background(), viewer.System("example"))
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

func Example_viewers() {
	system := viewer.NewContext(context.Background(), viewer.System("example"))
	client, err := cb.Open(system, "sqlite::memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	signUp := func(email string) context.Context {
		user := client.User.Create().SetEmail(email).SetPassword("!").SaveX(system)
		return viewer.NewContext(context.Background(), viewer.User(user.ID))
	}
	ada, eve := signUp("ada@example.com"), signUp("eve@example.com")
	gardeners := client.Community.Create().SetName("Gardeners").SaveX(ada)
	seeds := client.Forum.Create().SetCommunity(gardeners).SetName("Seeds").SaveX(ada)

	// Eve is no member: the forum isn't there for her, whatever she asks.
	_, err = client.Forum.Get(eve, seeds.ID)
	fmt.Println(ent.IsNotFound(err))
	fmt.Println(client.Community.Query().Where(community.HasForums()).CountX(eve))
	fmt.Println(ent.IsNotFound(client.Forum.UpdateOne(seeds).SetName("weeds").Exec(eve)))

	// The community is public. Another name is for its managers to give.
	err = client.Community.UpdateOne(gardeners).SetName("Weeds").Exec(eve)
	fmt.Println(errors.Is(err, cb.ErrForbidden))

	// Somebody has to ask.
	_, err = client.Community.Query().All(context.Background())
	fmt.Println(errors.Is(err, cb.ErrNoViewer))
	// Output:
	// true
	// 0
	// true
	// true
	// true
}

func ExampleOpen_auditLog() {
	ctx := context.Background()
	client, err := cb.Open(ctx, "sqlite::memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	client.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			v, err := next.Mutate(ctx, m)
			if who, ok := viewer.FromContext(ctx); ok {
				fmt.Printf("%s: %s %s: %v\n", who, m.Op(), m.Type(), err)
			}
			return v, err
		})
	})
	client.User.Create().SetEmail("ada@example.com").SetPassword("!").ExecX(viewer.NewContext(ctx, viewer.System("sign-up")))
	// Output: system: sign-up: OpCreate User: <nil>
}
