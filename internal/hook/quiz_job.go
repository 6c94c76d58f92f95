package hook

import (
	"context"

	"entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// JobTransitions refuses states of a generation job that can't follow the one it
// has, and to take a job twice: who sets processing takes the job, unless the
// update was made from a row in which it was taken already.
func JobTransitions() ent.Hook {
	const queued, processing, failed = "queued", "processing", "failed"
	r := rule("QuizGenerationJob", "quizgenerationjob_transitions")
	steps := states{
		rule:  r,
		begin: []string{queued},
		next: map[string][]string{
			queued:     {processing},
			processing: {completed, failed},
			completed:  {},
			failed:     {},
		},
	}.hook()
	take := changing(updates, r.Fields, func(_ context.Context, m ent.Mutation, rows []*orm.Change) error {
		column := r.Fields[0]
		given, _ := orm.Given(m, column)
		for _, c := range rows {
			if c.New(column) == processing && c.Old(column) == processing && given != processing {
				return orm.Refuse(c, r)
			}
		}
		return nil
	})
	return both(steps, take)
}
