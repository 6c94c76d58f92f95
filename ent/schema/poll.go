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

// Poll puts a question to a community, with options to choose from. It is seen
// by the members whom its tiers let in and by moderators and up, who run it.
// It goes with its community and takes its options and votes along.
type Poll struct{ ent.Schema }

func (Poll) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Poll) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Poll"}}
}

func (Poll) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.String("title").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Text("description").Optional().Nillable(),
		field.Bool("is_active").Default(true).
			Comment("An inactive poll takes no votes."),
	}
}

func (Poll) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("polls").Field("community_id").Unique().Required().Immutable(),
		edge.To("community_groups", CommunityGroup.Type).Through("poll_groups", PollGroup.Type).
			Comment("Tiers whose members may vote; none means every member."),
		edge.To("options", PollOption.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("votes", PollVote.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (Poll) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id"), // a community's polls
	}
}

func (Poll) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Gate("community_id", "Poll_payment_plans", "poll_id"), rule.Moderator("community_id")),
		Create: rule.For(rule.Moderator("community_id")), Update: rule.For(rule.Moderator("community_id")), Delete: rule.Moderator("community_id"),
	}
}

// PollOption is an answer that a poll offers. It is seen with the poll, and
// goes with it; its votes go with the option.
type PollOption struct{ ent.Schema }

func (PollOption) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (PollOption) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PollOption"}}
}

func (PollOption) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("poll_id").Immutable(),
		field.String("text").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.Int("order").Default(0).Range(math.MinInt32, math.MaxInt32).SchemaType(integer).
			Comment("Ascending; ties oldest first."),
	}
}

func (PollOption) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("poll", Poll.Type).Ref("options").Field("poll_id").Unique().Required().Immutable(),
		edge.To("votes", PollVote.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (PollOption) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("poll_id"), // a poll's options
	}
}

func (PollOption) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("poll_id", Poll{}),
		Create: rule.For(rule.EditableWith("poll_id", Poll{})),
		Update: rule.For(rule.EditableWith("poll_id", Poll{})),
		Delete: rule.EditableWith("poll_id", Poll{}),
	}
}

// PollVote is the option that a user chose, one per poll. The voter and the
// moderators and up see it, others see counts only; the voter may change it
// while the poll is active. It goes with its poll, its option and its voter.
type PollVote struct{ ent.Schema }

func (PollVote) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (PollVote) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "PollVote"}}
}

func (PollVote) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("option_id").
			Comment("An option of the same poll."),
		field.Int64("poll_id").Immutable(),
		field.Int64("user_id").Immutable(),
	}
}

func (PollVote) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("option", PollOption.Type).Ref("votes").Field("option_id").Unique().Required(),
		edge.From("poll", Poll.Type).Ref("votes").Field("poll_id").Unique().Required().Immutable(),
		edge.From("voter", User.Type).Ref("poll_votes").Field("user_id").Unique().Required().Immutable(),
	}
}

func (PollVote) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("poll_id", "user_id").Unique(), // one vote per user and poll
		index.Fields("option_id"),                   // an option's votes
		index.Fields("user_id"),                     // a user's votes
	}
}

func (PollVote) Hooks() []ent.Hook { return []ent.Hook{hook.VoteInActivePoll()} }

func (PollVote) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("poll_id", Poll{}),
		Read:   rule.AnyOf(rule.Self("user_id"), rule.Of("poll_id", Poll{}, rule.Moderator("community_id"))),
		Create: rule.For(ownVote), Update: rule.For(ownVote), Delete: ownVote,
	}
}

// PollGroup opens a poll to a tier of the same community. It is seen with the
// poll and goes with either.
type PollGroup struct{ ent.Schema }

func (PollGroup) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Poll_payment_plans"}}
}

func (PollGroup) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("poll_id").Immutable(),
		field.Int64("community_group_id").StorageKey("communitygroup_id").Immutable(),
	}
}

func (PollGroup) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("poll", Poll.Type).Field("poll_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_group", CommunityGroup.Type).Field("community_group_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (PollGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_group_id"), // the polls of a tier
	}
}

func (PollGroup) Hooks() []ent.Hook { return []ent.Hook{hook.GateInCommunity("Poll_payment_plans")} }

func (PollGroup) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.VisibleWith("poll_id", Poll{}),
		Create: rule.For(rule.EditableWith("poll_id", Poll{})),
		Update: rule.For(rule.Nobody),
		Delete: rule.EditableWith("poll_id", Poll{}),
	}
}

// ownVote is a voter's own vote, as long as the poll is active.
var ownVote = rule.AllOf(
	rule.Self("user_id"), rule.VisibleWith("poll_id", Poll{}), rule.Of("poll_id", Poll{}, rule.Flag("is_active")),
)
