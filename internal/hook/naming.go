package hook

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// CommunityAlias gives a community without an alias the slug of its name.
func CommunityAlias() ent.Hook {
	return naming{table: "Community", column: "alias", from: "name", size: 255, fallback: "community"}.hook()
}

// TagSlug gives a tag without a slug the slug of its name, and refuses to take a
// tag's slug away.
func TagSlug() ent.Hook {
	r := rule("Tag", "tag_slug_from_name")
	given := naming{table: "Tag", column: "slug", from: "name", size: 50, fallback: "tag"}.hook()
	keep := before(updates, func(m ent.Mutation) error {
		if v, set := orm.NewValue[string](orm.Alone(m), "slug"); set && v == "" {
			return orm.Refuse(orm.Alone(m), r)
		}
		return nil
	})
	return both(given, keep)
}

// A naming is how the rows of a table get the names that they have in URLs, which
// are unique: the slug of another column, or else the fallback, with the first of
// -1, -2, … that is free if others have it. A long slug is cut to make room.
type naming struct {
	table, column, from string
	size                int
	fallback            string
}

// hook gives names under a lock that those wait for who choose one from the same
// text. Writers who give names of their own, and the platform's other services,
// take none: where one of them comes with the same name in between the write is
// done again, and chooses another.
func (n naming) hook() ent.Hook {
	chosen := creating(n.lacks, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		if err := n.lock(ctx, m, rows); err != nil {
			return err
		}
		return n.choose(ctx, m, rows)
	})
	again := on(ent.OpCreate, func(ctx context.Context, m ent.Mutation, next ent.Mutator) (ent.Value, error) {
		all := orm.Planned(m)
		own := len(all) > 0 && len(those(all, n.lacks)) == len(all) // none of the names was given
		v, err := next.Mutate(ctx, m)
		if taken := invariant.Over(n.table, []string{n.column}); own && errors.Is(err, taken.Code) {
			err = orm.Again(err)
		}
		return v, err
	})
	return both(again, chosen)
}

// lock takes PostgreSQL's advisory locks for the texts that names are chosen from,
// in the order of their keys.
func (n naming) lock(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
	if orm.Dialect(m) != dialect.Postgres {
		return nil
	}
	keys := make([]int64, len(rows))
	for i, c := range rows {
		h := fnv.New64a()
		h.Write([]byte(n.table + " " + n.base(c)))
		keys[i] = int64(h.Sum64()) //nolint:gosec // any number will do
	}
	slices.Sort(keys)
	b := &sql.Builder{}
	b.SetDialect(dialect.Postgres)
	b.WriteString("SELECT pg_advisory_xact_lock(value) FROM ")
	orm.Each(b, slices.Compact(keys))
	_, err := orm.Exec(ctx, m, b)
	return err
}

func (n naming) name(c *orm.Change) string {
	v, _ := orm.NewValue[string](c, n.column)
	return v
}

func (n naming) lacks(c *orm.Change) bool { return n.name(c) == "" }

// choose names the rows. How many of a name's numbers are taken nobody knows: a
// few more than may do are looked up, and many more if that was in vain.
func (n naming) choose(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
	taken := map[string]bool{}
	all, _ := orm.Batch(m)
	for _, c := range all {
		taken[n.name(c)] = true
	}
	tried := map[string]int{} // numbers that are taken, by the name
	for more := 8; len(rows) > 0; more *= 4 {
		limit := map[string]int{}
		for _, c := range rows {
			base := n.base(c)
			limit[base] = max(limit[base], tried[base]+more) + 1
		}
		if err := n.look(ctx, m, limit, tried, taken); err != nil {
			return err
		}
		rows = those(rows, func(c *orm.Change) bool {
			base := n.base(c)
			for ; tried[base] < limit[base]; tried[base]++ {
				if name := n.numbered(base, tried[base]); !taken[name] {
					taken[name] = true
					c.Put(n.column, name)
					return false
				}
			}
			return true
		})
	}
	return nil
}

// look adds the names that other rows have to those taken.
func (n naming) look(ctx context.Context, m ent.Mutation, limit, tried map[string]int, taken map[string]bool) error {
	var names, found []string
	for base, end := range limit {
		for i := tried[base]; i < end; i++ {
			names = append(names, n.numbered(base, i))
		}
	}
	b := orm.SQL(m)
	t := b.Table(n.table)
	column := t.C(n.column)
	if err := orm.Read(ctx, m, b.Select(column).From(t).Where(orm.AnyOf(column, names)), &found); err != nil {
		return err
	}
	for _, name := range found {
		taken[name] = true
	}
	return nil
}

func (n naming) base(c *orm.Change) string {
	text, _ := orm.NewValue[string](c, n.from)
	if s := slug(text); s != "" {
		return s
	}
	return n.fallback
}

// numbered is the ith name that is made of a slug, the slug itself being the
// first.
func (n naming) numbered(base string, i int) string {
	suffix := ""
	if i > 0 {
		suffix = "-" + strconv.Itoa(i)
	}
	return shortened(base, n.size-len(suffix)) + suffix
}
