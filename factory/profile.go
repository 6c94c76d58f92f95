package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
)

// UserProfile makes the profile of a user, who has none yet.
func (f *Factory) UserProfile(ctx context.Context, with ...func(*ent.UserProfileCreate)) (*ent.UserProfile, error) {
	c := f.client.UserProfile.Create()
	b, m := begin(ctx, f, c)
	c.SetFirstName(b.pick(firstNames)).SetLastName(b.pick(lastNames))
	apply(c, with)
	need(b, m.UserID, c.SetUser, f.User)
	return save(b, c.Save)
}

// UserProfileSocialLink puts a link on a profile.
func (f *Factory) UserProfileSocialLink(ctx context.Context, with ...func(*ent.UserProfileSocialLinkCreate)) (*ent.UserProfileSocialLink, error) {
	c := f.client.UserProfileSocialLink.Create()
	b, m := begin(ctx, f, c)
	c.SetPlatform("website").SetURL("https://" + b.slug(b.pick(topics)) + ".example.com/")
	apply(c, with)
	need(b, m.UserProfileID, c.SetProfile, f.UserProfile)
	return save(b, c.Save)
}

// UserAddress makes an address where a user lives.
func (f *Factory) UserAddress(ctx context.Context, with ...func(*ent.UserAddressCreate)) (*ent.UserAddress, error) {
	c := f.client.UserAddress.Create()
	b, m := begin(ctx, f, c)
	c.SetCity(b.pick(cities))
	apply(c, with)
	if addressType, ok := m.AddressType(); ok && addressType == "billing" {
		fill(m.BillingCountry, c.SetBillingCountry, "NG")
	}
	need(b, m.UserID, c.SetUser, f.User)
	return save(b, c.Save)
}

// Tag makes a tag with a unique name and slug.
func (f *Factory) Tag(ctx context.Context, with ...func(*ent.TagCreate)) (*ent.Tag, error) {
	c := f.client.Tag.Create()
	b, _ := begin(ctx, f, c)
	topic := b.slug(b.pick(topics))
	c.SetName(topic).SetSlug(topic)
	apply(c, with)
	return save(b, c.Save)
}

// UserInterest marks a tag as an interest of a profile's user.
func (f *Factory) UserInterest(ctx context.Context, with ...func(*ent.UserInterestCreate)) (*ent.UserInterest, error) {
	c := f.client.UserInterest.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.UserProfileID, c.SetProfile, f.UserProfile)
	need(b, m.TagID, c.SetTag, f.Tag)
	return save(b, c.Save)
}
