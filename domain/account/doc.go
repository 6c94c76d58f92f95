// Package account is what signing in needs: passwords in the form that Django
// reads and writes, tokens that verify an address or reset a password, and codes
// that change an address.
//
//	accounts := &account.Service{Client: client}
//	user, err := accounts.Authenticate(ctx, email, password)
//	if errors.Is(err, account.ErrCredentials) { … }
//
// [HashPassword], [VerifyPassword] and [NeedsUpgrade] work without a database.
//
// # Single use
//
// A token or code works once and until it expires, however many present it at
// once. The row is found by a query, but what decides is one UPDATE that has
// token and expiry in its condition and clears them: of all those who present
// the same token, one changes the row.
//
// # What is not told
//
// The errors don't tell a stranger which accounts exist. [Service.Authenticate]
// gives the same error after the same amount of hashing whether the address is
// unknown, the password wrong or the account inactive. A token that never
// existed, was used, was replaced or has expired is [ErrInvalidToken]: a used
// one leaves no trace, so that the finer answer would be wrong half of the
// time. Whether an address belongs to somebody else is told by
// [Service.ConfirmEmailChange] only, to who has received the code there.
//
// How often somebody may try to sign in, or ask for a token or a code, is not
// limited here.
package account
