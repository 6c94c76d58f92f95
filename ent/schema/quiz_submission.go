package schema

import (
	"math"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// QuizSubmission is one attempt of a user at a quiz, with its result. The user
// and the moderators and up see it. It goes with its user and with its
// community, but outlives the quiz, whose title and id it keeps.
type QuizSubmission struct{ ent.Schema }

func (QuizSubmission) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (QuizSubmission) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "SimpleQuizSubmission",
		Checks: map[string]string{
			"simplequizsubmission_quiz_id_at_submit_check": "quiz_id_at_submit >= 0",
		},
	}}
}

func (QuizSubmission) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_id").Immutable(),
		field.Int64("community_id").Immutable(),
		field.Int64("quiz_id").Optional().Nillable().
			Comment("One of the community; NULL once the quiz has been deleted."),
		field.Text("submission_data").Validate(validJSON).
			Comment("JSON document of the answers given."),
		field.Other("score", decimal.Decimal{}).Optional().Nillable().SchemaType(numeric(5, 2)).
			Comment("Percentage of right answers, 0 to 100; NULL: not scored."),
		field.Int("total_questions").Range(math.MinInt32, math.MaxInt32).SchemaType(integer),
		field.Int("correct_answers").Default(0).Range(math.MinInt32, math.MaxInt32).SchemaType(integer),
		field.Int("incorrect_answers").Default(0).Range(math.MinInt32, math.MaxInt32).SchemaType(integer),
		field.String("quiz_title_snapshot").Default("").MaxRuneLen(255).SchemaType(varchar(255)).
			Comment("The quiz's title at the time of the attempt; noted by itself, never changed."),
		field.Int("quiz_id_at_submit").Range(0, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("The quiz's id at the time of the attempt; noted by itself, it stays when quiz_id becomes NULL."),
	}
}

func (QuizSubmission) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("quiz", Quiz.Type).Ref("submissions").Field("quiz_id").Unique(),
		edge.From("user", User.Type).Ref("quiz_submissions").Field("user_id").Unique().Required().Immutable(),
		edge.From("community", Community.Type).Ref("quiz_submissions").
			Field("community_id").Unique().Required().Immutable(),
	}
}

func (QuizSubmission) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id"),       // a community's submissions
		index.Fields("quiz_id", "user_id"), // a quiz's submissions; how often a user has tried
		index.Fields("user_id"),            // a user's submissions
	}
}

func (QuizSubmission) Hooks() []ent.Hook {
	return []ent.Hook{hook.SubmissionKeepsQuiz(), hook.SubmissionKeepsSnapshot(), hook.SubmissionOfQuiz()}
}

func (QuizSubmission) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Self("user_id"), rule.Moderator("community_id")),
		Create: rule.For(rule.AllOf(rule.Self("user_id"), rule.VisibleWith("quiz_id", Quiz{})), "user_id", "community_id", "quiz_id", "submission_data").
			Only(rule.Nobody, "score", "total_questions", "correct_answers", "incorrect_answers"),
		Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
