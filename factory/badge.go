package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
)

// BadgeDefinition makes a badge of the whole platform.
func (f *Factory) BadgeDefinition(ctx context.Context, with ...func(*ent.BadgeDefinitionCreate)) (*ent.BadgeDefinition, error) {
	c := f.client.BadgeDefinition.Create()
	b, _ := begin(ctx, f, c)
	c.SetCode(b.slug("badge")).SetName(b.title())
	apply(c, with)
	return save(b, c.Save)
}

// UserBadge awards a badge of the platform to a user.
func (f *Factory) UserBadge(ctx context.Context, with ...func(*ent.UserBadgeCreate)) (*ent.UserBadge, error) {
	c := f.client.UserBadge.Create()
	b, m := begin(ctx, f, c)
	c.SetAwardedAt(b.at)
	apply(c, with)
	need(b, m.BadgeID, c.SetBadge, f.BadgeDefinition)
	need(b, m.UserID, c.SetUser, f.User)
	return save(b, c.Save)
}

// CommunityBadgeDefinition makes a badge of a community.
func (f *Factory) CommunityBadgeDefinition(ctx context.Context, with ...func(*ent.CommunityBadgeDefinitionCreate)) (*ent.CommunityBadgeDefinition, error) {
	c := f.client.CommunityBadgeDefinition.Create()
	b, m := begin(ctx, f, c)
	c.SetCode(b.slug("badge")).SetName(b.title())
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// CommunityMemberBadge awards a badge of a community to one of its members.
func (f *Factory) CommunityMemberBadge(ctx context.Context, with ...func(*ent.CommunityMemberBadgeCreate)) (*ent.CommunityMemberBadge, error) {
	c := f.client.CommunityMemberBadge.Create()
	b, m := begin(ctx, f, c)
	c.SetAwardedAt(b.at)
	apply(c, with)
	need(b, m.CommunityBadgeID, c.SetBadge, f.CommunityBadgeDefinition, func(c *ent.CommunityBadgeDefinitionCreate) {
		put(c.SetCommunityID, via(b, m.CommunityMemberID, f.client.CommunityMember.Get,
			func(m *ent.CommunityMember) int64 { return m.CommunityID }))
	})
	need(b, m.CommunityMemberID, c.SetMember, f.CommunityMember, func(c *ent.CommunityMemberCreate) {
		put(c.SetCommunityID, via(b, m.CommunityBadgeID, f.client.CommunityBadgeDefinition.Get,
			func(d *ent.CommunityBadgeDefinition) int64 { return d.CommunityID }))
	})
	return save(b, c.Save)
}
