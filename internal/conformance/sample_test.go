package conformance

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/factory"
)

// sample returns a PostgreSQL database in which every table has rows.
func sample(t *testing.T) Database {
	t.Helper()
	if url := Sample(t); url != "" {
		return open(t, dialect.Postgres, url, communitybuilder.WithoutSchemaCheck())
	}
	d := Postgres(t)
	populate(t, d)
	return d
}

// populate makes some rows of every entity, from the least to the most that they
// can hold.
func populate(t *testing.T, d Database) {
	t.Helper()
	ctx, f := System(t), factory.New(d.Client)
	all := entities(t, d.Client)
	byTable := map[string]*entity{}
	for i := range all {
		byTable[all[i].table.Name] = &all[i]
	}
	for i := range all {
		minimalRow(ctx, t, &all[i], f)
		fullRows(ctx, t, &all[i], byTable, f, func(*filler, any) {})
	}
}

// plainRows are a table's rows as the database itself writes them: by column, as
// JSON.
func plainRows(ctx context.Context, t *testing.T, db *sql.DB, table string) []map[string]json.RawMessage {
	t.Helper()
	var rows []map[string]json.RawMessage
	for _, text := range texts(ctx, t, db, "SELECT to_jsonb(t)::text FROM "+pq.QuoteIdentifier(table)+" t ORDER BY id") {
		row := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		rows = append(rows, row)
	}
	return rows
}

// texts are the results of a query for one column.
func texts(ctx context.Context, t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheClientReadsWhatTheDatabaseHolds(t *testing.T) {
	d := sample(t)
	ctx := System(t)
	total := 0
	for _, e := range entities(t, d.Client) {
		plain, rows := plainRows(ctx, t, d.DB, e.table.Name), e.all(ctx, t)
		if len(plain) == 0 {
			t.Errorf("%s has no rows to read", e.table.Name)
		}
		if len(rows) != len(plain) {
			t.Errorf("%s: %d rows were read, the table has %d", e.name, len(rows), len(plain))
			continue
		}
		total += len(rows)
		for i, row := range rows {
			e.compare(t, row, plain[i])
		}
	}
	t.Logf("%d rows", total)
}

// compare compares each value of a row with that of the database.
func (e *entity) compare(t *testing.T, row any, plain map[string]json.RawMessage) {
	t.Helper()
	id := string(plain["id"])
	if got := fmt.Sprint(idOf(row)); got != id {
		t.Errorf("%s: row %s was read as row %s", e.name, id, got)
	}
	left := len(plain) - 1
	for name, got := range e.contents(row) {
		column := e.field(name).column.Name
		raw, ok := plain[column]
		if !ok {
			t.Errorf("%s has no column %s", e.table.Name, column)
			continue
		}
		left--
		want := reflect.New(reflect.TypeOf(got))
		if err := json.Unmarshal(raw, want.Interface()); err != nil {
			t.Errorf("%s.%s, row %s: %v", e.name, name, id, err)
			continue
		}
		if diff := cmp.Diff(want.Elem().Interface(), got, equal); diff != "" {
			t.Errorf("%s.%s, row %s: the database has (-) and the client read (+):\n%s", e.name, name, id, diff)
		}
	}
	if left != 0 {
		t.Errorf("%s has %d columns that the client doesn't know", e.table.Name, left)
	}
}

func TestARowWrittenBackIsUnchanged(t *testing.T) {
	d := sample(t)
	ctx := System(t)
	for _, e := range entities(t, d.Client) {
		table := pq.QuoteIdentifier(e.table.Name)
		contents, versions := "SELECT t::text FROM "+table+" t ORDER BY id", "SELECT xmin::text FROM "+table+" ORDER BY id"
		before, oldVersions := texts(ctx, t, d.DB, contents), texts(ctx, t, d.DB, versions)
		rows, mutable, refused := e.all(ctx, t), 0, 0
		for _, row := range rows {
			update := e.call("UpdateOne", row)[0]
			mutable = writeBack(update, &e, row)
			if err := errorOf(update.MethodByName("Exec").Call(values(ctx))); err != nil {
				if refused++; refused == 1 {
					t.Errorf("%s: writing row %d back: %v", e.name, idOf(row), err)
				}
			}
		}
		if refused > 0 {
			t.Errorf("%s: %d of %d rows were refused", e.name, refused, len(rows))
			continue
		}
		if diff := cmp.Diff(before, texts(ctx, t, d.DB, contents)); diff != "" {
			t.Errorf("%s: the rows before (-) and after (+):\n%s", e.name, diff)
		}
		if mutable == 0 {
			continue // nothing of it can be changed
		}
		for i, version := range texts(ctx, t, d.DB, versions) {
			if version == oldVersions[i] {
				t.Errorf("%s: row number %d wasn't written", e.name, i+1)
			}
		}
	}
}

// writeBack sets every field that can be changed to what it is already, and
// returns their number.
func writeBack(update reflect.Value, e *entity, row any) int {
	n := 0
	for name, value := range e.contents(row) {
		if !update.MethodByName("Set" + name).IsValid() {
			continue
		}
		n++
		v := reflect.ValueOf(value)
		switch clear := update.MethodByName("Clear" + name); {
		case clear.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil():
			clear.Call(nil)
		case v.Kind() == reflect.Pointer:
			set(update, name, v.Elem().Interface())
		default:
			set(update, name, value)
		}
	}
	return n
}
