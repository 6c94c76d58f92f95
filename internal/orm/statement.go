package orm

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
)

// SQL builds statements for the database that a mutation writes to.
func SQL(m ent.Mutation) *sql.DialectBuilder {
	return sql.Dialect(Dialect(m))
}

// Dialect is that of the database that a mutation writes to.
func Dialect(m ent.Mutation) string { return driverOf(mutation(m)).Dialect() }

// Exec runs a statement in the mutation's transaction and says how many rows it
// wrote. What the database refuses is a [ConstraintError].
func Exec(ctx context.Context, m ent.Mutation, stmt sql.Querier) (int, error) {
	n, err := exec(ctx, driverOf(mutation(m)), stmt)
	return n, writeError(ctx, err, mutation(m))
}

// Read runs a query in the mutation's transaction and reads its rows into v, a
// pointer to a slice of structs, whose fields have the columns in sql tags, or of
// single values.
func Read(ctx context.Context, m ent.Mutation, stmt sql.Querier, v any) error {
	if s, ok := stmt.(*sql.Selector); ok && s.Err() != nil {
		return s.Err()
	}
	query, args := stmt.Query()
	var rows sql.Rows
	if err := driverOf(mutation(m)).Query(ctx, query, args, &rows); err != nil {
		return err
	}
	defer rows.Close()
	return sql.ScanSlice(&rows, v)
}
