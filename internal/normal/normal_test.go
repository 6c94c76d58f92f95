package normal_test

import (
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/normal"
)

func TestEmail(t *testing.T) {
	for address, want := range map[string]string{
		" Ada.L@Example.COM\n": "Ada.L@example.com",
		`"A@B"@BÜCHER.example`: `"A@B"@bücher.example`,
		"Ada":                  "ada",
		" ":                    "",
		"a@\xffX":              "a@\xffX",
	} {
		if got := normal.Email(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestCountry(t *testing.T) {
	for code, want := range map[string]string{"UK": "GB", " uk ": "GB", "ng": "NG", "GB": "GB", "": "", "n1": "N1"} {
		if got := normal.Country(code); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}
