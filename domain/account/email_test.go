package account

import (
	"errors"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

func TestNormaliseEmail(t *testing.T) {
	for address, want := range map[string]string{
		"ada@example.com":                     "ada@example.com",
		" \tAda.L+x@Example.COM\n":            "Ada.L+x@example.com",
		"ada@BÜCHER.example":                  "ada@bücher.example",
		strings.Repeat("a", 248) + "@B.org":   strings.Repeat("a", 248) + "@b.org",
		strings.Repeat("é", 248) + "@EXA.org": "",
		strings.Repeat("a", 249) + "@b.org":   "",
		"":                                    "",
		" ":                                   "",
		"ada":                                 "",
		"@example.com":                        "",
		"ada@":                                "",
		"Ada <ada@example.com>":               "",
		"ada@example.com, b@c.de":             "",
		"a\x00da@example.com":                 "",
		"\xff@example.com":                    "",
	} {
		got, err := NormaliseEmail(address)
		if got != want || (want == "") != errors.Is(err, ErrInvalidEmail) {
			t.Errorf("%q: %q, %v, want %q", address, got, err, want)
		}
	}
	if _, err := NormaliseEmail(""); err.Error() != "User.email: must not be empty" {
		t.Error(err)
	}
}

func TestAUserIsFoundInWhateverCase(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		u := b.user(t, func(c *ent.UserCreate) { c.SetEmail("Ada_L@example.com") })
		for address, want := range map[string]bool{
			"Ada_L@example.com":    true,
			" ada_l@EXAMPLE.com\n": true,
			"ADA_L@EXAMPLE.COM":    true,
			"adaXl@example.com":    false, // _ is no wildcard
			"%":                    false,
			"":                     false,
			"\xff":                 false,
			"a\x00":                false,
		} {
			users := must[[]*ent.User](t)(b.Service.Client.User.Query().Where(EmailIs(address)).All(conformance.System(t)))
			if want != (len(users) == 1 && users[0].ID == u.ID) {
				t.Errorf("%q finds %d", address, len(users))
			}
		}
	})
}
