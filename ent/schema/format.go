package schema

import (
	"encoding/json"
	"errors"
	"net/mail"
	"net/url"
	"regexp"

	"github.com/shopspring/decimal"
)

// nonNegative refuses amounts below zero. It is an annotation because ent gives
// decimals no validators; internal/orm runs it like one.
type nonNegative struct{}

// Name implements schema.Annotation.
func (nonNegative) Name() string { return "NonNegative" }

// Check implements orm.Rule.
func (nonNegative) Check(v any) error {
	if d, ok := v.(decimal.Decimal); !ok || d.IsNegative() {
		return errors.New("must not be negative")
	}
	return nil
}

// Formats of text columns, as the platform's services check them.
var (
	errURL    = errors.New("must be an absolute http, https, ftp or ftps URL")
	errEmail  = errors.New("must be an e-mail address")
	errSlug   = errors.New("must be a slug: letters, digits, hyphens and underscores")
	errHandle = errors.New("must consist of letters, digits, hyphens and underscores")
	errJSON   = errors.New("must be a JSON document")
)

var word = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

func validURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return errURL
	}
	switch u.Scheme {
	case "http", "https", "ftp", "ftps":
		return nil
	}
	return errURL
}

func validEmail(s string) error {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		return errEmail
	}
	return nil
}

func validSlug(s string) error {
	if !word.MatchString(s) {
		return errSlug
	}
	return nil
}

// blankOr accepts the empty string too, for columns that may be left blank.
func blankOr(valid func(string) error) func(string) error {
	return func(s string) error {
		if s == "" {
			return nil
		}
		return valid(s)
	}
}

func validHandle(s string) error {
	if !word.MatchString(s) {
		return errHandle
	}
	return nil
}

func validJSON(s string) error {
	if !json.Valid([]byte(s)) {
		return errJSON
	}
	return nil
}
