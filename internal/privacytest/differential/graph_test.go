// Package differential compares what the client finds, in random graphs for random
// viewers by random queries, with what a plain evaluation of the rules over all
// rows in memory finds. That was written from the rules of who may see what, and
// shares nothing with the policies.
package differential

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A row has its columns by name: nil, int64, string or time.Time. Booleans are
// 0 and 1.
type row map[string]any

func (r row) id() int64             { return r["id"].(int64) }
func (r row) is(column string) bool { return r[column] == int64(1) }

// A graph is every row of a database, by entity and in the order of the ids.
type graph struct {
	rows map[string][]row
	now  time.Time
}

// get is the row of an entity with the id, nil if there is none.
func (g *graph) get(entity string, id any) row {
	for _, r := range g.rows[entity] {
		if r["id"] == id {
			return r
		}
	}
	return nil
}

// any reports whether a row of the entity has the values in the columns.
func (g *graph) any(entity string, such row, more ...func(row) bool) bool {
	for _, r := range g.rows[entity] {
		if has(r, such) && (len(more) == 0 || more[0](r)) {
			return true
		}
	}
	return false
}

func has(r, such row) bool {
	for column, v := range such {
		if r[column] != v {
			return false
		}
	}
	return true
}

// read reads every row of the entities.
func read(ctx context.Context, t *testing.T, db *sql.DB, types map[string]*orm.Type) *graph {
	t.Helper()
	g := &graph{rows: map[string][]row{}, now: time.Now()}
	for name, typ := range types {
		rows, err := db.QueryContext(ctx, fmt.Sprintf(`SELECT "%s" FROM "%s" ORDER BY id`, strings.Join(typ.Columns, `", "`), typ.Table))
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(typ.Columns))
			places := make([]any, len(values))
			for i := range values {
				places[i] = &values[i]
			}
			if err := rows.Scan(places...); err != nil {
				t.Fatal(err)
			}
			r := row{}
			for i, c := range typ.Columns {
				r[c] = plain(values[i])
			}
			g.rows[name] = append(g.rows[name], r)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func plain(v any) any {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case []byte:
		return string(v)
	}
	return v
}

// populate makes two communities with what belongs to them.
func populate(ctx context.Context, t *testing.T, client *ent.Client, seed uint64) {
	t.Helper()
	f := factory.New(client, factory.Seed(seed))
	factory.Must(ctx, t, f.BlogPost)
	factory.Must(ctx, t, f.Role, func(c *ent.RoleCreate) { c.SetIsAdminRole(true) })
	for range 2 {
		club := factory.Must(ctx, t, f.Community)
		var users []*ent.User
		for range 4 {
			m := factory.Must(ctx, t, f.CommunityMember, func(c *ent.CommunityMemberCreate) { c.SetCommunity(club) })
			users = append(users, client.User.GetX(ctx, m.UserID))
			factory.Must(ctx, t, f.UserProfile, func(c *ent.UserProfileCreate) { c.SetUserID(m.UserID).SetPhoneNumber("+23480000000") })
		}
		for range 2 {
			group := factory.Must(ctx, t, f.CommunityGroup, func(c *ent.CommunityGroupCreate) { c.SetCommunity(club) })
			for _, u := range users[:2] {
				factory.Must(ctx, t, f.CommunityGroupAccess, func(c *ent.CommunityGroupAccessCreate) {
					c.SetCommunityGroup(group).SetUser(u).SetSubscribedAt(time.Now().Add(-time.Hour))
				})
			}
			forum := factory.Must(ctx, t, f.Forum, func(c *ent.ForumCreate) { c.SetCommunity(club) })
			factory.Must(ctx, t, f.ForumGroup, func(c *ent.ForumGroupCreate) { c.SetForum(forum).SetCommunityGroup(group) })
			for _, u := range users {
				post := factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetForum(forum).SetAuthor(u) })
				factory.Must(ctx, t, f.PostLike, func(c *ent.PostLikeCreate) { c.SetPost(post).SetUser(users[0]) })
			}
			talk := factory.Must(ctx, t, f.Conversation, func(c *ent.ConversationCreate) { c.SetCommunity(club) })
			for _, u := range users[1:3] {
				factory.Must(ctx, t, f.ConversationParticipant, func(c *ent.ConversationParticipantCreate) { c.SetConversation(talk).SetUser(u) })
			}
			factory.Must(ctx, t, f.Message, func(c *ent.MessageCreate) { c.SetConversation(talk) })
			meeting := factory.Must(ctx, t, f.Meeting, func(c *ent.MeetingCreate) {
				c.SetCommunity(club).SetMeetingURL("https://meet.example.com/private")
			})
			factory.Must(ctx, t, f.MeetingAttendee, func(c *ent.MeetingAttendeeCreate) { c.SetMeeting(meeting).SetUser(users[3]) })
			factory.Must(ctx, t, f.MeetingGroup, func(c *ent.MeetingGroupCreate) { c.SetMeeting(meeting).SetCommunityGroup(group) })
		}
		post := factory.Must(ctx, t, f.CommunityBlogPost, func(c *ent.CommunityBlogPostCreate) { c.SetCommunity(club) })
		factory.Must(ctx, t, f.CommunityBlogPostReply, func(c *ent.CommunityBlogPostReplyCreate) { c.SetCommunityBlogPostID(post.ID) })
		factory.Must(ctx, t, f.PublicFeed, func(c *ent.PublicFeedCreate) { c.SetCommunity(club) })
		factory.Must(ctx, t, f.CommunityFeedback, func(c *ent.CommunityFeedbackCreate) { c.SetCommunity(club) })
		factory.Must(ctx, t, f.CommunityLike, func(c *ent.CommunityLikeCreate) { c.SetCommunity(club).SetUser(users[0]) })
	}
}

// shuffle draws the rights in a graph anew, in one transaction: what the client's
// own rules say of these columns is not the question here.
func shuffle(ctx context.Context, t *testing.T, db *sql.DB, g *graph, r *rand.Rand) {
	t.Helper()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	exec := func(format string, args ...any) {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(format, args...)); err != nil {
			t.Fatal(err)
		}
	}
	flag := func(share float64) string { return fmt.Sprint(r.Float64() < share) }
	for _, u := range g.rows["User"] {
		exec(`UPDATE "User" SET is_active = %s, is_staff = %s WHERE id = %d`, flag(.9), flag(.08), u.id())
	}
	for _, c := range g.rows["Community"] {
		exec(`UPDATE "Community" SET is_active = %s WHERE id = %d`, flag(.8), c.id())
	}
	for _, c := range g.rows["CommunityGroup"] {
		exec(`UPDATE "CommunityGroup" SET is_active = %s WHERE id = %d`, flag(.8), c.id())
	}
	for _, a := range g.rows["CommunityGroupAccess"] {
		ends := []string{"NULL", "'2001-01-01 00:00:00+00:00'", "'2901-01-01 00:00:00+00:00'"}[r.IntN(3)]
		exec(`UPDATE "CommunityGroupAccess" SET subscribed_at = '2000-01-01 00:00:00+00:00', is_active = %s, expires_at = %s WHERE id = %d`, flag(.8), ends, a.id())
	}
	exec(`DELETE FROM "CommunityMember"`)
	exec(`DELETE FROM "User_roles"`)
	exec(`DELETE FROM "ConversationParticipant"`)
	exec(`DELETE FROM "Meeting_attendees"`)
	exec(`DELETE FROM "Forum_payment_plans"`)
	exec(`DELETE FROM "Meeting_payment_plans"`)
	for _, c := range g.rows["Community"] {
		roles := []string{"owner", "co_owner", "moderator", "contributor", "member", "member", "member", "applicant"}
		for _, u := range g.rows["User"] {
			if r.Float64() < .3 {
				continue
			}
			role := roles[r.IntN(len(roles))]
			if role == "owner" {
				roles = roles[1:] // there is one
			}
			blocked, at := flag(.15), "NULL"
			if blocked == "true" {
				at = "'2026-01-01 00:00:00+00:00'"
			}
			exec(`INSERT INTO "CommunityMember" (community_id, user_id, role, leaderboard_year, joined_at, is_blocked, blocked_at, points)
				VALUES (%d, %d, '%s', 2026, '2026-01-01 00:00:00+00:00', %s, %s, 0)`, c.id(), u.id(), role, blocked, at)
		}
	}
	for _, u := range g.rows["User"] {
		for _, role := range g.rows["Role"] {
			if r.Float64() < .05 {
				exec(`INSERT INTO "User_roles" (user_id, role_id) VALUES (%d, %d)`, u.id(), role.id())
			}
		}
		for _, talk := range g.rows["Conversation"] {
			if r.Float64() < .3 {
				exec(`INSERT INTO "ConversationParticipant" (conversation_id, user_id, joined_at, is_muted) VALUES (%d, %d, '2026-01-01 00:00:00+00:00', false)`, talk.id(), u.id())
			}
		}
		for _, m := range g.rows["Meeting"] {
			if r.Float64() < .15 && m.id()%2 == 0 {
				exec(`INSERT INTO "Meeting_attendees" (meeting_id, user_id) VALUES (%d, %d)`, m.id(), u.id())
			}
		}
	}
	for _, c := range g.rows["CommunityGroup"] {
		for _, f := range g.rows["Forum"] {
			if f["community_id"] == c["community_id"] && r.Float64() < .3 {
				exec(`INSERT INTO "Forum_payment_plans" (forum_id, communitygroup_id) VALUES (%d, %d)`, f.id(), c.id())
			}
		}
		for _, m := range g.rows["Meeting"] {
			if m["community_id"] == c["community_id"] && r.Float64() < .3 {
				exec(`INSERT INTO "Meeting_payment_plans" (meeting_id, communitygroup_id) VALUES (%d, %d)`, m.id(), c.id())
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
