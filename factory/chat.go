package factory

import (
	"context"
	"slices"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/conversationparticipant"
)

// Conversation makes a conversation that nobody takes part in yet: participants
// are rows of their own.
func (f *Factory) Conversation(ctx context.Context, with ...func(*ent.ConversationCreate)) (*ent.Conversation, error) {
	c := f.client.Conversation.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// ConversationParticipant lets a member take part in a conversation. Somebody who
// is named, and has nothing to do with its community, becomes a member of it.
func (f *Factory) ConversationParticipant(ctx context.Context, with ...func(*ent.ConversationParticipantCreate)) (*ent.ConversationParticipant, error) {
	c := f.client.ConversationParticipant.Create()
	b, m := begin(ctx, f, c)
	c.SetJoinedAt(b.at)
	apply(c, with)
	need(b, m.ConversationID, c.SetConversation, f.Conversation)
	community := via(b, m.ConversationID, f.client.Conversation.Get, func(c *ent.Conversation) int64 { return c.CommunityID })
	if user, ok := m.UserID(); ok {
		b.join(f, user, community)
	}
	member(b, f, m.UserID, c.SetUser, community, communitymember.RoleMember)
	return save(b, c.Save)
}

// join makes a user a member of a community, unless they are known there.
func (b *build) join(f *Factory, user int64, community key) {
	id, _ := community()
	known := ask(b, f.client.CommunityMember.Query().Where(communitymember.UserID(user), communitymember.CommunityID(id)).Exist)
	if !known && b.err == nil {
		_, b.err = f.CommunityMember(b.ctx, func(c *ent.CommunityMemberCreate) { c.SetUserID(user).SetCommunityID(id) })
	}
}

// Message makes a text message, sent by the first participant of a conversation.
// The conversation gets as many as it lacks to have two.
func (f *Factory) Message(ctx context.Context, with ...func(*ent.MessageCreate)) (*ent.Message, error) {
	c := f.client.Message.Create()
	b, m := begin(ctx, f, c)
	c.SetContent(b.sentence())
	apply(c, with)
	need(b, m.ConversationID, c.SetConversation, f.Conversation)
	if conversation, ok := m.ConversationID(); ok {
		participants := b.participants(f, conversation, m.SenderID)
		if len(participants) > 0 {
			fill(m.SenderID, c.SetSenderID, participants[0])
		}
	}
	return save(b, c.Save)
}

// participants returns the users of a conversation, the first one first. The
// sender joins unless they take part already, and others until there are two.
func (b *build) participants(f *Factory, conversation int64, sender key) []int64 {
	rows := ask(b, f.client.ConversationParticipant.Query().
		Where(conversationparticipant.ConversationID(conversation)).
		Order(conversationparticipant.ByID()).All)
	var users []int64
	for _, row := range rows {
		users = append(users, row.UserID)
	}
	join := func(user key) {
		row := ask(b, func(ctx context.Context) (*ent.ConversationParticipant, error) {
			return f.ConversationParticipant(ctx, func(c *ent.ConversationParticipantCreate) {
				c.SetConversationID(conversation)
				put(c.SetUserID, user)
			})
		})
		if b.err == nil {
			users = append(users, row.UserID)
		}
	}
	if id, ok := sender(); ok && !slices.Contains(users, id) {
		join(sender)
	}
	for len(users) < 2 && b.err == nil {
		join(func() (int64, bool) { return 0, false })
	}
	return users
}
