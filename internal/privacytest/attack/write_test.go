package attack

import (
	"context"
	"errors"
	"slices"
	"testing"

	"entgo.io/ent/privacy"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/post"
)

// A row that is hidden and one that isn't there are the same to who may see
// neither: the error, its text, and the statements.
func TestHiddenAndMissingRowsAreTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, r := w.attacker, w.recorder()
		for name, op := range map[string]func(id int64) error{
			"get":             func(id int64) error { _, err := r.Post.Get(ctx, id); return err },
			"only":            func(id int64) error { _, err := r.Post.Query().Where(post.ID(id)).Only(ctx); return err },
			"update":          func(id int64) error { return r.Post.UpdateOneID(id).SetMessage("x").Exec(ctx) },
			"update, nothing": func(id int64) error { return r.Post.UpdateOneID(id).Exec(ctx) },
			"update, old":     func(id int64) error { _, err := r.Post.UpdateOneID(id).Mutation().OldMessage(ctx); return err },
			"update where": func(id int64) error {
				return r.Post.UpdateOneID(id).Where(post.MessageContains(secret)).SetMessage("x").Exec(ctx)
			},
			"invalid update": func(id int64) error { return r.Forum.UpdateOneID(id + w.vault.ID - w.hidden.ID).SetName("").Exec(ctx) },
			"delete":         func(id int64) error { return r.Post.DeleteOneID(id).Exec(ctx) },
			"delete a forum": func(id int64) error { return r.Forum.DeleteOneID(id + w.vault.ID - w.hidden.ID).Exec(ctx) },
			"a message": func(id int64) error {
				return r.Message.UpdateOneID(id + w.whisper.ID - w.hidden.ID).SetContent("x").Exec(ctx)
			},
			"not my message": func(id int64) error { return r.Message.DeleteOneID(id + w.whisper.ID - w.hidden.ID).Exec(ctx) },
			"like":           func(id int64) error { return r.PostLike.Create().SetPostID(id).SetUser(w.me).Exec(ctx) },
			"reply": func(id int64) error {
				return r.Post.Create().SetForum(w.hall).SetAuthor(w.me).SetParentID(id).SetMessage("x").Exec(ctx)
			},
			"attach": func(id int64) error {
				return r.PostAttachment.Create().SetPostID(id).SetFileURL("https://example.com/a.jpg").SetFileType("image").Exec(ctx)
			},
			"post": func(id int64) error {
				return r.Post.Create().SetForumID(id + w.vault.ID - w.hidden.ID).SetAuthor(w.me).SetMessage("x").Exec(ctx)
			},
			"speak": func(id int64) error {
				return r.Message.Create().SetConversationID(id + w.talk.ID - w.hidden.ID).SetSender(w.me).SetContent("x").Exec(ctx)
			},
			"take part": func(id int64) error {
				return r.ConversationParticipant.Create().SetConversationID(id + w.talk.ID - w.hidden.ID).SetUser(w.me).Exec(ctx)
			},
			"bring somebody": func(id int64) error {
				return r.ConversationParticipant.Create().SetConversationID(id + w.talk.ID - w.hidden.ID).SetUser(w.other).Exec(ctx)
			},
			"join": func(id int64) error {
				return r.CommunityMember.Create().SetCommunityID(id + w.ruin.ID - w.hidden.ID).SetUser(w.me).Exec(ctx)
			},
			"like the ruin": func(id int64) error {
				return r.CommunityLike.Create().SetCommunityID(id + w.ruin.ID - w.hidden.ID).SetUser(w.me).Exec(ctx)
			},
			"several likes": func(id int64) error {
				return r.PostLike.CreateBulk(
					r.PostLike.Create().SetPost(w.open).SetUser(w.me), r.PostLike.Create().SetPostID(id).SetUser(w.me),
				).Exec(ctx)
			},
			"several posts": func(id int64) error {
				forum := id + w.vault.ID - w.hidden.ID
				return r.Post.CreateBulk(
					r.Post.Create().SetForumID(forum).SetAuthor(w.me).SetMessage("x"),
					r.Post.Create().SetForumID(forum).SetAuthor(w.other).SetMessage("y"),
				).Exec(ctx)
			},
		} {
			there, hidden := r.of(func() error { return op(w.hidden.ID) })
			gone, absent := r.of(func() error { return op(missing) })
			switch {
			case hidden == nil || absent == nil:
				t.Errorf("%s: %v, %v", name, hidden, absent)
			case hidden.Error() != absent.Error():
				t.Errorf("%s: %q of a hidden row, %q of none", name, hidden, absent)
			case !slices.Equal(there, gone):
				t.Errorf("%s: different statements:\n%q\n%q", name, there, gone)
			case len(there) == 0 && name != "invalid update":
				t.Errorf("%s: no statement", name)
			}
		}
	})
}

func TestVisibleRowsThatAreNotTheirsAreForbidden(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		for name, err := range map[string]error{
			"update":         c.Post.UpdateOneID(w.open.ID).SetMessage("x").Exec(ctx),
			"column":         c.Post.UpdateOneID(w.mine.ID).SetIsPinned(true).Exec(ctx),
			"delete":         c.Post.DeleteOneID(w.open.ID).Exec(ctx),
			"for another":    c.Post.Create().SetForum(w.hall).SetAuthor(w.other).SetMessage("x").Exec(ctx),
			"role":           c.CommunityMember.Update().Where(communitymember.UserID(w.me.ID)).SetRole("owner").Exec(ctx),
			"other's member": c.CommunityMember.Create().SetCommunity(w.club).SetUser(w.other).Exec(ctx),
			"staff":          c.User.UpdateOneID(w.me.ID).SetIsStaff(true).Exec(ctx),
			"community":      c.Community.UpdateOneID(w.club.ID).SetName("x").Exec(ctx),
			"close it":       c.Community.DeleteOneID(w.club.ID).Exec(ctx),
			"decision":       c.Post.DeleteOneID(w.open.ID).Exec(privacy.DecisionContext(ctx, privacy.Allow)),
		} {
			if name == "role" {
				if err != nil {
					t.Errorf("%s: %v", name, err) // of many rows, none
				}
				continue
			}
			if !errors.Is(err, apierror.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := c.CommunityMember.Query().Where(communitymember.RoleEQ("owner")).CountX(w.system); n != 0 {
			t.Error("they made themselves the owner")
		}
	})
}

func TestADecisionFromOutsideDecidesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, ctx := range []context.Context{
			privacy.DecisionContext(w.attacker, privacy.Allow),
			privacy.DecisionContext(w.attacker, nil),
			privacy.DecisionContext(w.attacker, privacy.Skip),
		} {
			if n, err := w.Client.Post.Query().Where(post.ID(w.hidden.ID)).Count(ctx); err != nil || n != 0 {
				t.Errorf("%d, %v", n, err)
			}
			if n, err := w.Client.Post.Update().Where(post.ID(w.open.ID)).SetMessage("x").Save(ctx); err != nil || n != 0 {
				t.Errorf("%d, %v", n, err)
			}
		}
	})
}

func TestBulkWritesReachTheirOwnRowsOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		if n, err := c.Post.Update().SetMessage("x").Save(ctx); err != nil || n != 1 {
			t.Errorf("%d posts changed, %v", n, err)
		}
		if n, err := c.Post.Update().Where(post.Or(post.MessageContains(secret), post.ID(w.open.ID))).SetMessage("x").Save(ctx); err != nil || n != 0 {
			t.Errorf("%d posts of others changed, %v", n, err)
		}
		found, err := c.Post.Update().Where(post.MessageContains(secret)).Mutation().IDs(ctx)
		if err != nil || len(found) != 0 {
			t.Errorf("ids of a mutation: %v, %v", found, err)
		}
		if n, err := c.Post.Delete().Exec(ctx); err != nil || n != 1 {
			t.Errorf("%d posts deleted, %v", n, err)
		}
		if n, err := c.CommunityMember.Delete().Exec(ctx); err != nil || n != 1 {
			t.Errorf("%d members left, %v", n, err)
		}
		if n, err := c.Message.Delete().Exec(ctx); err != nil || n != 0 {
			t.Errorf("%d messages deleted, %v", n, err)
		}
		if n := c.Post.Query().CountX(w.system); n != 2 {
			t.Errorf("%d posts are left", n)
		}
	})
}

func TestOneBadRowSpoilsTheBulk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine := func(forum *ent.Forum, author *ent.User) *ent.PostCreate {
			return w.Client.Post.Create().SetForum(forum).SetAuthor(author).SetMessage("bulk")
		}
		for name, bad := range map[string]*ent.PostCreate{
			"hidden forum": mine(w.vault, w.me), "for another": mine(w.hall, w.other), "pinned": mine(w.hall, w.me).SetIsPinned(true),
		} {
			err := w.Client.Post.CreateBulk(mine(w.hall, w.me), bad, mine(w.hall, w.me)).Exec(w.attacker)
			if err == nil {
				t.Errorf("%s: made", name)
			}
		}
		if n := w.Client.Post.Query().Where(post.Message("bulk")).CountX(w.system); n != 0 {
			t.Errorf("%d posts were made", n)
		}
	})
}

// A unique set tells only who may write the row that it has one already.
func TestUniqueSetsTellNothingOfHiddenRows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		like := c.PostLike.Create().SetPost(w.hidden).SetUser(w.other).Exec(ctx)
		none := c.PostLike.Create().SetPost(w.hidden).SetUser(w.me).Exec(ctx)
		if like == nil || none == nil || like.Error() != none.Error() || errors.Is(like, apierror.AlreadyExists) {
			t.Errorf("%v, %v", like, none)
		}
		link := func(forum int64) error {
			return c.ForumGroup.Create().SetForumID(forum).SetCommunityGroup(w.gold).Exec(ctx)
		}
		if there, gone := link(w.vault.ID), link(missing); there == nil || gone == nil || there.Error() != gone.Error() {
			t.Errorf("%v, %v", there, gone)
		}
	})
}

// A builder that was run for one viewer is not free for the next.
func TestABuilderIsOfWhoRunsIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		change := w.Client.Post.UpdateOneID(w.open.ID).SetMessage("changed")
		if err := change.Exec(w.payer); err != nil {
			t.Fatal(err)
		}
		if err := change.Exec(w.attacker); !errors.Is(err, apierror.Forbidden) {
			t.Errorf("update: %v", err)
		}
		pin := w.Client.Post.Create().SetForum(w.vault).SetAuthor(w.me).SetMessage("x")
		if err := pin.Exec(w.attacker); err == nil {
			t.Error("created")
		}
		if err := pin.Exec(w.payer); err == nil {
			t.Error("created for another")
		}
	})
}

// Somebody's own row, in a place that they don't see any more, isn't there for them.
func TestWhatIsTheirsIsOutOfReachBehindAClosedDoor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		own := w.post(t, w.hall, w.me, "own")
		if err := c.CommunityMember.Update().Where(communitymember.UserID(w.me.ID)).SetIsBlocked(true).SetBlockedAt(own.CreatedAt).Exec(w.system); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"update":  c.Post.UpdateOneID(own.ID).SetMessage("x").Exec(ctx),
			"nothing": c.Post.UpdateOneID(own.ID).Exec(ctx),
			"delete":  c.Post.DeleteOneID(own.ID).Exec(ctx),
		} {
			if !errors.Is(err, apierror.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		seat := c.CommunityMember.Query().Where(communitymember.UserID(w.me.ID)).OnlyX(w.system)
		if err := c.CommunityMember.DeleteOne(seat).Exec(ctx); !errors.Is(err, apierror.Forbidden) {
			t.Errorf("leaving while blocked: %v", err)
		}
	})
}
