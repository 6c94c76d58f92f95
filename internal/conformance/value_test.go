package conformance

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	entfield "entgo.io/ent/schema/field"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
)

// An extreme says which end of a field's range its values come from.
type extreme int

const (
	largest extreme = iota
	smallest
)

func (x extreme) String() string { return [...]string{"largest", "smallest"}[x] }

// candidates are values of a field from one end of its range, the most extreme
// first. A field takes the first that its validators accept: which formats they
// ask for is theirs to know. Texts differ with n, for fields that are unique.
func (f field) candidates(t *testing.T, x extreme, n int) []any {
	t.Helper()
	switch reflect.New(f.value).Elem().Interface().(type) {
	case decimal.Decimal:
		return f.decimals(t, x)
	case time.Time:
		// A microsecond apart, in the order of the fields: starts come before ends.
		after := time.Duration(f.position) * time.Microsecond
		if x == largest {
			return []any{time.Date(9999, time.December, 31, 23, 59, 59, 999_900_000, time.UTC).Add(after)}
		}
		// Before the epoch, in a zone with minutes.
		return []any{time.Date(1900, time.January, 1, 0, 0, 0, 0, time.FixedZone("", -(5*60+30)*60)).Add(after)}
	case schematype.Date:
		if x == largest {
			return []any{schematype.Date{Year: 2096, Month: time.February, Day: 29}}
		}
		return []any{schematype.Date{Year: 1900, Month: time.January, Day: 1}}
	case schematype.Object:
		if x == largest {
			return []any{object(t)}
		}
		return []any{schematype.Object{}}
	case schematype.Weekdays:
		if x == largest {
			return []any{schematype.Weekdays{schematype.Sunday, schematype.Monday, schematype.Tuesday, schematype.Wednesday, schematype.Thursday, schematype.Friday, schematype.Saturday}}
		}
		return []any{schematype.Weekdays{}, schematype.Weekdays{schematype.Monday}}
	case uuid.UUID:
		if x == largest {
			return []any{uuid.Max}
		}
		return []any{uuid.Nil}
	}
	switch {
	case f.column.Type == entfield.TypeEnum:
		return f.enums(x)
	case f.value.Kind() == reflect.Bool:
		return []any{x == largest}
	case f.value.Kind() == reflect.String:
		return f.strings(t, x, n)
	case f.value.Kind() == reflect.Int, f.value.Kind() == reflect.Int64:
		return f.integers(x)
	}
	t.Fatalf("no values are known for a %s, the type of %s", f.value, f.name)
	return nil
}

// allowed are all values of an enum.
func (f field) allowed() []any {
	var all []any
	for _, value := range f.column.Enums {
		all = append(all, value)
	}
	return all
}

func (f field) enums(x extreme) []any {
	all := f.allowed()
	if x == largest {
		return all[len(all)-1:]
	}
	return all[:1]
}

// limits are the ends of an integer column's range.
func (f field) limits() [2]int64 {
	size := map[string][2]int64{"smallint": {math.MinInt16, math.MaxInt16}, "integer": {math.MinInt32, math.MaxInt32}}
	if limits, ok := size[f.column.SchemaType["postgres"]]; ok {
		return limits
	}
	return [2]int64{math.MinInt64, math.MaxInt64}
}

func (f field) integers(x extreme) []any {
	limits := f.limits()
	if x == largest {
		return []any{limits[1], 5}
	}
	return []any{limits[0], 0, 1}
}

func (f field) decimals(t *testing.T, x extreme) []any {
	t.Helper()
	var precision, scale int32
	if _, err := fmt.Sscanf(f.column.SchemaType["postgres"], "numeric(%d,%d)", &precision, &scale); err != nil {
		t.Fatalf("%s has the type %q: %v", f.name, f.column.SchemaType["postgres"], err)
	}
	step := decimal.New(1, -scale)
	if x == largest {
		return []any{decimal.New(1, precision-scale).Sub(step), decimal.NewFromInt(100)}
	}
	return []any{step}
}

// length is the number of characters that a column takes, if that is limited.
func (f field) length(t *testing.T) (n int, limited bool) {
	t.Helper()
	varchar := f.column.SchemaType["postgres"]
	if varchar == "" {
		return 0, false
	}
	if _, err := fmt.Sscanf(varchar, "varchar(%d)", &n); err != nil {
		t.Fatalf("%s has the type %q: %v", f.name, varchar, err)
	}
	return n, true
}

// strings are texts of as many characters as the column takes, or of one.
func (f field) strings(t *testing.T, x extreme, n int) []any {
	t.Helper()
	limit, ok := f.length(t)
	if !ok {
		limit = 20_000
	}
	if x == smallest {
		letter := string(rune('a' + n))
		return []any{string(rune('ä' + n)), "http://ä" + letter, letter, letter + "@x.io", "0", "NG", "SEK", strings.Repeat(letter, 64)}
	}
	// Characters of one to four bytes, and those that SQL and JSON treat in a
	// special way, among them a combining one and two that look like wildcards.
	const odd = "aä漢🙂'\"\\%_\n\té\u200d$1?:x"
	return []any{
		repeat(odd, limit, n),
		"https://example.com/" + repeat("ä漢🙂", limit-len("https://example.com/"), n),
		repeat("äéï", limit-len("@example.com"), n) + "@example.com",
		repeat("aZ09-_", limit, n),
		`{"` + repeat("ä漢🙂", limit-len(`{"": 1e400}`), n) + `": 1e400}`,
		"GH", "CHF", // no prices of the factory's
		"pbkdf2_sha256$" + repeat("aZ09+/", limit-len("pbkdf2_sha256$"), n),
	}
}

// repeat repeats a text, from its nth character on, up to a number of characters.
func repeat(s string, length, n int) string {
	if length <= 0 {
		return ""
	}
	runes := []rune(strings.Repeat(s, length/len([]rune(s))+n+2))
	return string(runes[n : n+length])
}

// object is a JSON object that a careless reader would change: its numbers fit no
// float, its keys are known to nobody.
func object(t *testing.T) schematype.Object {
	t.Helper()
	const text = `{
		"": "an empty key",
		"unknown key": {"nested": [1, [2, {"deeper": null}], "x", true, false]},
		"ключ 漢 🙂 \" \\ \u0001": "значение\n",
		"precise": 0.1000000000000000055,
		"large": 1e400,
		"tiny": -1e-400,
		"long": 123456789012345678901234567890,
		"integer": 9007199254740993,
		"empty object": {},
		"empty list": []
	}`
	var o schematype.Object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// parse is a fixed value as the field's type.
func (f field) parse(t *testing.T, fixed any) any {
	t.Helper()
	if text, ok := fixed.(string); ok && f.value == reflect.TypeFor[decimal.Decimal]() {
		return decimal.RequireFromString(text)
	}
	return fixed
}

// tooLarge are values just outside of what the column can hold.
func (f field) tooLarge(t *testing.T) []any {
	t.Helper()
	switch {
	case f.value == reflect.TypeFor[decimal.Decimal]():
		largest, step := f.decimals(t, largest)[0].(decimal.Decimal), f.decimals(t, smallest)[0].(decimal.Decimal)
		return []any{largest.Add(step), largest.Add(step).Neg(), step.Div(decimal.NewFromInt(10))}
	case f.value.Kind() == reflect.Int:
		limits := f.limits()
		return []any{limits[0] - 1, limits[1] + 1}
	case f.value.Kind() == reflect.String && f.column.Type != entfield.TypeEnum:
		if limit, ok := f.length(t); ok {
			return []any{repeat("ä", limit+1, 0)}
		}
	case f.column.Type == entfield.TypeEnum:
		return []any{"no such state"}
	}
	return nil
}
