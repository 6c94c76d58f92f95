package account

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
)

// tokenSize is the number of characters of a token.
const tokenSize = 64

// newToken returns 64 random characters, 320 bits: letters and digits that can
// stand in a URL and don't depend on upper and lower case.
func newToken() string {
	return (rand.Text() + rand.Text() + rand.Text())[:tokenSize]
}

// newCode returns six random digits, each of the million codes as likely as any
// other.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("account: make a code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// equal compares secrets of the same length in a time that doesn't depend on
// how much of them is the same.
func equal(stored *string, entered string) bool {
	return stored != nil && subtle.ConstantTimeCompare([]byte(*stored), []byte(entered)) == 1
}

// graphic tells whether s consists of visible ASCII characters.
func graphic(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
