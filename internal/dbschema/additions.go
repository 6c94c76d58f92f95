package dbschema

import (
	"fmt"
	"slices"
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"
	"entgo.io/ent/dialect"
)

// additions is what the graph can't say: the constraints that package invariant
// lists, and what those here are for. To add to it, append an entry there or
// here, run go generate, and make a migration.
var additions = append([]addition{
	{
		table:  "StorePurchase",
		name:   "storepurchase_product_id_buyer_email_completed",
		reason: "a product is sold once to a buyer, however many checkouts they begin",
		what:   spelling("((status)::text = 'completed'::text)"),
	},
	{
		table:  "QuizGenerationJob",
		name:   "quizgenerationjob_queued",
		reason: "workers take the job that has waited longest, however many are done",
		what:   spelling("((status)::text = 'queued'::text)"),
	},
	token("verification_token"),
	token("reset_password_token"),
	referred("CommunityGroup", "community_id", "accesses and subscriptions"),
	referred("MeetingSeries", "community_id", "occurrences"),
	referred("PollOption", "poll_id", "votes"),
	referred("Post", "forum_id", "replies"),
	referred("PublicFeeds", "community_id", "replies"),
	referred("WheelParticipant", "wheel_id", "handoffs"),
}, rules()...)

// referred is a unique index that foreign keys of two columns refer to: by whom,
// the reason says.
func referred(table, column, by string) addition {
	return addition{
		table:  table,
		name:   strings.ToLower(table) + "_id_" + column,
		reason: by + " refer to a row and to what it belongs to by one key, so that they can't differ",
		what:   index{unique: true, parts: []part{{column: "id"}, {column: column}}},
	}
}

// token spells the condition of the index by which a token's user is found.
func token(column string) addition {
	return addition{
		table:  "User",
		name:   "user_" + column,
		reason: "few users have a token, and it is looked up by its beginning",
		what:   spelling("(" + column + " IS NOT NULL)"),
	}
}

// An addition is one index or constraint.
type addition struct {
	table  string
	name   string
	reason string // what it is for, or which rule it holds
	what   thing
}

// thing is a kind of addition.
type thing interface {
	addTo(t *schema.Table, name string, d dialectName) error
}

type dialectName = string

// An expr is an SQL expression for each of the databases. On PostgreSQL it has
// to be written as the server prints it back (pg_get_indexdef,
// pg_get_constraintdef), with its casts and brackets: a comparison with a live
// database finds any other spelling of the same thing different, for ever.
type expr struct{ postgres, sqlite string }

func (e expr) in(d dialectName) string {
	if d == dialect.Postgres {
		return e.postgres
	}
	return e.sqlite
}

// A spelling replaces, on PostgreSQL, the expression of a check or partial index
// that the graph declares in words which both databases understand, but which
// PostgreSQL prints back in others.
type spelling string

func (s spelling) addTo(t *schema.Table, name string, d dialectName) error {
	if d != dialect.Postgres {
		return nil
	}
	if i, ok := t.Index(name); ok {
		for _, a := range i.Attrs {
			if p, ok := a.(*postgres.IndexPredicate); ok {
				p.P = string(s)
				return nil
			}
		}
		return fmt.Errorf("the index has no predicate")
	}
	for _, a := range t.Attrs {
		if c, ok := a.(*schema.Check); ok && c.Name == name {
			c.Expr = string(s)
			return nil
		}
	}
	return fmt.Errorf("the graph has neither an index nor a check of this name")
}

// An index is over expressions, or partial, or both.
type index struct {
	unique bool
	parts  []part
	where  *expr
}

// A part of an index is a column or an expression.
type part struct {
	column string
	expr   expr
}

func (x index) addTo(t *schema.Table, name string, d dialectName) error {
	if _, ok := t.Index(name); ok {
		return fmt.Errorf("the table has an index of this name already")
	}
	i := schema.NewIndex(name).SetUnique(x.unique)
	for _, p := range x.parts {
		if p.column == "" {
			i.AddExprs(&schema.RawExpr{X: p.expr.in(d)})
			continue
		}
		cs, err := columns(t, p.column)
		if err != nil {
			return err
		}
		i.AddColumns(cs...)
	}
	if x.where != nil && d == dialect.Postgres {
		i.AddAttrs(&postgres.IndexPredicate{P: x.where.postgres})
	} else if x.where != nil {
		i.AddAttrs(&sqlite.IndexPredicate{P: x.where.sqlite})
	}
	t.AddIndexes(i)
	return nil
}

// A foreignKey has several columns. The columns it refers to need a unique
// index over all of them.
type foreignKey struct {
	columns    []string
	refTable   string
	refColumns []string
	onDelete   schema.ReferenceOption
}

func (k foreignKey) addTo(t *schema.Table, name string, _ dialectName) error {
	ref, ok := t.Schema.Table(k.refTable)
	if !ok {
		return fmt.Errorf("table %q does not exist", k.refTable)
	}
	cs, err := columns(t, k.columns...)
	if err != nil {
		return err
	}
	refs, err := columns(ref, k.refColumns...)
	if err != nil {
		return err
	}
	t.AddForeignKeys(schema.NewForeignKey(name).
		AddColumns(cs...).SetRefTable(ref).AddRefColumns(refs...).SetOnDelete(k.onDelete))
	return nil
}

func columns(t *schema.Table, names ...string) ([]*schema.Column, error) {
	cs := make([]*schema.Column, len(names))
	for i, name := range names {
		c, ok := t.Column(name)
		if !ok {
			return nil, fmt.Errorf("table %q has no column %q", t.Name, name)
		}
		cs[i] = c
	}
	return cs, nil
}

// complete adds the additions to s, and refuses names that PostgreSQL would cut
// or that stand for two things.
func complete(s *schema.Schema, d dialectName, additions []addition) error {
	for _, a := range additions {
		t, ok := s.Table(a.table)
		if !ok {
			return fmt.Errorf("addition %s: table %q does not exist", a.name, a.table)
		}
		if err := a.what.addTo(t, a.name, d); err != nil {
			return fmt.Errorf("addition %s to table %q: %w", a.name, a.table, err)
		}
	}
	return checkNames(s)
}

// checkNames reads the names of a schema's indexes and constraints. Two indexes
// over the same columns have the same name unless one is given another, and ent
// then mixes up what it knows of them.
func checkNames(s *schema.Schema) error {
	const longest = 63 // bytes; PostgreSQL cuts off the rest
	indexes := map[string]bool{}
	for _, t := range s.Tables {
		var constraints []string
		for _, k := range t.ForeignKeys {
			constraints = append(constraints, k.Symbol)
		}
		for _, a := range t.Attrs {
			if c, ok := a.(*schema.Check); ok {
				constraints = append(constraints, c.Name)
			}
		}
		slices.Sort(constraints)
		for i, name := range constraints {
			if i > 0 && name == constraints[i-1] {
				return fmt.Errorf("table %q has two constraints named %s", t.Name, name)
			}
		}
		names := append([]string{t.Name}, constraints...)
		for _, i := range t.Indexes {
			if indexes[i.Name] {
				return fmt.Errorf("there are two indexes named %s: give one a StorageKey", i.Name)
			}
			indexes[i.Name] = true
			names = append(names, i.Name)
		}
		for _, name := range names {
			if len(name) > longest {
				return fmt.Errorf("the name %s in table %q is longer than %d bytes: give it a shorter StorageKey", name, t.Name, longest)
			}
		}
	}
	return nil
}
