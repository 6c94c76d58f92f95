package stmtcache_test

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"
)

var when = time.Date(2026, 2, 28, 23, 59, 59, 123456000, time.FixedZone("", 3600))

type valuer string

func (v valuer) Value() (driver.Value, error) { return "from " + string(v), nil }

type failing struct{}

func (failing) Value() (driver.Value, error) { return nil, errors.New("no value") }

type raw []byte

// describe tells all that a caller can see of the first column: type, value, error.
func describe(db *sql.DB, query string, args ...any) string {
	rows, err := db.Query(query, args...)
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err.Error()
	}
	length, hasLength := types[0].Length()
	precision, scale, hasScale := types[0].DecimalSize()
	nullable, knowsNull := types[0].Nullable()
	out := fmt.Sprint(types[0].Name(), types[0].DatabaseTypeName(), types[0].ScanType(),
		length, hasLength, precision, scale, hasScale, nullable, knowsNull)
	for rows.Next() {
		var v any
		if err := rows.Scan(&v); err != nil {
			return err.Error()
		}
		out += fmt.Sprintf(" %T(%v)", v, v)
	}
	return fmt.Sprint(out, rows.Err())
}

// code is the SQLSTATE of err.
func code(err error) string {
	if e := (*pq.Error)(nil); errors.As(err, &e) {
		return e.SQLState()
	}
	return ""
}
