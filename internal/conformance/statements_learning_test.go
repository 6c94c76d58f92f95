package conformance

import (
	"fmt"
	"testing"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
)

func TestStatementsOfLearning(t *testing.T) {
	d := Postgres(t)
	ctx, c, f := System(t), newCounting(t, d), factory.New(d.Client)
	room := factory.Must(ctx, t, f.Classroom)
	var users [11]*ent.User
	var contents [11]*ent.ClassroomContent
	for i := range users {
		users[i] = factory.Must(ctx, t, f.User)
		contents[i] = factory.Must(ctx, t, f.ClassroomContent, func(c *ent.ClassroomContentCreate) { c.SetClassroom(room) })
	}
	classroom := func(c *ent.ClassroomCreate, i int) {
		c.SetCommunityID(room.CommunityID).SetName(fmt.Sprint("room-", i)).SetTitle("r").SetIsPublished(true)
	}
	c.want(t, "a classroom", 1, func() error {
		create := c.Classroom.Create()
		classroom(create, 10)
		return create.Exec(ctx)
	})
	c.want(t, "ten classrooms", 1, func() error { return c.Classroom.MapCreateBulk(ten, classroom).Exec(ctx) })
	c.want(t, "publishing", 1, func() error { return c.Classroom.Update().SetIsPublished(true).Exec(ctx) })
	complete := func(c *ent.ClassroomContentCompletionCreate, i int) *ent.ClassroomContentCompletionCreate {
		return c.SetUser(users[i]).SetContent(contents[i])
	}
	// The completion, and the certificate that it may bring.
	c.want(t, "a completion", 2, func() error { return complete(c.ClassroomContentCompletion.Create(), 10).Exec(ctx) })
	// The users in their order, whether the contents are active, the rest as for one.
	c.want(t, "ten completions", 4, func() error {
		return c.ClassroomContentCompletion.MapCreateBulk(ten, func(c *ent.ClassroomContentCompletionCreate, i int) { complete(c, i) }).Exec(ctx)
	})

	free := factory.Must(ctx, t, f.Quiz)
	limited := factory.Must(ctx, t, f.Quiz, func(c *ent.QuizCreate) { c.SetMaxAttempts(20) })
	submit := func(c *ent.QuizSubmissionCreate, q *ent.Quiz) *ent.QuizSubmissionCreate {
		return c.SetUser(users[0]).SetQuiz(q).SetCommunityID(q.CommunityID).SetSubmissionData("[]").SetTotalQuestions(1)
	}
	for _, tt := range []struct {
		what string
		quiz *ent.Quiz
		n    int
	}{
		{"without a limit", free, 2},   // the quiz, and the submission
		{"within a limit", limited, 3}, // the attempts so far, too
	} {
		c.want(t, "a submission "+tt.what, tt.n, func() error { return submit(c.QuizSubmission.Create(), tt.quiz).Exec(ctx) })
		c.want(t, "ten "+tt.what, tt.n, func() error {
			return c.QuizSubmission.MapCreateBulk(ten, func(c *ent.QuizSubmissionCreate, _ int) { submit(c, tt.quiz) }).Exec(ctx)
		})
	}
	c.want(t, "no limit for all", 1, func() error { return c.Quiz.Update().SetMaxAttempts(0).Exec(ctx) })
	job := factory.Must(ctx, t, f.QuizGenerationJob)
	// Both rules of its states look at the row once.
	c.want(t, "taking a job", 2, func() error { return c.QuizGenerationJob.UpdateOne(job).SetStatus("processing").Exec(ctx) })
}

func TestStatementsOfTalking(t *testing.T) {
	d := Postgres(t)
	ctx, c, f := System(t), newCounting(t, d), factory.New(d.Client)
	parent, notice, option := factory.Must(ctx, t, f.Post), factory.Must(ctx, t, f.PublicFeed), factory.Must(ctx, t, f.PollOption)
	var users [11]*ent.User
	for i := range users {
		users[i] = factory.Must(ctx, t, f.User)
	}
	post := func(c *ent.PostCreate) *ent.PostCreate {
		return c.SetForumID(parent.ForumID).SetAuthorID(parent.UserID).SetMessage("hello")
	}
	c.want(t, "a post", 1, func() error { return post(c.Post.Create()).Exec(ctx) })
	c.want(t, "a reply", 1, func() error { return post(c.Post.Create()).SetParent(parent).Exec(ctx) })
	// Whether they may be there is asked for all at once.
	c.want(t, "ten replies", 2, func() error {
		return c.Post.MapCreateBulk(ten, func(c *ent.PostCreate, _ int) { post(c).SetParent(parent) }).Exec(ctx)
	})
	say := func(c *ent.PublicFeedCreate) *ent.PublicFeedCreate {
		return c.SetCommunityID(notice.CommunityID).SetAuthorID(notice.PostedByID).SetMessage("hello")
	}
	c.want(t, "a notice", 1, func() error { return say(c.PublicFeed.Create()).Exec(ctx) })
	c.want(t, "a reply to a notice", 1, func() error { return say(c.PublicFeed.Create()).SetParent(notice).Exec(ctx) })
	c.want(t, "ten notices", 2, func() error {
		return c.PublicFeed.MapCreateBulk(ten, func(c *ent.PublicFeedCreate, _ int) { say(c) }).Exec(ctx)
	})
	vote := func(c *ent.PollVoteCreate, i int) *ent.PollVoteCreate {
		return c.SetPollID(option.PollID).SetOption(option).SetVoter(users[i])
	}
	c.want(t, "a vote", 1, func() error { return vote(c.PollVote.Create(), 10).Exec(ctx) })
	c.want(t, "ten votes", 2, func() error {
		return c.PollVote.MapCreateBulk(ten, func(c *ent.PollVoteCreate, i int) { vote(c, i) }).Exec(ctx)
	})
	article := func(c *ent.CommunityBlogPostCreate) *ent.CommunityBlogPostCreate {
		return c.SetCommunityID(notice.CommunityID).SetTitle("News").SetBlogMessage("hello")
	}
	c.want(t, "an article", 1, func() error { return article(c.CommunityBlogPost.Create()).Exec(ctx) })
	c.want(t, "ten articles", 1, func() error {
		return c.CommunityBlogPost.MapCreateBulk(ten, func(c *ent.CommunityBlogPostCreate, _ int) { article(c) }).Exec(ctx)
	})
}
