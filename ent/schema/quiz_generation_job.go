package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// QuizGenerationJob is an order to make a quiz from a file, in a queue that
// several workers share. A worker takes the next one in a transaction, by the
// First of a query for queued jobs with
// ForUpdate(sql.WithLockAction(sql.SkipLocked)), and by an update of that job to
// processing. Internal services alone see it, and nothing else's deletion takes
// it along.
type QuizGenerationJob struct{ ent.Schema }

func (QuizGenerationJob) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (QuizGenerationJob) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "QuizGenerationJob"}}
}

func (QuizGenerationJob) Fields() []ent.Field {
	return []ent.Field{
		field.String("job_id").NotEmpty().MaxRuneLen(36).SchemaType(varchar(36)).
			Comment("Name under which the job is known outside the database."),
		field.Text("meta_data").Validate(validJSON).
			Comment("JSON document of what is to be made."),
		field.String("file_url").NotEmpty().MaxRuneLen(500).SchemaType(varchar(500)).
			Comment("The file that the quiz is made from."),
		field.Enum("status").Values("queued", "processing", "completed", "failed").
			Default("queued").SchemaType(varchar(20)).
			Comment("queued, then processing in the hands of one worker, then completed or failed; nothing else."),
		field.Time("completed_at").Optional().Nillable(),
	}
}

func (QuizGenerationJob) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("job_id").Unique(), // a job by its name
		index.Fields("created_at", "id").
			StorageKey("quizgenerationjob_queued").
			Annotations(entsql.IndexWhere("status = 'queued'")), // the job that has waited longest, however many are done
	}
}

func (QuizGenerationJob) Hooks() []ent.Hook { return []ent.Hook{hook.JobTransitions()} }

func (QuizGenerationJob) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Nobody, Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody, Confidential: true,
	}
}
