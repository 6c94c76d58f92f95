// Package migrations holds the schema's history as versioned SQL files and
// brings PostgreSQL databases up to date with them.
//
// The files are those of the Atlas program: `atlas migrate apply` and [Apply]
// use the same directory, the same atlas.sum, the same revision table
// (atlas_schema_revisions.atlas_schema_revisions) and the same lock, so that
// the two may take turns on one database in any order.
package migrations

import (
	"context"
	"database/sql"
	"embed"
)

// FS holds the migration files and their integrity sum, and in the directory undo
// the files that undo them, with a sum of their own.
//
//go:embed *.sql atlas.sum undo/*.sql undo/atlas.sum
var FS embed.FS

var embedded = New(FS)

// Latest returns the newest version that the module has a file for, which is
// the version a database must have for the module to work with it.
func Latest() string { return embedded.Latest() }

// Apply brings db up to date with the module's own files; see [Dir.Apply].
func Apply(ctx context.Context, db *sql.DB) ([]Migration, error) {
	return embedded.Apply(ctx, db)
}

// Status tells where db stands against the module's own files; see
// [Dir.Status].
func Status(ctx context.Context, db *sql.DB) (State, error) {
	return embedded.Status(ctx, db)
}

// Plan returns what [Apply] would run on db now; see [Dir.Plan].
func Plan(ctx context.Context, db *sql.DB) ([]Step, error) {
	return embedded.Plan(ctx, db)
}

// Down undoes the module's own migrations that are newer than a version; see
// [Dir.Down].
func Down(ctx context.Context, db *sql.DB, to string, loseData bool) ([]Migration, error) {
	return embedded.Down(ctx, db, to, loseData)
}

// PlanDown returns what [Down] would run on db now; see [Dir.PlanDown].
func PlanDown(ctx context.Context, db *sql.DB, to string) ([]Step, error) {
	return embedded.PlanDown(ctx, db, to)
}

// Until returns the module's own files up to and with version; see [Dir.Until].
func Until(version string) *Dir { return embedded.Until(version) }
