package stmtcache

import (
	"database/sql/driver"
	"io"
	"reflect"
)

// counted raises open until r is closed.
func counted(open *int, r driver.Rows, err error) (driver.Rows, error) {
	if err != nil {
		return nil, err
	}
	*open++
	return &rows{Rows: r, open: open}, nil
}

// rows hands on the optional interfaces of the inner rows; where these lack one,
// it answers as database/sql does for rows without it.
type rows struct {
	driver.Rows
	open   *int
	closed bool
}

func (r *rows) Close() error {
	if !r.closed {
		r.closed = true
		*r.open--
	}
	return r.Rows.Close()
}

func (r *rows) HasNextResultSet() bool {
	in, ok := r.Rows.(driver.RowsNextResultSet)
	return ok && in.HasNextResultSet()
}

func (r *rows) NextResultSet() error {
	if in, ok := r.Rows.(driver.RowsNextResultSet); ok {
		return in.NextResultSet()
	}
	return io.EOF
}

func (r *rows) ColumnTypeScanType(i int) reflect.Type {
	if in, ok := r.Rows.(driver.RowsColumnTypeScanType); ok {
		return in.ColumnTypeScanType(i)
	}
	return reflect.TypeFor[any]()
}

func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	if in, ok := r.Rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		return in.ColumnTypeDatabaseTypeName(i)
	}
	return ""
}

func (r *rows) ColumnTypeLength(i int) (length int64, ok bool) {
	if in, ok := r.Rows.(driver.RowsColumnTypeLength); ok {
		return in.ColumnTypeLength(i)
	}
	return 0, false
}

func (r *rows) ColumnTypeNullable(i int) (nullable, ok bool) {
	if in, ok := r.Rows.(driver.RowsColumnTypeNullable); ok {
		return in.ColumnTypeNullable(i)
	}
	return false, false
}

func (r *rows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	if in, ok := r.Rows.(driver.RowsColumnTypePrecisionScale); ok {
		return in.ColumnTypePrecisionScale(i)
	}
	return 0, 0, false
}
