package dbschema_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"ariga.io/atlas/sql/schema"
)

func open(t *testing.T, driver, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, stmts string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), stmts); err != nil {
		t.Fatal(err)
	}
}

// query returns the rows of a query with one column.
func query(t *testing.T, db *sql.DB, stmt string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), stmt)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var values []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// describe says what changes there are, for the text of a failure.
func describe(t *testing.T, changes []schema.Change) string {
	t.Helper()
	var b strings.Builder
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.AddTable:
			fmt.Fprintf(&b, "table %s is missing\n", c.T.Name)
		case *schema.DropTable:
			fmt.Fprintf(&b, "table %s is too much\n", c.T.Name)
		case *schema.ModifyTable:
			for _, c2 := range c.Changes {
				fmt.Fprintf(&b, "table %s: %T %+v\n", c.T.Name, c2, c2)
			}
		}
	}
	return b.String()
}
