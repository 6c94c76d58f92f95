package orm

import (
	"fmt"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// catalogued gives an error the one of the catalogue that it stands for, without
// changing what errors.Unwrap returns.
type catalogued struct{ api *apierror.Error }

// Is reports whether target is the error's code.
func (c catalogued) Is(target error) bool { return c.api != nil && target == error(c.api.Code) }

// As finds the error of package apierror.
func (c catalogued) As(target any) bool {
	p, ok := target.(**apierror.Error)
	if ok = ok && c.api != nil; ok {
		*p = c.api
	}
	return ok
}

// ValidationError is a field or an edge that was given a value it can't take,
// or none where it needs one.
type ValidationError struct {
	Name string // the field or the edge
	err  error
	catalogued
}

// Error implements error.
func (e *ValidationError) Error() string { return e.err.Error() }

// Unwrap gives the rule that was broken.
func (e *ValidationError) Unwrap() error { return e.err }

// NotFoundError is returned when a row that was asked for isn't there.
type NotFoundError struct {
	label string
	catalogued
}

// Error implements error.
func (e *NotFoundError) Error() string { return "ent: " + e.label + " not found" }

func notFound(t *Type) error { return notFoundLabel(t.Label, t.Name) }

// notFoundLabel is for where the entity, which may be "", isn't at hand.
func notFoundLabel(label, entity string) error {
	return &NotFoundError{label, catalogued{&apierror.Error{Code: apierror.NotFound, Entity: entity}}}
}

func invalid(t *Type, name string, rule error) error {
	return &ValidationError{
		Name:       name,
		err:        fmt.Errorf("ent: invalid value for field %q of %s: %w", name, t.Name, rule),
		catalogued: catalogued{&apierror.Error{Code: apierror.InvalidValue, Entity: t.Name, Field: name, Rule: rule.Error()}},
	}
}

func missing(t *Type, kind, name, column string) error {
	return &ValidationError{
		Name:       name,
		err:        fmt.Errorf("ent: missing required %s %q of %s", kind, name, t.Name),
		catalogued: catalogued{&apierror.Error{Code: apierror.MissingValue, Entity: t.Name, Field: column}},
	}
}

func badColumn(name string) error {
	return invalidQuery(name, "there is no such field", fmt.Errorf("ent: invalid field %q for query", name))
}

func negative(name string) error {
	return invalidQuery(name, "must not be negative", fmt.Errorf("ent: the %s of a query must not be negative", name))
}

// invalidQuery is for queries that are made from what somebody has entered.
func invalidQuery(name, rule string, err error) error {
	return &ValidationError{name, err, catalogued{&apierror.Error{Code: apierror.InvalidValue, Field: name, Rule: rule}}}
}

// NotSingularError is returned when one row was asked for and there are more: the
// program is wrong about the data, and the error has no code of the catalogue.
type NotSingularError struct{ label string }

// Error implements error.
func (e *NotSingularError) Error() string { return "ent: " + e.label + " not singular" }

// NotLoadedError is returned when an edge is asked for that wasn't loaded, which
// is the program's mistake: it has no code of the catalogue.
type NotLoadedError struct{ edge string }

// Error implements error.
func (e *NotLoadedError) Error() string { return "ent: " + e.edge + " edge was not loaded" }
