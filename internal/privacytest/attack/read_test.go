package attack

import (
	"context"
	"errors"
	"slices"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/conversation"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/message"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
	"github.com/communitybuilder/communitybuilder/ent/tag"
	"github.com/communitybuilder/communitybuilder/ent/user"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func TestNoReadFindsHiddenRows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := w.attacker
		q := func() *ent.PostQuery { return w.Client.Post.Query().Where(post.IDIn(w.hidden.ID, w.open.ID)) }
		paths{
			"All":    func() (any, error) { return ids(q().All(ctx)) },
			"IDs":    func() (any, error) { return q().IDs(ctx) },
			"Select": func() (any, error) { return q().Select(post.FieldID).Ints(ctx) },
			"Scan": func() (any, error) {
				var rows []int64
				err := q().Select(post.FieldID).Scan(ctx, &rows)
				return rows, err
			},
			"Unique(false)": func() (any, error) { return q().Unique(false).IDs(ctx) },
			"Unique(true)":  func() (any, error) { return ids(q().Unique(true).All(ctx)) },
			"Offset":        func() (any, error) { return q().Offset(0).Limit(7).IDs(ctx) },
			"GroupBy": func() (any, error) {
				return q().GroupBy(post.FieldID).Ints(ctx)
			},
			"Max": func() (any, error) {
				n, err := q().Aggregate(ent.Max(post.FieldID)).Int(ctx)
				return []int{n}, err
			},
			"Sum": func() (any, error) {
				n, err := q().Aggregate(ent.Sum(post.FieldID)).Int(ctx)
				return []int{n}, err
			},
			"First in order": func() (any, error) {
				p, err := q().Order(ent.Desc(post.FieldMessage)).First(ctx)
				return ids([]*ent.Post{p}, err)
			},
			"Only": func() (any, error) {
				p, err := q().Only(ctx)
				return ids([]*ent.Post{p}, err)
			},
			"Clone": func() (any, error) { return q().Clone().IDs(ctx) },
			"Debug": func() (any, error) {
				return w.recorder().Post.Query().Where(post.IDIn(w.hidden.ID, w.open.ID)).IDs(ctx)
			},
		}.want(t, []int64{w.open.ID})
		paths{
			"Count":           func() (any, error) { return q().Count(ctx) },
			"Count of unique": func() (any, error) { return q().Unique(true).Count(ctx) },
			"Count of columns": func() (any, error) {
				return q().Select(post.FieldMessage).Count(ctx)
			},
			"Count by aggregate": func() (any, error) { return q().Aggregate(ent.Count()).Int(ctx) },
		}.want(t, 1)
		gone := func() *ent.PostQuery { return w.Client.Post.Query().Where(post.ID(w.hidden.ID)) }
		paths{
			"Exist": func() (any, error) { return gone().Exist(ctx) },
			"First": func() (any, error) { _, err := gone().First(ctx); return !ent.IsNotFound(err), nil },
			"Get":   func() (any, error) { _, err := w.Client.Post.Get(ctx, w.hidden.ID); return !ent.IsNotFound(err), nil },
			"Only id": func() (any, error) {
				_, err := gone().OnlyID(ctx)
				return !ent.IsNotFound(err), nil
			},
		}.want(t, false)
	})
}

func TestEagerLoadingFromAnAllowedRowFindsNothingHidden(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		paths{
			"posts of a community": func() (any, error) {
				return c.Community.Query().WithForums(func(q *ent.ForumQuery) {
					q.WithPosts(func(q *ent.PostQuery) { q.WithLikes().WithAuthor().WithReplies() })
				}).WithConversations(func(q *ent.ConversationQuery) { q.WithMessages() }).All(ctx)
			},
			"what another one wrote": func() (any, error) {
				return c.User.Query().WithPosts().WithSentMessages().WithConversations(func(q *ent.ConversationQuery) { q.WithMessages() }).
					WithPostLikes(func(q *ent.PostLikeQuery) { q.WithPost() }).All(ctx)
			},
			"what a tier opens": func() (any, error) {
				return c.CommunityGroup.Query().WithForums().All(ctx)
			},
			"communities of a tag": func() (any, error) { return c.Tag.Query().WithCommunities().All(ctx) },
			"communities of a user": func() (any, error) {
				return c.User.Query().WithCommunities(func(q *ent.CommunityQuery) { q.WithForums() }).WithMemberships().All(ctx)
			},
		}.sealed(t)
		// The edges are followed: for who may, there is something.
		rows, err := c.CommunityGroup.Query().Where(communitygroup.ID(w.gold.ID)).WithForums().Only(w.payer)
		if err != nil || len(rows.Edges.Forums) != 1 {
			t.Errorf("the payer sees %v, %v", rows, err)
		}
		group, err := c.CommunityGroup.Query().Where(communitygroup.ID(w.gold.ID)).WithForums().Only(ctx)
		if err != nil || len(group.Edges.Forums) != 0 {
			t.Errorf("the forums of the tier: %v, %v", group, err)
		}
		tagged, err := c.Tag.Query().Where(tag.ID(w.tag.ID)).WithCommunities().Only(ctx)
		if err != nil || len(tagged.Edges.Communities) != 1 {
			t.Errorf("the communities of the tag: %v, %v", tagged, err)
		}
	})
}

func TestTraversalFindsNothingHidden(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		forged, err := c.Post.Get(ctx, w.open.ID)
		if err != nil {
			t.Fatal(err)
		}
		forged.ID, forged.ForumID = w.hidden.ID, w.vault.ID // all else is the client's
		gold, err := c.CommunityGroup.Get(ctx, w.gold.ID)
		if err != nil {
			t.Fatal(err)
		}
		paths{
			"from a row":            func() (any, error) { return gold.QueryForums().Count(ctx) },
			"from a query":          func() (any, error) { return c.CommunityGroup.Query().QueryForums().Count(ctx) },
			"by a forged row's key": func() (any, error) { return forged.QueryForum().Count(ctx) },
			"the author of it":      func() (any, error) { return forged.QueryAuthor().Count(ctx) },
			"what refers to it":     func() (any, error) { return forged.QueryLikes().Count(ctx) },
			"far and back":          func() (any, error) { return forged.QueryForum().QueryPosts().Count(ctx) },
			"by a hidden row":       func() (any, error) { return c.Post.Query().Where(post.ID(w.hidden.ID)).QueryAuthor().Count(ctx) },
			"through hidden rows":   func() (any, error) { return c.Conversation.Query().QueryParticipants().Count(ctx) },
			"links of a hidden row": func() (any, error) { return c.Forum.Query().Where(forum.ID(w.vault.ID)).QueryForumGroups().Count(ctx) },
			"messages of others":    func() (any, error) { return c.User.Query().QuerySentMessages().Count(ctx) },
			"forums of inactive": func() (any, error) {
				return c.Tag.Query().QueryCommunities().Where(community.ID(w.ruin.ID)).QueryForums().Count(ctx)
			},
			"clone of a path":        func() (any, error) { return gold.QueryForums().Clone().Count(ctx) },
			"a row read by somebody": func() (any, error) { return w.vault.QueryPosts().Count(ctx) },
		}.want(t, 0)
	})
}

func TestPredicatesOverEdgesTellNothingOfHiddenRows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		count := func(ps ...predicate.Community) func() (any, error) {
			return func() (any, error) { return c.Community.Query().Where(community.ID(w.club.ID)).Where(ps...).Count(ctx) }
		}
		users := func(ps ...predicate.User) func() (any, error) {
			return func() (any, error) { return c.User.Query().Where(user.ID(w.other.ID)).Where(ps...).Count(ctx) }
		}
		deep := community.HasForumsWith(forum.HasPostsWith(post.MessageContains(secret)))
		paths{
			"has":         count(community.HasConversations()),
			"has with":    count(community.HasForumsWith(forum.Name(w.vault.Name))),
			"nested":      count(deep),
			"or":          count(community.Or(deep, community.HasConversationsWith(conversation.HasMessages()))),
			"m2m":         users(user.HasConversations()),
			"m2m with":    users(user.HasConversationsWith(conversation.ID(w.talk.ID))),
			"from a user": users(user.HasPostsWith(post.Message(w.hidden.Message))),
			"via a like":  users(user.HasPostLikes()),
			"messages":    users(user.HasSentMessagesWith(message.ContentContains(secret))),
			"a tier's":    func() (any, error) { return c.CommunityGroup.Query().Where(communitygroup.HasForums()).Count(ctx) },
			"a tag's": func() (any, error) {
				return c.Tag.Query().Where(tag.HasCommunitiesWith(community.ID(w.ruin.ID))).Count(ctx)
			},
			"back to a row": func() (any, error) {
				return c.Post.Query().Where(post.HasForumWith(forum.HasCommunityGroups())).Count(ctx)
			},
			"left open": count(community.HasForumsWith(func(s *sql.Selector) {
				s.Where(sql.ExprP("1 = 1"))
				s.Or()
			}, forum.Name(w.vault.Name))),
		}.want(t, 0)
		paths{
			"not":          count(community.Not(deep)),
			"not has":      count(community.Not(community.HasConversations())),
			"not not has":  count(community.Not(community.Not(community.Not(community.HasConversations())))),
			"not of users": users(user.Not(user.HasConversations())),
		}.want(t, 1)
	})
}

func TestAQueryIsOfWhoRunsIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.Client.Post.Query().Where(post.IDIn(w.hidden.ID, w.open.ID)).WithForum()
		for range 2 {
			for who, want := range map[context.Context]int{w.attacker: 1, w.payer: 2, w.system: 2} {
				if n, err := q.Count(who); err != nil || n != want {
					t.Errorf("count: %d, %v, want %d", n, err, want)
				}
				if rows, err := q.All(who); err != nil || len(rows) != want {
					t.Errorf("all: %d, %v, want %d", len(rows), err, want)
				}
			}
		}
		path := w.Client.CommunityGroup.Query().Where(communitygroup.ID(w.gold.ID)).QueryForums()
		for who, want := range map[context.Context]int{w.attacker: 0, w.payer: 1} {
			if n, err := path.Count(who); err != nil || n != want {
				t.Errorf("path: %d, %v, want %d", n, err, want)
			}
		}
	})
}

func TestLocksNarrowNothingAndOpenNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tx, err := w.Client.Tx(w.attacker)
		if err != nil {
			t.Fatal(err)
		}
		posts, err := tx.Post.Query().Where(post.IDIn(w.hidden.ID, w.open.ID)).ForUpdate().IDs(w.attacker)
		if err != nil || !slices.Equal(posts, []int64{w.open.ID}) {
			t.Errorf("posts: %v, %v", posts, err)
		}
		rows, err := tx.User.Query().Where(user.ID(w.other.ID)).ForShare().All(w.attacker)
		if err != nil || len(rows) != 1 || rows[0].Email != "" {
			t.Errorf("users: %v, %v", rows, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	})
}

// Who has no account, or none that is active, is nobody.
func TestAnIDAloneIsNoAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if err := w.Client.User.UpdateOneID(w.other.ID).SetIsActive(false).Exec(w.system); err != nil {
			t.Fatal(err)
		}
		leaver := w.member(t, w.club, "owner")
		if err := w.Client.User.DeleteOneID(leaver.ID).Exec(w.system); err != nil {
			t.Fatal(err)
		}
		for name, who := range map[string]context.Context{
			"made up": as(t, missing), "inactive": w.payer, "deleted": as(t, leaver.ID),
			"anonymous": viewer.NewContext(t.Context(), viewer.Anonymous()),
		} {
			for what, count := range map[string]func(context.Context) (int, error){
				"posts": w.Client.Post.Query().Count, "messages": w.Client.Message.Query().Count,
				"users": w.Client.User.Query().Count, "members": w.Client.CommunityMember.Query().Count,
			} {
				if n, err := count(who); err != nil || n != 0 {
					t.Errorf("%s sees %d %s, %v", name, n, what, err)
				}
			}
			like := w.Client.CommunityLike.Create().SetCommunity(w.club)
			if v, _ := viewer.FromContext(who); v != viewer.Anonymous() {
				id, _ := v.UserID()
				like.SetUserID(id)
			} else {
				like.SetUser(w.me)
			}
			if err := like.Exec(who); err == nil {
				t.Errorf("%s likes", name)
			}
		}
	})
}

func TestNobodyAsksNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := t.Context(), w.Client
		for name, fn := range map[string]func() error{
			"read":   func() error { _, err := c.Post.Query().All(ctx); return err },
			"count":  func() error { _, err := c.Post.Query().Count(ctx); return err },
			"path":   func() error { _, err := w.open.QueryForum().All(ctx); return err },
			"group":  func() error { _, err := c.Post.Query().GroupBy(post.FieldMessage).Strings(ctx); return err },
			"create": func() error { return c.Tag.Create().SetName("x").Exec(ctx) },
			"bulk": func() error {
				return c.Tag.CreateBulk(c.Tag.Create().SetName("x"), c.Tag.Create().SetName("y")).Exec(ctx)
			},
			"update":     func() error { return c.Post.UpdateOneID(w.open.ID).SetMessage("x").Exec(ctx) },
			"update all": func() error { return c.Post.Update().SetMessage("x").Exec(ctx) },
			"nothing":    func() error { return c.Post.UpdateOneID(w.open.ID).Exec(ctx) },
			"delete":     func() error { return c.Post.DeleteOneID(w.open.ID).Exec(ctx) },
			"delete all": func() error { _, err := c.Post.Delete().Exec(ctx); return err },
		} {
			if err := fn(); !errors.Is(err, viewer.ErrNoViewer) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
