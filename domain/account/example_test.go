package account_test

import (
	"context"
	"errors"
	"fmt"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/domain/account"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func Example() {
	ctx := viewer.NewContext(context.Background(), viewer.System("example"))
	client, err := cb.Open(ctx, "sqlite::memory:")
	if err != nil {
		panic(err)
	}
	defer client.Close()
	accounts := &account.Service{Client: client}

	// Sign up.
	encoded, err := account.HashPassword("correct horse")
	if err != nil {
		panic(err)
	}
	address, err := account.NormaliseEmail("Ada@Example.com")
	if err != nil {
		panic(err)
	}
	ada := client.User.Create().SetEmail(address).SetPassword(encoded).SaveX(ctx)

	// Confirm the address, by a link with the token that is sent there.
	token, err := accounts.IssueVerification(ctx, ada.ID)
	if err != nil {
		panic(err)
	}
	ada, err = accounts.Verify(ctx, token)
	if err != nil {
		panic(err)
	}
	fmt.Println(ada.Email, "verified:", ada.IsVerified)
	_, err = accounts.Verify(ctx, token)
	fmt.Println("again:", errors.Is(err, account.ErrInvalidToken))

	// Sign in.
	_, err = accounts.Authenticate(ctx, "ada@example.com", "wrong horse")
	fmt.Println(err)
	ada, err = accounts.Authenticate(ctx, "ada@example.com", "correct horse")
	if err != nil {
		panic(err)
	}
	fmt.Println("signed in:", ada.Email)

	// Output:
	// Ada@example.com verified: true
	// again: true
	// address or password is wrong
	// signed in: Ada@example.com
}
