package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"ariga.io/atlas/sql/migrate"

	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// A sum in atlas.sum, and so the hash of a revision, covers a file and all those
// before it. Which file was changed is told by a hash of each file alone, kept
// where the Atlas program keeps the hashes of a file's statements until the file
// is done, and which it does not look at any more from then on.

// ownHash is the hash of one file alone.
func ownHash(f *migrate.LocalFile) string {
	sum := sha256.Sum256(f.Bytes())
	return ownPrefix + base64.StdEncoding.EncodeToString(sum[:])
}

// ownPrefix tells such a hash from those of statements.
const ownPrefix = "file:"

// changed compares the hashes that were recorded when the files were applied
// with those of the files now.
//
// Of a file that has no hash of its own yet, since the Atlas program applied it,
// the sum is compared. It says nothing where the Atlas program finished a file
// after a failure, which the recorded error tells: it is then that of the first
// attempt. And it says nothing new where a file before has changed or is not in
// the directory.
func (c *content) changed(revisions []*migrate.Revision) []*ChangedError {
	var changed []*ChangedError
	certain := true // of the sums
	for _, r := range revisions {
		f := c.file(r.Version)
		if f == nil {
			certain = false
			continue
		}
		if r.Hash == "" || r.Applied != r.Total {
			continue
		}
		sum, err := c.sums.SumByName(f.Name())
		if err != nil {
			continue // not reached: every file has a sum
		}
		same := sum == r.Hash || !certain || r.Error != ""
		if own := recordedHash(r); own != "" {
			same = own == ownHash(f)
		}
		if !same {
			certain = false
			changed = append(changed, &ChangedError{Migration: migrationOf(f), Recorded: r.Hash, Actual: sum, own: ownHash(f)})
		}
	}
	return changed
}

// recordedHash returns the hash of the file alone that a revision was recorded
// with, or "".
func recordedHash(r *migrate.Revision) string {
	if len(r.PartialHashes) == 1 && strings.HasPrefix(r.PartialHashes[0], ownPrefix) {
		return r.PartialHashes[0]
	}
	return ""
}

// record gives the revisions of the Atlas program the hashes of their files
// alone, where the sum says that the files are still the same. It does nothing
// where it may not write: then whoever may will do it.
func (c *content) record(ctx context.Context, db *sql.DB, s State) error {
	hashes := map[string]string{}
	for _, r := range s.revisions {
		f := c.file(r.Version)
		if f == nil || r.Applied != r.Total || recordedHash(r) != "" {
			continue
		}
		if sum, err := c.sums.SumByName(f.Name()); err == nil && sum == r.Hash {
			hashes[r.Version] = ownHash(f)
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	b, err := json.Marshal(hashes)
	if err != nil {
		return err
	}
	err = inTx(ctx, db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE atlas_schema_revisions.atlas_schema_revisions r
			SET partial_hashes = jsonb_build_array(h.value)
			FROM jsonb_each_text($1) h
			WHERE r.version = h.key AND r.applied = r.total`, string(b))
		return err
	})
	switch sqlstate.Of(err) {
	case "42501", "25006": // insufficient privilege, read-only transaction
		return nil
	}
	return err
}

// asError joins them, nil if there are none.
func asError(changed []*ChangedError) error {
	errs := make([]error, len(changed))
	for i, c := range changed {
		errs[i] = c
	}
	return errors.Join(errs...)
}
