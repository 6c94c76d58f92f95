package schema

import (
	"math"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// Quiz is a test that a community sets its members. It is seen by the members
// whom its tiers let in and by moderators and up; its questions and answers
// are stored in one document, which is for moderators and up. It goes with its
// community; submissions outlive it.
type Quiz struct{ ent.Schema }

func (Quiz) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Quiz) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "SimpleQuiz",
		Checks: map[string]string{
			"simplequiz_max_attempts_check": "max_attempts >= 0",
		},
	}}
}

func (Quiz) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.Text("quiz_data").Validate(validJSON).
			Comment("JSON document of questions and right answers; for moderators and up."),
		field.Int("max_attempts").Range(0, math.MaxInt32).Optional().Nillable().SchemaType(integer).
			Comment("Submissions that a user may make; NULL or 0: no limit."),
		field.Bool("is_timed").Default(false).
			Comment("The quiz is answered against the clock."),
		field.Bool("has_attempt_limit").Default(false).
			Comment("max_attempts is in force; setting that to 0 makes this false."),
	}
}

func (Quiz) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("quizzes").Field("community_id").Unique().Required().Immutable(),
		edge.To("community_groups", CommunityGroup.Type).Through("quiz_groups", QuizGroup.Type).
			Comment("Tiers whose members may take the quiz; none means every member."),
		edge.To("submissions", QuizSubmission.Type).Annotations(entsql.OnDelete(entsql.SetNull)),
	}
}

func (Quiz) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id"), // a community's quizzes
	}
}

func (Quiz) Hooks() []ent.Hook { return []ent.Hook{hook.NoLimitOfZero()} }

func (Quiz) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Gate("community_id", "SimpleQuiz_payment_plans", "simplequiz_id"), rule.Moderator("community_id")),
		Create: rule.For(rule.Moderator("community_id")), Update: rule.For(rule.Moderator("community_id")), Delete: rule.Moderator("community_id"),
		Private: []rule.Private{{Who: rule.Moderator("community_id"), Columns: []string{"quiz_data"}}},
	}
}

// QuizGroup opens a quiz to a tier of the same community. It is seen with the
// quiz and goes with either.
type QuizGroup struct{ ent.Schema }

func (QuizGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "SimpleQuiz_payment_plans"}}
}

func (QuizGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("quiz_id").StorageKey("simplequiz_id").Immutable(),
		field.Int64("community_group_id").StorageKey("communitygroup_id").Immutable(),
	}
}

func (QuizGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("quiz", Quiz.Type).Field("quiz_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_group", CommunityGroup.Type).Field("community_group_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (QuizGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_group_id"), // the quizzes of a tier
	}
}

func (QuizGroup) Hooks() []ent.Hook {
	return []ent.Hook{hook.GateInCommunity("SimpleQuiz_payment_plans")}
}

func (QuizGroup) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("simplequiz_id", Quiz{}),
		Create: rule.For(rule.EditableWith("simplequiz_id", Quiz{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.EditableWith("simplequiz_id", Quiz{}),
	}
}
