// Package sqlstate tells what PostgreSQL says an error is.
package sqlstate

import (
	"errors"
	"strings"
)

// Of returns the SQLSTATE of an error that the server gave, whatever driver made
// it, or "" if it is another one. The codes are those of appendix A of
// PostgreSQL's documentation.
func Of(err error) string {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return coded.SQLState()
	}
	return ""
}

// Gone tells whether err is one after which the server will answer nothing else
// either: it gave none, lost the connection or is on its way down. Any other is
// an answer, about what was asked.
func Gone(err error) bool {
	state := Of(err)
	return state == "" || strings.HasPrefix(state, "08") || strings.HasPrefix(state, "57P")
}
