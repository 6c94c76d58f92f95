package migrations

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrChecksum means that the migration files are not those that atlas.sum
	// was made of. The text names the file.
	ErrChecksum = errors.New("migrations: the files do not match their sum")

	// ErrNoSchema means that the database is empty.
	ErrNoSchema = errors.New("migrations: the database has no schema yet; " +
		"run `communitybuilder migrate apply --url …` or call cb.Migrate")

	// ErrUnmanaged means that the database has tables that no migration of
	// this module has made.
	ErrUnmanaged = errors.New("migrations: the database has tables but no Atlas revisions: " +
		"another toolchain made them; use an empty database, or take this one over: `communitybuilder adopt plan --url …`")

	// ErrLocked means that another process held the migration lock for as long
	// as the context allowed to wait.
	ErrLocked = errors.New("migrations: another process is applying migrations to this database")

	// ErrLockLost means that the connection that held the migration lock has
	// ended, so that another process may have begun to apply migrations.
	ErrLockLost = errors.New("migrations: stopped before the next migration, run it again")

	// ErrConcurrently means that a file makes or drops an index CONCURRENTLY and
	// does more besides, does it in a transaction, or gives the index no name. The
	// text names the file.
	ErrConcurrently = errors.New("migrations: CONCURRENTLY must stand alone in its file, " +
		"which begins with `-- atlas:txmode none` and an empty line")

	// ErrOneConnection means that the pool allows one open connection only:
	// one holds the lock while others run the files.
	ErrOneConnection = errors.New("migrations: the connection pool must allow at least two open connections")
)

// VersionError means that the database's schema is older or newer than the
// module can work with.
type VersionError struct {
	// Database and Module are the newest version that was applied to the
	// database, "" if none was, and the newest that the module has.
	Database, Module string
	// Pending are the module's migrations that the database lacks: it is older.
	Pending []Migration
	// Unknown are the database's migrations that the module lacks. When
	// nothing is pending the database is newer, by a step that is not additive.
	Unknown []Migration
	// Unfinished is the migration at which the last attempt stopped, if any.
	Unfinished *HalfAppliedError
}

// Newer tells whether the database is newer than the module, else it is older.
func (e *VersionError) Newer() bool { return len(e.Pending) == 0 }

func (e *VersionError) Error() string {
	database := e.Database
	if database == "" {
		database = "none"
	}
	if e.Newer() {
		return fmt.Sprintf("migrations: the database is newer than this module: its version is %s, the module's %s; "+
			"update the module", database, e.Module)
	}
	s := fmt.Sprintf("migrations: the database is older than this module: its version is %s, the module's %s; "+
		"run `communitybuilder migrate apply --url …` or call cb.Migrate", database, e.Module)
	if e.Unfinished != nil {
		s += fmt.Sprintf("; %s stopped after %d of %d statements", e.Unfinished.Migration, e.Unfinished.Applied, e.Unfinished.Total)
	}
	return s
}

// Unwrap returns Unfinished, or nil if there is none.
func (e *VersionError) Unwrap() error {
	if e.Unfinished == nil {
		return nil
	}
	return e.Unfinished
}

// HalfAppliedError means that a migration which runs without a transaction
// stopped in the middle, and that the rest can't be applied blindly.
type HalfAppliedError struct {
	Migration
	// Applied and Total count the file's statements.
	Applied, Total int
	// Reason is the error that the database gave, or "" if the process ended
	// while a statement ran.
	Reason string

	why string // why Apply does not go on from there by itself
}

func (e *HalfAppliedError) Error() string {
	s := fmt.Sprintf("migrations: %s is half applied, %d of %d statements", e.Migration, e.Applied, e.Total)
	if e.Reason != "" {
		s += " (" + e.Reason + ")"
	}
	if e.why != "" {
		s += ": " + e.why
	}
	return s + fmt.Sprintf("; look what took effect, then either run the rest by hand and record it: "+
		"UPDATE %[1]s SET applied = total, error = NULL, error_stmt = NULL WHERE version = '%[2]s'; "+
		"or undo it by hand and forget it: DELETE FROM %[1]s WHERE version = '%[2]s'", revisionTable, e.Version)
}

// ChangedError means that a file is not the one that was applied: it was edited
// afterwards and the sum made again. (Of files that only the Atlas program has
// seen yet the first such one is told, since its sum covers all files up to its
// own.)
type ChangedError struct {
	Migration
	// Recorded is the sum of the file that was applied, Actual that of the
	// file as it is now; both cover the files before it as well.
	Recorded, Actual string

	own string // the hash of the file alone as it is now
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("migrations: %s was changed after it was applied; restore it, and put the change into a new migration; "+
		"if the database is known to be as the file says now, record that: "+
		"UPDATE %s SET hash = '%s', partial_hashes = '[\"%s\"]' WHERE version = '%s'",
		e.Migration, revisionTable, e.Actual, e.own, e.Version)
}

// OutOfOrderError means that migrations were added with versions below one
// that the database already has, as a merge of two branches does.
type OutOfOrderError struct {
	// Database is the newest version that was applied to the database.
	Database string
	// Skipped are the migrations it has passed by.
	Skipped []Migration
}

func (e *OutOfOrderError) Error() string {
	return fmt.Sprintf("migrations: %s and the database's version is %s already; give later additions a later version",
		skipped(e.Skipped), e.Database)
}

func skipped(ms []Migration) string {
	if len(ms) == 1 {
		return fmt.Sprintf("%s was not applied", ms[0])
	}
	return fmt.Sprintf("%d migrations from %s on were not applied", len(ms), ms[0])
}

// UnknownVersionError means that no migration has the version which was asked
// for.
type UnknownVersionError struct{ Version string }

func (e *UnknownVersionError) Error() string {
	return fmt.Sprintf("migrations: no migration has the version %q; it is what the names of the files begin with, or %s", e.Version, Empty)
}

// IrreversibleError means that a migration can't be undone.
type IrreversibleError struct {
	Migration
	// Reason says why.
	Reason string
}

func (e *IrreversibleError) Error() string {
	return fmt.Sprintf("migrations: %s has no way back: %s", e.Migration, e.Reason)
}

// LossError means that data would be lost if migrations were undone.
type LossError struct {
	// Steps are the ones that lose data; their field Loses says which.
	Steps []Step
}

func (e *LossError) Error() string {
	what := make([]string, len(e.Steps))
	for i, s := range e.Steps {
		what[i] = fmt.Sprintf("%s (%s)", s.Loses, s.Migration)
	}
	return "migrations: undoing loses " + strings.Join(what, "; ") + "; nothing was undone; if that is meant, say --lose-data"
}

// FileError means that a migration failed.
type FileError struct {
	Migration
	// Undo tells that it failed to be undone, else to be applied.
	Undo bool
	// Stmt is the statement that failed, or "" if none did.
	Stmt string
	// RolledBack tells that the file ran in a transaction: nothing of it is in
	// the database. Otherwise the statements before Stmt are.
	RolledBack bool
	// Err is what the database said.
	Err error
}

func (e *FileError) Error() string {
	name, kept := e.String(), "nothing of it was applied"
	if !e.RolledBack {
		kept = "the statements before it stay; remove the cause and apply again"
	}
	if e.Undo {
		name = undoDir + "/" + name
		kept = strings.NewReplacer("applied", "undone", "apply", "undo").Replace(kept)
	}
	if e.Stmt == "" {
		return fmt.Sprintf("migrations: %s: %v (%s)", name, e.Err, kept)
	}
	return fmt.Sprintf("migrations: %s: %v, in: %s (%s)", name, e.Err, e.Stmt, kept)
}

// Unwrap returns what the database said.
func (e *FileError) Unwrap() error { return e.Err }
