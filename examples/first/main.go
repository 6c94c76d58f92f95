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
	readers := client.Community.Create().SetName("Café Readers").SaveX(ctx)
	client.Forum.Create().SetCommunity(readers).SetName("books").ExecX(ctx)
	for _, f := range readers.QueryForums().AllX(ctx) {
		fmt.Println(readers.Alias, "meet in", f.Name)
	}
}
