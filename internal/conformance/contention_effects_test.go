package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/factory"
)

// effectContests are about rules that hooks keep: those of what a write does to
// other rows or columns, and of what happens once.
var effectContests = []contest{
	{name: "reports", rule: "community_flag_count_of_reports", winners: everyone, prepare: func(a *arena) bout {
		return bout{
			reset: `UPDATE "Community" SET flag_count = 0 WHERE id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.CommunityAbuseReport.Create().SetCommunity(a.community).SetReporter(a.users[i]).SetMessage("Look at this.").Exec(ctx)
			},
			count: `SELECT flag_count FROM "Community" WHERE id = $1`,
			args:  []any{a.community.ID},
		}
	}},
	{name: "reports in bulk, in opposite orders", rule: "community_flag_count_of_reports", winners: everyone, prepare: func(a *arena) bout {
		communities := []*ent.Community{a.community, factory.Must(System(a.t), a.t, a.factory.Community)}
		return bout{
			reset: `UPDATE "Community" SET flag_count = 0 WHERE id IN ($1, $2)`,
			attempt: func(ctx context.Context, i int) error {
				report := func(c *ent.Community) *ent.CommunityAbuseReportCreate {
					return a.Client.CommunityAbuseReport.Create().SetCommunity(c).SetReporter(a.users[i]).SetMessage("Look at this.")
				}
				return a.Client.CommunityAbuseReport.CreateBulk(report(communities[i%2]), report(communities[1-i%2])).Exec(ctx)
			},
			count: `SELECT min(flag_count) FROM "Community" WHERE id IN ($1, $2)`,
			args:  []any{communities[0].ID, communities[1].ID},
		}
	}},
	{name: "points at the turn of the year", rule: "communitymember_points_of_year", winners: everyone, prepare: func(a *arena) bout {
		member := a.Client.CommunityMember.Query().Where(communitymember.CommunityID(a.community.ID), communitymember.UserID(a.users[0].ID)).OnlyX(System(a.t))
		return bout{
			reset: `UPDATE "CommunityMember" SET points = 50, leaderboard_year = 2025 WHERE id = $1`,
			attempt: func(ctx context.Context, _ int) error {
				return a.Client.CommunityMember.UpdateOneID(member.ID).SetLeaderboardYear(2026).AddPoints(1).Exec(ctx)
			},
			count: `SELECT points FROM "CommunityMember" WHERE id = $1 AND leaderboard_year = 2026`,
			args:  []any{member.ID},
		}
	}},
	{name: "messages", rule: "message_sender_takes_part", winners: everyone, prepare: func(a *arena) bout {
		ctx := System(a.t)
		conversation := factory.Must(ctx, a.t, a.factory.Conversation, func(c *ent.ConversationCreate) { c.SetCommunity(a.community) })
		for _, user := range a.users {
			factory.Must(ctx, a.t, a.factory.ConversationParticipant, func(c *ent.ConversationParticipantCreate) {
				c.SetConversation(conversation).SetUser(user)
			})
		}
		return bout{
			reset: `DELETE FROM "Message" WHERE conversation_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.Message.Create().SetConversation(conversation).SetSender(a.users[i]).SetContent("Hello").Exec(ctx)
			},
			count: `SELECT count(*) FROM "Message" m JOIN "Conversation" c ON c.id = m.conversation_id WHERE c.id = $1
				AND c.last_message_at = (SELECT max(created_at) FROM "Message" WHERE conversation_id = $1)`,
			args: []any{conversation.ID},
		}
	}},
	{name: "the last contents to be completed", rule: "classroomcertificate_issued_on_completion", winners: everyone, prepare: func(a *arena) bout {
		ctx := System(a.t)
		classroom := factory.Must(ctx, a.t, a.factory.Classroom, func(c *ent.ClassroomCreate) { c.SetCommunity(a.community).SetIssueCertificate(true) })
		var contents []*ent.ClassroomContent
		for range writers {
			contents = append(contents, factory.Must(ctx, a.t, a.factory.ClassroomContent, func(c *ent.ClassroomContentCreate) { c.SetClassroom(classroom) }))
		}
		return bout{
			reset: `WITH certificates AS (DELETE FROM "ClassroomCertificate" WHERE classroom_id = $1)
				DELETE FROM "ClassroomContentCompletion" WHERE content_id IN (SELECT id FROM "ClassroomContent" WHERE classroom_id = $1)`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.ClassroomContentCompletion.Create().SetContent(contents[i]).SetUser(a.users[0]).Exec(ctx)
			},
			count: `SELECT count(*) FROM "ClassroomCertificate" WHERE classroom_id = $1`,
			args:  []any{classroom.ID},
			rows:  1,
		}
	}},
	{name: "a classroom is published", rule: "classroom_published_at_once", winners: everyone, prepare: func(a *arena) bout {
		classroom := factory.Must(System(a.t), a.t, a.factory.Classroom, func(c *ent.ClassroomCreate) { c.SetIsPublished(false) })
		return a.once(`"Classroom"`, "is_published = false", "published_at", classroom.ID, func(ctx context.Context) (*time.Time, error) {
			row, err := a.Client.Classroom.UpdateOneID(classroom.ID).SetIsPublished(true).Save(ctx)
			if err != nil {
				return nil, err
			}
			return row.PublishedAt, nil
		})
	}},
	{name: "a content is activated", rule: "classroomcontent_activated_at_once", winners: everyone, seldom: true, prepare: func(a *arena) bout {
		content := factory.Must(System(a.t), a.t, a.factory.ClassroomContent, func(c *ent.ClassroomContentCreate) { c.SetIsActive(false) })
		return a.once(`"ClassroomContent"`, "is_active = false", "activated_at", content.ID, func(ctx context.Context) (*time.Time, error) {
			row, err := a.Client.ClassroomContent.UpdateOneID(content.ID).SetIsActive(true).Save(ctx)
			if err != nil {
				return nil, err
			}
			return row.ActivatedAt, nil
		})
	}},
	{name: "tokens to verify and to reset", rule: "user_one_token", winners: everyone, prepare: func(a *arena) bout {
		user := a.users[0]
		return bout{
			reset: `UPDATE "User" SET verification_token = NULL, reset_password_token = NULL WHERE id = $1`,
			attempt: func(ctx context.Context, i int) error {
				if i%2 == 0 {
					return a.Client.User.UpdateOneID(user.ID).SetVerificationToken("v").Exec(ctx)
				}
				return a.Client.User.UpdateOneID(user.ID).SetResetPasswordToken("r").Exec(ctx)
			},
			count: `SELECT num_nonnulls(verification_token, reset_password_token) FROM "User" WHERE id = $1`,
			args:  []any{user.ID},
			rows:  1,
		}
	}},
	{name: "an applicant is approved", rule: "communitymember_joining_opens_free_tier", winners: everyone, seldom: true, prepare: func(a *arena) bout {
		applicant := factory.Must(System(a.t), a.t, a.factory.CommunityMember, func(c *ent.CommunityMemberCreate) { c.SetRole(communitymember.RoleApplicant) })
		return bout{
			reset: `WITH again AS (UPDATE "CommunityMember" SET role = 'applicant', approved_at = NULL WHERE user_id = $1)
				DELETE FROM "CommunityGroupAccess" WHERE user_id = $1`,
			attempt: func(ctx context.Context, _ int) error {
				return a.Client.CommunityMember.UpdateOne(applicant).SetRole(communitymember.RoleMember).Exec(ctx)
			},
			count: `SELECT count(*) FROM "CommunityGroupAccess" WHERE user_id = $1`,
			args:  []any{applicant.UserID},
			rows:  1,
		}
	}},
	{name: "a wheel is started", rule: "wheel_started_at_once", winners: everyone, prepare: func(a *arena) bout {
		w := a.readyWheel()
		return a.once(`"Wheel"`, "status = 'open_for_join'", "started_at", w.ID, func(ctx context.Context) (*time.Time, error) {
			row, err := a.Client.Wheel.UpdateOneID(w.ID).SetStatus(wheel.StatusInProgress).Save(ctx)
			if err != nil {
				return nil, err
			}
			return row.StartedAt, nil
		})
	}},
}

// readyWheel is a savings circle that may start, in which no user of the arena
// takes part.
func (a *arena) readyWheel() *ent.Wheel {
	a.t.Helper()
	w := a.wheel()
	for range 3 {
		factory.Must(System(a.t), a.t, a.factory.WheelParticipant, func(c *ent.WheelParticipantCreate) { c.SetWheel(w) })
	}
	return w
}

// once has all writers do what sets a column once: each of them is told the time
// that the database keeps.
func (a *arena) once(table, before, column string, id int64, write func(context.Context) (*time.Time, error)) bout {
	times := make([]*time.Time, writers)
	return bout{
		reset: "UPDATE " + table + " SET " + before + ", " + column + " = NULL WHERE id = $1",
		args:  []any{id},
		attempt: func(ctx context.Context, i int) (err error) {
			times[i], err = write(ctx)
			return err
		},
		check: func(t *testing.T, _ int) {
			var kept time.Time
			if err := a.DB.QueryRowContext(System(t), "SELECT "+column+" FROM "+table+" WHERE id = $1", id).Scan(&kept); err != nil {
				t.Fatal(err)
			}
			for i, at := range times {
				if at != nil && !at.Equal(kept) {
					t.Fatalf("writer %d was told %v, and the database has %v", i, at, kept)
				}
			}
		},
	}
}
