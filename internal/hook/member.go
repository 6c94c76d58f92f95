package hook

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

const applicant = "applicant"

// Approval keeps when a membership was approved or blocked together with its
// being so. An applicant who becomes anything else has been approved; somebody
// who has joined without applying hasn't. What a write says of the times itself
// stays.
func Approval() ent.Hook {
	return before(ent.OpCreate|updates, func(m ent.Mutation) error {
		now := time.Now().UTC().Truncate(time.Microsecond)
		if err := approval(m, now); err != nil {
			return err
		}
		return blocking(m, now)
	})
}

func approval(m ent.Mutation, now time.Time) error {
	if orm.Touches(m, "approved_at") {
		return nil
	}
	role, _ := orm.NewValue[string](orm.Alone(m), "role")
	_, byOne := orm.NewValue[int64](orm.Alone(m), "approved_by_id")
	switch creates := m.Op().Is(ent.OpCreate); {
	case byOne && creates:
		orm.Put(m, "approved_at", now)
	case byOne:
		orm.SetOnce(m, "approved_at", now)
		keepFirst(m, "approved_by_id")
	case creates || role == "":
	case role != applicant:
		orm.Compute(m, "approved_at", func(b *sql.Builder) {
			b.WriteString("CASE WHEN ").Ident("role").WriteString(" = ").Arg(applicant)
			b.WriteString(" THEN COALESCE(").Ident("approved_at").Comma().Arg(now)
			b.WriteString(") ELSE ").Ident("approved_at").WriteString(" END")
		})
	default:
		return withdraw(m, "approved_at", "approved_by_id")
	}
	return nil
}

func blocking(m ent.Mutation, now time.Time) error {
	blocked, set := orm.NewValue[bool](orm.Alone(m), "is_blocked")
	switch creates := m.Op().Is(ent.OpCreate); {
	case !set:
	case !blocked && creates:
	case !blocked:
		return withdraw(m, "blocked_at", "blocked_by_id")
	case orm.Touches(m, "blocked_at"):
	case creates:
		orm.Put(m, "blocked_at", now)
	default:
		if by, ok := m.Field("blocked_by_id"); ok {
			orm.Compute(m, "blocked_by_id", func(b *sql.Builder) {
				b.WriteString("CASE WHEN ").Ident("is_blocked").WriteString(" THEN COALESCE(").Ident("blocked_by_id").Comma().Arg(by)
				b.WriteString(") ELSE ").Arg(by).WriteString(" END")
			})
		}
		orm.Compute(m, "blocked_at", func(b *sql.Builder) {
			b.WriteString("CASE WHEN ").Ident("is_blocked").WriteString(" THEN COALESCE(").Ident("blocked_at").Comma().Arg(now)
			b.WriteString(") ELSE ").Arg(now).WriteString(" END")
		})
	}
	return nil
}

// keepFirst keeps who did something first, together with when.
func keepFirst(m ent.Mutation, column string) {
	if v, ok := m.Field(column); ok {
		orm.SetOnce(m, column, v)
	}
}

// withdraw clears those of the columns that the mutation leaves alone.
func withdraw(m ent.Mutation, columns ...string) error {
	for _, column := range columns {
		if orm.Touches(m, column) {
			continue
		}
		if err := m.ClearField(column); err != nil {
			return err
		}
	}
	return nil
}

// RoleOfJoining makes whoever joins without a role a member of an open community,
// and an applicant of a closed one.
func RoleOfJoining() ent.Hook {
	lacks := func(c *orm.Change) bool { return c.New("role") == nil }
	return creating(lacks, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		b := orm.SQL(m)
		community := b.Table("Community")
		var open []int64
		err := orm.Read(ctx, m, orm.Share(b.Select(community.C("id")).From(community).Where(sql.And(
			orm.AnyOf(community.C("id"), idsIn(rows, "community_id")),
			sql.EQ(community.C("is_open"), true),
		)).OrderBy(community.C("id"))), &open)
		if err != nil {
			return err
		}
		for _, c := range rows {
			id, _ := orm.NewValue[int64](c, "community_id")
			if slices.Contains(open, id) {
				c.Put("role", "member")
			} else {
				c.Put("role", applicant)
			}
		}
		return nil
	})
}

// JoiningOpensFreeTier gives whoever joins a community access to its free tier:
// those who become members at once, and applicants when they are approved. There
// is nothing to give where the tier is gone, switched off or no longer free, and
// an access that there is stays as it is.
func JoiningOpensFreeTier() ent.Hook {
	join := created(joins, openFreeTier)
	approve := changing(updates, []string{"role"}, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		return openFreeTier(ctx, m, those(rows, joins))
	})
	return both(join, approve)
}

func joins(c *orm.Change) bool {
	was := c.Creates() || c.Old("role") == applicant
	return was && c.New("role") != applicant
}

func openFreeTier(ctx context.Context, m ent.Mutation, members []*orm.Change) error {
	if len(members) == 0 {
		return nil
	}
	var ids []int64
	for _, c := range members {
		ids = append(ids, c.ID())
	}
	var b sql.Builder
	b.SetDialect(orm.Dialect(m))
	b.WriteString(`INSERT INTO "CommunityGroupAccess" ("community_id", "community_group_id", "user_id", "is_active", "subscribed_at")
		SELECT m."community_id", g."id", m."user_id", true, `).Arg(time.Now().UTC().Truncate(time.Microsecond))
	b.WriteString(` FROM "CommunityMember" AS m JOIN "CommunityGroup" AS g ON g."community_id" = m."community_id"
		WHERE g."name" = `).Arg(FreeTier).WriteString(` AND g."is_active" AND `).
		Join(orm.AnyOf(orm.SQL(m).Table("CommunityMember").As("m").C("id"), ids))
	b.WriteString(` AND NOT EXISTS (SELECT 1 FROM "CommunityGroupPrice" AS p WHERE p."community_group_id" = g."id" AND p."amount" > 0)
		ON CONFLICT DO NOTHING`)
	_, err := orm.Exec(ctx, m, &b)
	return err
}

// PointsOfYear starts a member's points from zero when leaderboard_year changes.
// Points that are added without saying for which year are this year's.
func PointsOfYear() ent.Hook {
	return before(updates, func(m ent.Mutation) error {
		add, adds := m.AddedField("points")
		sets, turns := orm.Touches(m, "points") && !adds, orm.Touches(m, "leaderboard_year")
		if sets || !adds && !turns {
			return nil // what is said of the points holds
		}
		year := yearAfter(m)
		if !turns {
			orm.Compute(m, "leaderboard_year", year)
		}
		orm.Compute(m, "points", func(b *sql.Builder) {
			b.WriteString("CASE WHEN ").Ident("leaderboard_year").WriteString(" = (")
			year(b)
			b.WriteString(") THEN ").Ident("points")
			if adds {
				b.WriteString(" + ").Arg(add)
			}
			b.WriteString(" ELSE ")
			if adds {
				b.Arg(add)
			} else {
				b.WriteByte('0')
			}
			b.WriteString(" END")
		})
		return nil
	})
}

// yearAfter is the year that a mutation's points count for.
func yearAfter(m ent.Mutation) func(*sql.Builder) {
	if year, ok := m.Field("leaderboard_year"); ok {
		return func(b *sql.Builder) { b.Arg(year) }
	}
	if years, ok := m.AddedField("leaderboard_year"); ok {
		return func(b *sql.Builder) { b.Ident("leaderboard_year").WriteString(" + ").Arg(years) }
	}
	now := time.Now().UTC().Year()
	return func(b *sql.Builder) {
		b.WriteString("CASE WHEN ").Ident("leaderboard_year").WriteString(" < ").Arg(now)
		b.WriteString(" THEN ").Arg(now).WriteString(" ELSE ").Ident("leaderboard_year").WriteString(" END")
	}
}
