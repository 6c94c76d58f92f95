package orm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/tag"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

func TestEagerLoadingIsOneStatementAnEdge(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		client, l := listen(t, d)
		f := factory.New(client)
		for range 2 {
			c := factory.Must(ctx, t, f.Community)
			for range 2 {
				room := factory.Must(ctx, t, f.Forum, func(fc *ent.ForumCreate) { fc.SetCommunity(c) })
				for range 2 {
					factory.Must(ctx, t, f.PostLike, func(lc *ent.PostLikeCreate) {
						lc.SetPost(factory.Must(ctx, t, f.Post, func(pc *ent.PostCreate) { pc.SetForum(room) }))
					})
				}
			}
		}
		var rows []*ent.Community
		sent := l.during(func() {
			rows = client.Community.Query().Order(community.ByID()).
				WithTags().
				WithForums(func(q *ent.ForumQuery) {
					q.Order(forum.ByID(sql.OrderDesc())).WithPosts(func(q *ent.PostQuery) {
						q.WithAuthor().WithParent().WithLikes()
					})
				}).AllX(ctx)
		})
		// No post has a parent to load.
		want(t, "statements for communities, tags, forums, posts, authors, likes", len(sent), 6)
		posts := 0
		for _, c := range rows {
			want(t, "forums, the town hall included", len(c.Edges.Forums), 3)
			want(t, "order of the forums", c.Edges.Forums[0].ID > c.Edges.Forums[1].ID, true)
			for _, room := range c.Edges.Forums {
				want(t, "forum's community", room.CommunityID, c.ID)
				for _, p := range room.Edges.Posts {
					posts++
					want(t, "post's forum", p.ForumID, room.ID)
					want(t, "author", p.Edges.Author.ID, p.UserID)
					want(t, "likes", len(p.Edges.Likes), 1)
					if _, err := p.Edges.ParentOrErr(); !ent.IsNotFound(err) {
						t.Errorf("parent: %v", err)
					}
					if _, err := p.Edges.RepliesOrErr(); !ent.IsNotLoaded(err) {
						t.Errorf("replies: %v", err)
					}
				}
			}
			if loaded, err := c.Edges.TagsOrErr(); err != nil || loaded == nil || len(loaded) != 0 {
				t.Errorf("tags: %v, %v", loaded, err)
			}
		}
		want(t, "posts", posts, 8)
		sent = l.during(func() { client.Community.Query().Where(community.ID(0)).WithForums().WithTags().AllX(ctx) })
		want(t, "statements where there is nothing", len(sent), 1)
	})
}

// Lists of ids of different lengths share their statement.
func TestIDListsArePadded(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		client, l := listen(t, d)
		c := factory.Must(ctx, t, factory.New(client).Community)
		client.Forum.MapCreateBulk(make([]int, 65), func(fc *ent.ForumCreate, i int) {
			fc.SetCommunity(c).SetName(fmt.Sprint("forum ", i))
		}).ExecX(ctx)
		statement := func(n int) string {
			sent := l.during(func() {
				want(t, "rows", len(client.Forum.Query().Limit(n).WithPosts().AllX(ctx)), n)
			})
			want(t, "statements", len(sent), 2)
			return sent[1]
		}
		texts := map[string][]int{}
		for _, n := range []int{1, 2, 32, 33, 37, 64, 65} {
			texts[statement(n)] = append(texts[statement(n)], n)
		}
		for text, ns := range texts {
			slices.Sort(ns)
			ns = slices.Compact(ns)
			if slices.Contains(ns, 37) {
				wantAll(t, "as many ids as share one text", ns, 33, 37, 64)
				want(t, "arguments", max(strings.Count(text, "$"), strings.Count(text, "?")), 64)
			}
		}
		want(t, "texts for 1, 2, 32, 64 and 128", len(texts), 5)
	})
}

func TestMoreParentsThanAStatementTakesArguments(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		const n = 33_000 // SQLite takes 32,766 arguments; padded it would be more than PostgreSQL's 65,535
		_, err := d.DB.ExecContext(ctx, fmt.Sprintf(`INSERT INTO "Tag" (name, slug, created_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			SELECT 'tag-' || i, 'tag-' || i, '2026-01-05 09:00:00+00:00' FROM n`, n))
		must(t, err)
		c := factory.Must(ctx, t, factory.New(client).Community)
		last := client.Tag.Query().Order(tag.ByID(sql.OrderDesc())).FirstX(ctx)
		client.CommunityTag.Create().SetCommunity(c).SetTag(last).SaveX(ctx)
		rows := client.Tag.Query().Order(tag.ByID()).WithCommunities().Select(tag.FieldName).AllX(ctx)
		want(t, "tags", len(rows), n)
		want(t, "communities of the last one", len(rows[n-1].Edges.Communities), 1)
		want(t, "communities of the one before", len(rows[n-2].Edges.Communities), 0)
	})
}

func TestLoadingThroughATable(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		f := factory.New(client)
		labels := tags(t, client, 3)
		var cs []*ent.Community
		for i := range 3 {
			c := factory.Must(ctx, t, f.Community)
			cs = append(cs, c)
			for j := range i + 1 { // from the last one to the first
				client.CommunityTag.Create().SetCommunity(c).SetTag(labels[2-j]).SaveX(ctx)
			}
		}
		load := func(q *ent.CommunityQuery, with ...func(*ent.TagQuery)) (all [][]string) {
			for _, c := range q.Order(community.ByID()).WithTags(with...).AllX(ctx) {
				all = append(all, names(c.Edges.Tags))
			}
			return all
		}
		byName := func(q *ent.TagQuery) { q.Order(tag.ByName()) }
		for what, c := range map[string]struct {
			got  [][]string
			want string
		}{
			"in order":   {load(client.Community.Query(), byName), "[[c] [b c] [a b c]]"},
			"in reverse": {load(client.Community.Query(), func(q *ent.TagQuery) { q.Order(tag.ByName(sql.OrderDesc())) }), "[[c] [c b] [c b a]]"},
			"a selection": {load(client.Community.Query().Select(community.FieldName), byName,
				func(q *ent.TagQuery) { q.Select(tag.FieldName) }), "[[c] [b c] [a b c]]"},
			"narrowed": {load(client.Community.Query(), byName, func(q *ent.TagQuery) { q.Where(tag.NameNEQ("c")) }), "[[] [b] [a b]]"},
			"a neighbor that the statement finds twice": {load(client.Community.Query(), byName, func(q *ent.TagQuery) {
				q.Where(func(s *sql.Selector) {
					twice := sql.Dialect(s.Dialect()).Table(community.Table)
					s.Join(twice).OnP(sql.In(twice.C("id"), cs[0].ID, cs[1].ID))
				})
			}), "[[c] [b c] [a b c]]"},
		} {
			want(t, what, fmt.Sprint(c.got), c.want)
		}
		// A tag that belongs to many is one row, loaded from once.
		all := client.Community.Query().Order(community.ByID()).WithTags(func(q *ent.TagQuery) {
			q.Order(tag.ByName()).WithCommunities(func(q *ent.CommunityQuery) { q.Order(community.ByID()) })
		}).AllX(ctx)
		want(t, "the same row", all[0].Edges.Tags[0] == all[2].Edges.Tags[2], true)
		want(t, "and back", len(all[0].Edges.Tags[0].Edges.Communities), 3)
	})
}

// Columns that edges are loaded by are read although they weren't selected.
func TestSelectionsKeepWhatEdgesNeed(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		p := factory.Must(ctx, t, factory.New(client).Post)
		got := client.Post.Query().Select(post.FieldMessage).WithForum(func(q *ent.ForumQuery) {
			q.Select(forum.FieldName).WithPosts(func(q *ent.PostQuery) { q.Select(post.FieldIsPinned) })
		}).OnlyX(ctx)
		want(t, "message", got.Message, p.Message)
		want(t, "forum", got.Edges.Forum.ID, p.ForumID)
		want(t, "the forum's posts", got.Edges.Forum.Edges.Posts[0].ID, p.ID)
		want(t, "a column that wasn't selected", got.Edges.Forum.Edges.Posts[0].Message, "")
		want(t, "times that weren't selected", got.CreatedAt.IsZero(), true)
	})
}

// Pages are read by one query with another offset, with the edges of each page.
func TestEdgesOfTheNextPage(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	f := factory.New(client)
	labels := tags(t, client, 1)
	for range 3 {
		p := factory.Must(ctx, t, f.Post)
		client.CommunityTag.Create().SetCommunityID(client.Forum.GetX(ctx, p.ForumID).CommunityID).SetTag(labels[0]).SaveX(ctx)
	}
	q := client.Community.Query().Order(community.ByID()).Limit(1).WithTags().
		WithForums(func(q *ent.ForumQuery) { q.Where(forum.HasPosts()).WithPosts() })
	for i := range 3 {
		c := q.Offset(i).AllX(ctx)[0]
		want(t, "tags", len(c.Edges.Tags), 1)
		want(t, "forums", len(c.Edges.Forums), 1)
		want(t, "posts", len(c.Edges.Forums[0].Edges.Posts), 1)
	}
}

// Rows that a query finds twice have their edges twice.
func TestEdgesOfRowsFoundTwice(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	f := factory.New(client)
	p := factory.Must(ctx, t, f.Post)
	room := client.Forum.GetX(ctx, p.ForumID)
	client.CommunityTag.Create().SetCommunityID(room.CommunityID).SetTag(tags(t, client, 1)[0]).SaveX(ctx)
	factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetForum(room) })
	rows := client.Forum.Query().Where(func(s *sql.Selector) {
		posts := sql.Table(post.Table)
		s.Join(posts).On(s.C(forum.FieldID), posts.C(post.FieldForumID))
	}).WithPosts().WithCommunity(func(q *ent.CommunityQuery) { q.WithTags() }).AllX(ctx)
	want(t, "rows", len(rows), 2)
	for _, r := range rows {
		want(t, "posts", len(r.Edges.Posts), 2)
		want(t, "tags", len(r.Edges.Community.Edges.Tags), 1)
	}
}
