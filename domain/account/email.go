package account

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
	"github.com/communitybuilder/communitybuilder/ent/user"
	"github.com/communitybuilder/communitybuilder/internal/normal"
)

// maxEmail is the size of the columns, in characters.
const maxEmail = 254

// NormaliseEmail returns the address as it is stored: without spaces around it,
// its domain in lower case. The part before the @ belongs to whoever runs the
// domain and stays as it is. The error is [ErrInvalidEmail].
func NormaliseEmail(address string) (string, error) {
	address = normal.Email(address)
	rule := ""
	switch parsed, err := mail.ParseAddress(address); {
	case address == "":
		rule = "must not be empty"
	case utf8.RuneCountInString(address) > maxEmail:
		rule = "must have at most 254 characters"
	case err != nil || parsed.Address != address:
		rule = "must be an e-mail address"
	default:
		return address, nil
	}
	return "", &Error{Code: ErrInvalidEmail, Entity: ent.TypeUser, Field: user.FieldEmail, Rule: rule}
}

// EmailIs selects the user who has the address, in whatever mixture of upper and
// lower case. Such addresses are one account.
func EmailIs(address string) predicate.User {
	address = normal.Email(address)
	return func(s *sql.Selector) {
		if !utf8.ValidString(address) || strings.ContainsRune(address, 0) {
			s.Where(sql.False()) // no text column holds it
			return
		}
		// Both sides are lowered by the database: its unique index is on the
		// same expression.
		s.Where(sql.P(func(b *sql.Builder) {
			b.WriteString("lower(").Ident(s.C(user.FieldEmail)).WriteString(") = lower(").Arg(address).WriteString(")")
		}))
	}
}
