package hook

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/invariant"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// PublishedOnce sets the time at which a classroom is first published.
func PublishedOnce() ent.Hook {
	return firstTime(rule("Classroom", "classroom_published_at_once"), "is_published")
}

// ActivatedOnce sets the time at which a content is first active.
func ActivatedOnce() ent.Hook {
	return firstTime(rule("ClassroomContent", "classroomcontent_activated_at_once"), "is_active")
}

// firstTime keeps the rule that its column holds the time at which a flag first
// became true. The time that a writer names counts where there is none, for data
// from elsewhere.
func firstTime(r *invariant.Rule, flag string) ent.Hook {
	column := r.Fields[0]
	clearing := changing(updates, r.Fields, func(_ context.Context, m ent.Mutation, rows []*orm.Change) error {
		for _, c := range rows {
			if c.Old(column) != nil {
				return orm.Refuse(c, r)
			}
			if c.Differs(flag) && c.New(flag) == true {
				orm.SetOnce(m, column, now())
				return nil
			}
		}
		return nil
	})
	return func(next ent.Mutator) ent.Mutator {
		clear := clearing(next)
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			c := orm.Alone(m)
			at, on := c.New(column), c.New(flag) == true
			switch update := m.Op().Is(updates); {
			case update && at == nil && orm.Touches(m, column):
				return clear.Mutate(ctx, m)
			case update && at != nil:
				orm.SetOnce(m, column, at)
			case update && on:
				orm.SetOnce(m, column, now())
			case c.Creates() && at == nil && on:
				c.Put(column, now())
			}
			return next.Mutate(ctx, m)
		})
	}
}

// now is the time as the database will hand it back: UTC, microseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// CompletionOfActiveContent refuses to complete a content that is switched off.
// Of two completions by one user the second waits for the first, so that one of
// them sees that they were the last two.
func CompletionOfActiveContent() ent.Hook {
	active := require(rule("ClassroomContentCompletion", "classroomcontentcompletion_content_is_active"),
		func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
			content, user := b.Table("ClassroomContent"), b.Table("User")
			return sql.And(
				sql.Exists(orm.Share(b.Select(content.C("id")).From(content).Where(sql.And(
					sql.EQ(content.C("id"), c.New("content_id")),
					sql.EQ(content.C("is_active"), true),
				)))),
				sql.Exists(orm.Exclude(b.Select(user.C("id")).From(user).Where(sql.EQ(user.C("id"), c.New("user_id"))))),
			)
		})
	inOrder := creating(every, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		if users := idsIn(rows, "user_id"); len(users) > 1 {
			return orm.LockRows(ctx, m, "User", users)
		}
		return nil
	})
	return func(next ent.Mutator) ent.Mutator { return active(inOrder(next)) }
}

// idsIn are the ids that a column of the rows holds, each once, in order.
func idsIn(rows []*orm.Change, column string) []int64 {
	var ids []int64
	for _, c := range rows {
		if id, ok := orm.NewValue[int64](c, column); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// CertificateOnCompletion issues the certificate of a classroom to the users who
// have completed the last of its active contents. Somebody may have issued one by
// hand.
func CertificateOnCompletion() ent.Hook {
	return created(every, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		done := orm.SQL(m).Table("ClassroomContentCompletion").As("done")
		b := &sql.Builder{}
		b.SetDialect(orm.Dialect(m))
		b.WriteString(`
INSERT INTO "ClassroomCertificate" (classroom_id, user_id, issued_at)
SELECT room.id, done.user_id, max(done.completed_at)
FROM "ClassroomContentCompletion" AS done
JOIN "ClassroomContent" AS item ON item.id = done.content_id
JOIN "Classroom" AS room ON room.id = item.classroom_id
WHERE `).Join(orm.AnyOf(done.C("id"), rowIDs(rows))).WriteString(` AND room.issue_certificate AND NOT EXISTS (
	SELECT 1 FROM "ClassroomContent" AS missing
	WHERE missing.classroom_id = room.id AND missing.is_active AND NOT EXISTS (
		SELECT 1 FROM "ClassroomContentCompletion" AS other
		WHERE other.content_id = missing.id AND other.user_id = done.user_id))
GROUP BY room.id, done.user_id
ORDER BY room.id, done.user_id
ON CONFLICT (classroom_id, user_id) DO NOTHING`)
		_, err := orm.Exec(ctx, m, b)
		return err
	})
}
