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

// User is an account, somebody who can sign in. Signed-in users see the active
// ones, and anybody sees who wrote what is public; the e-mail address, the
// last login and is_staff are the user's own business, password and tokens
// nobody's. Most of what a user made goes with the account; communities, blog
// posts, store products and purchases, leave reasons and ledger rows stay.
type User struct{ ent.Schema }

func (User) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "User"}}
}

func (User) Fields() []ent.Field {
	return []ent.Field{
		field.String("email").NotEmpty().MaxRuneLen(254).Validate(validEmail).SchemaType(varchar(254)).
			Comment("The login, its domain in lower case. Addresses that differ only in letter case are one account."),
		field.String("username").MaxRuneLen(150).Validate(validHandle).
			Optional().Nillable().SchemaType(varchar(150)),
		field.String("password").NotEmpty().MaxRuneLen(128).Sensitive().SchemaType(varchar(128)).
			Comment("In Django's encoded form, pbkdf2_sha256$ITERATIONS$SALT$HASH."),
		field.String("verification_token").MaxRuneLen(64).Optional().Nillable().Sensitive().SchemaType(varchar(64)).
			Comment("Confirms the e-mail address: 64 random characters, valid once and until token_expires_at."),
		field.String("reset_password_token").MaxRuneLen(64).
			Optional().Nillable().Sensitive().SchemaType(varchar(64)).
			Comment("Allows a new password: 64 random characters, valid once and until token_expires_at."),
		field.String("pending_email").MaxRuneLen(254).Validate(validEmail).
			Optional().Nillable().SchemaType(varchar(254)).
			Comment("New address that replaces email once its code has been entered."),
		field.String("email_change_code").MaxRuneLen(6).Optional().Nillable().Sensitive().SchemaType(varchar(6)).
			Comment("Six digits that confirm pending_email, valid until email_change_code_expires_at."),
		field.Bool("is_active").Default(true).
			Comment("An inactive user can't sign in and is hidden from others."),
		field.Bool("is_verified").Default(false).
			Comment("The e-mail address has been confirmed."),
		field.Bool("is_staff").Default(false).
			Comment("Works for the platform; a role with is_admin_role has the same effect."),
		field.Time("date_joined").Default(now).Immutable(),
		field.Time("last_login").Optional().Nillable(),
		field.Time("token_expires_at").Optional().Nillable().
			Comment("Shared by the two tokens: setting one of them clears the other."),
		field.Time("email_change_code_expires_at").Optional().Nillable(),
	}
}

func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("roles", Role.Type).Through("user_roles", UserRole.Type),
		edge.To("profile", UserProfile.Type).Unique().Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("addresses", UserAddress.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_likes", CommunityLike.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_views", CommunityView.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("The user's visits to communities."),
		edge.To("approved_memberships", CommunityMember.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("Memberships that the user approved."),
		edge.To("blocked_memberships", CommunityMember.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("Memberships that the user blocked."),
		edge.To("group_accesses", CommunityGroupAccess.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Tiers of communities that the user may use."),
		edge.To("classroom_certificates", ClassroomCertificate.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("classroom_content_completions", ClassroomContentCompletion.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("posts", Post.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("post_likes", PostLike.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_blog_posts", CommunityBlogPost.Type).Annotations(entsql.OnDelete(entsql.SetNull)),
		edge.To("blog_post_replies", CommunityBlogPostReply.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("blog_posts", BlogPost.Type).Annotations(entsql.OnDelete(entsql.SetNull)),
		edge.To("quiz_submissions", QuizSubmission.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("poll_votes", PollVote.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("created_meetings", Meeting.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("created_meeting_series", MeetingSeries.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("sent_messages", Message.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("created_wheels", Wheel.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("approved_wheel_participants", WheelParticipant.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("Participants of wheels whom the user approved."),
		edge.To("wheel_participations", WheelParticipant.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("acknowledged_handoffs", WheelHandoff.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("Handoffs that the user confirmed."),
		edge.To("public_feeds", PublicFeed.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Notices that the user posted on behalf of communities."),
		edge.To("public_feed_likes", PublicFeedsLike.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("community_feedback", CommunityFeedback.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("leave_reasons", CommunityLeaveReason.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("Why the user left communities."),
		edge.To("abuse_reports", CommunityAbuseReport.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Reports that the user made."),
		edge.To("badges", UserBadge.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("payout_accounts", CreatorPayoutAccount.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Where the money that the user earns is sent."),
		edge.To("payout_profile", PayoutProfile.Type).Unique().Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("app_subscriptions", AppSubscription.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("The user's subscriptions to the platform."),
		edge.To("member_subscriptions", CommunityMemberSubscription.Type).
			Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("What the user pays for tiers of communities."),
		edge.To("stored_files", StorageUsage.Type).Annotations(entsql.OnDelete(entsql.Cascade)).
			Comment("Files that count against the user's storage limit."),
		edge.To("listed_products", StoreProduct.Type).Annotations(entsql.OnDelete(entsql.SetNull)).
			Comment("Products that the user put into stores."),
		edge.To("store_purchases", StorePurchase.Type).Annotations(entsql.OnDelete(entsql.SetNull)),
		edge.From("communities", Community.Type).Ref("members").Through("memberships", CommunityMember.Type).
			Comment("Communities where the user has a membership, even as an applicant or blocked."),
		edge.From("meetings_attending", Meeting.Type).Ref("attendees").
			Comment("Meetings that the user is invited to."),
		edge.From("meeting_series_attending", MeetingSeries.Type).Ref("attendees").
			Comment("Meeting series that the user is invited to."),
		edge.From("conversations", Conversation.Type).Ref("participants").
			Through("conversation_participations", ConversationParticipant.Type),
	}
}

func (User) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("email").Unique(),    // a user by e-mail address
		index.Fields("username").Unique(), // a user by name
		// The user of a token, looked up by its beginning: the operators are those of
		// LIKE.
		index.Fields("verification_token").
			Annotations(entsql.OpClass("varchar_pattern_ops"), entsql.IndexWhere("verification_token IS NOT NULL")),
		index.Fields("reset_password_token").
			Annotations(entsql.OpClass("varchar_pattern_ops"), entsql.IndexWhere("reset_password_token IS NOT NULL")),
	}
}

func (User) Hooks() []ent.Hook { return []ent.Hook{hook.EmailNormal(), hook.OneToken()} }

func (User) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.AnyOf(
			rule.AllOf(rule.SignedIn, rule.Flag("is_active")),
			rule.Self("id"),
			rule.SomePublic(BlogPost{}, "writer_id"),
			rule.SomePublic(CommunityBlogPost{}, "writer_id"),
			rule.SomePublic(CommunityBlogPostReply{}, "user_id"),
			rule.SomePublic(PublicFeed{}, "posted_by_id"),
			rule.SomePublic(CommunityFeedback{}, "user_id"),
		),
		Create: rule.For(rule.Nobody),
		Update: rule.For(rule.Nobody).And(rule.Self("id"), "username"),
		Delete: rule.Nobody,
		Private: []rule.Private{
			{Who: rule.Self("id"), Columns: []string{"email", "pending_email", "last_login", "is_staff"}},
			{Who: rule.Nobody, Columns: []string{
				"password", "verification_token", "reset_password_token", "token_expires_at",
				"email_change_code", "email_change_code_expires_at",
			}},
		},
	}
}

// UserRole gives a role to a user. The user sees it, internal services keep
// it. It goes with either.
type UserRole struct{ ent.Schema }

func (UserRole) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "User_roles"}}
}

func (UserRole) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_id").Immutable(),
		field.Int64("role_id").Immutable(),
	}
}

func (UserRole) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("role", Role.Type).Field("role_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (UserRole) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("role_id"), // who has a role
	}
}

func (UserRole) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.Self("user_id"), Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
