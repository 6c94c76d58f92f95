package factory_test

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/meetingseries"
	"github.com/communitybuilder/communitybuilder/ent/paymenttransaction"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

func TestParentsThatAreNamedAreUsed(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, f := conformance.System(t), factory.New(d.Client)
	forum := factory.Must(ctx, t, f.Forum)
	author := factory.Must(ctx, t, f.User)
	users, communities := d.Client.User.Query().CountX(ctx), d.Client.Community.Query().CountX(ctx)

	post := factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetForum(forum).SetAuthorID(author.ID).SetMessage("hello") })
	if post.ForumID != forum.ID || post.UserID != author.ID || post.Message != "hello" {
		t.Errorf("the post is %v", post)
	}
	if n := d.Client.User.Query().CountX(ctx); n != users {
		t.Errorf("%d users were made that nobody needs", n-users)
	}
	if n := d.Client.Community.Query().CountX(ctx); n != communities {
		t.Errorf("%d communities were made that nobody needs", n-communities)
	}

	reply := factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetParent(post) })
	if reply.ForumID != forum.ID {
		t.Errorf("the reply is in forum %d, its parent in %d", reply.ForumID, forum.ID)
	}
	member := d.Client.CommunityMember.Query().Where(communitymember.UserID(reply.UserID)).OnlyX(ctx)
	if member.CommunityID != forum.CommunityID || member.Role != communitymember.RoleMember {
		t.Errorf("who replied is %s of community %d, want member of %d", member.Role, member.CommunityID, forum.CommunityID)
	}
}

func TestAnErrorOfAParentEndsTheRow(t *testing.T) {
	d := conformance.SQLite(t)
	f := factory.New(d.Client)
	_, err := f.Post(conformance.System(t), func(c *ent.PostCreate) { c.SetParentID(404) })
	if !ent.IsNotFound(err) {
		t.Errorf("got %v, want that the parent is not found", err)
	}
	if n := d.Client.Post.Query().CountX(conformance.System(t)); n != 0 {
		t.Errorf("%d posts were made all the same", n)
	}
}

func TestASideOfALinkIsMadeInTheCommunityOfTheOther(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, f := conformance.System(t), factory.New(d.Client)
	group := factory.Must(ctx, t, f.CommunityGroup)
	quiz := factory.Must(ctx, t, f.Quiz)

	byGroup := factory.Must(ctx, t, f.QuizGroup, func(c *ent.QuizGroupCreate) { c.SetCommunityGroup(group) })
	if got := d.Client.Quiz.GetX(ctx, byGroup.QuizID).CommunityID; got != group.CommunityID {
		t.Errorf("the quiz is of community %d, want %d", got, group.CommunityID)
	}
	byQuiz := factory.Must(ctx, t, f.QuizGroup, func(c *ent.QuizGroupCreate) { c.SetQuiz(quiz) })
	if got := d.Client.CommunityGroup.GetX(ctx, byQuiz.CommunityGroupID).CommunityID; got != quiz.CommunityID {
		t.Errorf("the tier is of community %d, want %d", got, quiz.CommunityID)
	}
	byMember := factory.Must(ctx, t, f.CommunityMemberBadge, func(c *ent.CommunityMemberBadgeCreate) {
		c.SetMember(factory.Must(ctx, t, f.CommunityMember))
	})
	if badge, member := byMember.QueryBadge().OnlyX(ctx), byMember.QueryMember().OnlyX(ctx); badge.CommunityID != member.CommunityID {
		t.Errorf("a member of community %d has a badge of %d", member.CommunityID, badge.CommunityID)
	}
}

func TestAVoteIsForAnOptionOfItsPoll(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, f := conformance.System(t), factory.New(d.Client)
	poll := factory.Must(ctx, t, f.Poll)
	option := factory.Must(ctx, t, f.PollOption)
	for name, override := range map[string]func(*ent.PollVoteCreate){
		"nothing set": func(*ent.PollVoteCreate) {},
		"poll set":    func(c *ent.PollVoteCreate) { c.SetPoll(poll) },
		"option set":  func(c *ent.PollVoteCreate) { c.SetOption(option) },
	} {
		vote := factory.Must(ctx, t, f.PollVote, override)
		if got := d.Client.PollOption.GetX(ctx, vote.OptionID).PollID; got != vote.PollID {
			t.Errorf("%s: the vote is in poll %d, its option in %d", name, vote.PollID, got)
		}
	}
}

func TestAHandoffIsBetweenTwoOfItsWheel(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, f := conformance.System(t), factory.New(d.Client)
	participant := func() *ent.WheelParticipant { return factory.Must(ctx, t, f.WheelParticipant) }
	for name, override := range map[string]func(*ent.WheelHandoffCreate){
		"nothing set":   func(*ent.WheelHandoffCreate) {},
		"wheel set":     func(c *ent.WheelHandoffCreate) { c.SetWheelID(participant().WheelID) },
		"giver set":     func(c *ent.WheelHandoffCreate) { c.SetGiver(participant()) },
		"recipient set": func(c *ent.WheelHandoffCreate) { c.SetRecipient(participant()) },
		"acknowledged":  func(c *ent.WheelHandoffCreate) { c.SetStatus(wheelhandoff.StatusAcknowledged) },
	} {
		handoff := factory.Must(ctx, t, f.WheelHandoff, override)
		giver, recipient := handoff.QueryGiver().OnlyX(ctx), handoff.QueryRecipient().OnlyX(ctx)
		if giver.ID == recipient.ID || giver.WheelID != handoff.WheelID || recipient.WheelID != handoff.WheelID {
			t.Errorf("%s: from %v to %v in wheel %d", name, giver, recipient, handoff.WheelID)
		}
		if giver.Order == recipient.Order {
			t.Errorf("%s: both are in position %d", name, giver.Order)
		}
		if by := handoff.AcknowledgedByID; by != nil && *by == giver.UserID {
			t.Errorf("%s: the giver acknowledged it", name)
		}
	}
}

func TestAPaymentAddsUpAndHasOneSubject(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, f := conformance.System(t), factory.New(d.Client)
	purchase := factory.Must(ctx, t, f.StorePurchase)
	for name, override := range map[string]func(*ent.PaymentTransactionCreate){
		"nothing set":      func(*ent.PaymentTransactionCreate) {},
		"purchase set":     func(c *ent.PaymentTransactionCreate) { c.SetStorePurchase(purchase) },
		"app subscription": func(c *ent.PaymentTransactionCreate) { c.SetTransactionType("app_subscription") },
		"store purchase":   func(c *ent.PaymentTransactionCreate) { c.SetTransactionType("store_purchase") },
		"an odd cent":      func(c *ent.PaymentTransactionCreate) { c.SetTotalAmount(decimal.RequireFromString("0.99")) },
		"paid in naira":    func(c *ent.PaymentTransactionCreate) { c.SetCurrency("NGN") },
	} {
		row := factory.Must(ctx, t, f.PaymentTransaction, override)
		subjects := map[paymenttransaction.TransactionType]bool{
			paymenttransaction.TransactionTypeAppSubscription:             row.AppSubscriptionID != nil,
			paymenttransaction.TransactionTypeCommunityMemberSubscription: row.CommunityMemberSubscriptionID != nil,
			paymenttransaction.TransactionTypeStorePurchase:               row.StorePurchaseID != nil,
		}
		for subject, set := range subjects {
			if set != (subject == row.TransactionType) {
				t.Errorf("%s: a row for %s: %s set: %v", name, row.TransactionType, subject, set)
			}
		}
		fee, owner := row.TotalAmount.Mul(decimal.RequireFromString("0.02")).Round(2), row.TotalAmount
		if row.TransactionType == paymenttransaction.TransactionTypeAppSubscription {
			fee, owner = decimal.Zero, decimal.Zero
		}
		owner = owner.Sub(fee)
		if !row.PlatformFee.Equal(fee) || !row.OwnerAmount.Equal(owner) {
			t.Errorf("%s: of %s the fee is %s and the owner's %s", name, row.TotalAmount, row.PlatformFee, row.OwnerAmount)
		}
		if (row.Currency == "NGN") != (*row.PaymentGateway == schematype.Paystack) {
			t.Errorf("%s: %s moves %s", name, *row.PaymentGateway, row.Currency)
		}
	}
}

func TestARecurrenceIsWhole(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, f := conformance.System(t), factory.New(d.Client)
	for name, override := range map[string]func(*ent.MeetingSeriesCreate){
		"nothing set": func(*ent.MeetingSeriesCreate) {},
		"monthly": func(c *ent.MeetingSeriesCreate) {
			c.SetRecurrenceFrequency(meetingseries.RecurrenceFrequencyMonthly)
		},
		"until a date": func(c *ent.MeetingSeriesCreate) {
			c.SetRecurrenceEndType(meetingseries.RecurrenceEndTypeOnDate)
		},
		"five times": func(c *ent.MeetingSeriesCreate) { c.SetOccurrenceCount(5) },
	} {
		s := factory.Must(ctx, t, f.MeetingSeries, override)
		if weekly := s.RecurrenceFrequency == meetingseries.RecurrenceFrequencyWeekly; weekly != (len(s.WeeklyDays) > 0) {
			t.Errorf("%s: %s on %v", name, s.RecurrenceFrequency, s.WeeklyDays)
		}
		onDate := s.RecurrenceEndType == meetingseries.RecurrenceEndTypeOnDate
		afterCount := s.RecurrenceEndType == meetingseries.RecurrenceEndTypeAfterCount
		if onDate != (s.RecurrenceEndDate != nil) || afterCount != (s.OccurrenceCount != nil) {
			t.Errorf("%s: ends %s, on %v, after %v", name, s.RecurrenceEndType, s.RecurrenceEndDate, s.OccurrenceCount)
		}
	}
}

func TestAMessageIsSentByOneOfTwo(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, f := conformance.System(t), factory.New(d.Client)
	outsider := factory.Must(ctx, t, f.User)
	message := factory.Must(ctx, t, f.Message)
	for name, m := range map[string]*ent.Message{
		"first":  message,
		"next":   factory.Must(ctx, t, f.Message, func(c *ent.MessageCreate) { c.SetConversationID(message.ConversationID) }),
		"by one": factory.Must(ctx, t, f.Message, func(c *ent.MessageCreate) { c.SetSender(outsider) }),
		"only one": factory.Must(ctx, t, f.Message, func(c *ent.MessageCreate) {
			c.SetConversation(factory.Must(ctx, t, f.ConversationParticipant).QueryConversation().OnlyX(ctx))
		}),
	} {
		sends, all := false, d.Client.Conversation.GetX(ctx, m.ConversationID).QueryParticipants().AllX(ctx)
		for _, p := range all {
			sends = sends || p.ID == m.SenderID
		}
		if !sends || len(all) != 2 {
			t.Errorf("%s: %d participants, the sender among them: %v", name, len(all), sends)
		}
	}
}

func TestThePlatformHasFourTiers(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, f := conformance.System(t), factory.New(d.Client)
	for range 6 {
		factory.Must(ctx, t, f.AppSubscription)
	}
	if n := d.Client.AppSubscriptionTier.Query().CountX(ctx); n != 1 {
		t.Errorf("six subscriptions made %d tiers, want 1", n)
	}
	for range 3 {
		factory.Must(ctx, t, f.AppSubscriptionTier)
	}
	if _, err := f.AppSubscriptionTier(ctx); !errors.Is(err, factory.ErrNoTierLeft) {
		t.Errorf("a fifth tier: %v, want %v", err, factory.ErrNoTierLeft)
	}
}

func TestThePasswordIsTheStoredOne(t *testing.T) {
	d := conformance.SQLite(t)
	user := factory.Must(conformance.System(t), t, factory.New(d.Client).User)
	parts := strings.Split(user.Password, "$")
	if len(parts) != 4 || parts[0] != "pbkdf2_sha256" {
		t.Fatalf("the stored password is not in Django's form: %d parts", len(parts))
	}
	iterations, err := strconv.Atoi(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	want, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		t.Fatal(err)
	}
	got, err := pbkdf2.Key(sha256.New, factory.Password, []byte(parts[2]), iterations, len(want))
	if err != nil {
		t.Fatal(err)
	}
	if subtle.ConstantTimeCompare(got, want) != 1 {
		t.Error("Password doesn't match what is stored")
	}
}

func TestTheClockCanBeSet(t *testing.T) {
	d := conformance.SQLite(t)
	start := time.Date(2031, time.March, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	f := factory.New(d.Client, factory.Start(start))
	first, second := factory.Must(conformance.System(t), t, f.Community), factory.Must(conformance.System(t), t, f.Community)
	if !first.CreatedAt.Equal(start.Add(time.Second)) || !second.CreatedAt.Equal(start.Add(2*time.Second)) {
		t.Errorf("made at %s and %s", first.CreatedAt, second.CreatedAt)
	}
}
