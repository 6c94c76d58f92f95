package factory

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// values makes up what one row consists of. They depend on the factory's seed and
// on the row's number, not on what was drawn for the rows before.
type values struct {
	rand *rand.Rand
	seed uint64
	n    uint64    // the row's number, from 1
	at   time.Time // the time at which the row is made
}

func (f *Factory) values() values {
	n := f.rows.Add(1)
	return values{
		rand: rand.New(rand.NewPCG(f.seed, n)),
		seed: f.seed,
		n:    n,
		at:   f.start.Add(time.Duration(n) * time.Second),
	}
}

// unique is a short text of lower-case letters, digits and hyphens that no other
// row has.
func (v values) unique() string { return fmt.Sprintf("%d-%d", v.seed, v.n) }

// slug is the word with something unique behind it.
func (v values) slug(word string) string { return strings.ToLower(word) + "-" + v.unique() }

// pick is one of the words.
func (v values) pick(words []string) string { return words[v.rand.IntN(len(words))] }

// between is a number from low to high.
func (v values) between(low, high int) int { return low + v.rand.IntN(high-low+1) }

// price is an amount from 5.00 to 99.99 in major units.
func (v values) price() decimal.Decimal { return decimal.New(int64(v.between(500, 9999)), -2) }

// sentence is something that a person might have written.
func (v values) sentence() string {
	return fmt.Sprintf("%s %s the %s %s.", v.pick(openings), v.pick(verbs), v.pick(adjectives), v.pick(topics))
}

// title is a heading.
func (v values) title() string {
	word := v.pick(adjectives)
	return strings.ToUpper(word[:1]) + word[1:] + " " + v.pick(topics)
}

// email is a unique address in lower case.
func (v values) email(first, last string) string {
	return fmt.Sprintf("%s.%s.%s@example.com", strings.ToLower(first), strings.ToLower(last), v.unique())
}

// url is the address of a unique file.
func (v values) url(kind, extension string) string {
	return fmt.Sprintf("https://cdn.example.com/%s/%s.%s", kind, v.unique(), extension)
}

// reference is a unique identifier of another service.
func (v values) reference(prefix string) string {
	return fmt.Sprintf("%s_%d_%d_%08x", prefix, v.seed, v.n, v.rand.Uint32())
}

// Read fills p with what looks random, for identifiers.
func (v values) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(v.rand.Uint32())
	}
	return len(p), nil
}

var (
	firstNames = []string{"Amina", "Chidi", "Efua", "Grace", "Ines", "Jomo", "Kofi", "Lerato", "Marta", "Ngozi", "Obi", "Sade", "Tariq", "Wanjiru", "Yusuf", "Zainab"}
	lastNames  = []string{"Abebe", "Adeyemi", "Boateng", "Dlamini", "Eze", "Kamau", "Mensah", "Mwangi", "Nkosi", "Okafor", "Owusu", "Silva", "Sow", "Yilmaz"}
	cities     = []string{"Accra", "Cape Town", "Ibadan", "Kumasi", "Lagos", "Lisbon", "Mombasa", "Nairobi"}
	topics     = []string{"accounting", "baking", "beekeeping", "farming", "film", "gardening", "music", "poetry", "pottery", "running", "sewing", "trading"}
	adjectives = []string{"bold", "bright", "daily", "gentle", "honest", "lively", "patient", "quiet", "steady", "urban"}
	openings   = []string{"Has anybody", "I think we", "My sister and I", "Nobody here", "Our neighbours", "Who of you"}
	verbs      = []string{"enjoyed", "missed", "recorded", "shared", "tried", "understood"}
	currencies = []string{"USD", "NGN", "GHS", "KES", "ZAR", "EUR", "GBP", "CAD", "XOF", "INR", "BRL", "JPY"}
)
