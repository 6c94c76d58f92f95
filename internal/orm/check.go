package orm

import (
	"reflect"
)

// Violation is a value that was read although its field's rules would refuse to
// write it: another program wrote it, or the rule is younger than the row.
type Violation struct {
	Column string
	// Rule is what the value ought to be or is not. It doesn't show the value.
	Rule string
}

// Check runs the rules of every field on the values of a row, a pointer to t's
// struct, and returns at most one violation a column. Columns that the row holds
// no value of, NULL, have no rules to break.
func Check(t *Type, row any) []Violation {
	var found []Violation
	v := reflect.ValueOf(row).Elem()
	for _, f := range t.fields {
		fv := v.Field(f.index)
		switch {
		case f.pointer && fv.IsNil():
			continue
		case f.pointer:
			fv = fv.Elem()
		case f.optional && (fv.Kind() == reflect.Map || fv.Kind() == reflect.Slice) && fv.IsNil():
			continue
		}
		if rule := f.broken(fv.Interface()); rule != "" {
			found = append(found, Violation{Column: f.Column, Rule: rule})
		}
	}
	return found
}

// broken returns the first rule that the value breaks, "" if it breaks none.
func (f *Field) broken(v any) string {
	err := f.check(v)
	if err == nil {
		return ""
	}
	if v, ok := v.(interface{ Validate() error }); ok && v.Validate() != nil {
		return "is not a valid " + f.typ.String() // the type's own words may quote the value
	}
	return err.Error()
}

// TypeOf returns the type of the rows that a generated query reads, or nil if
// query is none.
func TypeOf(query any) *Type {
	v := reflect.ValueOf(query)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil
	}
	for i := range v.Elem().NumField() {
		if f := v.Elem().Field(i); f.Type() == reflect.TypeFor[Query]() {
			return (*Query)(f.Addr().UnsafePointer()).t
		}
	}
	return nil
}

// GoType returns the type that a column's values have in Go, a NULL aside, or nil
// if there is no such column.
func GoType(t *Type, column string) reflect.Type {
	if f := t.byColumn[column]; f != nil {
		return f.typ
	}
	if column == t.Columns[0] {
		return reflect.TypeFor[int64]()
	}
	return nil
}
