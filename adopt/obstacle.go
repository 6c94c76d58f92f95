package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// selectForbidden says what the role of the connection may not do or see. Only an
// owner may change a table; and those who may use the others could not use what
// another role makes. Rows that are hidden would not be examined, and steps that copy
// values would leave them out.
const selectForbidden = `
WITH ours AS (
	SELECT * FROM pg_catalog.pg_class
	WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f') AND relname = ANY ($1)
)
SELECT CASE count(*) WHEN 1 THEN format('the table %I belongs', min(relname::text))
                     ELSE format('%s tables, such as %I, belong', count(*), min(relname::text)) END ||
       format(' to the role %I, and what is made in a takeover by the role %I would not: connect as %1$I',
              pg_catalog.pg_get_userbyid(relowner), current_user)
FROM ours WHERE relowner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) GROUP BY relowner
UNION ALL
SELECT format('row level security hides rows of the table %I from the role %I: ALTER TABLE %1$I NO FORCE ROW LEVEL SECURITY, or connect as a role with BYPASSRLS',
              relname, current_user)
FROM ours WHERE pg_catalog.row_security_active(oid)
UNION ALL
SELECT format('the role %I may make nothing in the schema public: GRANT CREATE ON SCHEMA public TO %1$I', current_user)
WHERE NOT pg_catalog.has_schema_privilege('public', 'CREATE')
UNION ALL
SELECT format('the role %I may not make the schema of the revision table: GRANT CREATE ON DATABASE %I TO %1$I', current_user, current_database())
WHERE pg_catalog.to_regnamespace('atlas_schema_revisions') IS NULL AND NOT pg_catalog.has_database_privilege(current_database(), 'CREATE')
ORDER BY 1`

// forbidden says what keeps the role of the connection from taking the database
// over, and how to get out of it.
func (m *model) forbidden(ctx context.Context, db *sql.DB, want catalogue.Schema) ([]string, error) {
	tables := []string{"django_migrations", "django_admin_log"}
	for _, table := range want.Tables() {
		if live := m.liveTable(table); live != "" {
			tables = append(tables, live)
		}
	}
	return texts(ctx, db, selectForbidden, pq.Array(tables))
}

// selectDependents says what depends on columns that are dropped, or get another
// type, in a way that keeps the server from that.
const selectDependents = `
SELECT DISTINCT format('the column %I of the table %I is to be %s, and this depends on it: %s; drop that, and make it anew afterwards if it still has a use',
	name, relname, CASE WHEN dropped THEN 'dropped' ELSE 'changed' END, pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
FROM unnest($1::text[], $2::text[], $3::boolean[]) AS c (relation, name, dropped)
JOIN pg_catalog.pg_class ON relnamespace = 'public'::regnamespace AND relname = relation
JOIN pg_catalog.pg_attribute a ON a.attrelid = pg_class.oid AND a.attname = name
JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = pg_class.oid AND d.refobjsubid = a.attnum
WHERE d.deptype = 'n' AND (dropped OR d.classid <> 'pg_catalog.pg_constraint'::regclass)
ORDER BY 1`

// dependents says what depends on the columns of the live schema that the takeover
// drops or changes the type of.
func (m *model) dependents(ctx context.Context, db *sql.DB, live, want catalogue.Schema) ([]string, error) {
	will := map[column]column{} // what live columns will be called
	for c, was := range m.live {
		will[column{m.liveTable(c.table), was}] = c
		if c.name == "" {
			will[column{was, ""}] = c
		}
	}
	var tables, columns []string
	var dropped []bool
	for _, o := range live {
		if o.Kind != catalogue.Column {
			continue
		}
		c, ok := will[column{o.Table, o.Name}]
		if !ok {
			c = column{will[column{o.Table, ""}].table, o.Name}
		}
		gone := !m.hasColumn(c.table, c.name)
		if w, wanted := want.Get(catalogue.Column, c.table, c.name); gone || wanted && parseColumn(o.Def).typ != parseColumn(w.Def).typ {
			tables, columns, dropped = append(tables, o.Table), append(columns, o.Name), append(dropped, gone)
		}
	}
	return texts(ctx, db, selectDependents, pq.Array(tables), pq.Array(columns), pq.Array(dropped))
}

// selectTaken says which names of tables, indexes and sequences that are to be made
// something else has. An invalid index has none: it makes way.
const selectTaken = `
SELECT format('the table %I needs the name %I, and %s has it: give that another name', n.relation, n.name,
	pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, c.oid, 0))
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (name, relation, is_now)
JOIN pg_catalog.pg_class c ON c.relnamespace = 'public'::regnamespace AND c.relname = n.name
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND c.relkind = 'S' AND d.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_class t ON t.oid = coalesce(i.indrelid, d.refobjid)
WHERE i.indisvalid IS NOT false AND t.relname IS DISTINCT FROM n.is_now
ORDER BY 1`

// taken says which names that the takeover needs something else has.
func (m *model) taken(ctx context.Context, db *sql.DB, live, want catalogue.Schema) ([]string, error) {
	var names, tables, are []string
	for _, o := range want {
		name, is := o.Name, m.liveTable(o.Table)
		switch o.Kind {
		case catalogue.Table:
			name = o.Table
		case catalogue.Sequence, catalogue.PrimaryKey, catalogue.Index:
		default:
			continue
		}
		if _, ok := live.Get(o.Kind, is, o.Name); !ok || o.Kind == catalogue.Table && is != name {
			names, tables, are = append(names, name), append(tables, o.Table), append(are, is)
		}
	}
	return texts(ctx, db, selectTaken, pq.Array(names), pq.Array(tables), pq.Array(are))
}

// selectElsewhere says which of some tables are in another schema. Those that have
// no key to or from a table of public are somebody's copies.
const selectElsewhere = `
SELECT DISTINCT format('the table %I is in the schema %I, where it is not looked for: ALTER TABLE %2$I.%1$I SET SCHEMA public', c.relname, s.nspname)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
JOIN pg_catalog.pg_constraint k ON k.contype = 'f' AND c.oid IN (k.conrelid, k.confrelid)
JOIN pg_catalog.pg_class o ON o.oid IN (k.conrelid, k.confrelid) AND o.relnamespace = 'public'::regnamespace
WHERE s.nspname <> 'public' AND c.relname = ANY ($1)
ORDER BY 1`

// elsewhere says which tables that are missing are in another schema.
func (m *model) elsewhere(ctx context.Context, db *sql.DB, want catalogue.Schema) ([]string, error) {
	missing := slices.DeleteFunc(want.Tables(), func(t string) bool { return m.liveTable(t) != "" })
	return texts(ctx, db, selectElsewhere, pq.Array(missing))
}

// inTheWay says what would end the takeover halfway or lead it astray, though the
// schema doesn't show it, and how to get out of it.
func (m *model) inTheWay(ctx context.Context, db *sql.DB, live, want catalogue.Schema) ([]string, error) {
	dependents, err := m.dependents(ctx, db, live, want)
	if err != nil {
		return nil, err
	}
	taken, err := m.taken(ctx, db, live, want)
	if err != nil {
		return nil, err
	}
	elsewhere, err := m.elsewhere(ctx, db, want)
	return slices.Concat(dependents, taken, elsewhere), err
}

// texts returns the rows of a query of one column.
func texts(ctx context.Context, db *sql.DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("adopt: look for what is in the way: %w", err)
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("adopt: look for what is in the way: %w", err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("adopt: look for what is in the way: %w", err)
	}
	return all, nil
}
