package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/classroomattachment"
	"github.com/communitybuilder/communitybuilder/ent/classroomcontent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
)

func communityOfClassroom(r *ent.Classroom) int64 { return r.CommunityID }

// Classroom makes a published classroom without contents.
func (f *Factory) Classroom(ctx context.Context, with ...func(*ent.ClassroomCreate)) (*ent.Classroom, error) {
	c := f.client.Classroom.Create()
	b, m := begin(ctx, f, c)
	c.SetName(b.slug("classroom")).SetTitle(b.title()).SetIsPublished(true)
	apply(c, with)
	if is(m.IsPublished, true) {
		fill(m.PublishedAt, c.SetPublishedAt, b.at)
	}
	need(b, m.CommunityID, c.SetCommunity, f.Community)
	return save(b, c.Save)
}

// ClassroomContent makes an active item, the last one of its classroom.
func (f *Factory) ClassroomContent(ctx context.Context, with ...func(*ent.ClassroomContentCreate)) (*ent.ClassroomContent, error) {
	c := f.client.ClassroomContent.Create()
	b, m := begin(ctx, f, c)
	c.SetTitle(b.title()).SetContentURL(b.url("lessons", "mp4")).SetIsActive(true)
	apply(c, with)
	if is(m.IsActive, true) {
		fill(m.ActivatedAt, c.SetActivatedAt, b.at)
	}
	need(b, m.ClassroomID, c.SetClassroom, f.Classroom)
	if classroom, ok := m.ClassroomID(); ok && !has(m.Order) {
		c.SetOrder(1 + ask(b, f.client.ClassroomContent.Query().Where(classroomcontent.ClassroomID(classroom)).Count))
	}
	return save(b, c.Save)
}

// ClassroomAttachment puts a PDF under an item of a classroom.
func (f *Factory) ClassroomAttachment(ctx context.Context, with ...func(*ent.ClassroomAttachmentCreate)) (*ent.ClassroomAttachment, error) {
	c := f.client.ClassroomAttachment.Create()
	b, m := begin(ctx, f, c)
	c.SetFileURL(b.url("handouts", "pdf")).SetFileType(classroomattachment.FileTypePdf)
	apply(c, with)
	need(b, m.ContentID, c.SetContent, f.ClassroomContent)
	return save(b, c.Save)
}

// ClassroomContentCompletion records that a member has completed an item.
func (f *Factory) ClassroomContentCompletion(ctx context.Context, with ...func(*ent.ClassroomContentCompletionCreate)) (*ent.ClassroomContentCompletion, error) {
	c := f.client.ClassroomContentCompletion.Create()
	b, m := begin(ctx, f, c)
	c.SetCompletedAt(b.at)
	apply(c, with)
	need(b, m.ContentID, c.SetContent, f.ClassroomContent)
	classroom := via(b, m.ContentID, f.client.ClassroomContent.Get, func(c *ent.ClassroomContent) int64 { return c.ClassroomID })
	community := via(b, classroom, f.client.Classroom.Get, communityOfClassroom)
	member(b, f, m.UserID, c.SetUser, community, communitymember.RoleMember)
	return save(b, c.Save)
}

// ClassroomCertificate gives a member the certificate of a classroom. A classroom
// that is made for it issues certificates.
func (f *Factory) ClassroomCertificate(ctx context.Context, with ...func(*ent.ClassroomCertificateCreate)) (*ent.ClassroomCertificate, error) {
	c := f.client.ClassroomCertificate.Create()
	b, m := begin(ctx, f, c)
	c.SetIssuedAt(b.at)
	apply(c, with)
	need(b, m.ClassroomID, c.SetClassroom, f.Classroom, func(c *ent.ClassroomCreate) { c.SetIssueCertificate(true) })
	community := via(b, m.ClassroomID, f.client.Classroom.Get, communityOfClassroom)
	member(b, f, m.UserID, c.SetUser, community, communitymember.RoleMember)
	return save(b, c.Save)
}
