package account

import (
	"errors"
	"fmt"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// Error is what the functions of this package return for what was entered. Its
// text shows neither that nor what is stored; its cause, if it has one, is for
// logs.
type Error = apierror.Error

// What can be wrong with what was entered: codes of the catalogue.
const (
	// ErrCredentials means that nobody can sign in with that address and
	// password: there is no such account, the password is another one or can't
	// be checked, or the account is inactive.
	ErrCredentials = apierror.InvalidCredentials
	// ErrInvalidToken means that the token is unknown, used, replaced or
	// expired, or that its account is inactive.
	ErrInvalidToken = apierror.InvalidToken
	// ErrInvalidCode means that the code is wrong, used, replaced or expired,
	// or that no change of address is pending. A new one has to be requested.
	ErrInvalidCode = apierror.InvalidCode
	// ErrInvalidEmail means that the text is not an e-mail address, or too long.
	ErrInvalidEmail = apierror.InvalidEmail
	// ErrEmailTaken means that another account has the address.
	ErrEmailTaken = apierror.EmailTaken
	// ErrInvalidPassword means that a new password is empty.
	ErrInvalidPassword = apierror.InvalidPassword
	// ErrUserNotFound means that there is no active user with that id.
	ErrUserNotFound = apierror.UserNotFound
)

// What can be wrong with the program, or with what is stored. Nobody who enters
// something can do anything about these: they have no code of their own.
var (
	// ErrInTransaction means that [Service.ConfirmEmailChange] was called inside
	// a transaction.
	ErrInTransaction = errors.New("account: an e-mail change can't be confirmed inside a transaction")

	// ErrHashMalformed means that a stored password is not in the form
	// pbkdf2_sha256$ITERATIONS$SALT$BASE64HASH.
	ErrHashMalformed = errors.New("account: a stored password must have the form pbkdf2_sha256$ITERATIONS$SALT$BASE64HASH")
	// ErrHashAlgorithm means that a stored password was hashed by an algorithm
	// other than pbkdf2_sha256.
	ErrHashAlgorithm = errors.New("account: a stored password must be hashed by pbkdf2_sha256")
	// ErrHashIterations means that the iterations of a stored password, or of a
	// [Service], are below 1 or above [MaxIterations].
	ErrHashIterations = fmt.Errorf("account: a password must have 1 to %d iterations", MaxIterations)
)
