package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/paymenttransaction"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/wheel"
	"github.com/communitybuilder/communitybuilder/ent/wheelhandoff"
	"github.com/communitybuilder/communitybuilder/ent/wheelparticipant"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// day is what the rest of the program needs to find the community again.
type day struct {
	people    map[string]*ent.User // by trade
	community *ent.Community
	course    *ent.Classroom
	circle    *ent.Wheel
}

// live tells the story, one chapter after the other.
func live(ctx context.Context, out io.Writer, tx *ent.Client) (*day, error) {
	s := &story{ctx: ctx, out: out, tx: tx, day: day{people: map[string]*ent.User{}}}
	for _, chapter := range []func() error{s.open, s.join, s.teach, s.talk, s.vote, s.save} {
		if err := chapter(); err != nil {
			return nil, err
		}
	}
	return &s.day, nil
}

type story struct {
	ctx    context.Context // without a viewer: see as and system
	out    io.Writer
	tx     *ent.Client
	patron *ent.CommunityGroup // the paid tier
	day
}

// as is the context of what one of the people does. A service has it from the
// middleware that knows who has signed in.
func (d *day) as(ctx context.Context, trade string) context.Context {
	return viewer.NewContext(ctx, viewer.User(d.people[trade].ID))
}

func (s *story) as(trade string) context.Context { return s.day.as(s.ctx, trade) }

// system is the context of what nobody may do by themselves, but the service does
// for a reason.
func (s *story) system(reason string) context.Context {
	return viewer.NewContext(s.ctx, viewer.System(reason))
}

func (s *story) tell(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// open founds the community, with what every community has.
func (s *story) open() error {
	tx, signUp := s.tx, s.system("quickstart: sign people up")
	// On a database that was used before, names get a number.
	n, err := tx.Community.Query().Count(signUp)
	if err != nil {
		return err
	}
	for _, trade := range []string{"baker", "tailor", "farmer", "weaver"} {
		name := fmt.Sprintf("%s-%d", trade, n+1)
		s.people[trade], err = tx.User.Create().
			SetEmail(name + "@example.com").SetUsername(name).
			SetPassword("!"). // no password: nobody can sign in with it
			Save(signUp)
		if err != nil {
			return err
		}
	}
	// Who makes a community becomes its owner. Its alias, a free tier, a forum, a
	// store and Telegram settings come with it.
	baker := s.as("baker")
	s.community, err = tx.Community.Create().
		SetName("Market Street").
		SetSummary("The people who keep the market running").
		SetIsOpen(true). // who wants to join needs nobody to approve it
		Save(baker)
	if err != nil {
		return err
	}
	// A to-one edge is set from the row that has the key, by row or by id.
	s.patron, err = tx.CommunityGroup.Create().SetCommunity(s.community).
		SetName("patrons").SetIsMonthly(true).
		SetOfferings(schematype.Object{"seats": 20, "perks": []string{"courses", "recordings"}}).
		Save(baker)
	if err != nil {
		return err
	}
	// Many rows in one statement.
	err = tx.CommunityGroupPrice.CreateBulk(
		tx.CommunityGroupPrice.Create().SetCommunityGroup(s.patron).SetCurrency("USD").SetAmount(decimal.RequireFromString("9.50")),
		tx.CommunityGroupPrice.Create().SetCommunityGroup(s.patron).SetCurrency("NGN").SetAmount(decimal.RequireFromString("14500")),
	).Exec(baker)
	if err != nil {
		return err
	}
	s.tell("07:00  The baker opens %q: a free tier, and patrons for 9.50 USD or 14,500 NGN a month.", s.community.Name)
	return nil
}

// join brings the members in; one of them pays.
func (s *story) join() error {
	tx := s.tx
	for _, trade := range []string{"tailor", "farmer", "weaver"} {
		// Who joins an open community is a member at once, with access to its free tier.
		err := tx.CommunityMember.Create().SetCommunity(s.community).SetUser(s.people[trade]).Exec(s.as(trade))
		if err != nil {
			return err
		}
	}
	s.tell("08:30  The tailor, the farmer and the weaver join.")

	// The tailor becomes a patron: a subscription, access, and a row in the ledger.
	// All of that is the service's to write, once the gateway says that it was paid.
	paid := s.system("quickstart: a payment came in")
	now := time.Now()
	next := now.AddDate(0, 1, 0)
	sub, err := tx.CommunityMemberSubscription.Create().
		SetCommunity(s.community).SetCommunityGroup(s.patron).SetUser(s.people["tailor"]).
		SetStatus(schematype.SubscriptionActive).SetActivatedAt(now).SetExpiresAt(next).
		SetBillingCountry("NG").SetPaymentGateway(schematype.Paystack).
		Save(paid)
	if err != nil {
		return err
	}
	err = tx.CommunityGroupAccess.Create().
		SetCommunity(s.community).SetCommunityGroup(s.patron).SetUser(s.people["tailor"]).SetExpiresAt(next).
		Exec(paid)
	if err != nil {
		return err
	}
	// Money is decimal: 2 % are the platform's, the rest is the owner's, to the kobo.
	total := decimal.RequireFromString("14500.00")
	fee := total.Mul(decimal.RequireFromString("0.02")).Round(2)
	err = tx.PaymentTransaction.Create().
		SetTransactionType(paymenttransaction.TransactionTypeCommunityMemberSubscription).
		SetMemberSubscription(sub).
		SetTotalAmount(total).SetPlatformFee(fee).SetOwnerAmount(total.Sub(fee)).SetCurrency("NGN").
		SetStatus(paymenttransaction.StatusSucceeded).SetCompletedAt(now).
		SetPaymentGateway(schematype.Paystack).SetBillingCountry("NG").
		SetPaystackTransactionReference(fmt.Sprintf("quickstart-%d", sub.ID)).
		Exec(paid)
	if err != nil {
		return err
	}
	s.tell("09:00  The tailor becomes a patron and pays 14,500 NGN: 290 are the platform's, 14,210 the baker's.")
	return nil
}

// teach publishes a course that only patrons can open.
func (s *story) teach() (err error) {
	tx, baker := s.tx, s.as("baker")
	s.course, err = tx.Classroom.Create().SetCommunity(s.community).
		SetName("sourdough").SetTitle("Sourdough in seven days").
		SetIsPublished(true).SetEnforceProgression(true).
		Save(baker)
	if err != nil {
		return err
	}
	// Gating is a row that links the course to a tier.
	if err := tx.ClassroomGroup.Create().SetClassroom(s.course).SetCommunityGroup(s.patron).Exec(baker); err != nil {
		return err
	}
	lessons := []string{"Flour, water, patience", "The starter wakes up", "Folding"}
	err = tx.ClassroomContent.MapCreateBulk(lessons, func(c *ent.ClassroomContentCreate, i int) {
		c.SetClassroom(s.course).SetTitle(lessons[i]).SetOrder(i + 1)
	}).Exec(baker)
	if err != nil {
		return err
	}
	s.tell("10:00  A course for patrons: %q, three lessons, one after the other.", s.course.Title)
	return nil
}

// talk is a thread in the forum.
func (s *story) talk() error {
	tx, farmer, weaver := s.tx, s.as("farmer"), s.as("weaver")
	hall, err := s.community.QueryForums().Where(forum.Name("town_hall")).Only(farmer)
	if err != nil {
		return err
	}
	question, err := tx.Post.Create().SetForum(hall).SetAuthor(s.people["farmer"]).
		SetMessage("Who has a van on Saturday? 🚚").
		Save(farmer)
	if err != nil {
		return err
	}
	answer, err := tx.Post.Create().SetForum(hall).SetAuthor(s.people["weaver"]).SetParent(question).
		SetMessage("I do, if somebody brings coffee.").
		Save(weaver)
	if err != nil {
		return err
	}
	for _, trade := range []string{"farmer", "baker"} {
		if err := tx.PostLike.Create().SetPost(answer).SetUser(s.people[trade]).Exec(s.as(trade)); err != nil {
			return err
		}
	}
	s.tell("12:15  The farmer asks for a van, the weaver has one, two people like that.")
	return nil
}

// vote is a poll.
func (s *story) vote() error {
	tx, baker := s.tx, s.as("baker")
	poll, err := tx.Poll.Create().SetCommunity(s.community).SetTitle("When should the night market open?").Save(baker)
	if err != nil {
		return err
	}
	options, err := tx.PollOption.CreateBulk(
		tx.PollOption.Create().SetPoll(poll).SetText("Friday").SetOrder(1),
		tx.PollOption.Create().SetPoll(poll).SetText("Saturday").SetOrder(2),
	).Save(baker)
	if err != nil {
		return err
	}
	for trade, choice := range map[string]*ent.PollOption{"baker": options[1], "tailor": options[1], "farmer": options[0]} {
		if err := tx.PollVote.Create().SetPoll(poll).SetOption(choice).SetVoter(s.people[trade]).Exec(s.as(trade)); err != nil {
			return err
		}
	}
	s.tell("15:00  A poll about the night market: three votes by the afternoon.")
	return nil
}

// save starts a savings circle: each round, everybody pays one of them.
func (s *story) save() (err error) {
	tx, baker := s.tx, s.as("baker")
	s.circle, err = tx.Wheel.Create().SetCommunity(s.community).SetCreator(s.people["baker"]).
		SetTitle("Stall repairs").SetDescription("20,000 NGN each, once a month").
		SetMaxMembers(4).SetRoundDurationDays(30).SetStatus(wheel.StatusOpenForJoin).
		Save(baker)
	if err != nil {
		return err
	}
	circle := make([]*ent.WheelParticipant, 0, 4)
	for i, trade := range []string{"weaver", "baker", "tailor", "farmer"} {
		p, err := tx.WheelParticipant.Create().SetWheel(s.circle).SetUser(s.people[trade]).SetOrder(i + 1).Save(s.as(trade))
		if err != nil {
			return err
		}
		p, err = p.Update().
			SetApprovalStatus(wheelparticipant.ApprovalStatusApproved).SetApprover(s.people["baker"]).SetApprovedAt(time.Now()).
			Save(baker)
		if err != nil {
			return err
		}
		circle = append(circle, p)
	}
	// The start sets when it was, and from here on nobody joins or leaves.
	if s.circle, err = s.circle.Update().SetStatus(wheel.StatusInProgress).Save(baker); err != nil {
		return err
	}
	first, begin := circle[0], s.system("quickstart: the first round begins")
	for _, giver := range circle[1:] {
		h, err := tx.WheelHandoff.Create().SetWheel(s.circle).SetGiver(giver).SetRecipient(first).Save(begin)
		if err != nil {
			return err
		}
		if giver.UserID == s.people["baker"].ID {
			err = h.Update().SetStatus(wheelhandoff.StatusActionDone).SetNote("Sent by transfer").Exec(baker)
		}
		if err != nil {
			return err
		}
	}
	s.tell("18:00  A savings circle of four begins. The weaver's turn comes first; the baker has paid already.")
	return nil
}
