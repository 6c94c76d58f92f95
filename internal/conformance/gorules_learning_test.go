package conformance

import (
	"errors"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
)

var learningRefusals = map[string]refusal{
	"classroomcontentcompletion_content_is_active": func(t *testing.T, j judge) offence {
		hidden := j.make(t, j.byTable["ClassroomContent"], map[string]any{"is_active": false})
		e := j.byTable["ClassroomContentCompletion"]
		return offence{entity: e, row: j.make(t, e, nil), values: map[string]any{"content_id": idOf(hidden)}}
	},
	"post_replies_allowed": func(t *testing.T, j judge) offence {
		e := j.byTable["Post"]
		row := j.make(t, e, nil)
		closed := j.make(t, e, map[string]any{"forum_id": e.column(row, "forum_id"), "allow_replies": false})
		return offence{entity: e, row: row, values: map[string]any{"parent_post_id": idOf(closed)}}
	},
	"post_posting_allowed": func(t *testing.T, j judge) offence {
		forum := j.make(t, j.byTable["Forum"], map[string]any{"restrict_posting_to_owners_moderators": true})
		e, members := j.byTable["Post"], j.byTable["CommunityMember"]
		row := j.make(t, e, map[string]any{"forum_id": idOf(forum)})
		member := j.make(t, members, map[string]any{"community_id": j.byTable["Forum"].column(forum, "community_id")})
		return offence{entity: e, row: row, values: map[string]any{"user_id": members.column(member, "user_id")}}
	},
	"publicfeeds_replies_allowed": func(t *testing.T, j judge) offence {
		e := j.byTable["PublicFeeds"]
		row := j.make(t, e, nil)
		closed := j.make(t, e, map[string]any{"community_id": e.column(row, "community_id"), "allow_replies": false})
		return offence{entity: e, row: row, values: map[string]any{"parent_feed_id": idOf(closed)}}
	},
	"publicfeeds_posted_by_moderator": func(t *testing.T, j judge) offence {
		e, members := j.byTable["PublicFeeds"], j.byTable["CommunityMember"]
		row := j.make(t, e, nil)
		member := j.make(t, members, map[string]any{"community_id": e.column(row, "community_id"), "role": "contributor"})
		return offence{entity: e, row: row, values: map[string]any{"posted_by_id": members.column(member, "user_id")}}
	},
	"pollvote_poll_is_active": func(t *testing.T, j judge) offence {
		closed := j.make(t, j.byTable["Poll"], map[string]any{"is_active": false})
		option := j.make(t, j.byTable["PollOption"], map[string]any{"poll_id": idOf(closed)})
		vote := j.make(t, j.byTable["PollVote"], nil)
		return offence{entity: j.byTable["PollVote"], row: vote, values: map[string]any{"poll_id": idOf(closed), "option_id": idOf(option)}}
	},
	"simplequizsubmission_attempts_left": func(t *testing.T, j judge) offence {
		quiz := j.make(t, j.byTable["SimpleQuiz"], map[string]any{"max_attempts": 1, "has_attempt_limit": true})
		e := j.byTable["SimpleQuizSubmission"]
		first := j.make(t, e, map[string]any{"quiz_id": idOf(quiz)})
		return offence{entity: e, row: j.make(t, e, nil), values: map[string]any{
			"quiz_id": idOf(quiz), "quiz_id_at_submit": int(idOf(quiz)),
			"community_id": e.column(first, "community_id"), "user_id": e.column(first, "user_id"),
		}}
	},
	"simplequizsubmission_quiz_of_community": func(t *testing.T, j judge) offence {
		e := j.byTable["SimpleQuizSubmission"]
		other := j.make(t, j.byTable["SimpleQuiz"], nil)
		return offence{entity: e, row: j.make(t, e, nil), values: map[string]any{"quiz_id": idOf(other)},
			not: []string{"update one", "update many"}} // by which no other quiz is reached
	},
	"simplequizsubmission_quiz_stays": func(t *testing.T, j judge) offence {
		e := j.byTable["SimpleQuizSubmission"]
		row := j.make(t, e, nil)
		other := j.make(t, j.byTable["SimpleQuiz"], map[string]any{"community_id": e.column(row, "community_id")})
		return offence{entity: e, row: row, values: map[string]any{"quiz_id": idOf(other)},
			not: []string{"create", "create bulk"}}
	},
	"simplequizsubmission_snapshot_stays": func(t *testing.T, j judge) offence {
		e := j.byTable["SimpleQuizSubmission"]
		row := j.make(t, e, nil)
		return offence{entity: e, row: row, values: map[string]any{"quiz_id_at_submit": 1 + e.column(row, "quiz_id_at_submit").(int)}}
	},
	"quizgenerationjob_transitions": func(t *testing.T, j judge) offence {
		e := j.byTable["QuizGenerationJob"]
		return offence{entity: e, row: j.make(t, e, nil), values: map[string]any{"status": "completed"}}
	},
}

var learningMaintenances = map[string]maintenance{
	"classroom_published_at_once":               firstTimes("Classroom", "is_published", "published_at"),
	"classroomcontent_activated_at_once":        firstTimes("ClassroomContent", "is_active", "activated_at"),
	"classroomcertificate_issued_on_completion": certificates,
	"communityblogpost_slug_from_title":         datedSlugs("CommunityBlogPost", "community-blog-post"),
	"blogpost_slug_from_title":                  datedSlugs("BlogPost", "blog-post"),
	"simplequiz_zero_is_no_limit":               noLimit,
}

// A forum, its community, or both may restrict posting, and a parent or its
// author's rank make no exception.
func TestWhoMayPostWhere(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c, f := System(t), d.Client, factory.New(d.Client)
		open := factory.Must(ctx, t, f.Forum)
		closed := factory.Must(ctx, t, f.Forum, func(c *ent.ForumCreate) { c.SetRestrictPostingToOwnersModerators(true) })
		inClosed := factory.Must(ctx, t, f.Forum, func(fc *ent.ForumCreate) {
			fc.SetCommunity(factory.Must(ctx, t, f.Community, func(c *ent.CommunityCreate) { c.SetRestrictPostingToOwnersModerators(true) }))
		})
		for name, tt := range map[string]struct {
			forum   *ent.Forum
			role    communitymember.Role
			blocked bool
			want    error
		}{
			"a member, open":                             {open, communitymember.RoleMember, false, nil},
			"a member, closed":                           {closed, communitymember.RoleMember, false, apierror.PostingRestricted},
			"a contributor, closed":                      {closed, communitymember.RoleContributor, false, apierror.PostingRestricted},
			"a moderator, closed":                        {closed, communitymember.RoleModerator, false, nil},
			"a co-owner, closed":                         {closed, communitymember.RoleCoOwner, false, nil},
			"a blocked moderator, closed":                {closed, communitymember.RoleModerator, true, apierror.PostingRestricted},
			"the owner, closed":                          {closed, communitymember.RoleOwner, false, nil},
			"a member, in a closed community":            {inClosed, communitymember.RoleMember, false, apierror.PostingRestricted},
			"a moderator, in a closed community":         {inClosed, communitymember.RoleModerator, false, nil},
			"a moderator of another community, closed":   {&ent.Forum{ID: closed.ID, CommunityID: open.CommunityID}, communitymember.RoleModerator, false, apierror.PostingRestricted},
			"a moderator of another community, no limit": {&ent.Forum{ID: open.ID, CommunityID: closed.CommunityID}, communitymember.RoleModerator, false, nil},
		} {
			member := factory.Must(ctx, t, f.CommunityMember, func(c *ent.CommunityMemberCreate) {
				c.SetCommunityID(tt.forum.CommunityID).SetRole(tt.role).SetIsBlocked(tt.blocked)
			})
			err := c.Post.Create().SetForumID(tt.forum.ID).SetAuthorID(member.UserID).SetMessage("hello").Exec(ctx)
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
		}
		// A parent that allows replies doesn't open the forum.
		parent := factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetForum(closed) })
		member := factory.Must(ctx, t, f.User)
		err := c.Post.Create().SetForum(closed).SetParent(parent).SetAuthor(member).SetMessage("hello").Exec(ctx)
		if !errors.Is(err, apierror.PostingRestricted) {
			t.Errorf("a reply where posting is restricted: %v", err)
		}
		// Anybody replies to a notice, in bulk as well.
		notice := factory.Must(ctx, t, f.PublicFeed)
		reply := func() *ent.PublicFeedCreate {
			return c.PublicFeed.Create().SetCommunityID(notice.CommunityID).SetParent(notice).SetAuthor(member).SetMessage("hello")
		}
		if err := c.PublicFeed.CreateBulk(reply(), reply()).Exec(ctx); err != nil {
			t.Errorf("replies to a notice: %v", err)
		}
	})
}
