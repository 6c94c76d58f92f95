package hook

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// slug is a text as it can stand in a URL: its letters and digits in lower case
// and without accents, one hyphen for each gap between words. What has no ASCII
// form is left out, which may be everything. It is what Django's slugify makes of
// the text, as in the platform's other services.
func slug(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(text) {
		switch {
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '_':
		case r == '-', r == ' ', '\t' <= r && r <= '\r', '\x1c' <= r && r <= '\x1f':
			gap = true
			continue
		default:
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), "-_")
}

// shortened is as much of a slug as n characters hold.
func shortened(slug string, n int) string {
	if len(slug) > n {
		slug = strings.TrimRight(slug[:max(n, 0)], "-_")
	}
	return slug
}
