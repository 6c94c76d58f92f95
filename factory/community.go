package factory

import (
	"context"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/communitytelegram"
)

// Community makes an open community with a unique alias, and what every community
// begins with: the tier "hobby plan", the forum "town_hall", a store and Telegram
// settings. Nobody is in it but the context's viewer, if that is a user: its owner.
func (f *Factory) Community(ctx context.Context, with ...func(*ent.CommunityCreate)) (*ent.Community, error) {
	c := f.client.Community.Create()
	b, _ := begin(ctx, f, c)
	c.SetName(b.title()).SetAlias(b.slug(b.pick(topics)))
	apply(c, with)
	return save(b, c.Save)
}

// Member makes a user and makes them a member of the community in the role, with
// access to the free tier that the community began with.
func (f *Factory) Member(ctx context.Context, communityID int64, role communitymember.Role) (*ent.User, error) {
	user, err := f.User(ctx)
	if err != nil {
		return nil, err
	}
	_, err = f.CommunityMember(ctx, func(c *ent.CommunityMemberCreate) {
		c.SetCommunityID(communityID).SetUser(user).SetRole(role)
	})
	if err != nil {
		return nil, err
	}
	return user, nil
}

// member makes up a missing user: a new member of the community.
func member[B any](b *build, f *Factory, have key, set func(*ent.User) B, community key, role communitymember.Role) {
	need(b, have, set, func(ctx context.Context, _ ...func(*ent.UserCreate)) (*ent.User, error) {
		id, ok := community()
		if !ok {
			return nil, b.err
		}
		return f.Member(ctx, id, role)
	})
}

// CommunityMember makes a user a member of a community in the role of a member.
func (f *Factory) CommunityMember(ctx context.Context, with ...func(*ent.CommunityMemberCreate)) (*ent.CommunityMember, error) {
	c := f.client.CommunityMember.Create()
	b, m := begin(ctx, f, c)
	c.SetRole(communitymember.RoleMember).SetJoinedAt(b.at).SetLeaderboardYear(b.at.Year())
	apply(c, with)
	if has(m.BlockedAt) || has(m.BlockedByID) {
		fill(m.IsBlocked, c.SetIsBlocked, true)
	}
	if is(m.IsBlocked, true) {
		fill(m.BlockedAt, c.SetBlockedAt, b.at)
	}
	if has(m.ApprovedByID) {
		fill(m.ApprovedAt, c.SetApprovedAt, b.at)
	}
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	need(b, m.UserID, c.SetUser, f.User)
	return save(b, c.Save)
}

// CommunityLike makes a member like their community.
func (f *Factory) CommunityLike(ctx context.Context, with ...func(*ent.CommunityLikeCreate)) (*ent.CommunityLike, error) {
	c := f.client.CommunityLike.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	member(b, f, m.UserID, c.SetUser, m.CommunityID, communitymember.RoleMember)
	return save(b, c.Save)
}

// CommunityView records that somebody unknown looked at a community.
func (f *Factory) CommunityView(ctx context.Context, with ...func(*ent.CommunityViewCreate)) (*ent.CommunityView, error) {
	c := f.client.CommunityView.Create()
	b, m := begin(ctx, f, c)
	c.SetViewedAt(b.at)
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// CommunitySocialLink puts a link on a community's page.
func (f *Factory) CommunitySocialLink(ctx context.Context, with ...func(*ent.CommunitySocialLinkCreate)) (*ent.CommunitySocialLink, error) {
	c := f.client.CommunitySocialLink.Create()
	b, m := begin(ctx, f, c)
	c.SetPlatform("website").SetURL("https://" + b.slug(b.pick(topics)) + ".example.com/")
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// CommunityTag puts a tag on a community.
func (f *Factory) CommunityTag(ctx context.Context, with ...func(*ent.CommunityTagCreate)) (*ent.CommunityTag, error) {
	c := f.client.CommunityTag.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	need(b, m.TagID, c.SetTag, f.Tag)
	return save(b, c.Save)
}

// CommunityTelegram makes a community's Telegram settings, with nothing linked, in
// place of those that the community began with.
func (f *Factory) CommunityTelegram(ctx context.Context, with ...func(*ent.CommunityTelegramCreate)) (*ent.CommunityTelegram, error) {
	c := f.client.CommunityTelegram.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	if has(m.PlatformLinkCode) {
		fill(m.PlatformLinkCodeExpires, c.SetPlatformLinkCodeExpires, b.at.Add(time.Hour))
	}
	if has(m.PrivateLinkCode) {
		fill(m.PrivateLinkCodeExpires, c.SetPrivateLinkCodeExpires, b.at.Add(time.Hour))
	}
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	if id, ok := m.CommunityID(); ok {
		ask(b, f.client.CommunityTelegram.Delete().Where(
			communitytelegram.CommunityID(id), communitytelegram.TokenIsNil(),
			communitytelegram.PlatformChatIDIsNil(), communitytelegram.PrivateBotChatIDIsNil(),
		).Exec)
	}
	return save(b, c.Save)
}
