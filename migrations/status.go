package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"

	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// State is where a database stands against a directory of migrations.
type State struct {
	// Database is the newest version that was applied to the database, "" if
	// none was. Module is the newest version in the directory.
	Database, Module string
	// Pending are the directory's migrations that the database lacks, a half
	// applied one included, oldest first. Migrations older than the database's
	// first revision do not count: it began with them in place.
	Pending []Migration
	// Unknown are the database's migrations that the directory lacks, oldest
	// first: some module newer than this one applied them.
	Unknown []Migration
	// Unfinished is the migration at which the last attempt stopped half way,
	// nil if there is none.
	Unfinished *HalfAppliedError
	// Changed are the directory's migrations that are not as they were applied,
	// oldest first.
	Changed []*ChangedError
	// Applied are the migrations that the database has, oldest first: those of
	// Unknown too, and not those that it began with.
	Applied []Applied
	// Managed tells whether the revision table exists.
	Managed bool
	// Tables tells whether the schema public has tables, those of extensions
	// not counted.
	Tables bool

	revisions []*migrate.Revision // in the order of their versions
}

// Applied is a migration that a database has.
type Applied struct {
	Migration
	// At is when it began to run, and Took how long it ran, by the clock of the
	// process that applied it. Where that was the Atlas program, they are about
	// its last statement only.
	At   time.Time
	Took time.Duration
}

// Skipped returns the pending migrations that are older than one that the
// database has: a merge of two branches makes such ones.
func (s State) Skipped() []Migration {
	return slices.DeleteFunc(slices.Clone(s.Pending), func(m Migration) bool { return m.Version >= s.Database })
}

// anyTable is an expression: does the schema public have a table that belongs
// to no extension?
const anyTable = `
EXISTS (SELECT FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                          WHERE d.classid = 'pg_catalog.pg_class'::regclass
                            AND d.objid = c.oid AND d.deptype = 'e'))`

// selectState needs no more than the right to read. A version that starts with
// a dot is no revision but a note of the Atlas program to itself.
const selectState = `
SELECT t.found, r.version, r.description, r.type, r.applied, r.total, r.error, r.hash,
       r.executed_at, r.execution_time, r.partial_hashes
FROM (SELECT ` + anyTable + ` AS found) t
LEFT JOIN atlas_schema_revisions.atlas_schema_revisions r ON r.version NOT LIKE '.%'`

// Status reads where the database stands. It changes nothing, and takes one
// round trip unless the revision table is missing. It returns ErrChecksum if
// the directory is broken.
func (d *Dir) Status(ctx context.Context, db *sql.DB) (State, error) {
	c, err := d.load()
	if err != nil {
		return State{}, err
	}
	s := State{}
	switch err := s.read(ctx, db); sqlstate.Of(err) {
	case "42P01", "3F000": // undefined table, invalid schema name
		s.Managed = false
		if err := db.QueryRowContext(ctx, `SELECT `+anyTable).Scan(&s.Tables); err != nil {
			return State{}, fmt.Errorf("migrations: read status: %w", err)
		}
	case "42501": // insufficient privilege
		return State{}, fmt.Errorf("migrations: read status: %w; let the role read it: "+
			"GRANT USAGE ON SCHEMA %s TO …; GRANT SELECT ON %s TO …", err, revisionSchema, revisionTable)
	default:
		if err != nil {
			return State{}, fmt.Errorf("migrations: read status: %w", err)
		}
	}
	s.compare(c.files)
	s.Changed = c.changed(s.revisions)
	return s, nil
}

func (s *State) read(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, selectState)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	s.Managed = true
	for rows.Next() {
		var (
			version, description, fault, hash sql.NullString
			kind, applied, total, took        sql.NullInt64
			at                                sql.NullTime
			partial                           []byte
		)
		if err := rows.Scan(&s.Tables, &version, &description, &kind, &applied, &total, &fault, &hash, &at, &took, &partial); err != nil {
			return err
		}
		if !version.Valid {
			continue // the one row of an empty table
		}
		r := &migrate.Revision{
			Version: version.String, Description: description.String, Type: migrate.RevisionType(kind.Int64),
			Applied: int(applied.Int64), Total: int(total.Int64), Error: fault.String, Hash: hash.String,
			ExecutedAt: at.Time, ExecutionTime: time.Duration(took.Int64),
		}
		if err := readHashes(r, partial); err != nil {
			return err
		}
		s.revisions = append(s.revisions, r)
	}
	// Versions are compared byte by byte, whatever the database's collation.
	slices.SortFunc(s.revisions, func(a, b *migrate.Revision) int { return strings.Compare(a.Version, b.Version) })
	return rows.Err()
}

// compare draws the conclusions, by the same rules as the Atlas program.
func (s *State) compare(files []*migrate.LocalFile) {
	done := make(map[string]bool, len(s.revisions))
	for i, r := range s.revisions {
		m := Migration{Version: r.Version, Description: r.Description}
		// Only the newest can be half applied: nothing goes past one that is.
		if i == len(s.revisions)-1 && r.Applied != r.Total {
			s.Unfinished = &HalfAppliedError{Migration: m, Applied: r.Applied, Total: r.Total, Reason: r.Error}
		} else {
			done[r.Version] = true
			s.Database = r.Version
			s.Applied = append(s.Applied, Applied{m, r.ExecutedAt, r.ExecutionTime})
		}
		if !slices.ContainsFunc(files, func(f *migrate.LocalFile) bool { return f.Version() == r.Version }) {
			s.Unknown = append(s.Unknown, m)
		}
	}
	for _, f := range files {
		s.Module = f.Version()
		if !done[f.Version()] && (len(s.revisions) == 0 || f.Version() >= s.revisions[0].Version) {
			s.Pending = append(s.Pending, migrationOf(f))
		}
	}
}

// Check returns nil if the module can work with a database in state s. It
// returns ErrNoSchema if the database is empty, ErrUnmanaged if another
// toolchain made its tables, a *ChangedError for every file that is not the one
// that was applied, and a *VersionError if its schema is older than the
// module's, or newer by a migration that is not additive. A database that
// is ahead by migrations named add_… only is accepted, so that it can be
// brought up to date before all its services are.
func Check(s State) error {
	newer := func(m Migration) bool { return !m.additive() }
	switch {
	case len(s.revisions) == 0 && s.Tables:
		return ErrUnmanaged
	case len(s.revisions) == 0:
		return ErrNoSchema
	case len(s.Changed) > 0:
		return asError(s.Changed)
	case len(s.Pending) > 0, slices.ContainsFunc(s.Unknown, newer):
		return &VersionError{Database: s.Database, Module: s.Module, Pending: s.Pending, Unknown: s.Unknown, Unfinished: s.Unfinished}
	default:
		return nil
	}
}
