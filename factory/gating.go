package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
)

// Each of these links what a community offers to one of the community's tiers: it
// is then for those only who have access to such a tier. A side that is missing
// is made in the community of the other.

// ClassroomGroup makes a classroom one for members with access to a tier.
func (f *Factory) ClassroomGroup(ctx context.Context, with ...func(*ent.ClassroomGroupCreate)) (*ent.ClassroomGroup, error) {
	c := f.client.ClassroomGroup.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.ClassroomID, c.SetClassroom, f.Classroom, func(c *ent.ClassroomCreate) {
		put(c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	})
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup,
		in(via(b, m.ClassroomID, f.client.Classroom.Get, communityOfClassroom)))
	return save(b, c.Save)
}

// ForumGroup makes a forum one for members with access to a tier.
func (f *Factory) ForumGroup(ctx context.Context, with ...func(*ent.ForumGroupCreate)) (*ent.ForumGroup, error) {
	c := f.client.ForumGroup.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.ForumID, c.SetForum, f.Forum, func(c *ent.ForumCreate) {
		put(c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	})
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup,
		in(via(b, m.ForumID, f.client.Forum.Get, communityOfForum)))
	return save(b, c.Save)
}

// ResourceGroup makes a resource one for members with access to a tier.
func (f *Factory) ResourceGroup(ctx context.Context, with ...func(*ent.ResourceGroupCreate)) (*ent.ResourceGroup, error) {
	c := f.client.ResourceGroup.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.ResourceID, c.SetResource, f.Resource, func(c *ent.ResourceCreate) {
		put(c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	})
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup,
		in(via(b, m.ResourceID, f.client.Resource.Get, communityOfResource)))
	return save(b, c.Save)
}

// QuizGroup makes a quiz one for members with access to a tier.
func (f *Factory) QuizGroup(ctx context.Context, with ...func(*ent.QuizGroupCreate)) (*ent.QuizGroup, error) {
	c := f.client.QuizGroup.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.QuizID, c.SetQuiz, f.Quiz, func(c *ent.QuizCreate) {
		put(c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	})
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup,
		in(via(b, m.QuizID, f.client.Quiz.Get, communityOfQuiz)))
	return save(b, c.Save)
}

// PollGroup makes a poll one for members with access to a tier.
func (f *Factory) PollGroup(ctx context.Context, with ...func(*ent.PollGroupCreate)) (*ent.PollGroup, error) {
	c := f.client.PollGroup.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.PollID, c.SetPoll, f.Poll, func(c *ent.PollCreate) {
		put(c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	})
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup,
		in(via(b, m.PollID, f.client.Poll.Get, communityOfPoll)))
	return save(b, c.Save)
}

// MeetingGroup makes a meeting one for members with access to a tier.
func (f *Factory) MeetingGroup(ctx context.Context, with ...func(*ent.MeetingGroupCreate)) (*ent.MeetingGroup, error) {
	c := f.client.MeetingGroup.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.MeetingID, c.SetMeeting, f.Meeting, func(c *ent.MeetingCreate) {
		put(c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	})
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup,
		in(via(b, m.MeetingID, f.client.Meeting.Get, communityOfMeeting)))
	return save(b, c.Save)
}

// MeetingSeriesGroup makes a meeting series one for members with access to a tier.
func (f *Factory) MeetingSeriesGroup(ctx context.Context, with ...func(*ent.MeetingSeriesGroupCreate)) (*ent.MeetingSeriesGroup, error) {
	c := f.client.MeetingSeriesGroup.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.SeriesID, c.SetSeries, f.MeetingSeries, func(c *ent.MeetingSeriesCreate) {
		put(c.SetCommunityID, via(b, m.CommunityGroupID, f.client.CommunityGroup.Get, communityOfGroup))
	})
	need(b, m.CommunityGroupID, c.SetCommunityGroup, f.CommunityGroup,
		in(via(b, m.SeriesID, f.client.MeetingSeries.Get, communityOfMeetingSeries)))
	return save(b, c.Save)
}
