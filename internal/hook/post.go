package hook

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// ReplyToPost refuses replies to a forum post that takes none.
func ReplyToPost() ent.Hook {
	return takesReplies("Post", "post_replies_allowed", "parent_post_id")
}

// ReplyToFeed refuses replies to a public notice that takes none.
func ReplyToFeed() ent.Hook {
	return takesReplies("PublicFeeds", "publicfeeds_replies_allowed", "parent_feed_id")
}

func takesReplies(table, name, column string) ent.Hook {
	return require(rule(table, name), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		parent, reply := orm.NewValue[int64](c, column)
		if !reply {
			return nil
		}
		t := b.Table(table).As("parent")
		return sql.Exists(orm.Share(b.Select(t.C("id")).From(t).Where(sql.And(
			sql.EQ(t.C("id"), parent),
			sql.EQ(t.C("allow_replies"), true),
		))))
	})
}

// PostWhereAllowed refuses posts of others than moderators and up in a forum, or
// in a community, that is theirs to post in.
func PostWhereAllowed() ent.Hook {
	return require(rule("Post", "post_posting_allowed"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		community, forum := b.Table("Community").As("community"), b.Table("Forum").As("forum")
		open := b.Select(forum.C("id")).From(community).
			Join(forum).On(forum.C("community_id"), community.C("id")).
			Where(sql.And(
				sql.EQ(forum.C("id"), c.New("forum_id")),
				sql.EQ(forum.C("restrict_posting_to_owners_moderators"), false),
				sql.EQ(community.C("restrict_posting_to_owners_moderators"), false),
			))
		room, member := b.Table("Forum").As("room"), moderators(b)
		moderated := b.Select(member.C("id")).From(room).
			Join(member).On(member.C("community_id"), room.C("community_id")).
			Where(sql.And(sql.EQ(room.C("id"), c.New("forum_id")), isModerator(member, c.New("user_id"))))
		// Who is allowed because posting is open may be just in time, and locks nothing:
		// a community's row is changed by other writers all the time.
		return sql.Or(sql.Exists(open), sql.Exists(orm.Share(moderated)))
	})
}

// FeedByModerator refuses notices on behalf of a community by others than its
// moderators and up. Anybody may reply to one.
func FeedByModerator() ent.Hook {
	return require(rule("PublicFeeds", "publicfeeds_posted_by_moderator"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		if c.New("parent_feed_id") != nil {
			return nil
		}
		member := moderators(b)
		return sql.Exists(orm.Share(b.Select(member.C("id")).From(member).Where(sql.And(
			sql.EQ(member.C("community_id"), c.New("community_id")),
			isModerator(member, c.New("posted_by_id")),
		))))
	})
}

func moderators(b *sql.DialectBuilder) *sql.SelectTable {
	return b.Table("CommunityMember").As("moderator")
}

// isModerator is the condition that a membership is the user's, who is a moderator
// or more and not blocked.
func isModerator(member *sql.SelectTable, user any) *sql.Predicate {
	return sql.And(
		sql.EQ(member.C("user_id"), user),
		sql.In(member.C("role"), "moderator", "co_owner", "owner"),
		sql.EQ(member.C("is_blocked"), false),
	)
}
