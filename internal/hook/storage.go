package hook

import (
	"context"
	"maps"
	"strings"
	"unicode/utf8"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// gigabyte is the unit of a tier's limit, in bytes.
const gigabyte = 1_000_000_000

// StorageWithinLimit refuses files that would take an owner past the storage limit
// of their platform tier, and files that the owner has a row for. All writers of an
// owner's files wait for the lock on the owner. Who is past the limit, because it
// was lowered or a smaller tier taken, can still replace files by smaller ones.
func StorageWithinLimit() ent.Hook {
	storable := func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		if c := twice(those(rows, func(c *orm.Change) bool { return c.Differs("file_path") })); c != nil {
			return orm.Refuse(c, rule("StorageUsage", "storageusage_one_row_a_file"))
		}
		return fit(ctx, m, rows)
	}
	made := creating(every, admitted(func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		if err := orm.LockRows(ctx, m, "User", idsIn(rows, "owner_id")); err != nil {
			return err
		}
		return storable(ctx, m, rows)
	}))
	changed := changingUnder("owner_id", "User", updates, []string{"file_size", "file_path"}, storable)
	return both(both(made, changed), storedOnce())
}

// fit tells whether there is room for the rows as they are to be.
func fit(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
	growing := those(rows, func(c *orm.Change) bool { return growth(c) > 0 })
	if len(growing) == 0 {
		return nil
	}
	room, err := roomOf(ctx, m, idsIn(growing, "owner_id"))
	if err != nil {
		return err
	}
	for _, c := range those(rows, func(c *orm.Change) bool { return growth(c) < 0 }) {
		if left := room[ownerOf(c)]; left != nil {
			*left -= growth(c)
		}
	}
	for _, c := range growing {
		left := room[ownerOf(c)]
		if left == nil {
			continue
		}
		if growth(c) > *left {
			return orm.Refuse(c, rule("StorageUsage", "storageusage_within_limit"))
		}
		*left -= growth(c)
	}
	return nil
}

func ownerOf(c *orm.Change) int64 {
	id, _ := orm.NewValue[int64](c, "owner_id")
	return id
}

// growth is by how many bytes a file grows.
func growth(c *orm.Change) int64 {
	before, _ := orm.OldValue[int64](c, "file_size")
	after, _ := orm.NewValue[int64](c, "file_size")
	if after < 0 { // which the column refuses
		return 0
	}
	return after - before
}

// roomOf is how many bytes the owners have left, without those who have no limit.
// Of several active subscriptions the most generous counts.
func roomOf(ctx context.Context, m ent.Mutation, owners []int64) (map[int64]*int64, error) {
	b := orm.SQL(m)
	owner, file := b.Table("User").As("owner"), b.Table("StorageUsage").As("file")
	subscription, tier := b.Table("AppSubscription").As("subscription"), b.Table("AppSubscriptionTier").As("tier")
	used := b.Select().AppendSelectExpr(total(file.C("file_size"))).From(file).Where(sql.ColumnsEQ(file.C("owner_id"), owner.C("id")))
	var found []struct {
		Owner int64  `sql:"id"`
		GB    *int64 `sql:"storage_limit_gb"`
		Used  int64  `sql:"used"`
	}
	err := orm.Read(ctx, m, b.Select(owner.C("id"), tier.C("storage_limit_gb")).AppendSelectExprAs(used, "used").From(owner).
		LeftJoin(subscription).OnP(sql.And(
		sql.ColumnsEQ(subscription.C("user_id"), owner.C("id")),
		sql.EQ(subscription.C("status"), "active"),
		sql.Or(sql.IsNull(subscription.C("expires_at")), sql.GT(subscription.C("expires_at"), now())),
	)).
		LeftJoin(tier).OnP(sql.Or(
		sql.ColumnsEQ(tier.C("id"), subscription.C("tier_id")),
		sql.And(sql.IsNull(subscription.C("id")), sql.EQ(tier.C("tier_name"), "free_hobby")),
	)).
		Where(orm.AnyOf(owner.C("id"), owners)), &found)
	if err != nil {
		return nil, err
	}
	room, unlimited := map[int64]*int64{}, map[int64]bool{}
	for _, f := range found {
		if f.GB == nil {
			unlimited[f.Owner] = true
			continue
		}
		left := *f.GB*gigabyte - f.Used
		if other := room[f.Owner]; other == nil || *other < left {
			room[f.Owner] = &left
		}
	}
	maps.DeleteFunc(room, func(owner int64, _ *int64) bool { return unlimited[owner] })
	return room, nil
}

// total is the sum of a column of sizes, or as much of it as a number holds.
func total(column string) sql.Querier {
	const most = "9000000000000000000"
	return sql.ExprFunc(func(b *sql.Builder) {
		if b.Dialect() == dialect.SQLite { // whose sum fails where it is too large
			b.WriteString("CAST(MIN(TOTAL(").Ident(column).WriteString("), " + most + ") AS INTEGER)")
			return
		}
		b.WriteString("CAST(LEAST(COALESCE(SUM(").Ident(column).WriteString("), 0), " + most + ") AS bigint)")
	})
}

func storedOnce() ent.Hook {
	return require(rule("StorageUsage", "storageusage_one_row_a_file"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		path, _ := orm.NewValue[string](c, "file_path")
		if !utf8.ValidString(path) || strings.Contains(path, "\x00") {
			return nil // which the column refuses, and can't be asked for
		}
		file := b.Table("StorageUsage")
		return sql.NotExists(b.Select(file.C("id")).From(file).Where(sql.And(
			sql.EQ(file.C("owner_id"), ownerOf(c)),
			sql.EQ(file.C("file_path"), path),
			sql.NEQ(file.C("id"), c.ID()),
		)))
	})
}

// twice is a row with the path of another one in the same statement, nil if there
// is none.
func twice(rows []*orm.Change) *orm.Change {
	type place struct {
		owner int64
		path  string
	}
	seen := map[place]bool{}
	for _, c := range rows {
		path, _ := orm.NewValue[string](c, "file_path")
		at := place{ownerOf(c), path}
		if seen[at] {
			return c
		}
		seen[at] = true
	}
	return nil
}
