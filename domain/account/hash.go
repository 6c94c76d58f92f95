package account

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/user"
)

const (
	// DefaultIterations is how many iterations a new password gets: as many as
	// Django 6.1 gives it, its newest release
	// (https://docs.djangoproject.com/en/dev/releases/6.1/, under
	// django.contrib.auth: "increased from 1,200,000 to 1,500,000"). The release
	// with long-term support, 5.2, has 1,000,000; 6.2, expected for April 2027,
	// 1,800,000.
	DefaultIterations = 1_500_000

	// MaxIterations is how many a stored password may ask for. Checking one of
	// so many takes seconds; more would let whoever can write a hash keep the
	// processor busy.
	MaxIterations = 10_000_000
)

const (
	algorithm = "pbkdf2_sha256"

	// minSalt is Django's measure for a good salt: 128 bits at log2(62) a
	// character.
	minSalt = 22

	// unusable is what Django begins a password with that nothing matches.
	unusable = "!"
)

// HashPassword returns the password in Django's encoded form, with a random salt
// and [DefaultIterations]. The error is [ErrInvalidPassword] if it is empty.
func HashPassword(password string) (string, error) {
	if err := checkNew(password); err != nil {
		return "", err
	}
	return encode(pbkdf2SHA256, password, DefaultIterations)
}

// VerifyPassword tells whether the password is the one that was encoded, in a
// time that doesn't depend on how much of it is right. Nothing matches an
// unusable password, one that begins with "!".
//
// The error is [ErrHashMalformed], [ErrHashAlgorithm] or [ErrHashIterations] if
// encoded can't be checked against.
func VerifyPassword(password, encoded string) (bool, error) {
	h, err := parse(encoded)
	if err != nil {
		return false, err
	}
	return h.matches(pbkdf2SHA256, password)
}

// NeedsUpgrade tells whether a stored password should be hashed again when its
// owner signs in next: it has fewer than [DefaultIterations], or a salt that
// Django finds too short. More iterations are good enough. An unusable password
// has nothing to upgrade. The errors are those of [VerifyPassword].
func NeedsUpgrade(encoded string) (bool, error) {
	h, err := parse(encoded)
	return h.weak(DefaultIterations), err
}

// A derivation is PBKDF2 with HMAC-SHA-256 and a result of 32 bytes.
type derivation func(password, salt string, iterations int) ([]byte, error)

func pbkdf2SHA256(password, salt string, iterations int) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, []byte(salt), iterations, sha256.Size)
}

// checkNew refuses a password that nobody should have. How long or how rare one
// has to be is for the services to say.
func checkNew(password string) error {
	if password == "" {
		return &Error{Code: ErrInvalidPassword, Entity: ent.TypeUser, Field: user.FieldPassword, Rule: "must not be empty"}
	}
	return nil
}

// encode makes a new hash of a password.
func encode(derive derivation, password string, iterations int) (string, error) {
	h := hash{iterations: iterations, salt: rand.Text()}
	var err error
	if h.sum, err = derive(password, h.salt, iterations); err != nil {
		return "", fmt.Errorf("account: hash a password: %w", err)
	}
	return h.String(), nil
}

// hash is a stored password. The zero hash is an unusable one.
type hash struct {
	iterations int
	salt       string
	sum        []byte
}

// String returns the encoded form.
func (h hash) String() string {
	return fmt.Sprintf("%s$%d$%s$%s", algorithm, h.iterations, h.salt, base64.StdEncoding.EncodeToString(h.sum))
}

func (h hash) matches(derive derivation, password string) (bool, error) {
	if h.iterations == 0 {
		return false, nil
	}
	sum, err := derive(password, h.salt, h.iterations)
	if err != nil {
		return false, fmt.Errorf("account: check a password: %w", err)
	}
	return subtle.ConstantTimeCompare(sum, h.sum) == 1, nil
}

func (h hash) weak(iterations int) bool {
	return h.iterations > 0 && (h.iterations < iterations || utf8.RuneCountInString(h.salt) < minSalt)
}

// parse reads the encoded form, or an unusable password. It takes only what
// [hash.String] would write: Django compares encoded forms, so that nothing else
// matches there either.
func parse(encoded string) (hash, error) {
	if strings.HasPrefix(encoded, unusable) {
		return hash{}, nil
	}
	parts := strings.SplitN(encoded, "$", 4)
	if len(parts) > 1 && parts[0] != "" && parts[0] != algorithm {
		return hash{}, ErrHashAlgorithm
	}
	if len(parts) != 4 || parts[0] != algorithm || parts[2] == "" || !digits(parts[1]) {
		return hash{}, ErrHashMalformed
	}
	h := hash{salt: parts[2]}
	var err error
	h.iterations, err = strconv.Atoi(parts[1])
	if err != nil || h.iterations < 1 || h.iterations > MaxIterations {
		return hash{}, ErrHashIterations
	}
	h.sum, err = base64.StdEncoding.DecodeString(parts[3])
	if err != nil || len(h.sum) != sha256.Size || h.String() != encoded {
		return hash{}, ErrHashMalformed
	}
	return h, nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
