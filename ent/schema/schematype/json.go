package schematype

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Object is a JSON object whose keys are the writer's own. Keys that a program
// doesn't know survive its reading and writing, and so does every digit of a
// number: numbers are json.Number, at any depth.
type Object map[string]any

// UnmarshalJSON reads an object, or null as no object.
func (o *Object) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	*o = m
	return nil
}

// ISOWeekday is a day of the week as ISO 8601 counts: Monday is 1, Sunday is 7.
type ISOWeekday int

// The days of the week.
const (
	Monday ISOWeekday = iota + 1
	Tuesday
	Wednesday
	Thursday
	Friday
	Saturday
	Sunday
)

// Weekday is the same day in the counting of package time, where Sunday is 0.
func (d ISOWeekday) Weekday() time.Weekday { return time.Weekday(d % 7) }

// String is the day's English name.
func (d ISOWeekday) String() string { return d.Weekday().String() }

// Validate refuses what is not a day from 1 to 7.
func (d ISOWeekday) Validate() error {
	if d < Monday || d > Sunday {
		return fmt.Errorf("%d is not a day of the week from 1 (Monday) to 7 (Sunday)", int(d))
	}
	return nil
}

// Weekdays is a list of days of the week, stored as a JSON array of numbers.
type Weekdays []ISOWeekday

// Validate refuses a list that holds something else than days of the week.
func (w Weekdays) Validate() error {
	for _, d := range w {
		if err := d.Validate(); err != nil {
			return err
		}
	}
	return nil
}
