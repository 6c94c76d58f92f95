package factory

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/quizgenerationjob"
)

func communityOfQuiz(q *ent.Quiz) int64 { return q.CommunityID }

// Quiz makes a quiz of one question that may be tried without limit.
func (f *Factory) Quiz(ctx context.Context, with ...func(*ent.QuizCreate)) (*ent.Quiz, error) {
	c := f.client.Quiz.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title()).SetQuizData(`{"questions": [{"question": "How many are seven and five?", "options": ["eleven", "twelve"], "answer": 1}]}`)
	apply(c, with)
	if attempts, ok := m.MaxAttempts(); ok {
		fill(m.HasAttemptLimit, c.SetHasAttemptLimit, attempts > 0)
	} else if is(m.HasAttemptLimit, true) {
		c.SetMaxAttempts(3)
	}
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// QuizSubmission records how a member answered a quiz. What isn't set of the
// counts and the score follows from what is; the client notes the quiz's title
// and id.
func (f *Factory) QuizSubmission(ctx context.Context, with ...func(*ent.QuizSubmissionCreate)) (*ent.QuizSubmission, error) {
	c := f.client.QuizSubmission.Create()
	b, m := begin(ctx, f, c)
	c.SetSubmissionData(`{"answers": [1]}`)
	apply(c, with)
	score(b, c)

	need(b, m.QuizID, c.SetQuiz, f.Quiz, func(c *ent.QuizCreate) { put(c.SetCommunityID, m.CommunityID) })
	follow(m.CommunityID, c.SetCommunityID, via(b, m.QuizID, f.client.Quiz.Get, communityOfQuiz))
	member(b, f, m.UserID, c.SetUser, m.CommunityID, communitymember.RoleMember)
	return save(b, c.Save)
}

// score fills what is missing of a submission's numbers.
func score(b *build, c *ent.QuizSubmissionCreate) {
	m := c.Mutation()
	right, someRight := m.CorrectAnswers()
	wrong, someWrong := m.IncorrectAnswers()
	total, known := m.TotalQuestions()
	if !known {
		if total = 10; someRight || someWrong {
			total = max(total, right+wrong)
		}
		c.SetTotalQuestions(total)
	}
	switch {
	case !someRight && someWrong:
		right = max(0, total-wrong)
	case !someRight:
		right = b.between(0, max(0, total))
	}
	fill(m.CorrectAnswers, c.SetCorrectAnswers, right)
	fill(m.IncorrectAnswers, c.SetIncorrectAnswers, max(0, total-right))
	if total > 0 && right <= total {
		fill(m.Score, c.SetScore, decimal.NewFromInt(int64(right)).Mul(decimal.NewFromInt(100)).DivRound(decimal.NewFromInt(int64(total)), 2))
	}
}

// QuizGenerationJob makes a job that waits for a worker. One with another status
// gets there as all jobs do.
func (f *Factory) QuizGenerationJob(ctx context.Context, with ...func(*ent.QuizGenerationJobCreate)) (*ent.QuizGenerationJob, error) {
	c := f.client.QuizGenerationJob.Create()
	b, m := begin(ctx, f, c)
	job, err := uuid.NewRandomFromReader(b)
	if err != nil {
		return nil, err
	}
	c.SetJobID(job.String()).
		SetMetaData(fmt.Sprintf(`{"topic": %q, "questions": 5}`, b.pick(topics))).
		SetFileURL(b.url("uploads", "pdf"))
	apply(c, with)
	if is(m.Status, quizgenerationjob.StatusCompleted, quizgenerationjob.StatusFailed) {
		fill(m.CompletedAt, c.SetCompletedAt, b.at)
	}
	status, _ := m.Status()
	begun := is(m.Status, quizgenerationjob.StatusProcessing, quizgenerationjob.StatusCompleted, quizgenerationjob.StatusFailed)
	if begun {
		c.SetStatus(quizgenerationjob.StatusQueued)
	}
	row, err := save(b, c.Save)
	if err != nil || !begun {
		return row, err
	}
	row, err = row.Update().SetStatus(quizgenerationjob.StatusProcessing).SetUpdatedAt(row.UpdatedAt).Save(ctx)
	if err != nil || status == quizgenerationjob.StatusProcessing {
		return row, err
	}
	return row.Update().SetStatus(status).SetUpdatedAt(row.UpdatedAt).Save(ctx)
}
