// Package normal says in which form texts are kept that people write in several
// ways. It doesn't tell whether they are what they ought to be.
package normal

import (
	"strings"
	"unicode/utf8"
)

// Email is an e-mail address as accounts keep it: without spaces around it, its
// domain in lower case. The part before the @ belongs to whoever runs the domain
// and stays as it is.
func Email(address string) string {
	if !utf8.ValidString(address) {
		return address // lower case would repair it
	}
	address = strings.TrimSpace(address)
	at := strings.LastIndexByte(address, '@')
	return address[:at+1] + strings.ToLower(address[at+1:])
}

// Country is a code of ISO 3166-1 alpha-2: in upper case, without spaces around
// it, and GB for the United Kingdom, which many call UK.
func Country(code string) string {
	code = strings.ToUpper(strings.TrimSpace(code))
	if code == "UK" {
		return "GB"
	}
	return code
}
