package account

// A Code says what was wrong. Codes are stable, and errors themselves, for
// errors.Is.
type Code string

// Error returns the code.
func (c Code) Error() string { return string(c) }

// What can be wrong.
const (
	// ErrCredentials means that nobody can sign in with that address and
	// password: there is no such account, the password is another one or can't
	// be checked, or the account is inactive.
	ErrCredentials Code = "invalid_credentials"
	// ErrInvalidToken means that the token is unknown, used, replaced or
	// expired, or that its account is inactive.
	ErrInvalidToken Code = "invalid_token"
	// ErrInvalidCode means that the code is wrong, used, replaced or expired,
	// or that no change of address is pending. A new one has to be requested.
	ErrInvalidCode Code = "invalid_code"
	// ErrInvalidEmail means that the text is not an e-mail address, or too long.
	ErrInvalidEmail Code = "invalid_email"
	// ErrEmailTaken means that another account has the address.
	ErrEmailTaken Code = "email_taken"
	// ErrInvalidPassword means that a new password is empty.
	ErrInvalidPassword Code = "invalid_password"
	// ErrUserNotFound means that there is no active user with that id.
	ErrUserNotFound Code = "user_not_found"
	// ErrInTransaction means that [Service.ConfirmEmailChange] was called inside
	// a transaction.
	ErrInTransaction Code = "in_transaction"

	// ErrHashMalformed means that a stored password is not in the form
	// pbkdf2_sha256$ITERATIONS$SALT$BASE64HASH.
	ErrHashMalformed Code = "password_hash_malformed"
	// ErrHashAlgorithm means that a stored password was hashed by an algorithm
	// other than pbkdf2_sha256.
	ErrHashAlgorithm Code = "password_hash_algorithm"
	// ErrHashIterations means that a number of iterations is below 1 or above
	// [MaxIterations].
	ErrHashIterations Code = "password_hash_iterations"
)

// Error is what the functions of this package return for whatever is not the
// database's fault. Its text shows neither what was entered nor what is stored.
type Error struct {
	// Code is the reason, which errors.Is finds as well.
	Code Code
	// Field is the field concerned, as the graph names it, or "".
	Field string
	// Rule says what is wrong, or what the field has to be.
	Rule string
	// Err is the cause, for logs, or nil. It is not part of the text.
	Err error
}

func (e *Error) Error() string {
	if e.Field == "" {
		return "account: " + e.Rule
	}
	return "account: " + e.Field + ": " + e.Rule
}

// Unwrap returns the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

func badCredentials(cause error) error {
	return &Error{Code: ErrCredentials, Rule: "address or password is wrong", Err: cause}
}

func badToken() error {
	return &Error{Code: ErrInvalidToken, Rule: "the token is not valid or no longer valid"}
}

func badCode() error {
	return &Error{Code: ErrInvalidCode, Rule: "the code is not valid or no longer valid: request a new one"}
}

func noUser() error {
	return &Error{Code: ErrUserNotFound, Rule: "there is no such active user"}
}
