package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// Baseline records that a database whose schema was made in another way has
// that of a version, so that later migrations are applied to it as to any other.
// It writes what the Atlas program writes with its flag of that name, and the
// file's hashes. It does nothing if the database has revisions, and returns an
// error if the module has no file of the version.
//
// The caller makes sure that nobody applies migrations meanwhile.
func Baseline(ctx context.Context, db *sql.DB, version string) error {
	return embedded.Baseline(ctx, db, version)
}

// Baseline is as the function of that name, for a file of the directory.
func (d *Dir) Baseline(ctx context.Context, db *sql.DB, version string) error {
	c, err := d.load()
	if err != nil {
		return err
	}
	f := c.file(version)
	if f == nil {
		return fmt.Errorf("migrations: there is no version %s to begin with", version)
	}
	s, err := d.Status(ctx, db)
	if err != nil || len(s.revisions) > 0 {
		return err
	}
	if err := ensureTable(ctx, db); err != nil {
		return err
	}
	err = inTx(ctx, db, func(tx *sql.Tx) error { return c.writeBaseline(ctx, tx, f) })
	if err != nil {
		return fmt.Errorf("migrations: record the version %s: %w", version, err)
	}
	return nil
}

// writeBaseline writes the revision of a file with which a database begins.
func (c *content) writeBaseline(ctx context.Context, tx *sql.Tx, f *migrate.LocalFile) error {
	sum, err := c.sums.SumByName(f.Name())
	if err != nil {
		return err
	}
	return writeRevision(ctx, tx, &migrate.Revision{
		Version: f.Version(), Description: f.Desc(), Type: migrate.RevisionTypeBaseline, ExecutedAt: time.Now(),
		Hash: sum, PartialHashes: []string{ownHash(f)}, OperatorVersion: operator,
	})
}
