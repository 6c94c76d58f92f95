package orm

import (
	"errors"
	"fmt"

	"entgo.io/ent/dialect/sql/sqlgraph"
)

// ValidationError is a field or an edge that was given a value it can't take,
// or none where it needs one.
type ValidationError struct {
	Name string // the field or the edge
	err  error
}

// Error implements error.
func (e *ValidationError) Error() string { return e.err.Error() }

// Unwrap gives the rule that was broken.
func (e *ValidationError) Unwrap() error { return e.err }

func invalid(t *Type, name string, rule error) error {
	return &ValidationError{Name: name, err: fmt.Errorf("ent: invalid value for field %q of %s: %w", name, t.Name, rule)}
}

func missing(t *Type, kind, name string) error {
	return &ValidationError{Name: name, err: fmt.Errorf("ent: missing required %s %q of %s", kind, name, t.Name)}
}

func badColumn(name string) error {
	return &ValidationError{Name: name, err: fmt.Errorf("ent: invalid field %q for query", name)}
}

func negative(name string) error {
	return &ValidationError{Name: name, err: fmt.Errorf("ent: the %s of a query must not be negative", name)}
}

// NotFoundError is returned when a row that was asked for isn't there.
type NotFoundError struct{ label string }

// Error implements error.
func (e *NotFoundError) Error() string { return "ent: " + e.label + " not found" }

// NotSingularError is returned when one row was asked for and there are more.
type NotSingularError struct{ label string }

// Error implements error.
func (e *NotSingularError) Error() string { return "ent: " + e.label + " not singular" }

// NotLoadedError is returned when an edge is asked for that wasn't loaded.
type NotLoadedError struct{ edge string }

// Error implements error.
func (e *NotLoadedError) Error() string { return "ent: " + e.edge + " edge was not loaded" }

// ConstraintError is returned when the database refuses a write because of a
// constraint: a unique set, a foreign key, a check. Its text names the entity
// and nothing of the statement or of other rows; Unwrap gives the driver's
// error to code that has to look closer.
type ConstraintError struct {
	entity string
	wrap   error
}

// Error implements error.
func (e *ConstraintError) Error() string { return "ent: constraint failed: " + e.entity }

// Unwrap gives the error of the database driver.
func (e *ConstraintError) Unwrap() error { return e.wrap }

// writeError turns what a statement that writes came back with into the errors
// of this package.
func writeError(t *Type, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*sqlgraph.NotFoundError)):
		return &NotFoundError{t.Label}
	case sqlgraph.IsConstraintError(err):
		return &ConstraintError{entity: t.Name, wrap: err}
	}
	return err
}
