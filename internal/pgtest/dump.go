package pgtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"
)

// Dump is the state of a database that a script of pg_dump --inserts makes.
func Dump(script string) Template { return dump(script) }

type dump string

// Key is a hash of the script.
func (d dump) Key() string { return fmt.Sprintf("dump %x", sha256.Sum256([]byte(d))) }

// Build runs the script. Its session, which has no search path any more, ends
// with the pool.
func (d dump) Build(ctx context.Context, db *sql.DB, _ string) error {
	var script strings.Builder
	for line := range strings.Lines(string(d)) {
		// Instructions to psql, against scripts that were tampered with.
		if !strings.HasPrefix(line, `\restrict `) && !strings.HasPrefix(line, `\unrestrict `) {
			script.WriteString(line)
		}
	}
	_, err := db.ExecContext(ctx, script.String())
	return err
}
