package privacytest

import "github.com/communitybuilder/communitybuilder/apierror"

// A line says who may do what with one row of the world, which is named after its
// entity and, behind a comma, what is special about it.
type line struct {
	row     string
	read    who
	create  creates // of another row of the entity
	updates updates
	delete  who
}

// creates are ways to make a row: what is set, and who may.
type creates []create

type create struct {
	who    who
	set    set
	before func(*making) // makes room for the row; nil if there is nothing in its way
	but    []refusal     // instead of what else the cell and what it refers to would give
	blind  string        // the field that may refer to a hidden row, and doesn't tell
}

// refusal is another error than that of a missing right: a rule's, that holds for
// whoever has the right.
type refusal struct {
	who  who
	code apierror.Code
}

// set is what a row is made of, by field.
type set map[string]any

// updates say who may set a field to a value.
type updates []update

type update struct {
	field string
	value any
	who   who
}

// also is the value of an update that sets other fields as well, or that a rule
// refuses to some of those who may.
type also struct {
	value any
	set   set
	but   []refusal
}
