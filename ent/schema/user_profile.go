package schema

import (
	"math"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// UserProfile is how a user presents themselves, one row each. Whoever sees
// the user sees it, except for phone number, date of birth and gender, which
// are the user's own. It goes with the user.
type UserProfile struct{ ent.Schema }

func (UserProfile) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "UserProfile"}}
}

func (UserProfile) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_id").Immutable(),
		field.String("first_name").NotEmpty().MaxRuneLen(100).SchemaType(varchar(100)),
		field.String("last_name").NotEmpty().MaxRuneLen(100).SchemaType(varchar(100)),
		field.String("middle_name").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)),
		field.Enum("gender").Values("male", "female", "other", "prefer_not_to_say").
			Optional().Nillable().SchemaType(varchar(20)).
			Comment("For the user alone."),
		field.String("phone_number").MaxRuneLen(20).Optional().Nillable().SchemaType(varchar(20)).
			Comment("For the user alone."),
		field.Other("date_of_birth", schematype.Date{}).Optional().Nillable().SchemaType(date).
			Comment("For the user alone."),
		field.String("country").MaxRuneLen(100).Optional().Nillable().SchemaType(varchar(100)).
			Comment("Free text."),
		field.String("country_flag_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)),
		field.String("thumbnail_url").MaxRuneLen(200).Validate(validURL).
			Optional().Nillable().SchemaType(varchar(200)),
		field.Text("bio").Optional().Nillable(),
		field.Text("about").Optional().Nillable(),
	}
}

func (UserProfile) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("profile").Field("user_id").Unique().Required().Immutable(),
		edge.To("interests", Tag.Type).Through("user_interests", UserInterest.Type).
			Comment("Subjects that the user cares about."),
		edge.To("social_links", UserProfileSocialLink.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (UserProfile) Policy() ent.Policy {
	return &rule.Policy{
		Read:    rule.VisibleWith("user_id", User{}),
		Create:  rule.For(rule.Self("user_id")),
		Update:  rule.For(rule.Self("user_id")),
		Delete:  rule.Nobody,
		Private: []rule.Private{{Who: rule.Self("user_id"), Columns: []string{"phone_number", "date_of_birth", "gender"}}},
	}
}

// UserProfileSocialLink leads to a page of the user on another site. Signed-in
// users see it, its user keeps it. It goes with the profile.
type UserProfileSocialLink struct{ ent.Schema }

func (UserProfileSocialLink) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (UserProfileSocialLink) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{
		Table: "UserProfileSocialLink",
		Checks: map[string]string{
			"userprofilesociallink_sort_order_check": "sort_order >= 0",
		},
	}}
}

func (UserProfileSocialLink) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_profile_id").Immutable(),
		field.String("platform").NotEmpty().MaxRuneLen(64).SchemaType(varchar(64)).
			Comment("Name of the other site, free text."),
		field.String("url").NotEmpty().MaxRuneLen(2048).Validate(validURL).SchemaType(varchar(2048)),
		field.Int("sort_order").Default(0).Range(0, math.MaxInt16).SchemaType(smallint).
			Comment("Ascending; ties by id."),
	}
}

func (UserProfileSocialLink) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("profile", UserProfile.Type).Ref("social_links").
			Field("user_profile_id").Unique().Required().Immutable(),
	}
}

func (UserProfileSocialLink) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_profile_id"), // a profile's links
	}
}

func (UserProfileSocialLink) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.SignedIn,
		Create: rule.For(rule.Of("user_profile_id", UserProfile{}, rule.Self("user_id"))),
		Update: rule.For(rule.Of("user_profile_id", UserProfile{}, rule.Self("user_id"))),
		Delete: rule.Of("user_profile_id", UserProfile{}, rule.Self("user_id")),
	}
}

// UserInterest names a tag as an interest of a user. Signed-in users see it,
// its user keeps it. It goes with the profile and with the tag.
type UserInterest struct{ ent.Schema }

func (UserInterest) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "UserProfile_interest"}}
}

func (UserInterest) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("user_profile_id").StorageKey("userprofile_id").Immutable(),
		field.Int64("tag_id").Immutable(),
	}
}

func (UserInterest) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("profile", UserProfile.Type).Field("user_profile_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("tag", Tag.Type).Field("tag_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (UserInterest) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("tag_id"), // who is interested in a tag
	}
}

func (UserInterest) Policy() ent.Policy {
	return &rule.Policy{
		Read:   rule.SignedIn,
		Create: rule.For(rule.Of("userprofile_id", UserProfile{}, rule.Self("user_id"))),
		Update: rule.For(rule.Of("userprofile_id", UserProfile{}, rule.Self("user_id"))),
		Delete: rule.Of("userprofile_id", UserProfile{}, rule.Self("user_id")),
	}
}
