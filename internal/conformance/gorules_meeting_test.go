package conformance

import (
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
)

var meetingRefusals = map[string]refusal{
	"meetingseries_time_zone_known": func(t *testing.T, j judge) offence {
		return j.against(t, "MeetingSeries", map[string]any{"time_zone": "Africa/Atlantis"})
	},
	"meeting_sequence_in_series": func(t *testing.T, j judge) offence {
		return j.against(t, "Meeting", map[string]any{"series_sequence": 3})
	},
	"communitytelegram_platform_code_expires": func(t *testing.T, j judge) offence {
		return j.against(t, "CommunityTelegram", map[string]any{"platform_link_code": "1234"})
	},
	"communitytelegram_private_code_expires": func(t *testing.T, j judge) offence {
		return j.against(t, "CommunityTelegram", map[string]any{"private_link_code": "1234"})
	},
	"conversationparticipant_members_of_community": func(t *testing.T, j judge) offence {
		return j.against(t, "ConversationParticipant", map[string]any{"user_id": idOf(j.make(t, j.byTable["User"], nil))})
	},
	"message_sender_takes_part": func(t *testing.T, j judge) offence {
		return j.against(t, "Message", map[string]any{"sender_id": idOf(j.make(t, j.byTable["User"], nil))})
	},
	"message_has_recipient": func(t *testing.T, j judge) offence {
		alone := factory.Must(System(t), t, j.factory.ConversationParticipant)
		return j.against(t, "Message", map[string]any{"conversation_id": alone.ConversationID, "sender_id": alone.UserID})
	},
}

// against is the offence of giving a new row these values.
func (j judge) against(t *testing.T, table string, values map[string]any) offence {
	t.Helper()
	e := j.byTable[table]
	return offence{entity: e, row: j.make(t, e, nil), values: values}
}

var meetingMaintenances = map[string]maintenance{
	"meetingseries_time_zone_known":                timeZones,
	"communitytelegram_platform_code_expires":      linkCodes,
	"conversationparticipant_members_of_community": whoTalks,
	"conversation_last_message_at_follows":         lastMessage,
}

// gives checks the code of an error; "" is for none.
func gives(t *testing.T, what string, err error, want apierror.Code) {
	t.Helper()
	var got apierror.Code
	if err != nil {
		got = apierror.From(err).Code
	}
	if got != want {
		t.Errorf("%s: %v (%q), want %q", what, err, got, want)
	}
}

func timeZones(t *testing.T, d Database) {
	ctx := System(t)
	s := factory.Must(ctx, t, factory.New(d.Client).MeetingSeries)
	const bad = apierror.InvalidValue
	for zone, want := range map[string]apierror.Code{
		"UTC": "", "EST5EDT": "", "Etc/GMT+12": "", "Europe/Isle_of_Man": "", "America/Port-au-Prince": "", "America/Argentina/ComodRivadavia": "",
		"": bad, "Local": bad, "localtime": bad, "posix/Africa/Lagos": bad, "africa/lagos": bad, "Africa": bad, "Africa/": bad, "../Africa/Lagos": bad,
	} {
		gives(t, zone, s.Update().SetTimeZone(zone).Exec(ctx), want)
	}
	// What another service has written stays, and the rest of its row can change.
	if _, err := d.DB.ExecContext(ctx, `UPDATE "MeetingSeries" SET time_zone = 'nowhere'`); err != nil {
		t.Fatal(err)
	}
	gives(t, "the zone that it had", s.Update().SetTitle("again").SetTimeZone("nowhere").Exec(ctx), "")
}

func linkCodes(t *testing.T, d Database) {
	ctx := System(t)
	telegram := factory.Must(ctx, t, factory.New(d.Client).CommunityTelegram)
	soon := time.Now().Add(time.Hour)
	gives(t, "a code with an end", telegram.Update().SetPlatformLinkCode("1234").SetPlatformLinkCodeExpires(soon).Exec(ctx), "")
	gives(t, "another with the end of the first", telegram.Update().SetPlatformLinkCode("5678").Exec(ctx), "")
	gives(t, "a code that loses its end", telegram.Update().ClearPlatformLinkCodeExpires().Exec(ctx), apierror.InvalidValue)
	gives(t, "both go", telegram.Update().ClearPlatformLinkCode().ClearPlatformLinkCodeExpires().Exec(ctx), "")
}

// Only members join a conversation, and they stay in it when they cease to be.
func whoTalks(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	talk := factory.Must(ctx, t, f.Conversation)
	for what, tt := range map[string]struct {
		override func(*cbent.CommunityMemberCreate)
		want     apierror.Code
	}{
		"an applicant":        {func(m *cbent.CommunityMemberCreate) { m.SetRole("applicant") }, apierror.NotMember},
		"somebody blocked":    {func(m *cbent.CommunityMemberCreate) { m.SetIsBlocked(true) }, apierror.NotMember},
		"an owner":            {func(m *cbent.CommunityMemberCreate) { m.SetRole("owner") }, ""},
		"a member":            {func(*cbent.CommunityMemberCreate) {}, ""},
		"a member of another": {func(m *cbent.CommunityMemberCreate) { m.SetCommunity(factory.Must(ctx, t, f.Community)) }, apierror.NotMember},
	} {
		m := factory.Must(ctx, t, f.CommunityMember, func(m *cbent.CommunityMemberCreate) { m.SetCommunityID(talk.CommunityID) }, tt.override)
		err := c.ConversationParticipant.Create().SetConversation(talk).SetUserID(m.UserID).Exec(ctx)
		gives(t, what, err, tt.want)
		if err == nil {
			c.CommunityMember.DeleteOne(m).ExecX(ctx)
		}
	}
	gives(t, "those who have left the community go on reading",
		c.ConversationParticipant.Update().SetLastReadAt(time.Now()).SetIsMuted(true).Exec(ctx), "")
	if n := talk.QueryParticipants().CountX(ctx); n != 2 {
		t.Errorf("%d take part, want the owner and the member", n)
	}
}

func lastMessage(t *testing.T, d Database) {
	ctx, f, c := System(t), factory.New(d.Client), d.Client
	noon := time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)
	first, other := factory.Must(ctx, t, f.Message), factory.Must(ctx, t, f.Message)
	like := func(m *cbent.Message, sent time.Time) *cbent.MessageCreate {
		return c.Message.Create().SetConversationID(m.ConversationID).SetSenderID(m.SenderID).SetContent("more").SetCreatedAt(sent)
	}
	want := func(what string, m *cbent.Message, sent time.Time) {
		t.Helper()
		got := c.Conversation.GetX(ctx, m.ConversationID).LastMessageAt
		if got == nil || !got.Equal(sent) {
			t.Errorf("%s: last_message_at is %v, want %s", what, got, sent)
		}
	}
	want("the first", first, first.CreatedAt)
	newest := like(first, noon.Add(100*time.Millisecond)).SaveX(ctx)
	want("a newer one", first, newest.CreatedAt)
	like(first, noon).ExecX(ctx)
	want("an older one", first, newest.CreatedAt)
	want("of another conversation", other, other.CreatedAt)
	c.Message.DeleteOne(newest).ExecX(ctx)
	want("the newest is deleted", first, newest.CreatedAt)
	last := noon.Add(time.Hour)
	c.Message.CreateBulk(
		like(other, noon), like(first, last), like(other, last.Add(time.Microsecond)), like(first, noon.Add(time.Minute)),
	).ExecX(ctx)
	want("in bulk", first, last)
	want("in bulk", other, last.Add(time.Microsecond))
	first.Update().SetContent("less").ExecX(ctx)
	c.Message.Update().SetIsRead(true).ExecX(ctx)
	want("messages change", first, last)
	later := last.Add(time.Hour)
	gives(t, "of an outsider", like(first, later).SetSenderID(other.SenderID).Exec(ctx), apierror.NotParticipant)
	gives(t, "of an outsider in bulk", c.Message.CreateBulk(like(first, later), like(first, later).SetSenderID(other.SenderID)).Exec(ctx), apierror.NotParticipant)
	want("they were refused", first, last)
	gives(t, "in no conversation", like(first, last).SetConversationID(404).Exec(ctx), apierror.InvalidReference)
}
