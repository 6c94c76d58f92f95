package schematype

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"time"
)

// Date is a day of the calendar without a time of day or a time zone: a birthday,
// the last day of a recurring meeting. Its zero value is no day at all and can't
// be written.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day on which t falls in t's own time zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads the form 2006-01-02 (ISO 8601).
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("not a date of the form 2006-01-02: %q", s)
	}
	return DateOf(t), nil
}

// In is the first instant of the day in the given time zone.
func (d Date) In(loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc)
}

// IsZero reports whether d is no day at all.
func (d Date) IsZero() bool { return d == Date{} }

// String is the form 2006-01-02 (ISO 8601).
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// Validate refuses what is no day of the calendar, such as 30 February.
func (d Date) Validate() error {
	if d.Year < 1 || d.Year > 9999 || DateOf(d.In(time.UTC)) != d {
		return fmt.Errorf("%s is not a day of the calendar", d)
	}
	return nil
}

// MarshalText writes the form 2006-01-02, also for JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the form 2006-01-02.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

// Value writes the day for database/sql, as text: a time would be shifted by
// the zone of the session.
func (d Date) Value() (driver.Value, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return d.String(), nil
}

// Scan reads a day from a date column (a time at midnight) or from text.
func (d *Date) Scan(src any) (err error) {
	switch v := src.(type) {
	case time.Time:
		*d = DateOf(v)
	case string:
		s, _, _ := strings.Cut(v, " ")
		*d, err = ParseDate(s)
	case []byte:
		return d.Scan(string(v))
	default:
		err = fmt.Errorf("cannot read a date from %T", src)
	}
	return err
}
