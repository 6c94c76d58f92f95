package conformance

import (
	"context"
	"errors"
	"sync"
	"testing"

	"entgo.io/ent/dialect/sql"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/quiz"
	"github.com/communitybuilder/communitybuilder/ent/quizgenerationjob"
	"github.com/communitybuilder/communitybuilder/factory"
)

// noLimit tests that max_attempts 0 stands for no limit.
func noLimit(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	community := factory.Must(ctx, t, f.Community)
	create := func(attempts int) *ent.QuizCreate {
		return c.Quiz.Create().SetCommunity(community).SetTitle("Sums").SetQuizData("{}").SetMaxAttempts(attempts).SetHasAttemptLimit(true)
	}
	want := func(what string, row *ent.Quiz, limited bool) {
		t.Helper()
		if got := c.Quiz.GetX(ctx, row.ID).HasAttemptLimit; got != limited {
			t.Errorf("%s: has_attempt_limit is %v", what, got)
		}
	}
	three := create(3).SaveX(ctx)
	want("three", three, true)
	want("create", create(0).SaveX(ctx), false)
	want("create bulk", c.Quiz.CreateBulk(create(2), create(0)).SaveX(ctx)[1], false)
	three.Update().SetMaxAttempts(0).ExecX(ctx)
	want("update one", three, false)
	if err := three.Update().SetHasAttemptLimit(true).Exec(ctx); !errors.Is(err, apierror.InvalidValue) {
		t.Errorf("a limit of 0 by itself: %v", err)
	}
	three.Update().SetMaxAttempts(3).SetHasAttemptLimit(true).ExecX(ctx)
	want("update one to three", three, true)
	c.Quiz.Update().Where(quiz.MaxAttemptsGT(0)).SetMaxAttempts(0).ExecX(ctx)
	want("update many", three, false)
}

func TestASubmissionNotesItsQuiz(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client)
		q, user := factory.Must(ctx, t, f.Quiz), factory.Must(ctx, t, f.User)
		create := func() *ent.QuizSubmissionCreate {
			return c.QuizSubmission.Create().SetUser(user).SetCommunityID(q.CommunityID).SetSubmissionData("[]").SetTotalQuestions(1)
		}
		want := func(what string, s *ent.QuizSubmission, title string) {
			t.Helper()
			got := c.QuizSubmission.GetX(ctx, s.ID)
			if got.QuizTitleSnapshot != title || got.QuizIDAtSubmit == nil || int64(*got.QuizIDAtSubmit) != q.ID {
				t.Errorf("%s: %v", what, got)
			}
		}
		one := create().SetQuiz(q).SaveX(ctx)
		want("create", one, q.Title)
		many := c.QuizSubmission.CreateBulk(create().SetQuiz(q), create().SetQuiz(q).SetQuizTitleSnapshot("As it was called")).SaveX(ctx)
		want("create bulk", many[0], q.Title)
		want("an attempt from elsewhere", many[1], "As it was called")
		for what, err := range map[string]error{
			"without a quiz":       create().Exec(ctx),
			"without one, in bulk": c.QuizSubmission.CreateBulk(create().SetQuiz(q), create()).Exec(ctx),
			"taken from its quiz":  one.Update().ClearQuiz().Exec(ctx),
			"many of them":         c.QuizSubmission.Update().ClearQuiz().Exec(ctx),
			"another title":        one.Update().SetQuizTitleSnapshot("Forged").Exec(ctx),
			"all of the snapshot":  c.QuizSubmission.Update().SetQuizTitleSnapshot("Forged").SetQuizIDAtSubmit(0).Exec(ctx),
			"no id any more":       one.Update().ClearQuizIDAtSubmit().Exec(ctx),
		} {
			if !errors.Is(err, apierror.InvalidValue) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := create().SetQuizID(q.ID + 1000).Exec(ctx); !errors.Is(err, apierror.InvalidReference) {
			t.Errorf("a quiz that isn't there: %v", err)
		}

		q.Update().SetTitle("Renamed").ExecX(ctx)
		want("the quiz is renamed", one, q.Title)
		one.Update().SetCorrectAnswers(1).ExecX(ctx)
		c.Quiz.DeleteOne(q).ExecX(ctx)
		want("the quiz is deleted", one, q.Title)
		if got := c.QuizSubmission.GetX(ctx, one.ID); got.QuizID != nil {
			t.Errorf("the quiz is deleted, and quiz_id is %d", *got.QuizID)
		}
		one.Update().ClearQuiz().SetCorrectAnswers(0).ExecX(ctx)
	})
}

func TestAttemptsAreCounted(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client)
		q := factory.Must(ctx, t, f.Quiz, func(c *ent.QuizCreate) { c.SetMaxAttempts(2) })
		free := factory.Must(ctx, t, f.Quiz, func(c *ent.QuizCreate) { c.SetCommunityID(q.CommunityID).SetMaxAttempts(2).SetHasAttemptLimit(false) })
		ann, ben := factory.Must(ctx, t, f.User), factory.Must(ctx, t, f.User)
		try := func(u *ent.User, q *ent.Quiz) *ent.QuizSubmissionCreate {
			return c.QuizSubmission.Create().SetUser(u).SetQuiz(q).SetCommunityID(q.CommunityID).SetSubmissionData("[]").SetTotalQuestions(1)
		}
		bulk := func(creates ...*ent.QuizSubmissionCreate) error {
			return c.QuizSubmission.CreateBulk(creates...).Exec(ctx)
		}
		for _, step := range []struct {
			what string
			err  error
			want error
		}{
			{"three at once", bulk(try(ann, q), try(ben, q), try(ann, q), try(ann, q)), apierror.NoAttemptsLeft},
			{"two of one, one of another", bulk(try(ann, q), try(ben, q), try(ann, q)), nil},
			{"a third", try(ann, q).Exec(ctx), apierror.NoAttemptsLeft},
			{"the other's second", try(ben, q).Exec(ctx), nil},
			{"the other's third", try(ben, q).Exec(ctx), apierror.NoAttemptsLeft},
			{"where the limit is off", bulk(try(ann, free), try(ann, free), try(ann, free)), nil},
			{"limit raised", q.Update().SetMaxAttempts(3).Exec(ctx), nil},
			{"the third", try(ann, q).Exec(ctx), nil},
			{"limit lowered", q.Update().SetMaxAttempts(1).Exec(ctx), nil},
			{"below what was made", try(ann, q).Exec(ctx), apierror.NoAttemptsLeft},
			{"limit taken away", q.Update().SetMaxAttempts(0).Exec(ctx), nil},
			{"without limit", try(ann, q).Exec(ctx), nil},
		} {
			if !errors.Is(step.err, step.want) {
				t.Errorf("%s: %v, want %v", step.what, step.err, step.want)
			}
		}
		if n := c.QuizSubmission.Query().CountX(ctx); n != 9 {
			t.Errorf("%d submissions, want 9", n)
		}
	})
}

func TestAJobGoesOneWay(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client)
		states := []quizgenerationjob.Status{"queued", "processing", "completed", "failed"}
		next := map[quizgenerationjob.Status][2]quizgenerationjob.Status{"queued": {"processing"}, "processing": {"completed", "failed"}}
		for _, from := range states {
			for _, to := range states {
				allowed := from == to || next[from][0] == to || next[from][1] == to
				in := func() *ent.QuizGenerationJob {
					return factory.Must(ctx, t, f.QuizGenerationJob, func(c *ent.QuizGenerationJobCreate) { c.SetStatus(from) })
				}
				one, many := in(), in()
				for way, err := range map[string]error{
					"update one":  one.Update().SetStatus(to).Exec(ctx),
					"update many": c.QuizGenerationJob.Update().Where(quizgenerationjob.ID(many.ID), quizgenerationjob.StatusEQ(from)).SetStatus(to).Exec(ctx),
				} {
					// Many jobs are taken only when they are queued.
					allowed := allowed && (way == "update one" || from != to || to != "processing")
					if allowed != (err == nil) || !allowed && !errors.Is(err, apierror.InvalidTransition) {
						t.Errorf("%s from %s to %s: %v", way, from, to, err)
					}
				}
			}
			create := c.QuizGenerationJob.Create().SetJobID("made-" + string(from)).SetMetaData("{}").SetFileURL("f").SetStatus(from)
			if err := create.Exec(ctx); (err == nil) != (from == "queued") {
				t.Errorf("made %s: %v", from, err)
			}
		}
		// One of many that can't get there keeps all from it.
		done := factory.Must(ctx, t, f.QuizGenerationJob, func(c *ent.QuizGenerationJobCreate) { c.SetStatus("completed") })
		queued := factory.Must(ctx, t, f.QuizGenerationJob)
		err := c.QuizGenerationJob.Update().Where(quizgenerationjob.IDIn(done.ID, queued.ID)).SetStatus("processing").Exec(ctx)
		if !errors.Is(err, apierror.InvalidTransition) || c.QuizGenerationJob.GetX(ctx, queued.ID).Status != "queued" {
			t.Errorf("one of two is completed: %v", err)
		}
		// A job in work can be written back and changed otherwise.
		work := factory.Must(ctx, t, f.QuizGenerationJob, func(c *ent.QuizGenerationJobCreate) { c.SetStatus("processing") })
		work.Update().SetStatus("processing").SetMetaData(`{"half": true}`).ExecX(ctx)
	})
}

// Of two who have seen the same queued job one takes it.
func TestAJobIsTakenOnce(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client)
		job := factory.Must(ctx, t, f.QuizGenerationJob)
		if err := job.Update().SetStatus("processing").Exec(ctx); err != nil {
			t.Fatal(err)
		}
		for way, err := range map[string]error{
			"from the row as it was": job.Update().SetStatus("processing").Exec(ctx),
			"by its id":              c.QuizGenerationJob.UpdateOneID(job.ID).SetStatus("processing").Exec(ctx),
			"update many":            c.QuizGenerationJob.Update().Where(quizgenerationjob.ID(job.ID)).SetStatus("processing").Exec(ctx),
		} {
			if !errors.Is(err, apierror.InvalidTransition) {
				t.Errorf("%s: %v", way, err)
			}
		}
		n, err := c.QuizGenerationJob.Update().
			Where(quizgenerationjob.ID(job.ID), quizgenerationjob.StatusEQ("queued")).SetStatus("processing").Save(ctx)
		if n != 0 || err != nil {
			t.Errorf("the job is not queued: %d taken, %v", n, err)
		}
	})
}

// Workers that take jobs as the documentation of QuizGenerationJob says get each
// of them once.
func TestWorkersShareAQueue(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client)
		const jobs, workers = 40, 8
		for range jobs {
			factory.Must(ctx, t, f.QuizGenerationJob)
		}
		take := func() (job *ent.QuizGenerationJob, err error) {
			err = cb.Tx(ctx, c, func(ctx context.Context, tx *ent.Client) error {
				next, err := tx.QuizGenerationJob.Query().
					Where(quizgenerationjob.StatusEQ("queued")).
					Order(quizgenerationjob.ByCreatedAt(), quizgenerationjob.ByID()).
					ForUpdate(sql.WithLockAction(sql.SkipLocked)).
					First(ctx)
				if err == nil {
					job, err = next.Update().SetStatus("processing").Save(ctx)
				}
				return err
			})
			return job, err
		}
		taken := make(chan int64, jobs*workers)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for {
					job, err := take()
					if err != nil {
						if !ent.IsNotFound(err) {
							t.Error(err)
						}
						return
					}
					taken <- job.ID
				}
			})
		}
		wg.Wait()
		close(taken)
		times := map[int64]int{}
		for id := range taken {
			times[id]++
		}
		for id, n := range times {
			if n > 1 {
				t.Errorf("job %d was taken %d times", id, n)
			}
		}
		if len(times) != jobs {
			t.Errorf("%d jobs were taken, want %d", len(times), jobs)
		}
	})
}
