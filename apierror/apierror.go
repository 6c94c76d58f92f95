// Package apierror is the catalogue of errors that the module gives to those
// who use it: each has a stable [Code], for programs, and says which rule was
// broken, for people.
//
// Errors of the client and of the packages under domain have one in their chain,
// whatever found the mistake, Go or a constraint of the database:
//
//	err := client.PollVote.Create(). … .Exec(ctx)
//	switch {
//	case errors.Is(err, apierror.AlreadyVoted):
//		…
//	case err != nil:
//		e := apierror.From(err)
//		w.WriteHeader(e.Status())
//		json.NewEncoder(w).Encode(e) // {"error": "…", "code": "…"}
//	}
//
// They never show SQL, nor anything of other rows. docs/errors.md lists the codes.
package apierror

import (
	"encoding/json"
	"errors"
	"strings"
)

// A Code is a stable name of what is wrong. Codes are errors, for errors.Is.
type Code string

// Error returns the code.
func (c Code) Error() string { return string(c) }

// Status is the HTTP status that goes with the code: of the 400 class where the
// caller asked for what can't be done, 503 where the same may work a moment later,
// and else 500, also for a code that the catalogue doesn't have.
func (c Code) Status() int {
	if m, ok := meanings[c]; ok {
		return m.status
	}
	return internalStatus
}

// Meaning says in a sentence when the code is used; "" if the catalogue doesn't
// have it.
func (c Code) Meaning() string { return meanings[c].says }

// Error says what is wrong with a request. Its text is for the people who made
// the request.
type Error struct {
	// Code is the kind of mistake, which errors.Is finds as well.
	Code Code
	// Entity is the type of the row that was written or asked for, such as
	// PollVote; "" if there is none.
	Entity string
	// Field is the column to blame, such as option_id; "" if there is none or it
	// isn't known.
	Field string
	// Rule is what has to hold, in words; "" leaves it to the code's meaning.
	Rule string
	// Err is the cause, for logs, or nil. It is not part of the text.
	Err error
}

// Error returns the text that JSON has as well.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Entity)
	if e.Entity != "" && e.Field != "" {
		b.WriteString(".")
	}
	b.WriteString(e.Field)
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	switch {
	case e.Rule != "":
		b.WriteString(e.Rule)
	case e.Code.Meaning() != "":
		b.WriteString(e.Code.Meaning())
	default:
		b.WriteString(string(e.Code))
	}
	return b.String()
}

// Unwrap returns the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// Status is the HTTP status of the code.
func (e *Error) Status() int { return e.Code.Status() }

// MarshalJSON gives the form in which the platform's services answer errors:
// {"error": text, "code": code}.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Error string `json:"error"`
		Code  Code   `json:"code"`
	}{e.Error(), e.Code})
}

// From returns the error that a service may show to its callers: the one in err's
// chain, or one with the code that is there, or else one with the code [Internal],
// which tells nothing of err. It is nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	code := Internal
	errors.As(err, &code)
	return &Error{Code: code}
}
