package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/resourcecontent"
)

func communityOfResource(r *ent.Resource) int64 { return r.CommunityID }

// Resource makes an empty folder of a community.
func (f *Factory) Resource(ctx context.Context, with ...func(*ent.ResourceCreate)) (*ent.Resource, error) {
	c := f.client.Resource.Create()
	b, m := begin(ctx, f, c)
	c.SetName(b.slug("resource")).SetFriendlyName(b.title())
	apply(c, with)
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// ResourceContent puts a PDF into a folder, as the last of its contents.
func (f *Factory) ResourceContent(ctx context.Context, with ...func(*ent.ResourceContentCreate)) (*ent.ResourceContent, error) {
	c := f.client.ResourceContent.Create()
	b, m := begin(ctx, f, c)
	c.SetContentType("pdf").SetFileURL(b.url("resources", "pdf")).SetTitle(b.title())
	apply(c, with)
	need(b, m.ResourceID, c.SetResource, f.Resource)
	if resource, ok := m.ResourceID(); ok && !has(m.Order) {
		c.SetOrder(1 + ask(b, f.client.ResourceContent.Query().Where(resourcecontent.ResourceID(resource)).Count))
	}
	return save(b, c.Save)
}
