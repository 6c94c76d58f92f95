package communitybuilder

import (
	"errors"
	"strings"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// A Code says why a database could not be opened. Codes are stable, and errors
// themselves, for errors.Is:
//
//	client, err := cb.Open(ctx, url)
//	if errors.Is(err, cb.ErrNoSchema) { … }
//
// They are for whoever runs a program. What its users are told has the codes of
// package apierror, which for these is internal_error.
type Code string

// Error returns the code.
func (c Code) Error() string { return string(c) }

// What keeps a database from being opened.
const (
	// ErrURL means that the URL can't be understood or lacks something.
	ErrURL Code = "invalid_url"
	// ErrOption means that an option has a value that makes no sense.
	ErrOption Code = "invalid_option"
	// ErrUnreachable means that no server answered, or that it takes no
	// connections now; of SQLite, that the file can't be opened or is locked.
	ErrUnreachable Code = "unreachable"
	// ErrAccessDenied means that the server refused the user or the password,
	// or that the user may not use the database; of SQLite, that the file may
	// not be written.
	ErrAccessDenied Code = "access_denied"
	// ErrNoDatabase means that the server has no database of that name; of
	// SQLite, that the file is not a database.
	ErrNoDatabase Code = "no_database"
	// ErrNoSchema means that the database is empty: it needs [Migrate].
	ErrNoSchema Code = "no_schema"
	// ErrForeignSchema means that the database has tables which no migration
	// of this module has made.
	ErrForeignSchema Code = "foreign_schema"
	// ErrSchemaOlder means that the database lacks migrations of this module: it
	// needs [Migrate]. The migrations package's VersionError, in the chain,
	// names both versions and the migrations.
	ErrSchemaOlder Code = "schema_older"
	// ErrSchemaNewer means that the database has migrations that this module
	// doesn't know and can't work with: a newer version of the module is
	// needed. The migrations package's VersionError, in the chain, names both
	// versions and the migrations.
	ErrSchemaNewer Code = "schema_newer"
	// ErrSchema means that the schema could not be examined or made.
	ErrSchema Code = "schema"
	// ErrForeignKeysOff means that an SQLite database that was handed in does
	// not enforce foreign keys.
	ErrForeignKeysOff Code = "foreign_keys_off"
)

// OpenError tells why a database could not be opened, and what to do. It never
// contains the password of the URL.
type OpenError struct {
	// Code is the reason, which errors.Is finds as well.
	Code Code
	// Target is the database without password and parameters, such as
	// postgres://app@db.example:5432/platform; "" if the URL doesn't tell.
	Target string
	// Err is the error of the database driver or of package migrations, or nil.
	Err error

	hint string // what to do, unless Err says so
}

func (e *OpenError) Error() string {
	parts := []string{"communitybuilder: open"}
	if e.Target != "" {
		parts[0] += " " + e.Target
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if e.hint != "" {
		parts = append(parts, e.hint)
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the code and the cause.
func (e *OpenError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

var (
	// ErrTxDoomed means that a transaction can't be committed because a
	// statement of it failed, or a part of it, such as a nested [Tx] or the
	// hooks of a write, after it had written something, and the caller went on.
	// Everything is rolled back. The error of that part is in the chain.
	ErrTxDoomed = txdriver.ErrDoomed

	// ErrTxIsolation means that a [Tx] inside another one asked for an isolation
	// level that the outer one doesn't have.
	ErrTxIsolation = txdriver.ErrOptions

	// ErrRulesIsolation means that a write whose rules look at other rows was made
	// in a transaction above read committed.
	ErrRulesIsolation = orm.ErrIsolation

	// ErrTxReadOnly means that a read-only [Tx] was asked to write.
	ErrTxReadOnly = txdriver.ErrReadOnly

	// ErrTxContention means that a [Tx], or a write by itself, lost against others
	// at each of its attempts. Its code is that of apierror.Contention. The error of
	// the last attempt is in the chain.
	ErrTxContention = txdriver.ErrContention

	// ErrNoViewer means that the context says nothing of who is asking, which every
	// read and write needs: see package viewer.
	ErrNoViewer = viewer.ErrNoViewer

	// ErrForbidden means that the viewer sees the row and may not write it so, or may
	// not make such a row. Its code is that of apierror.Forbidden. A row that the
	// viewer doesn't see is not found instead: [ent.IsNotFound].
	ErrForbidden error = apierror.Forbidden

	// ErrTxClient means that [Tx] can't find out which transaction to join, or
	// how to begin one: the client was not made by this package, or it is that
	// of a transaction while the context belongs to none.
	ErrTxClient = errors.New("communitybuilder: hand Tx a client made by Open, OpenDB or OpenConnector, " +
		"and in a transaction the context of that transaction")
)
