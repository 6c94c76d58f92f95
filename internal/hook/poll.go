package hook

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// VoteInActivePoll refuses votes, and changes of votes, in a poll that isn't
// active.
func VoteInActivePoll() ent.Hook {
	return require(rule("PollVote", "pollvote_poll_is_active"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		poll := b.Table("Poll")
		return sql.Exists(orm.Share(b.Select(poll.C("id")).From(poll).Where(sql.And(
			sql.EQ(poll.C("id"), c.New("poll_id")),
			sql.EQ(poll.C("is_active"), true),
		))))
	})
}
