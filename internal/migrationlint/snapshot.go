package migrationlint

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// A snapshot is what the server says of its schema at one moment, seen by the
// session whose statements are examined.
type snapshot struct {
	schema catalogue.Schema
	// objects are the schema's, by what stays when they are renamed.
	objects map[string]catalogue.Object
	// ids are all such identities, also of indexes that belong to a constraint.
	ids map[string]bool
	// tables are by their object identifiers.
	tables map[int64]table
	// others are what no schema's catalogue holds: extensions, other schemas.
	others map[string]bool
	// settings are those that the session has changed.
	settings map[string]string
}

type table struct {
	name string
	file int64 // names the file of the rows: another one means that they were written anew
	// scans counts how often the current transaction began to read the table.
	scans int64
	// written tells whether the current transaction has asked to write rows.
	written bool
	// rights are its owner and what others may do with it.
	rights string
	// lock is the strongest lock that the current transaction holds on it, "" if
	// none.
	lock string
}

type session interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// schemaName is the schema that migrations work in.
const schemaName = "public"

func take(ctx context.Context, s session) (*snapshot, error) {
	shot := &snapshot{objects: map[string]catalogue.Object{}, ids: map[string]bool{}, tables: map[int64]table{}, others: map[string]bool{}, settings: map[string]string{}}
	var err error
	if shot.schema, err = catalogue.Read(ctx, s, schemaName); err != nil {
		return nil, err
	}
	ids := map[catalogue.Key]string{}
	err = each(ctx, s, identities, func(rows *sql.Rows) error {
		var id string
		var k catalogue.Key
		if err := rows.Scan(&id, &k.Kind, &k.Table, &k.Name); err != nil {
			return err
		}
		ids[k], shot.ids[id] = id, true
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, o := range shot.schema {
		id := ids[o.Key()]
		if id == "" { // kinds that nobody knows by their names
			id = string(o.Kind) + " " + o.Table + " " + o.Name
		}
		shot.objects[id], shot.ids[id] = o, true
	}
	err = each(ctx, s, tables, func(rows *sql.Rows) error {
		var id int64
		var t table
		if err := rows.Scan(&id, &t.name, &t.file, &t.scans, &t.written, &t.rights, &t.lock); err != nil {
			return err
		}
		shot.tables[id] = t
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, s, others, func(rows *sql.Rows) error {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		shot.others[name] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shot, each(ctx, s, settings, func(rows *sql.Rows) error {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		shot.settings[name] = value
		return nil
	})
}

func each(ctx context.Context, s session, query string, scan func(*sql.Rows) error) error {
	rows, err := s.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("migrationlint: %w", err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("migrationlint: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("migrationlint: %w", err)
	}
	return nil
}

const identities = `
SELECT 'table ' || c.oid, 'table', c.relname, '' FROM pg_catalog.pg_class c
WHERE c.relnamespace = to_regnamespace('` + schemaName + `') AND c.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT 'column ' || c.oid || ' ' || a.attnum, 'column', c.relname, a.attname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = to_regnamespace('` + schemaName + `') AND c.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT 'constraint ' || k.oid,
       CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique constraint' WHEN 'c' THEN 'check'
                      WHEN 'f' THEN 'foreign key' ELSE 'exclusion' END,
       c.relname, k.conname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid
WHERE c.relnamespace = to_regnamespace('` + schemaName + `') AND k.contype IN ('p', 'u', 'c', 'f', 'x')
UNION ALL
SELECT 'index ' || i.oid, 'index', c.relname, i.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index x ON x.indrelid = c.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
WHERE c.relnamespace = to_regnamespace('` + schemaName + `')`

// tables selects what the current transaction has done to each table. Locks are
// ordered by their strength.
const tables = `
SELECT c.oid::bigint, c.relname, c.relfilenode::bigint,
       pg_catalog.pg_stat_get_xact_numscans(c.oid) +
           coalesce((SELECT sum(pg_catalog.pg_stat_get_xact_numscans(x.indexrelid)) FROM pg_catalog.pg_index x WHERE x.indrelid = c.oid), 0)::bigint,
       EXISTS (SELECT FROM pg_catalog.pg_locks l
               WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation = c.oid AND l.granted
                 AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
                 AND l.mode = 'RowExclusiveLock'),
       concat_ws(' ', c.relowner, c.relacl::text),
       coalesce((SELECT l.mode FROM pg_catalog.pg_locks l
                 WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation = c.oid AND l.granted
                   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
                 ORDER BY array_position(ARRAY['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock',
                     'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'], l.mode) DESC LIMIT 1), '')
FROM pg_catalog.pg_class c
WHERE c.relnamespace = to_regnamespace('` + schemaName + `') AND c.relkind IN ('r', 'p')`

const others = `
SELECT 'extension "' || extname || '"' FROM pg_catalog.pg_extension
UNION ALL
SELECT 'schema "' || nspname || '"' FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_'
UNION ALL
SELECT 'inheritance of ' || inhrelid::regclass || ' from ' || inhparent::regclass
FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class c ON c.oid = inhrelid AND c.relkind IN ('r', 'p', 'f')
UNION ALL
SELECT 'event trigger "' || evtname || '"' FROM pg_catalog.pg_event_trigger`

const settings = `SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session'`

// blocking are the locks that keep others from writing.
var blocking = map[string]bool{"ShareLock": true, "ShareRowExclusiveLock": true, "ExclusiveLock": true, "AccessExclusiveLock": true}
