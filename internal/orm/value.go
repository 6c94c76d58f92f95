package orm

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"entgo.io/ent/schema/field"
)

var (
	errText = errors.New("must be UTF-8 text without NUL characters")
	errYear = errors.New("must be in a year from 1 to 9999")
)

// stored is a value as both databases keep it: times are UTC to the microsecond,
// so that what a write returns is what a later read finds.
func stored(v any) any {
	if t, ok := v.(time.Time); ok {
		return t.UTC().Truncate(time.Microsecond)
	}
	return v
}

// storable refuses what one of the databases, or both, can't keep or give back,
// whatever the column.
func (f *Field) storable(v any) error {
	switch {
	case f.typ == timeType:
		if y := v.(time.Time).Year(); y < 1 || y > 9999 {
			return errYear
		}
	case f.typ.Kind() == reflect.String:
		if s := reflect.ValueOf(v).String(); !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return errText
		}
	case f.desc.Info.Type == field.TypeJSON:
		b, err := json.Marshal(v)
		if err != nil {
			return errors.New("can't be written as JSON")
		}
		if escapesNUL(b) {
			return errText
		}
	}
	return nil
}

// escapesNUL reports whether a JSON document has a NUL character in a string.
func escapesNUL(doc []byte) bool {
	for i := 0; i+5 < len(doc); i++ {
		if doc[i] == '\\' {
			if string(doc[i:i+6]) == `\u0000` {
				return true
			}
			i++ // what is escaped is not the beginning of an escape
		}
	}
	return false
}
