package conformance

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"reflect"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	cbent "github.com/communitybuilder/communitybuilder/ent"
)

// Whoever has a connection has every row. None of what the client hands out is
// one, leads to one, or takes SQL as a text.
func TestTheClientGivesNoWayToRawSQL(t *testing.T) {
	connections := []reflect.Type{
		reflect.TypeFor[dialect.Driver](), reflect.TypeFor[dialect.ExecQuerier](), reflect.TypeFor[dialect.Tx](),
		reflect.TypeFor[driver.Connector](), reflect.TypeFor[driver.Conn](),
		reflect.TypeFor[interface {
			ExecContext(context.Context, string, ...any) (sql.Result, error)
		}](),
		reflect.TypeFor[interface {
			QueryContext(context.Context, string, ...any) (*sql.Rows, error)
		}](),
	}
	check := func(path string, typ reflect.Type) {
		for _, c := range connections {
			if typ.Implements(c) {
				t.Errorf("%s is a %s", path, c)
			}
		}
	}
	seen, n := map[reflect.Type]bool{}, 0
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer && typ.Elem().Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if seen[typ] {
			return
		}
		seen[typ] = true
		check(path, typ)
		own := typ
		if own.Kind() == reflect.Pointer {
			own = own.Elem()
		}
		if !module(own) {
			return
		}
		n++
		for i := range typ.NumMethod() {
			m := typ.Method(i)
			for j := range m.Type.NumOut() {
				walk(path+"."+m.Name+"()", m.Type.Out(j))
			}
		}
		if own.Kind() == reflect.Struct {
			for _, f := range reflect.VisibleFields(own) { // those that embedded structs promote too
				if f.IsExported() {
					walk(path+"."+f.Name, f.Type)
				}
			}
		}
	}
	walk("Client", reflect.TypeFor[*cbent.Client]())
	walk("Tx", reflect.TypeFor[*cbent.Tx]())
	// Of each entity: its client, its rows, and a query and builders.
	if n < 80*4 {
		t.Errorf("only %d types were looked at", n)
	}
}

// module reports whether a type is one of the module's.
func module(t reflect.Type) bool {
	return strings.HasPrefix(t.PkgPath(), "github.com/communitybuilder/communitybuilder")
}
