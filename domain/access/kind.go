package access

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/classroom"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/meeting"
	"github.com/communitybuilder/communitybuilder/ent/meetingseries"
	"github.com/communitybuilder/communitybuilder/ent/poll"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
	"github.com/communitybuilder/communitybuilder/ent/quiz"
	"github.com/communitybuilder/communitybuilder/ent/resource"
)

// A kind is what the entities differ in, as far as access is concerned.
type kind struct {
	entity string // its name
	// community selects the community of the item with the given id.
	community func(id int64) predicate.Community
	// tiers selects the tiers that are linked to it.
	tiers func(id int64) predicate.CommunityGroup
	// hidden tells whether it is kept from members; nil if it never is.
	hidden   func(ctx context.Context, client *ent.Client, id int64) (bool, error)
	hiddenAs Reason
	// called returns the id of the item's creator if the user created it or is
	// invited to it, and nothing if not; nil if there are no invitations.
	called func(ctx context.Context, client *ent.Client, id int64, user predicate.User) (creator []int64, err error)
}

var kinds = map[Kind]kind{
	KindClassroom: {
		entity:    ent.TypeClassroom,
		community: func(id int64) predicate.Community { return community.HasClassroomsWith(classroom.ID(id)) },
		tiers:     func(id int64) predicate.CommunityGroup { return communitygroup.HasClassroomsWith(classroom.ID(id)) },
		hidden: func(ctx context.Context, client *ent.Client, id int64) (bool, error) {
			return client.Classroom.Query().Where(classroom.ID(id), classroom.IsPublished(false)).Exist(ctx)
		},
		hiddenAs: NotPublished,
	},
	KindForum: {
		entity:    ent.TypeForum,
		community: func(id int64) predicate.Community { return community.HasForumsWith(forum.ID(id)) },
		tiers:     func(id int64) predicate.CommunityGroup { return communitygroup.HasForumsWith(forum.ID(id)) },
	},
	KindResource: {
		entity:    ent.TypeResource,
		community: func(id int64) predicate.Community { return community.HasResourcesWith(resource.ID(id)) },
		tiers:     func(id int64) predicate.CommunityGroup { return communitygroup.HasResourcesWith(resource.ID(id)) },
		hidden: func(ctx context.Context, client *ent.Client, id int64) (bool, error) {
			return client.Resource.Query().Where(resource.ID(id), resource.IsActive(false)).Exist(ctx)
		},
		hiddenAs: Inactive,
	},
	KindQuiz: {
		entity:    ent.TypeQuiz,
		community: func(id int64) predicate.Community { return community.HasQuizzesWith(quiz.ID(id)) },
		tiers:     func(id int64) predicate.CommunityGroup { return communitygroup.HasQuizzesWith(quiz.ID(id)) },
	},
	KindPoll: {
		entity:    ent.TypePoll,
		community: func(id int64) predicate.Community { return community.HasPollsWith(poll.ID(id)) },
		tiers:     func(id int64) predicate.CommunityGroup { return communitygroup.HasPollsWith(poll.ID(id)) },
	},
	KindMeeting: {
		entity:    ent.TypeMeeting,
		community: func(id int64) predicate.Community { return community.HasMeetingsWith(meeting.ID(id)) },
		tiers:     func(id int64) predicate.CommunityGroup { return communitygroup.HasMeetingsWith(meeting.ID(id)) },
		called: func(ctx context.Context, client *ent.Client, id int64, user predicate.User) (creator []int64, err error) {
			err = client.Meeting.Query().
				Where(meeting.ID(id), meeting.Or(meeting.HasCreatorWith(user), meeting.HasAttendeesWith(user))).
				Select(meeting.FieldCreatedByID).
				Scan(ctx, &creator)
			return creator, err
		},
	},
	KindMeetingSeries: {
		entity:    ent.TypeMeetingSeries,
		community: func(id int64) predicate.Community { return community.HasMeetingSeriesWith(meetingseries.ID(id)) },
		tiers: func(id int64) predicate.CommunityGroup {
			return communitygroup.HasMeetingSeriesWith(meetingseries.ID(id))
		},
		called: func(ctx context.Context, client *ent.Client, id int64, user predicate.User) (creator []int64, err error) {
			err = client.MeetingSeries.Query().
				Where(meetingseries.ID(id), meetingseries.Or(
					meetingseries.HasCreatorWith(user), meetingseries.HasAttendeesWith(user))).
				Select(meetingseries.FieldCreatedByID).
				Scan(ctx, &creator)
			return creator, err
		},
	},
}
