package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/rulecheck"
)

// examine looks in a database, whose schema is live, for rows that break what the
// model, which is past the steps of the Python services' history, still lacks of
// the schema that is wanted. It returns what rows break and what could not be
// examined, and changes nothing.
func examine(ctx context.Context, db *sql.DB, live catalogue.Schema, m *model, want catalogue.Schema) (findings, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return nil, fmt.Errorf("adopt: examine the rows: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to commit
	if _, err := tx.ExecContext(ctx, settings(true, 0)); err != nil {
		return nil, fmt.Errorf("adopt: examine the rows: %w", err)
	}
	var found findings
	for _, f := range slices.Concat(m.questions(want), moved(live, want), orphans(live, want)) {
		if f.Unknown == "" {
			rows, err := rulecheck.Look(ctx, tx, f.ids)
			if err != nil {
				return nil, fmt.Errorf("adopt: examine the rows: %w", err)
			}
			f.Rows, f.IDs, f.Unknown = int64(rows.Rows), rows.IDs, rows.Error
		}
		if f.Rows > 0 || f.Unknown != "" {
			found = append(found, f)
		}
	}
	return found, nil
}

// questions are findings that are yet to be made: one for every object that holds
// rows to something and that the model lacks.
func (m *model) questions(want catalogue.Schema) findings {
	var qs findings
	for _, o := range want {
		ids := rulecheck.Broken(o)
		if ids == "" || m.holds(o) || m.made(o) {
			continue
		}
		f := Finding{Rule: o.Name, Table: m.liveTable(o.Table), Says: says(o), IDs: []int64{}, object: o}
		views, missing := m.views(o, want)
		if f.Unknown = missing; missing == "" {
			f.ids = views + ids
			f.SQL = look(f.Table, f.ids)
		}
		qs = append(qs, f)
	}
	return qs
}

// made tells whether an object is about nothing that is in the live database: what
// the takeover puts into a table or column that it makes is not NULL where it must
// not be, and refers to what is there.
func (m *model) made(o catalogue.Object) bool {
	switch o.Kind {
	case catalogue.Column:
		return m.liveColumn(o.Table, o.Name) == ""
	case catalogue.ForeignKey:
		return slices.ContainsFunc(strings.Split(parseKey(o.Def).columns, ", "), func(c string) bool {
			return m.liveColumn(o.Table, unquoted(c)) == ""
		})
	default:
		return m.liveTable(o.Table) == ""
	}
}

// says is the rule that an object keeps, in words, or else its definition.
func says(o catalogue.Object) string {
	if r := invariant.Named(o.Table, o.Name); r != nil {
		return r.Says
	}
	if o.Kind == catalogue.Column {
		return "must not be NULL"
	}
	return o.Def
}

// look is a statement that shows rows to a person.
func look(table, ids string) string {
	return fmt.Sprintf("SELECT * FROM %s WHERE id IN (%s) ORDER BY id", quoted(table), ids)
}

// holds tells whether the database holds its rows to what an object says, whatever
// that is called there and what happens to rows when others are deleted.
func (m *model) holds(o catalogue.Object) bool {
	return slices.ContainsFunc(m.schema.Of(o.Table), func(h catalogue.Object) bool {
		if !h.Valid() {
			return false
		}
		switch {
		case h.Kind == catalogue.PrimaryKey:
			// What is unique by a part of it is unique.
			u, ok := rulecheck.UniqueOf(o)
			return ok && h.Def == "PRIMARY KEY (id)" && strings.HasPrefix(u.Key, "id, ")
		case o.Kind == catalogue.Column:
			return h.Kind == o.Kind && h.Name == o.Name && strings.Contains(h.Def, " NOT NULL")
		case o.Kind == catalogue.ForeignKey:
			return h.Kind == o.Kind && parseKey(h.Def) == parseKey(o.Def)
		case o.Kind == catalogue.Check:
			return h.Kind == o.Kind && h.Def == o.Def
		default:
			has, ok := rulecheck.UniqueOf(h)
			is, _ := rulecheck.UniqueOf(o)
			return ok && has == is
		}
	})
}

// views returns a WITH clause that lets a query, which names an object's table and
// those that it refers to as they will be, be run on the live database; "" if
// nothing is called otherwise there. A column that the live database lacks will be
// NULL. If it lacks something without which the object can't be examined, missing
// says what.
func (m *model) views(o catalogue.Object, want catalogue.Schema) (with, missing string) {
	tables := []string{o.Table}
	if ref := parseKey(o.Def).table; ref != "" && ref != o.Table {
		tables = append(tables, ref)
	}
	var views []string
	for _, t := range tables {
		live := m.liveTable(t)
		if live == "" {
			return "", fmt.Sprintf("the table %s is not there yet", quoted(t))
		}
		columns := "*"
		for _, c := range want.Of(t, catalogue.Column) {
			was := m.liveColumn(t, c.Name)
			switch {
			case was == c.Name || !mentions(o.Def, c.Name) && o.Name != c.Name:
			case was != "":
				columns += ", " + quoted(was) + " AS " + quoted(c.Name)
			case strings.Contains(c.Def, " NOT NULL"):
				return "", fmt.Sprintf("the column %s of %s is not there yet", c.Name, quoted(t))
			default:
				kind, _, _ := strings.Cut(c.Def, " DEFAULT ")
				columns += ", NULL::" + kind + " AS " + quoted(c.Name)
			}
		}
		if live != t || columns != "*" {
			views = append(views, fmt.Sprintf("%s AS (SELECT %s FROM %s)", quoted(t), columns, quoted(live)))
		}
	}
	if len(views) == 0 {
		return "", ""
	}
	return "WITH " + strings.Join(views, ", ") + " ", ""
}

// moves are values that the steps of the Python services' history take to tables
// where they break a check.
var moves = []struct {
	table, check string   // where to
	from         []string // tables that have or had the column
	column       string
	broken       string // the condition on those that break it
}{
	{"CommunityGroupPrice", "communitygroupprice_amount_not_negative", []string{"PaymentPlan", "CommunityGroup"}, "fee", "fee < 0 AND NOT is_free"},
	{"AppSubscriptionTierPrice", "appsubscriptiontierprice_amount_not_negative", []string{"AppSubscriptionTier"}, "price", "price < 0"},
}

// moved are questions about values that are still to be moved.
func moved(live, want catalogue.Schema) findings {
	var qs findings
	for _, v := range moves {
		o, ok := want.Get(catalogue.Check, v.table, v.check)
		for _, table := range v.from {
			if _, there := live.Get(catalogue.Column, table, v.column); ok && there {
				ids := fmt.Sprintf("SELECT id FROM %s WHERE %s", quoted(table), v.broken)
				qs = append(qs, Finding{
					Rule: v.check, Table: table, Says: v.column + " " + says(o) + ", since it becomes an amount",
					IDs: []int64{}, SQL: look(table, ids), ids: ids, object: o,
				})
			}
		}
	}
	return qs
}
