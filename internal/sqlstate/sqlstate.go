// Package sqlstate tells what PostgreSQL says an error is.
package sqlstate

import "errors"

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
