package conformance

import (
	"flag"
	"fmt"
	"testing"
)

// crowd is how many posts, messages and members a database has that plans are
// looked at in. With far fewer the planner rightly reads small tables whole.
var crowd = flag.Int("crowd", 100_000, "how many posts, messages and members plans are looked at with")

// crowded fills a PostgreSQL database with as many posts, messages and members as
// are asked for, and a fitting number of everything that decides on who sees them.
// The users 1 to 10 are plain members of community 1, without access to its tier,
// which every second forum and classroom is for.
func crowded(t testing.TB, rows int) Database {
	t.Helper()
	d := Postgres(t)
	const perCommunity = 100
	communities := rows / perCommunity
	for _, stmt := range []string{
		fill("User", rows/10, `"id", "email", "username", "password", "date_joined"`, `i, 'user' || i || '@example.com', 'user' || i, '!', now()`),
		fill("User_roles", rows/10, `"user_id", "role_id"`, `i, (SELECT min(id) FROM "Roles" WHERE NOT is_admin_role)`),
		fill("Community", communities, `"id", "created_at", "updated_at", "name", "alias"`, `i, now(), now(), 'Community ' || i, 'community-' || i`),
		fill("CommunityGroup", communities, `"id", "created_at", "updated_at", "name", "offerings", "community_id"`, `i, now(), now(), 'gold', '[]', i`),
		fill("CommunityMember", rows, `"role", "leaderboard_year", "joined_at", "community_id", "user_id"`,
			fmt.Sprintf(`CASE WHEN (i - 1) / %[2]d = 50 THEN 'moderator' ELSE 'member' END, 2026, now() - i * interval '1 second', 1 + (i - 1) %% %[1]d, 1 + ((i - 1) / %[1]d + (i - 1) %% %[1]d * 10) %% %[3]d`,
				communities, communities, rows/10)),
		fill("CommunityGroupAccess", rows/10, `"subscribed_at", "community_id", "community_group_id", "user_id"`,
			fmt.Sprintf(`now(), 1 + i %% %[1]d, 1 + i %% %[1]d, 1 + (i / %[1]d * 7 + 50) %% %[2]d`, communities, rows/10)),
		fill("Forum", 2*communities, `"id", "created_at", "updated_at", "name", "community_id"`, `i, now(), now(), 'forum ' || i, 1 + (i - 1) / 2`),
		fill("Forum_payment_plans", communities, `"forum_id", "communitygroup_id"`, `2 * i, i`),
		fill("Post", rows, `"created_at", "updated_at", "message", "forum_id", "user_id"`,
			fmt.Sprintf(`now() - i * interval '1 second', now(), 'post ' || i, 1 + i %% %d, 1 + i %% %d`, 2*communities, rows/10)),
		fill("PostLike", rows/2, `"created_at", "post_id", "user_id"`, fmt.Sprintf(`now(), 1 + i %% %d, 1 + i %% %d`, rows/2, rows/10)),
		fill("Conversation", rows/20, `"id", "created_at", "updated_at", "community_id"`, fmt.Sprintf(`i, now(), now(), 1 + (i - 1) %% %d`, communities)),
		fill("ConversationParticipant", rows/10, `"joined_at", "conversation_id", "user_id"`,
			fmt.Sprintf(`now(), 1 + (i - 1) / 2, 1 + (i - 1) %% %d`, rows/10)),
		fill("Message", rows, `"created_at", "updated_at", "content", "conversation_id", "sender_id"`,
			fmt.Sprintf(`now() - i * interval '1 second', now(), 'message ' || i, 1 + i %% %d, 1`, rows/20)),
		fill("Classroom", 2*communities, `"id", "created_at", "updated_at", "name", "title", "enforce_progression", "is_published", "community_id"`,
			`i, now(), now(), 'room-' || i, 'Room', true, true, 1 + (i - 1) / 2`),
		fill("Classroom_payment_plans", communities, `"classroom_id", "communitygroup_id"`, `2 * i, i`),
		fill("ClassroomContent", rows/10, `"created_at", "updated_at", "title", "order", "classroom_id"`,
			fmt.Sprintf(`now(), now(), 'Lesson', i, 1 + i %% %d`, 2*communities)),
		fill("ClassroomContentCompletion", rows/10, `"completed_at", "content_id", "user_id"`, `now(), i, 1 + i / 3`),
		fill("BlogPost", rows/100, `"created_at", "updated_at", "title", "slug", "blog_message", "writer_id"`, `now(), now(), 'News', 'news-' || i, '…', 1 + i * 5`),
		fill("CommunityBlogPost", rows/20, `"id", "created_at", "updated_at", "title", "slug", "blog_message", "community_id", "writer_id"`,
			fmt.Sprintf(`i, now(), now(), 'News', 'news-' || i, '…', 1 + i %% %d, 1 + i * 2 %% %d`, communities, rows/10)),
		fill("CommunityBlogPostReply", rows/10, `"created_at", "updated_at", "message", "community_blog_post_id", "user_id"`,
			fmt.Sprintf(`now(), now(), 'Yes', 1 + i %% %d, i`, rows/20)),
		fill("PublicFeeds", rows/10, `"created_at", "updated_at", "message", "community_id", "posted_by_id"`, fmt.Sprintf(`now(), now(), 'Hello', 1 + i %% %d, i`, communities)),
		fill("CommunityFeedback", rows/10, `"created_at", "updated_at", "rating", "community_id", "user_id"`, fmt.Sprintf(`now(), now(), 5, 1 + i %% %d, i`, communities)),
		`ANALYZE`,
	} {
		if _, err := d.DB.ExecContext(System(t), stmt); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
	return d
}

// fill makes rows of a table, each from a number i.
func fill(table string, rows int, columns, values string) string {
	return fmt.Sprintf(`INSERT INTO %q (%s) SELECT %s FROM generate_series(1, %d) AS i`, table, columns, values, rows)
}
