package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"

	"ariga.io/atlas/sql/migrate"
)

// An attempt is one at a file without a transaction that stopped half way.
type attempt struct {
	*migrate.Revision
	// unknown says that nobody knows how the statement ended at which it stopped.
	unknown bool
}

// resume returns the half applied revision, made to fit the file as it is now,
// if the statements that ran are still the file's first ones and it is safe to
// run the next: it was the database that refused it, which then had no effect,
// or it may run twice.
func (c *content) resume(ctx context.Context, db *sql.DB, half *HalfAppliedError) (*attempt, error) {
	f := c.file(half.Version)
	if f == nil {
		half.why = "this module does not have it; apply with the module that does"
		return nil, half
	}
	r, err := readRevision(ctx, db, half.Version)
	if err != nil {
		return nil, err
	}
	stmts, err := f.Stmts()
	if err != nil {
		return nil, fmt.Errorf("migrations: %s: %w", f.Name(), err)
	}
	hashes := hashesOf(stmts)
	a := &attempt{Revision: r, unknown: r.Error == ""}
	switch {
	case r.PartialHashes == nil && r.Applied > 0 && r.Applied == len(stmts):
		// The Atlas program drops the hashes once it has finished a file. Only
		// the total is wrong, which it never corrects when a file that failed
		// was given more or fewer statements.
		r.PartialHashes = hashes
	case r.Applied > len(stmts) || !slices.Equal(r.PartialHashes, hashes[:r.Applied]):
		half.why = "the statements that ran are not those of the file any more"
		return nil, half
	case a.unknown:
		if again, err := mayRunTwice(f); err != nil {
			return nil, err
		} else if !again {
			half.why = "the process or its connection ended while the next statement ran"
			return nil, half
		}
	}
	r.Total, r.Error, r.ErrorStmt = len(stmts), "", ""
	r.Hash, err = c.sums.SumByName(f.Name())
	return a, err
}

// mayRunTwice tells whether the statements of a file may run again after they
// took effect, or their effect can be seen.
func mayRunTwice(f *migrate.LocalFile) (bool, error) {
	if _, ok := directive(f, repeatable); ok {
		return true, nil
	}
	index, err := concurrentIndex(f)
	return index != nil, err
}

// hashesOf returns the hashes with which the executor records the statements
// it has run. Each covers those before it.
func hashesOf(stmts []string) []string {
	hashes, h := make([]string, len(stmts)), sha256.New()
	for i, stmt := range stmts {
		h.Write([]byte(stmt))
		hashes[i] = "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return hashes
}
