package hook

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"entgo.io/ent"
	"github.com/bojanz/currency"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// KnownCurrency refuses currencies that ISO 4217 doesn't have, and amounts with
// more decimals than the currency has. What the amount's column can't hold at all
// is refused as that.
func KnownCurrency(table string) ent.Hook {
	const kept = 2 // decimals of the columns
	r := rule(table, strings.ToLower(table)+"_currency_known")
	return hold(r, func(c *orm.Change) bool {
		code, _ := orm.NewValue[string](c, r.Fields[0])
		digits, known := currency.GetDigits(code)
		if !known {
			return false
		}
		for _, column := range r.Fields[1:] {
			amount, ok := orm.NewValue[decimal.Decimal](c, column)
			if !ok || amount.Exponent() < -20 || amount.Exponent() > 20 { // no column's business
				continue
			}
			if amount = amount.Truncate(kept); !amount.Equal(amount.Truncate(int32(digits))) {
				return false
			}
		}
		return true
	})
}

// ExpiresAfterStart refuses to let something end before, or when, it begins.
func ExpiresAfterStart(table string) ent.Hook {
	r := rule(table, strings.ToLower(table)+"_expires_after_start")
	return hold(r, func(c *orm.Change) bool {
		end, ends := orm.NewValue[time.Time](c, r.Fields[0])
		start, _ := orm.NewValue[time.Time](c, r.Fields[1])
		return !ends || stored(end).After(stored(start))
	})
}

// stored is a time as precise as the database keeps it.
func stored(t time.Time) time.Time { return t.Truncate(time.Microsecond) }

// OneSubject refuses payments for nothing, or for several things. A payment whose
// subject has been deleted stays as it is.
func OneSubject() ent.Hook {
	r := rule("PaymentTransaction", "paymenttransaction_one_subject")
	return hold(r, func(c *orm.Change) bool {
		n := 0
		for _, column := range r.Fields[1:] {
			if c.New(column) != nil {
				n++
			}
		}
		return n == 1
	})
}

var (
	digest  = regexp.MustCompile(`^(?i:[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$`)
	encoded = regexp.MustCompile(`^\$?(argon2(id?|d)?|scrypt|bcrypt(_sha256)?|2[abxy]|pbkdf2[_-]sha(256|384|512))\$\S*[0-9A-Za-z+/._=-]{27,}$`)
)

// HashOnly refuses to keep in a column of a payout profile what is no hash.
func HashOnly(column string) ent.Hook {
	return hold(rule("PayoutProfile", "payoutprofile_"+column+"_hashed"), func(c *orm.Change) bool {
		text, set := orm.NewValue[string](c, column)
		return !set || digest.MatchString(text) || encoded.MatchString(text)
	})
}

// BuyerEmail writes the address of a buyer in lower case and without spaces around
// it. An account's own address keeps the case of its first part.
func BuyerEmail() ent.Hook {
	return rewrite("buyer_email", func(address string) string {
		if !utf8.ValidString(address) {
			return address // lower case would repair it
		}
		return strings.ToLower(strings.TrimSpace(address))
	})
}
