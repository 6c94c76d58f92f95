package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
)

// CommunityFeedback makes a member rate their community.
func (f *Factory) CommunityFeedback(ctx context.Context, with ...func(*ent.CommunityFeedbackCreate)) (*ent.CommunityFeedback, error) {
	c := f.client.CommunityFeedback.Create()
	b, m := begin(ctx, f, c)
	c.SetRating(b.between(1, 5))
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	member(b, f, m.UserID, c.SetAuthor, m.CommunityID, communitymember.RoleMember)
	return save(b, c.Save)
}

// CommunityLeaveReason records why somebody, who is no member any more, left a
// community. The e-mail is theirs.
func (f *Factory) CommunityLeaveReason(ctx context.Context, with ...func(*ent.CommunityLeaveReasonCreate)) (*ent.CommunityLeaveReason, error) {
	c := f.client.CommunityLeaveReason.Create()
	b, m := begin(ctx, f, c)
	c.SetFirstName(b.pick(firstNames)).SetLastName(b.pick(lastNames)).SetReason(b.sentence())
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	need(b, m.UserID, c.SetUser, f.User)
	if !has(m.Email) {
		b.emailOf(f, m.UserID, c.Mutation().SetEmail)
	}
	return save(b, c.Save)
}

// emailOf sets an e-mail to that of a user.
func (b *build) emailOf(f *Factory, user key, set func(string)) {
	id, ok := user()
	if !ok {
		return
	}
	row := ask(b, func(ctx context.Context) (*ent.User, error) { return f.client.User.Get(ctx, id) })
	if b.err == nil {
		set(row.Email)
	}
}

// CommunityAbuseReport makes a user report a community.
func (f *Factory) CommunityAbuseReport(ctx context.Context, with ...func(*ent.CommunityAbuseReportCreate)) (*ent.CommunityAbuseReport, error) {
	c := f.client.CommunityAbuseReport.Create()
	b, m := begin(ctx, f, c)
	c.SetMessage(b.sentence())
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	need(b, m.UserID, c.SetReporter, f.User)
	return save(b, c.Save)
}
