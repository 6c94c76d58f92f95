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

// Community is where people meet: it has members, tiers, rooms, events and a
// store, and most of the graph hangs on it. It begins with the free tier "hobby
// plan", the forum "town_hall", a store and Telegram settings, and with the user
// who makes it as its owner. Anybody sees an active community, its managers also
// an inactive one. Everything in it goes with it, save the ledger rows of its
// payments.
type Community struct{ ent.Schema }

func (Community) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Community) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "Community",
		Checks: map[string]string{
			"community_flag_count_check": "flag_count >= 0",
		},
	}}
}

func (Community) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(255).SchemaType(varchar(255)),
		field.String("alias").NotEmpty().MaxRuneLen(255).Validate(validHandle).SchemaType(varchar(255)).
			Comment("Name in URLs, unique on the platform; made from name where it is left out."),
		field.String("summary").MaxRuneLen(500).Optional().Nillable().SchemaType(varchar(500)),
		field.Text("description").Optional().Nillable(),
		field.Text("public_notes").Optional().Nillable().
			Comment("Notes for everybody who sees the community."),
		field.String("category").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)).
			Comment("Free text."),
		field.String("avatar_url").MaxRuneLen(200).Validate(validURL).Optional().Nillable().SchemaType(varchar(200)),
		field.String("banner_url").MaxRuneLen(200).Validate(validURL).Optional().Nillable().SchemaType(varchar(200)),
		field.Int("flag_count").Default(0).Range(0, math.MaxInt32).SchemaType(integer).
			Comment("Number of abuse reports made about the community, those deleted since included."),
		field.Bool("is_open").Default(true).
			Comment("Joining makes a member at once; where false, an applicant, who waits for approval."),
		field.Bool("restrict_posting_to_owners_moderators").Default(false).
			Comment("Only moderators and up may post, in every forum of the community."),
		field.Bool("use_logo_only").Default(false).
			Comment("The community presents itself by its logo, without its name."),
		field.Bool("is_active").Default(true).
			Comment("An inactive community, with all that belongs to it, is seen by its managers only."),
	}
}

func (Community) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("tags", Tag.Type).Through("community_tags", CommunityTag.Type),
		edge.To("members", User.Type).Through("memberships", CommunityMember.Type).
			Comment("Everybody who has a membership, applicants and blocked people included."),
		edge.To("likes", CommunityLike.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("views", CommunityView.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("social_links", CommunitySocialLink.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("badge_definitions", CommunityBadgeDefinition.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_groups", CommunityGroup.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("The community's tiers."),
		edge.To("group_accesses", CommunityGroupAccess.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Who may use which tier, and until when."),
		edge.To("classrooms", Classroom.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("forums", Forum.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("blog_posts", CommunityBlogPost.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("resources", Resource.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("quizzes", Quiz.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("quiz_submissions", QuizSubmission.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("polls", Poll.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("meetings", Meeting.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("meeting_series", MeetingSeries.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("conversations", Conversation.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("wheels", Wheel.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("public_feeds", PublicFeed.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("feedback", CommunityFeedback.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("leave_reasons", CommunityLeaveReason.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("abuse_reports", CommunityAbuseReport.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("telegram", CommunityTelegram.Type).Unique().Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("member_subscriptions", CommunityMemberSubscription.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("What members pay for their tiers."),
		edge.To("stored_files", StorageUsage.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Files that were uploaded for the community."),
		edge.To("store", CommunityStore.Type).Unique().Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (Community) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("alias").Unique(),   // a community by its alias
		index.Fields("created_at", "id"), // pages of all communities
	}
}

func (Community) Hooks() []ent.Hook {
	return []ent.Hook{hook.CommunityAlias(), hook.CommunityDefaults()}
}

func (Community) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.AnyOf(rule.Flag("is_active"), rule.Manager("id")),
		Create: rule.For(rule.SignedIn).Only(rule.Staff, "flag_count"),
		Update: rule.For(rule.Manager("id")).Only(rule.Staff, "is_active", "flag_count"),
		Delete: rule.Owner("id"),
	}
}

// CommunityLike is a user's like of a community, one each. Anybody who sees
// the community sees it, and the user may take it back. It goes with its
// community and with its user.
type CommunityLike struct{ ent.Schema }

func (CommunityLike) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (CommunityLike) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityLike"}}
}

func (CommunityLike) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("user_id").Immutable(),
	}
}

func (CommunityLike) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("likes").Field("community_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("community_likes").Field("user_id").Unique().Required().Immutable(),
	}
}

func (CommunityLike) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "community_id").Unique(), // one like per user and community
		index.Fields("community_id"),                     // a community's likes
	}
}

func (CommunityLike) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Anyone, Create: rule.For(rule.Self("user_id")), Update: rule.For(rule.Nobody), Delete: rule.Self("user_id"),
	}
}

// CommunityView is one visit to a community, by a user or by somebody unknown.
// The managers of the community see it. It goes with its community and with
// its user.
type CommunityView struct{ ent.Schema }

func (CommunityView) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityView"}}
}

func (CommunityView) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("user_id").Optional().Nillable().Immutable().
			Comment("NULL: an anonymous visit."),
		field.String("referrer_url").MaxRuneLen(2048).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(2048)).
			Comment("Page that the visitor came from."),
		field.String("referrer_domain").MaxRuneLen(255).Optional().Nillable().SchemaType(varchar(255)).
			Comment("Domain of referrer_url."),
		field.String("country").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)).
			Comment("Where the visitor was, free text."),
		field.String("region").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)),
		field.String("city").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)),
		field.Time("viewed_at").Default(now).Immutable(),
	}
}

func (CommunityView) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("views").Field("community_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("community_views").Field("user_id").Unique().Immutable(),
	}
}

func (CommunityView) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id", "viewed_at", "id"), // pages of a community's visits; those in a span of time
		index.Fields("user_id"),                         // a user's visits
	}
}

func (CommunityView) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Manager("community_id"),
		Create: rule.For(rule.AnyOf(rule.Empty("user_id"), rule.Self("user_id"))),
		Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}

// CommunitySocialLink leads to a page of the community on another site.
// Anybody who sees the community sees it, managers keep it. It goes with its
// community.
type CommunitySocialLink struct{ ent.Schema }

func (CommunitySocialLink) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunitySocialLink) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "CommunitySocialLink",
		Checks: map[string]string{
			"communitysociallink_sort_order_check": "sort_order >= 0",
		},
	}}
}

func (CommunitySocialLink) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.String("platform").NotEmpty().MaxRuneLen(64).SchemaType(varchar(64)).
			Comment("Name of the other site, free text."),
		field.String("url").NotEmpty().MaxRuneLen(2048).Validate(validURL).SchemaType(varchar(2048)),
		field.Int("sort_order").Default(0).Range(0, math.MaxInt16).SchemaType(smallint).
			Comment("Ascending; ties by id."),
	}
}

func (CommunitySocialLink) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("social_links").
			Field("community_id").Unique().Required().Immutable(),
	}
}

func (CommunitySocialLink) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id"), // a community's links
	}
}

func (CommunitySocialLink) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Anyone, Create: rule.For(rule.Manager("community_id")), Update: rule.For(rule.Manager("community_id")), Delete: rule.Manager("community_id"),
	}
}

// CommunityTag puts a tag on a community. Anybody who sees the community sees
// it, managers keep it. It goes with its community and with its tag.
type CommunityTag struct{ ent.Schema }

func (CommunityTag) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Community_tags"}}
}

func (CommunityTag) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Int64("tag_id").Immutable(),
	}
}

func (CommunityTag) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("community", Community.Type).Field("community_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("tag", Tag.Type).Field("tag_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (CommunityTag) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tag_id"), // the communities of a tag
	}
}

func (CommunityTag) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Anyone, Create: rule.For(rule.Manager("community_id")), Update: rule.For(rule.Manager("community_id")), Delete: rule.Manager("community_id"),
	}
}
