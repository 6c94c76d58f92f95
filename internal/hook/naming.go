package hook

import (
	"context"
	"strconv"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

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

// namesLock is the key of PostgreSQL's advisory lock under which names are chosen.
// It is one for all tables, so that nobody waits for one with another in hand.
// Writers who give names of their own, and the platform's other services, take no
// lock: the unique index tells, if they come with the same one in between.
const namesLock = "SELECT pg_advisory_xact_lock(7163384644223036773)"

func (n naming) hook() ent.Hook {
	return creating(n.lacks, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		if orm.Dialect(m) == dialect.Postgres {
			if _, err := orm.Exec(ctx, m, sql.Raw(namesLock)); err != nil {
				return err
			}
		}
		return n.choose(ctx, m, rows)
	})
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
