package orm

import (
	"fmt"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// ValidationError is a field or an edge that was given a value it can't take,
// or none where it needs one.
type ValidationError struct {
	Name string // the field or the edge
	err  error
	api  *apierror.Error
}

// Error implements error.
func (e *ValidationError) Error() string { return e.err.Error() }

// Unwrap gives the rule that was broken, and the error of the catalogue.
func (e *ValidationError) Unwrap() []error {
	if e.api == nil {
		return []error{e.err}
	}
	return []error{e.err, e.api}
}

func notFound(t *Type) error { return &NotFoundError{t.Label, t.Name} }

func invalid(t *Type, name string, rule error) error {
	return &ValidationError{
		Name: name,
		err:  fmt.Errorf("ent: invalid value for field %q of %s: %w", name, t.Name, rule),
		api:  &apierror.Error{Code: apierror.InvalidValue, Entity: t.Name, Field: name, Rule: rule.Error()},
	}
}

func missing(t *Type, kind, name, column string) error {
	return &ValidationError{
		Name: name,
		err:  fmt.Errorf("ent: missing required %s %q of %s", kind, name, t.Name),
		api:  &apierror.Error{Code: apierror.MissingValue, Entity: t.Name, Field: column},
	}
}

func badColumn(name string) error {
	return &ValidationError{Name: name, err: fmt.Errorf("ent: invalid field %q for query", name)}
}

func negative(name string) error {
	return &ValidationError{Name: name, err: fmt.Errorf("ent: the %s of a query must not be negative", name)}
}

// NotFoundError is returned when a row that was asked for isn't there.
type NotFoundError struct {
	label  string
	entity string // the Go type, where it is known
}

// Error implements error.
func (e *NotFoundError) Error() string { return "ent: " + e.label + " not found" }

// Unwrap gives the error of the catalogue.
func (e *NotFoundError) Unwrap() error {
	return &apierror.Error{Code: apierror.NotFound, Entity: e.entity}
}

// NotSingularError is returned when one row was asked for and there are more.
type NotSingularError struct{ label string }

// Error implements error.
func (e *NotSingularError) Error() string { return "ent: " + e.label + " not singular" }

// NotLoadedError is returned when an edge is asked for that wasn't loaded.
type NotLoadedError struct{ edge string }

// Error implements error.
func (e *NotLoadedError) Error() string { return "ent: " + e.edge + " edge was not loaded" }
