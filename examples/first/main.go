package main

import (
	"context"
	"fmt"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func main() {
	ctx := context.Background()
	client, err := cb.Open(ctx, "sqlite::memory:") // postgres://… in a service
	if err != nil {
		panic(err)
	}
	defer client.Close()

	signUp := viewer.NewContext(ctx, viewer.System("sign-up"))
	ada := client.User.Create().SetEmail("ada@example.com").SetPassword("!").SaveX(signUp)

	ctx = viewer.NewContext(ctx, viewer.User(ada.ID)) // from here on it is Ada who acts
	readers := client.Community.Create().SetName("Café Readers").SaveX(ctx)
	client.Forum.Create().SetCommunity(readers).SetName("books").ExecX(ctx)
	for _, f := range readers.QueryForums().AllX(ctx) {
		fmt.Println(readers.Alias, "meet in", f.Name)
	}

	passerBy := viewer.NewContext(ctx, viewer.Anonymous())
	fmt.Println("who is no member sees", readers.QueryForums().CountX(passerBy), "forums")
}
