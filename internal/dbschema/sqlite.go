package dbschema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"
	"entgo.io/ent/dialect"

	"github.com/communitybuilder/communitybuilder/migrations"
)

// seeds are the migrations whose statements put rows into a new table. They are
// written so that both databases understand them.
var seeds = map[string]string{
	"Roles": "20261123000002_add_default_roles.sql",
}

// CreateSQLite gives an SQLite database the desired schema: it makes what is
// missing, with the rows that every new database has, and changes what is
// different. Tables and columns that the graph does not know stay. When there is
// nothing to do it only reads, which is quick if the database was made by a
// module with this very graph. A change that SQLite can't make to a table with
// rows, such as a column without a default that must have a value, is an error,
// and the database stays as it was.
//
// The changes are made in one transaction, which is a writer from its beginning:
// of several processes that open a new file at once one makes the schema, and
// the others wait for it as long as their busy_timeout lets them.
func CreateSQLite(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("dbschema: %w", err)
	}
	defer func() { _ = conn.Close() }()
	desired, err := Desired(dialect.SQLite)
	if err != nil {
		return err
	}
	if done, err := asCreated(ctx, conn, desired); done || err != nil {
		return err
	}
	return inImmediateTx(ctx, conn, func(tx schema.ExecQuerier) error {
		// Another one may have made it while this one waited for the lock.
		if done, err := asCreated(ctx, tx, desired); done || err != nil {
			return err
		}
		return create(ctx, tx, desired)
	})
}

// create makes the changes that the database needs, and fills new tables.
func create(ctx context.Context, tx schema.ExecQuerier, desired *schema.Schema) error {
	drv, err := sqlite.Open(tx)
	if err != nil {
		return fmt.Errorf("dbschema: %w", err)
	}
	changes, err := DiffTo(ctx, drv, desired)
	if err != nil {
		return err
	}
	changes = withoutLoss(changes)
	if err := drv.ApplyChanges(ctx, changes, unqualified); err != nil {
		return fmt.Errorf("dbschema: create the schema: %w", err)
	}
	for _, c := range changes {
		added, ok := c.(*schema.AddTable)
		if !ok || seeds[added.T.Name] == "" {
			continue
		}
		stmts, err := migrations.FS.ReadFile(seeds[added.T.Name])
		if err != nil {
			return fmt.Errorf("dbschema: %w", err)
		}
		if _, err := tx.ExecContext(ctx, string(stmts)); err != nil {
			return fmt.Errorf("dbschema: fill table %q: %w", added.T.Name, err)
		}
	}
	return nil
}

// asCreated tells whether every statement that makes the schema is in the
// database word for word, as SQLite keeps them.
func asCreated(ctx context.Context, q schema.ExecQuerier, desired *schema.Schema) (bool, error) {
	stmts, err := statements(desired, sqlite.DefaultDiff, sqlite.DefaultPlan)
	if err != nil {
		return false, err
	}
	missing := make(map[string]bool, len(stmts))
	for _, s := range stmts {
		missing[s.Cmd] = true
	}
	rows, err := q.QueryContext(ctx, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
	if err != nil {
		return false, fmt.Errorf("dbschema: read the database's schema: %w", err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	for rows.Next() {
		var stmt string
		if err := rows.Scan(&stmt); err != nil {
			return false, fmt.Errorf("dbschema: read the database's schema: %w", err)
		}
		delete(missing, stmt)
	}
	if err := rows.Err(); err != nil {
		return false, fmt.Errorf("dbschema: read the database's schema: %w", err)
	}
	return len(missing) == 0, nil
}

// withoutLoss returns the changes that throw no table and no column away.
func withoutLoss(changes []schema.Change) []schema.Change {
	var keep []schema.Change
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.DropTable:
			continue
		case *schema.ModifyTable:
			c.Changes = slices.DeleteFunc(c.Changes, func(part schema.Change) bool {
				drop, ok := part.(*schema.DropColumn)
				if ok {
					// A change that copies the table has to copy this column too.
					c.T.AddColumns(drop.C)
				}
				return ok
			})
			if len(c.Changes) == 0 {
				continue
			}
		}
		keep = append(keep, c)
	}
	return keep
}

// inImmediateTx runs fn in a transaction that has the write lock from its
// beginning. Some changes of a table copy it and drop the old one, which would
// delete the rows that refer to it: foreign keys are off meanwhile, and checked
// before the commit.
func inImmediateTx(ctx context.Context, conn *sql.Conn, fn func(schema.ExecQuerier) error) error {
	// What has been begun is ended also when ctx has ended meanwhile.
	tx := immediateTx{Conn: conn, ctx: context.WithoutCancel(ctx)}
	var enforced bool
	if err := conn.QueryRowContext(ctx, "PRAGMA foreign_keys").Scan(&enforced); err != nil {
		return fmt.Errorf("dbschema: %w", err)
	}
	if enforced {
		if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = off"); err != nil {
			return fmt.Errorf("dbschema: %w", err)
		}
		defer func() { _ = tx.exec("PRAGMA foreign_keys = on") }() // does not fail outside of transactions
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("dbschema: lock the database: %w", err)
	}
	commit, err := sqlite.CommitFunc(tx.ctx, conn, tx, enforced)
	if err == nil {
		err = fn(tx)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := commit(); err != nil {
		return fmt.Errorf("dbschema: create the schema: %w", err)
	}
	return nil
}

// immediateTx is an open transaction on a connection.
type immediateTx struct {
	*sql.Conn
	ctx context.Context
}

// Commit implements sqlite.Tx.
func (tx immediateTx) Commit() error { return tx.exec("COMMIT") }

// Rollback implements sqlite.Tx.
func (tx immediateTx) Rollback() error { return tx.exec("ROLLBACK") }

func (tx immediateTx) exec(stmt string) error {
	_, err := tx.ExecContext(tx.ctx, stmt)
	return err
}
