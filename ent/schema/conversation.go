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

// Conversation is a private talk between two or more members of a community.
// Its participants see it and nobody else: no moderator, no staff. It goes
// with its community and takes its messages along.
type Conversation struct{ ent.Schema }

func (Conversation) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Conversation) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Conversation"}}
}

func (Conversation) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("community_id").Immutable(),
		field.Time("last_message_at").Optional().Nillable().
			Comment("When the newest message was sent, even if it has been deleted since; NULL: none yet. Messages set it."),
	}
}

func (Conversation) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("community", Community.Type).Ref("conversations").
			Field("community_id").Unique().Required().Immutable(),
		edge.To("participants", User.Type).Through("conversation_participants", ConversationParticipant.Type),
		edge.To("messages", Message.Type).Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (Conversation) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("community_id"), // a community's conversations
	}
}

func (Conversation) Policy() ent.Policy {
	return &rule.Policy{
		Within:       rule.Active("community_id"),
		Read:         rule.Some(ConversationParticipant{}, "conversation_id", rule.Self("user_id")).Called("participant"),
		Create:       rule.For(rule.Member("community_id"), "community_id"),
		Update:       rule.For(rule.Nobody),
		Delete:       rule.Nobody,
		Confidential: true,
	}
}

// ConversationParticipant is a user's seat in a conversation, with how far
// they have read. Whoever takes a seat is a member of the conversation's
// community. The participants see it. It goes with its conversation and with its
// user.
type ConversationParticipant struct{ ent.Schema }

func (ConversationParticipant) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "ConversationParticipant"}}
}

func (ConversationParticipant) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("conversation_id").Immutable(),
		field.Int64("user_id").Immutable(),
		field.Bool("is_muted").Default(false).
			Comment("The participant wants no notice of new messages."),
		field.Time("joined_at").Default(now).Immutable(),
		field.Time("last_read_at").Optional().Nillable().
			Comment("Messages sent after it are unread; NULL: nothing has been read."),
	}
}

func (ConversationParticipant) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("conversation", Conversation.Type).Field("conversation_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("user", User.Type).Field("user_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (ConversationParticipant) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("conversation_id", "user_id").Unique(), // one seat per user and conversation
		index.Fields("user_id"),                             // a user's conversations
	}
}

func (ConversationParticipant) Hooks() []ent.Hook { return []ent.Hook{hook.ParticipantIsMember()} }

func (ConversationParticipant) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("conversation_id", Conversation{}),
		Read:   rule.VisibleWith("conversation_id", Conversation{}),
		Create: rule.For(rule.AnyOf(
			rule.VisibleWith("conversation_id", Conversation{}),
			// The first one of a new conversation; not of one that all have left.
			rule.AllOf(rule.Self("user_id"), rule.Of("conversation_id", Conversation{}, rule.AllOf(
				rule.Member("community_id"), rule.Not(rule.Some(ConversationParticipant{}, "conversation_id", rule.Anyone)),
				rule.Not(rule.Some(Message{}, "conversation_id", rule.Anyone)),
			))),
		)),
		Update:       rule.For(rule.Self("user_id"), "last_read_at", "is_muted"),
		Delete:       rule.Self("user_id"),
		Blind:        []string{"conversation_id"},
		Confidential: true,
	}
}

// Message is something said in a conversation by one of its participants, to at
// least one other. The participants see it and nobody else. It goes with its
// conversation and with its sender.
type Message struct{ ent.Schema }

func (Message) Mixin() []ent.Mixin {
	return []ent.Mixin{timestamps{}}
}

func (Message) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Message"}}
}

func (Message) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("conversation_id").Immutable(),
		field.Int64("sender_id").Immutable(),
		field.Enum("message_type").Values("text", "image", "video", "file").Default("text").SchemaType(varchar(10)).
			Comment("How content is to be shown."),
		field.Text("content").NotEmpty(),
		field.Bool("is_read").Default(false).
			Comment("Set by a recipient; unread counts go by ConversationParticipant.last_read_at instead."),
	}
}

func (Message) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("conversation", Conversation.Type).Ref("messages").
			Field("conversation_id").Unique().Required().Immutable(),
		edge.From("sender", User.Type).Ref("sent_messages").Field("sender_id").Unique().Required().Immutable(),
	}
}

func (Message) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("conversation_id", "created_at", "id"), // pages of a conversation; what is unread since a time
		index.Fields("sender_id"),                           // a user's messages
	}
}

func (Message) Hooks() []ent.Hook {
	return []ent.Hook{
		hook.SenderTakesPart(),
		hook.MessageHasRecipient(),
		hook.MessageMovesConversation(),
	}
}

func (Message) Policy() ent.Policy {
	return &rule.Policy{
		Within: rule.Inside("conversation_id", Conversation{}),
		Read:   rule.VisibleWith("conversation_id", Conversation{}),
		Create: rule.For(rule.AllOf(rule.Self("sender_id"), rule.VisibleWith("conversation_id", Conversation{}))),
		Update: rule.For(rule.AllOf(rule.Self("sender_id"), rule.VisibleWith("conversation_id", Conversation{})), "content").
			And(rule.AllOf(rule.Not(rule.Self("sender_id")), rule.VisibleWith("conversation_id", Conversation{})), "is_read"),
		Delete:       rule.AllOf(rule.Self("sender_id"), rule.VisibleWith("conversation_id", Conversation{})),
		Confidential: true,
	}
}
