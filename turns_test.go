package communitybuilder_test

import (
	"context"
	"fmt"
	"testing"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/user"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// aThread makes a community with a forum, two posts in it and a like of each.
func aThread(t testing.TB, client *ent.Client, alias string) *ent.Community {
	t.Helper()
	ctx := viewer.NewContext(context.Background(), viewer.System("test"))
	author := client.User.Create().SetEmail(alias + "@example.com").SetPassword("!").SaveX(ctx)
	c := client.Community.Create().SetName("Gardeners").SetAlias(alias).SaveX(ctx)
	forum := client.Forum.Create().SetCommunityID(c.ID).SetName("Seeds").SaveX(ctx)
	for i := range 2 {
		post := client.Post.Create().SetForumID(forum.ID).SetUserID(author.ID).SetMessage(fmt.Sprint("Post ", i)).SaveX(ctx)
		client.PostLike.Create().SetPostID(post.ID).SetUserID(author.ID).SaveX(ctx)
	}
	return c
}

func TestAPointReadIsOneRoundTrip(t *testing.T) {
	w := newWire(t, migrated(t))
	client := open(t, w.url, cb.WithMaxOpenConns(1))
	aThread(t, client, "gardeners")
	read := func() { client.User.Query().Where(user.EmailEQ("gardeners@example.com")).OnlyX(conformance.System(t)) }
	read()
	for range 3 {
		if n := w.during(read); n != 1 {
			t.Errorf("%d round trips, want 1", n)
		}
	}
}

func TestAnEagerLoadIsOneRoundTripForEachEdge(t *testing.T) {
	w := newWire(t, migrated(t))
	client := open(t, w.url, cb.WithMaxOpenConns(1))
	aThread(t, client, "gardeners")
	const edges = 3
	read := func() {
		c := client.Community.Query().Where(community.AliasEQ("gardeners")).
			WithForums(func(q *ent.ForumQuery) {
				q.Where(forum.Name("Seeds")).WithPosts(func(q *ent.PostQuery) { q.WithLikes() })
			}).OnlyX(conformance.System(t))
		if posts := c.Edges.Forums[0].Edges.Posts; len(posts) != 2 || len(posts[1].Edges.Likes) != 1 {
			t.Errorf("read %v", posts)
		}
	}
	read()
	for range 3 {
		if n := w.during(read); n != 1+edges {
			t.Errorf("%d round trips, want %d", n, 1+edges)
		}
	}
}

func TestWithoutAStatementCacheARepeatedReadIsPreparedAnew(t *testing.T) {
	w := newWire(t, migrated(t))
	client := open(t, w.url, cb.WithMaxOpenConns(1), cb.WithStatementCache(0))
	aThread(t, client, "gardeners")
	read := func() { client.User.Query().Where(user.EmailEQ("gardeners@example.com")).OnlyX(conformance.System(t)) }
	read()
	if n := w.during(read); n != 2 {
		t.Errorf("%d round trips, want 2", n)
	}
}

// A pooler may hand each message to another server connection, outside of
// transactions: so there must be one, and it must not rely on anything prepared.
func TestBehindATransactionPoolerEveryStatementIsOneMessage(t *testing.T) {
	w := newWire(t, migrated(t))
	client := open(t, w.url, cb.WithMaxOpenConns(1), cb.WithTransactionPooler())
	aThread(t, client, "gardeners")
	read := func() { client.User.Query().Where(user.EmailEQ("gardeners@example.com")).OnlyX(conformance.System(t)) }
	for range 3 { // also the first one
		if n := w.during(read); n != 1 {
			t.Errorf("%d round trips, want 1", n)
		}
	}
	n := w.during(func() {
		must(t, cb.Tx(conformance.System(t), client, func(ctx context.Context, tx *ent.Client) error {
			return tx.Role.Create().SetName("helper").Exec(ctx)
		}))
	})
	if n != 3 {
		t.Errorf("%d round trips for BEGIN, INSERT and COMMIT, want 3", n)
	}
}
