package main

import (
	"context"
	"fmt"

	cb "github.com/communitybuilder/communitybuilder"
)

func main() {
	ctx := context.Background()
	client, err := cb.Open(ctx, "sqlite::memory:") // postgres://… in a service
	if err != nil {
		panic(err)
	}
	defer client.Close()
	readers := client.Community.Create().SetName("Readers").SetAlias("readers").SaveX(ctx)
	client.Forum.Create().SetCommunity(readers).SetName("books").ExecX(ctx)
	found := client.Community.Query().WithForums().OnlyX(ctx)
	fmt.Println(found.Name, "meet in", found.Edges.Forums[0].Name)
}
