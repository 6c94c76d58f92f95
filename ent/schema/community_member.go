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

// CommunityMember is a user's membership of a community: the role, the points,
// and whether it was approved or blocked. Who joins, at once or by approval, gets
// access to the community's free tier. The user and the members of the
// community see it; who approved or blocked whom is for the user and the
// moderators and up. It goes with its community and with its user.
type CommunityMember struct{ ent.Schema }

func (CommunityMember) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "CommunityMember",
		Checks: map[string]string{
			"communitymember_leaderboard_year_check": "leaderboard_year >= 0",
			"communitymember_points_check":           "points >= 0",
		},
	}}
}

func (CommunityMember) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Int64("approved_by_id").Optional().Nillable().
			Comment("NULL: approved by nobody, or by somebody whose account has been deleted."),
		field.Int64("blocked_by_id").Optional().Nillable().
			Comment("NULL: blocked by nobody, or by somebody whose account has been deleted."),
		field.Enum("role").Values("owner", "co_owner", "moderator", "contributor", "member", "applicant").
			SchemaType(varchar(20)).Annotations(entsql.Default("applicant")).
			Comment("Without one given: member of an open community, applicant of a closed one. Owner and co_owner are the managers; an applicant waits for approval and counts as no member."),
		field.Int64("points").Default(0).NonNegative().
			Comment("Sum collected in leaderboard_year; another year starts from zero. What is added counts for this year."),
		field.Int("leaderboard_year").DefaultFunc(currentYear).Range(0, math.MaxInt16).SchemaType(smallint).
			Comment("Calendar year that points counts for, in UTC."),
		field.Bool("is_blocked").Default(false).
			Comment("A blocked person counts as no member."),
		field.Time("joined_at").Default(now).Immutable().
			Comment("When the user joined or applied."),
		field.Time("approved_at").Optional().Nillable().
			Comment("When the applicant was let in; NULL for an applicant, and for who joined an open community."),
		field.Time("blocked_at").Optional().Nillable().
			Comment("When the member was blocked; NULL for who isn't."),
	}
}

func (CommunityMember) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("approver", User.Type).Ref("approved_memberships").Field("approved_by_id").Unique().
			Comment("Who let the applicant in."),
		edge.From("blocker", User.Type).Ref("blocked_memberships").Field("blocked_by_id").Unique().
			Comment("Who blocked the member."),
		edge.To("community", Community.Type).Field("community_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("badges", CommunityMemberBadge.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (CommunityMember) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "community_id").Unique(), // a user's membership of a community
		index.Fields("approved_by_id"),                   // memberships that a user approved
		index.Fields("blocked_by_id"),                    // memberships that a user blocked
		index.Fields("community_id", "joined_at", "id"),  // pages of a community's members
	}
}

func (CommunityMember) Hooks() []ent.Hook {
	return []ent.Hook{hook.RoleOfJoining(), hook.Approval(), hook.JoiningOpensFreeTier(), hook.PointsOfYear()}
}

func (CommunityMember) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.AnyOf(rule.Self("user_id"), rule.Member("community_id")),
		Create: rule.For(rule.Self("user_id"), "community_id", "user_id").
			And(rule.AllOf(rule.Moderator("community_id"), rule.Becomes("role", "member", "applicant"), rule.NamesSelf("approved_by_id")),
				"community_id", "user_id", "role", "joined_at", "approved_at", "approved_by_id"),
		Update: rule.For(rule.AllOf(
			rule.Moderator("community_id"), rule.Not(rule.Self("user_id")), rule.Is("role", "member", "contributor", "applicant"),
			rule.Becomes("role", "member", "contributor", "applicant"), rule.NamesSelf("approved_by_id"), rule.NamesSelf("blocked_by_id"),
		), membershipState...).And(rule.AllOf(
			rule.Moderator("community_id"), rule.Not(rule.Self("user_id")), rule.Is("role", "moderator"),
			rule.NamesSelf("blocked_by_id"),
		), "is_blocked", "blocked_at", "blocked_by_id").And(rule.AllOf(
			rule.Manager("community_id"), rule.Not(rule.Self("user_id")), rule.Is("role", "co_owner", "moderator", "contributor", "member", "applicant"),
			rule.Becomes("role", "co_owner", "moderator", "contributor", "member", "applicant"),
		), "role").And(rule.AllOf( // who steps down
			rule.Manager("community_id"), rule.Self("user_id"), rule.Is("role", "co_owner"),
			rule.Becomes("role", "moderator", "contributor", "member"),
		), "role"),
		Delete: rule.AnyOf(
			rule.AllOf(rule.Self("user_id"), rule.Not(rule.Is("role", "owner")), rule.Not(rule.Flag("is_blocked"))),
			rule.AllOf(rule.Moderator("community_id"), rule.Is("role", "contributor", "member", "applicant")),
			rule.AllOf(rule.Manager("community_id"), rule.Is("role", "moderator")),
			rule.AllOf(rule.Owner("community_id"), rule.Is("role", "co_owner")),
		),
		Private: []rule.Private{{
			Who:     rule.AnyOf(rule.Self("user_id"), rule.Moderator("community_id")),
			Columns: []string{"blocked_at", "blocked_by_id", "approved_by_id"},
		}},
	}
}

// membershipState is what moderators change of a membership: to let in, to turn
// away, to block.
var membershipState = []string{"role", "approved_at", "approved_by_id", "is_blocked", "blocked_at", "blocked_by_id"}
