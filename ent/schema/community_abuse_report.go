package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// CommunityAbuseReport is a user's complaint about a community, and is counted
// in the community's flag_count. Only staff see it. It goes with its community
// and with its reporter.
type CommunityAbuseReport struct{ ent.Schema }

func (CommunityAbuseReport) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (CommunityAbuseReport) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityAbuseReport"}}
}

func (CommunityAbuseReport) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Text("message").NotEmpty(),
	}
}

func (CommunityAbuseReport) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("abuse_reports").
			Field("community_id").Unique().Required().Immutable(),
		edge.From("reporter", User.Type).Ref("abuse_reports").Field("user_id").Unique().Required().Immutable(),
	}
}

func (CommunityAbuseReport) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id"), // the reports about a community
		index.Fields("user_id"),      // a user's reports
	}
}

func (CommunityAbuseReport) Hooks() []ent.Hook { return []ent.Hook{hook.CountReports()} }

func (CommunityAbuseReport) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Staff, Create: rule.For(rule.Self("user_id")), Update: rule.For(rule.Staff), Delete: rule.Staff,
	}
}
