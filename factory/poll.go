package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/polloption"
)

func communityOfPoll(p *ent.Poll) int64 { return p.CommunityID }

// Poll makes an active poll without options.
func (f *Factory) Poll(ctx context.Context, with ...func(*ent.PollCreate)) (*ent.Poll, error) {
	c := f.client.Poll.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title() + "?")
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// PollOption makes an option, the last one of its poll.
func (f *Factory) PollOption(ctx context.Context, with ...func(*ent.PollOptionCreate)) (*ent.PollOption, error) {
	c := f.client.PollOption.Create()
	b, m := begin(ctx, f, c)
	c.SetText(b.title())
	apply(c, with)
	need(b, m.PollID, c.SetPoll, f.Poll)
	if poll, ok := m.PollID(); ok && !has(m.Order) {
		c.SetOrder(1 + ask(b, f.client.PollOption.Query().Where(polloption.PollID(poll)).Count))
	}
	return save(b, c.Save)
}

// PollVote makes a member vote. With a poll and no option the vote is for a new
// option.
func (f *Factory) PollVote(ctx context.Context, with ...func(*ent.PollVoteCreate)) (*ent.PollVote, error) {
	c := f.client.PollVote.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.OptionID, c.SetOption, f.PollOption, func(c *ent.PollOptionCreate) { put(c.SetPollID, m.PollID) })
	follow(m.PollID, c.SetPollID, via(b, m.OptionID, f.client.PollOption.Get, func(o *ent.PollOption) int64 { return o.PollID }))
	member(b, f, m.UserID, c.SetVoter, via(b, m.PollID, f.client.Poll.Get, communityOfPoll), communitymember.RoleMember)
	return save(b, c.Save)
}
