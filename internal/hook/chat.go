package hook

import (
	"context"
	"maps"
	"slices"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// ParticipantIsMember refuses participants of a conversation who are no members
// of its community.
func ParticipantIsMember() ent.Hook {
	return require(rule("ConversationParticipant", "conversationparticipant_members_of_community"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		talk, member := b.Table("Conversation"), b.Table("CommunityMember")
		return sql.Exists(orm.Share(b.Select(member.C("id")).From(member).Where(sql.And(
			sql.EQ(member.C("user_id"), c.New("user_id")),
			sql.In(member.C("community_id"), b.Select(talk.C("community_id")).From(talk).Where(sql.EQ(talk.C("id"), c.New("conversation_id")))),
			sql.NEQ(member.C("role"), "applicant"),
			sql.EQ(member.C("is_blocked"), false),
		))))
	})
}

// SenderTakesPart refuses messages of somebody who takes no part in the
// conversation.
func SenderTakesPart() ent.Hook {
	return require(rule("Message", "message_sender_takes_part"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		return seat(b, c, sql.EQ)
	})
}

// MessageHasRecipient refuses messages in a conversation where the sender is
// alone. A conversation is made before its participants, so that having two of
// them can only be asked of it when somebody speaks.
func MessageHasRecipient() ent.Hook {
	return require(rule("Message", "message_has_recipient"), func(b *sql.DialectBuilder, c *orm.Change) *sql.Predicate {
		return seat(b, c, sql.NEQ)
	})
}

// seat is the condition that somebody takes part in a message's conversation whose
// id compares as said to that of the sender. Nobody leaves before the message is
// there; what participants have read may change.
func seat(b *sql.DialectBuilder, c *orm.Change, compare func(string, any) *sql.Predicate) *sql.Predicate {
	participant := b.Table("ConversationParticipant")
	return sql.Exists(orm.Keep(b.Select(participant.C("id")).From(participant).Where(sql.And(
		sql.EQ(participant.C("conversation_id"), c.New("conversation_id")),
		compare(participant.C("user_id"), c.New("sender_id")),
	)).Limit(1)))
}

// MessageMovesConversation has the last_message_at of conversations follow their
// messages. It does so before the messages are made: senders wait for each other
// there, and the messages of a conversation get ids in the order of commits.
func MessageMovesConversation() ent.Hook {
	return creating(every, func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		newest := map[int64]time.Time{}
		for _, c := range rows {
			id, _ := orm.NewValue[int64](c, "conversation_id")
			sent, _ := orm.NewValue[time.Time](c, "created_at")
			if sent.After(newest[id]) {
				newest[id] = sent
			}
		}
		ids := slices.Sorted(maps.Keys(newest))
		if len(ids) > 1 { // one statement alone locks its rows in any order
			if err := orm.LockRows(ctx, m, "Conversation", ids); err != nil {
				return err
			}
		}
		const some = 1000 // in one statement
		for part := range slices.Chunk(ids, some) {
			if _, err := orm.Exec(ctx, m, moveOn(orm.Dialect(m), part, newest)); err != nil {
				return err
			}
		}
		return nil
	})
}

// moveOn sets the last_message_at of conversations to when their newest messages
// were sent. It never goes back, since writers' clocks differ.
func moveOn(on string, ids []int64, newest map[int64]time.Time) sql.Querier {
	later, row := "GREATEST(last_message_at, column2)", [3]string{"(CAST(", " AS bigint), CAST(", " AS timestamptz))"}
	if on == dialect.SQLite { // where times are texts in UTC, in the order of the times
		later, row = "MAX(COALESCE(last_message_at, ''), column2)", [3]string{"(", ", ", ")"}
	}
	b := &sql.Builder{}
	b.SetDialect(on)
	b.WriteString("UPDATE ").Ident("Conversation").WriteString(" SET last_message_at = " + later)
	b.WriteString(", updated_at = ").Arg(now()).WriteString(" FROM (VALUES ")
	for i, id := range ids {
		if i > 0 {
			b.Comma()
		}
		b.WriteString(row[0]).Arg(id).WriteString(row[1]).Arg(newest[id]).WriteString(row[2])
	}
	b.WriteString(") AS sent WHERE id = column1")
	return b
}
