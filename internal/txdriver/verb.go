package txdriver

import "strings"

// verb says what a statement does, as far as its first word tells.
type verb int

const (
	writes    verb = iota
	reads          // SELECT
	mayWrite       // WITH, which may contain an INSERT
	savepoint      // SAVEPOINT
)

func verbOf(query string) verb {
	words := strings.Fields(query[:min(len(query), 100)])
	if len(words) == 0 {
		return reads
	}
	switch strings.ToUpper(words[0]) {
	case "SELECT":
		return reads
	case "WITH", "EXPLAIN", "VALUES", "PRAGMA", "SHOW", "ROLLBACK", "RELEASE":
		return mayWrite
	case "SAVEPOINT":
		return savepoint
	default:
		return writes
	}
}
