package migrations

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ariga.io/atlas/sql/migrate"
)

const (
	revisionSchema = "atlas_schema_revisions"
	revisionTable  = "atlas_schema_revisions.atlas_schema_revisions"
)

// createRevisions makes the table exactly as the Atlas program does, which
// would otherwise alter it.
const createRevisions = `
CREATE TABLE IF NOT EXISTS atlas_schema_revisions.atlas_schema_revisions (
    version character varying NOT NULL,
    description character varying NOT NULL,
    type bigint NOT NULL DEFAULT 2,
    applied bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    executed_at timestamp with time zone NOT NULL,
    execution_time bigint NOT NULL,
    error text NULL,
    error_stmt text NULL,
    hash character varying NOT NULL,
    partial_hashes jsonb NULL,
    operator_version character varying NOT NULL,
    PRIMARY KEY (version)
)`

const selectRevision = `
SELECT version, description, type, applied, total, executed_at, execution_time,
       coalesce(error, ''), coalesce(error_stmt, ''), hash, partial_hashes, operator_version
FROM atlas_schema_revisions.atlas_schema_revisions
WHERE version = $1`

const upsertRevision = `
INSERT INTO atlas_schema_revisions.atlas_schema_revisions
       (version, description, type, applied, total, executed_at, execution_time,
        error, error_stmt, hash, partial_hashes, operator_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (version) DO UPDATE SET
       description = excluded.description, type = excluded.type, applied = excluded.applied,
       total = excluded.total, executed_at = excluded.executed_at, execution_time = excluded.execution_time,
       error = excluded.error, error_stmt = excluded.error_stmt, hash = excluded.hash,
       partial_hashes = excluded.partial_hashes, operator_version = excluded.operator_version`

// claimRevision makes the row of a file that is about to run, or none if the file
// was applied meanwhile. It waits for a transaction that has made it already.
const claimRevision = `
INSERT INTO atlas_schema_revisions.atlas_schema_revisions AS r
       (version, description, executed_at, execution_time, hash, operator_version)
VALUES ($1, '', now(), 0, '', '')
ON CONFLICT (version) DO UPDATE SET version = r.version WHERE r.applied <> r.total`

// errTaken means that another process applied the file after it was found to be
// pending.
var errTaken = errors.New("migrations: applied by another process")

// claim makes sure that the file runs in no other transaction: the lock may have
// been lost with its connection while this one or another goes on, also on the
// server alone, after its process was killed.
func claim(ctx context.Context, tx *sql.Tx, version string) error {
	res, err := tx.ExecContext(ctx, claimRevision, version)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return errTaken
}

// ensureTable makes the revision table. It asks for the schema first, since
// CREATE SCHEMA IF NOT EXISTS needs the right to create one even where it has
// nothing to do.
func ensureTable(ctx context.Context, db *sql.DB) error {
	err := inTx(ctx, db, func(tx *sql.Tx) error {
		var exists bool
		if err := tx.QueryRowContext(ctx, `
			SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1)`, revisionSchema).Scan(&exists); err != nil {
			return err
		}
		if !exists {
			if _, err := tx.ExecContext(ctx, `CREATE SCHEMA atlas_schema_revisions`); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, createRevisions)
		return err
	})
	if err != nil {
		return fmt.Errorf("migrations: create revision table: %w", err)
	}
	return nil
}

func readRevision(ctx context.Context, db *sql.DB, version string) (*migrate.Revision, error) {
	var (
		r        migrate.Revision
		duration int64
		partial  []byte
	)
	err := inTx(ctx, db, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, selectRevision, version).Scan(&r.Version, &r.Description, &r.Type, &r.Applied, &r.Total,
			&r.ExecutedAt, &duration, &r.Error, &r.ErrorStmt, &r.Hash, &partial, &r.OperatorVersion)
	})
	if err != nil {
		return nil, fmt.Errorf("migrations: read revision %s: %w", version, err)
	}
	r.ExecutionTime = time.Duration(duration)
	if err := readHashes(&r, partial); err != nil {
		return nil, fmt.Errorf("migrations: read revision %s: %w", version, err)
	}
	return &r, nil
}

func readHashes(r *migrate.Revision, partial []byte) error {
	if partial == nil {
		return nil
	}
	return json.Unmarshal(partial, &r.PartialHashes)
}

func writeRevision(ctx context.Context, tx *sql.Tx, r *migrate.Revision) error {
	var partial any
	if len(r.PartialHashes) > 0 {
		b, err := json.Marshal(r.PartialHashes)
		if err != nil {
			return err
		}
		partial = string(b)
	}
	_, err := tx.ExecContext(ctx, upsertRevision, r.Version, r.Description, int64(r.Type), r.Applied, r.Total, r.ExecutedAt,
		int64(r.ExecutionTime), r.Error, r.ErrorStmt, r.Hash, partial, r.OperatorVersion)
	return err
}

// inTx runs fn in a transaction. Even one statement needs that if it has
// parameters: it takes two exchanges, which a pooler in transaction mode may
// else give to two sessions.
func inTx(ctx context.Context, db interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// journal is the revision table as the executor of one file sees it.
type journal struct {
	file  *migrate.LocalFile
	start *attempt // what an earlier one left, or nil
	began time.Time
	write func(context.Context, *migrate.Revision) error
}

var _ migrate.RevisionReadWriter = (*journal)(nil)

func newJournal(f *migrate.LocalFile, start *attempt, write func(context.Context, *migrate.Revision) error) *journal {
	return &journal{file: f, start: start, began: time.Now(), write: write}
}

func (*journal) Ident() *migrate.TableIdent {
	return &migrate.TableIdent{Name: "atlas_schema_revisions", Schema: revisionSchema}
}

func (j *journal) ReadRevision(context.Context, string) (*migrate.Revision, error) {
	if j.start == nil {
		return nil, migrate.ErrRevisionNotExist
	}
	return j.start.Revision, nil
}

// WriteRevision writes a copy, in which the times are those of the file, not
// those of its last statement, and which has the file's hash once it is done.
func (j *journal) WriteRevision(ctx context.Context, r *migrate.Revision) error {
	w := *r
	w.ExecutedAt, w.ExecutionTime = j.began, time.Since(j.began)
	if w.Applied == w.Total && w.PartialHashes == nil {
		w.PartialHashes = []string{ownHash(j.file)}
	}
	return j.write(ctx, &w)
}

// The executor of one file never asks for the rest.
func (*journal) ReadRevisions(context.Context) ([]*migrate.Revision, error) {
	return nil, errors.ErrUnsupported
}

func (*journal) DeleteRevision(context.Context, string) error { return errors.ErrUnsupported }
