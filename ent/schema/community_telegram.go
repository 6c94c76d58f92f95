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

// CommunityTelegram ties a community to Telegram, one row each, by the
// platform's bot, by a private bot of the community, or by both. The managers
// see it, except for the token and the link codes, which nobody does. It goes
// with its community.
type CommunityTelegram struct{ ent.Schema }

func (CommunityTelegram) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (CommunityTelegram) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "CommunityTelegram"}}
}

func (CommunityTelegram) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Text("token").Optional().Nillable().Sensitive().
			Comment("Secret of the private bot: written, never shown."),
		field.String("platform_link_code").MaxRuneLen(40).Optional().Nillable().Sensitive().SchemaType(varchar(40)).
			Comment("Short-lived code that ties a chat to the platform's bot, until platform_link_code_expires."),
		field.String("platform_chat_id").MaxRuneLen(64).Optional().Nillable().SchemaType(varchar(64)).
			Comment("Telegram's id of the chat that the platform's bot writes to."),
		field.String("private_bot_chat_id").MaxRuneLen(64).Optional().Nillable().SchemaType(varchar(64)).
			Comment("Telegram's id of the chat that the private bot writes to."),
		field.String("private_link_code").MaxRuneLen(40).Optional().Nillable().Sensitive().SchemaType(varchar(40)).
			Comment("Short-lived code that ties a chat to the private bot, until private_link_code_expires."),
		field.Bool("platform_is_enabled").Default(false).
			Comment("The platform's bot is switched on."),
		field.Bool("private_is_enabled").Default(false).
			Comment("The private bot is switched on."),
		field.Time("platform_link_code_expires").Optional().Nillable(),
		field.Time("private_link_code_expires").Optional().Nillable(),
	}
}

func (CommunityTelegram) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("telegram").Field("community_id").Unique().Required().Immutable(),
	}
}

func (CommunityTelegram) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("platform_link_code"), // the community of a code sent to the platform's bot
		index.Fields("private_link_code"),  // the community of a code sent to a private bot
	}
}

func (CommunityTelegram) Hooks() []ent.Hook {
	return []ent.Hook{
		hook.PlatformLinkCodeExpires(),
		hook.PrivateLinkCodeExpires(),
	}
}

func (CommunityTelegram) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Active("community_id"),
		Read:   rule.Manager("community_id"),
		Create: rule.For(rule.Nobody),
		Update: rule.For(rule.Manager("community_id"),
			"token", "platform_chat_id", "private_bot_chat_id", "platform_is_enabled", "private_is_enabled"),
		Delete: rule.Nobody,
		Private: []rule.Private{{Who: rule.Nobody, Columns: []string{
			"token", "platform_link_code", "private_link_code", "platform_link_code_expires", "private_link_code_expires",
		}}},
	}
}
