package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
	"github.com/communitybuilder/communitybuilder/factory"
)

// limitContests are about rules that hooks keep: those that allow a number of
// rows, and those that make up what has to be unique.
var limitContests = []contest{
	{name: "attempts at a quiz", rule: "simplequizsubmission_attempts_left", winners: 3, prepare: func(a *arena) bout {
		quiz := factory.Must(System(a.t), a.t, a.factory.Quiz, func(c *ent.QuizCreate) { c.SetCommunity(a.community).SetMaxAttempts(3) })
		return bout{
			reset: `DELETE FROM "SimpleQuizSubmission" WHERE quiz_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				submission := func() *ent.QuizSubmissionCreate {
					return a.Client.QuizSubmission.Create().SetQuiz(quiz).SetCommunity(a.community).SetUser(a.users[0]).
						SetSubmissionData(`{"answers": [1]}`).SetTotalQuestions(1)
				}
				if i%2 == 0 {
					return submission().Exec(ctx)
				}
				return a.Client.QuizSubmission.CreateBulk(submission()).Exec(ctx)
			},
			count: `SELECT count(*) FROM "SimpleQuizSubmission" WHERE quiz_id = $1`,
			args:  []any{quiz.ID},
		}
	}},
	{name: "members who join a wheel", rule: "wheelparticipant_room", winners: 5, prepare: func(a *arena) bout {
		w := a.wheel(func(c *ent.WheelCreate) { c.SetMaxMembers(5) })
		return bout{
			reset: `DELETE FROM "WheelParticipant" WHERE wheel_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.WheelParticipant.Create().SetWheel(w).SetUser(a.users[i]).SetOrder(1 + i).
					SetApprovalStatus([]wheelparticipant.ApprovalStatus{"pending", "approved"}[i%2]).Exec(ctx)
			},
			count: `SELECT count(*) FROM "WheelParticipant" WHERE wheel_id = $1`,
			args:  []any{w.ID},
		}
	}},
	{name: "participants who are approved", rule: "wheelparticipant_room", winners: 5, prepare: func(a *arena) bout {
		w := a.wheel()
		waiting := a.participants(w, wheelparticipant.ApprovalStatusPending)
		// Other services may let more of them apply than there is room for.
		a.exec(`UPDATE "Wheel" SET max_members = 5 WHERE id = $1`, w.ID)
		return bout{
			reset: `UPDATE "WheelParticipant" SET approval_status = 'pending', approved_at = NULL WHERE wheel_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.WheelParticipant.UpdateOne(waiting[i]).SetApprover(a.users[0]).
					SetApprovalStatus(wheelparticipant.ApprovalStatusApproved).Exec(ctx)
			},
			count: `SELECT count(*) FROM "WheelParticipant" WHERE wheel_id = $1 AND approval_status = 'approved'`,
			args:  []any{w.ID},
		}
	}},
	{name: "files that fill the storage", rule: "storageusage_within_limit", winners: 10, prepare: func(a *arena) bout {
		ctx, owner := System(a.t), a.users[0]
		tier := factory.Must(ctx, a.t, a.factory.AppSubscriptionTier, func(c *ent.AppSubscriptionTierCreate) { c.SetStorageLimitGB(1) })
		factory.Must(ctx, a.t, a.factory.AppSubscription, func(c *ent.AppSubscriptionCreate) { c.SetUser(owner).SetTier(tier) })
		return bout{
			reset: `DELETE FROM "StorageUsage" WHERE owner_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.StorageUsage.Create().SetOwner(owner).SetFilePath(fmt.Sprintf("files/%d.mp4", i)).SetFileSize(100_000_000).Exec(ctx)
			},
			count: `SELECT CAST(sum(file_size) / 100000000 AS int) FROM "StorageUsage" WHERE owner_id = $1`,
			args:  []any{owner.ID},
		}
	}},
	{name: "rows for the same file", rule: "storageusage_one_row_a_file", winners: 1, seldom: true, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "StorageUsage" WHERE file_path = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.StorageUsage.Create().SetOwner(a.users[1]).SetFilePath("files/coveted.jpg").SetFileSize(1).Exec(ctx)
			},
			count: `SELECT count(*) FROM "StorageUsage" WHERE file_path = $1`,
			args:  []any{"files/coveted.jpg"},
		}
	}},
	{name: "communities of the same name", rule: "community_alias_from_name", winners: everyone, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "Community" WHERE name = $1`,
			attempt: func(ctx context.Context, i int) error {
				named := func() *ent.CommunityCreate { return a.Client.Community.Create().SetName("Ajo Lagos") }
				if i%2 == 0 {
					return named().Exec(ctx)
				}
				return a.Client.Community.CreateBulk(named(), named()).Exec(ctx)
			},
			count: `SELECT count(DISTINCT alias) FROM "Community" WHERE name = $1 AND alias ~ '^ajo-lagos(-[0-9]+)?$'`,
			args:  []any{"Ajo Lagos"},
			rows:  writers * 3 / 2,
		}
	}},
	{name: "tags with names of one slug", rule: "tag_slug_from_name", winners: everyone, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "Tag" WHERE name LIKE $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.Tag.Create().SetName("Savings" + strings.Repeat("!", i)).Exec(ctx)
			},
			count: `SELECT count(DISTINCT slug) FROM "Tag" WHERE name LIKE $1 AND slug ~ '^savings(-[0-9]+)?$'`,
			args:  []any{"Savings%"},
		}
	}},
	{name: "posts with the same title", rule: "blogpost_slug_from_title", winners: everyone, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "BlogPost" WHERE title = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.BlogPost.Create().SetWriter(a.users[i]).SetTitle("Harvest").SetBlogMessage("It rained.").Exec(ctx)
			},
			count: `SELECT count(DISTINCT slug) FROM "BlogPost" WHERE title = $1 AND slug LIKE 'harvest-%'`,
			args:  []any{"Harvest"},
		}
	}},
	{name: "posts of a community with the same title", rule: "communityblogpost_slug_from_title", winners: everyone, prepare: func(a *arena) bout {
		return bout{
			reset: `DELETE FROM "CommunityBlogPost" WHERE community_id = $1`,
			attempt: func(ctx context.Context, i int) error {
				post := func() *ent.CommunityBlogPostCreate {
					return a.Client.CommunityBlogPost.Create().SetCommunity(a.community).SetWriter(a.users[i]).SetTitle("Harvest").SetBlogMessage("It rained.")
				}
				return a.Client.CommunityBlogPost.CreateBulk(post(), post()).Exec(ctx)
			},
			count: `SELECT count(DISTINCT slug) FROM "CommunityBlogPost" WHERE community_id = $1 AND slug LIKE 'harvest-%'`,
			args:  []any{a.community.ID},
			rows:  2 * writers,
		}
	}},
	{name: "participants who acknowledge a contribution", rule: "wheelhandoff_acknowledged_once", winners: 1, prepare: func(a *arena) bout {
		w := a.wheel()
		a.participants(w, wheelparticipant.ApprovalStatusApproved)
		handoff := factory.Must(System(a.t), a.t, a.factory.WheelHandoff, func(c *ent.WheelHandoffCreate) { c.SetWheel(w).SetStatus("action_done") })
		return bout{
			reset: `UPDATE "WheelHandoff" SET status = 'action_done', acknowledged_by_id = NULL, acknowledged_at = NULL WHERE id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.WheelHandoff.UpdateOne(handoff).SetStatus("acknowledged").SetAcknowledger(a.users[i]).Exec(ctx)
			},
			count: `SELECT count(*) FROM "WheelHandoff" WHERE id = $1 AND status = 'acknowledged' AND num_nulls(acknowledged_by_id, acknowledged_at) = 0`,
			args:  []any{handoff.ID},
		}
	}},
	{name: "workers who take a job", rule: "quizgenerationjob_transitions", winners: 1, prepare: func(a *arena) bout {
		job := factory.Must(System(a.t), a.t, a.factory.QuizGenerationJob)
		return bout{
			reset: `UPDATE "QuizGenerationJob" SET status = 'queued' WHERE id = $1`,
			attempt: func(ctx context.Context, i int) error {
				return a.Client.QuizGenerationJob.UpdateOne(job).SetStatus("processing").Exec(ctx)
			},
			count: `SELECT count(*) FROM "QuizGenerationJob" WHERE id = $1 AND status = 'processing'`,
			args:  []any{job.ID},
		}
	}},
}

// participants gives each of the users a place in a wheel.
func (a *arena) participants(w *ent.Wheel, status wheelparticipant.ApprovalStatus) []*ent.WheelParticipant {
	a.t.Helper()
	var all []*ent.WheelParticipant
	for _, user := range a.users {
		all = append(all, factory.Must(System(a.t), a.t, a.factory.WheelParticipant, func(c *ent.WheelParticipantCreate) {
			c.SetWheel(w).SetUser(user).SetApprovalStatus(status)
		}))
	}
	return all
}
