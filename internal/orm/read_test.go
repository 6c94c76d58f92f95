package orm_test

import (
	"context"
	"fmt"
	"sync"
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

// tags makes tags with the names a, b, c, and so on.
func tags(t *testing.T, client *ent.Client, n int) []*ent.Tag {
	t.Helper()
	return client.Tag.MapCreateBulk(make([]int, n), func(c *ent.TagCreate, i int) {
		c.SetName(string(rune('a' + i))).SetSlug(string(rune('a' + i)))
	}).SaveX(conformance.System(t))
}

func names(rows []*ent.Tag) (names []string) {
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return names
}

// What a query reads doesn't depend on what it was used for before.
func TestAQueryIsReadSeveralTimes(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		rows := tags(t, client, 3)
		q := client.Tag.Query().Order(tag.ByName())
		reads := map[string]func() any{
			"Exist":   func() any { return q.ExistX(ctx) },
			"First":   func() any { return q.FirstX(ctx).Name },
			"FirstID": func() any { return q.FirstIDX(ctx) == rows[0].ID },
			"IDs":     func() any { return len(q.IDsX(ctx)) },
			"Count":   func() any { return q.CountX(ctx) },
			"All":     func() any { return names(q.AllX(ctx)) },
			"Only":    func() any { _, err := q.Only(ctx); return ent.IsNotSingular(err) },
			"OnlyID":  func() any { _, err := q.OnlyID(ctx); return ent.IsNotSingular(err) },
		}
		wanted := map[string]any{
			"Exist": true, "First": "a", "FirstID": true, "IDs": 3, "Count": 3,
			"All": []string{"a", "b", "c"}, "Only": true, "OnlyID": true,
		}
		for first := range reads {
			for second, read := range reads {
				reads[first]()
				want(t, second+" after "+first, fmt.Sprint(read()), fmt.Sprint(wanted[second]))
			}
		}
		names := client.Tag.Query().Select(tag.FieldName)
		want(t, "ids of a selection", len(names.IDsX(ctx)), 3)
		want(t, "names of a selection", len(names.StringsX(ctx)), 3)
	})
}

func TestLimitAndOffset(t *testing.T) {
	const none = -1
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		tags(t, client, 5)
		for _, c := range []struct {
			limit, offset int
			want          []string
		}{
			{none, none, []string{"a", "b", "c", "d", "e"}},
			{2, none, []string{"a", "b"}},
			{2, 4, []string{"e"}},
			{none, 3, []string{"d", "e"}},
			{2, 0, []string{"a", "b"}},
			{2, 5, nil},
			{0, none, nil},
		} {
			q := client.Tag.Query().Order(tag.ByName())
			if c.limit != none {
				q.Limit(c.limit)
			}
			if c.offset != none {
				q.Offset(c.offset)
			}
			what := fmt.Sprintf("limit %d, offset %d", c.limit, c.offset)
			wantAll(t, what, names(q.AllX(ctx)), c.want...)
			want(t, what+", ids", len(q.IDsX(ctx)), len(c.want))
			wantAll(t, what+", selected", q.Clone().Select(tag.FieldName).StringsX(ctx), c.want...)
			want(t, what+", count of all", q.CountX(ctx), 5)
		}
	})
}

func TestPathsFindARowOnce(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		f := factory.New(client)
		here := factory.Must(ctx, t, f.Forum, func(c *ent.ForumCreate) { c.SetName("here") })
		there := factory.Must(ctx, t, f.Forum, func(c *ent.ForumCreate) { c.SetName("there") })
		for range 2 {
			factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetForum(here) })
			factory.Must(ctx, t, f.Post, func(c *ent.PostCreate) { c.SetForum(there) })
		}
		labels := tags(t, client, 2)
		for _, l := range labels {
			client.CommunityTag.Create().SetCommunityID(here.CommunityID).SetTag(l).SaveX(ctx)
			client.CommunityTag.Create().SetCommunityID(there.CommunityID).SetTag(l).SaveX(ctx)
		}

		up := client.Post.Query().QueryForum().Order(forum.ByName(sql.OrderDesc()))
		wantAll(t, "forums of posts", up.IDsX(ctx), there.ID, here.ID)
		want(t, "number of forums", up.CountX(ctx), 2)
		want(t, "number of forums by aggregation", client.Post.Query().QueryForum().Aggregate(ent.Count()).IntX(ctx), 2)
		wantAll(t, "names of forums", up.Clone().Select(forum.FieldName).StringsX(ctx), "there", "here")
		want(t, "first forum", up.FirstIDX(ctx), there.ID)
		want(t, "locked", len(up.Clone().ForUpdate().AllX(ctx)), 2)

		through := client.Community.Query().QueryTags().Order(tag.ByCreatedAt(), tag.ByName())
		wantAll(t, "tags of communities", names(through.AllX(ctx)), "a", "b")
		want(t, "number of tags", through.CountX(ctx), 2)
		wantAll(t, "tags of one community", names(client.Community.GetX(ctx, here.CommunityID).QueryTags().Order(tag.ByName()).AllX(ctx)), "a", "b")
		want(t, "communities of tags of a community",
			client.Community.Query().Where(community.ID(here.CommunityID)).QueryTags().QueryCommunities().CountX(ctx), 2)
		want(t, "posts of a limited path", client.Forum.Query().Order(forum.ByName()).Limit(1).QueryPosts().Where(post.IsPinned(false)).CountX(ctx), 2)
	})
}

// Clones are what several goroutines read a query by.
func TestClonesShareNothing(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	f := factory.New(client)
	p := factory.Must(ctx, t, f.Post)
	narrow := ent.TraverseFunc(func(_ context.Context, q ent.Query) error {
		q.(interface{ WhereP(...func(*sql.Selector)) }).WhereP(sql.FieldGT("id", 0))
		return nil
	})
	client.Forum.Intercept(narrow)
	client.Post.Intercept(narrow)

	base := client.Forum.Query().QueryPosts().WithForum(func(q *ent.ForumQuery) { q.WithCommunity() })
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			row, err := base.Clone().Only(ctx)
			if err != nil || row.ID != p.ID || row.Edges.Forum.Edges.Community == nil {
				t.Errorf("got %v, %v", row, err)
			}
		})
	}
	all.Wait()

	clone := base.Clone().Where(post.ID(0)).Limit(1).Order(post.ByID())
	want(t, "the clone", clone.CountX(ctx), 0)
	want(t, "what it was cloned from", base.CountX(ctx), 1)
}

// An interceptor may have more rows read than First asks for.
func TestFirstUnderAnInterceptor(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	rows := tags(t, client, 3)
	client.Tag.Intercept(ent.TraverseFunc(func(_ context.Context, q ent.Query) error {
		q.(*ent.TagQuery).Limit(100)
		return nil
	}))
	q := client.Tag.Query().Order(tag.ByName())
	want(t, "First", q.FirstX(ctx).Name, "a")
	want(t, "FirstID", q.FirstIDX(ctx), rows[0].ID)
	want(t, "Exist", q.ExistX(ctx), true)
}

// Predicates are told the context of the read, also at the end of a path.
func TestPredicatesSeeTheContext(t *testing.T) {
	type key struct{}
	client := conformance.SQLite(t).Client
	f := factory.New(client)
	p := factory.Must(conformance.System(t), t, f.Post)
	ctx := context.WithValue(conformance.System(t), key{}, true)
	asked := 0
	look := func(s *sql.Selector) {
		asked++
		if s.Context() == nil || s.Context().Value(key{}) == nil {
			t.Errorf("number %d has no context", asked)
		}
	}
	client.Post.Query().Where(look).AllX(ctx)
	client.Post.Query().Where(look).CountX(ctx)
	client.Post.Query().Where(look).IDsX(ctx)
	client.Forum.Query().Where(look).QueryPosts().Where(look).AllX(ctx)
	client.Forum.Query().QueryPosts().Where(look).CountX(ctx)
	client.Forum.GetX(ctx, p.ForumID).QueryPosts().Where(look).AllX(ctx)
	client.Forum.Query().Where(forum.HasPostsWith(look)).AllX(ctx)
	client.Forum.Query().WithPosts(func(q *ent.PostQuery) { q.Where(look) }).AllX(ctx)
	client.Post.Update().Where(look).SetIsPinned(true).ExecX(ctx)
	client.Post.UpdateOneID(p.ID).Where(look).SetIsPinned(true).ExecX(ctx)
	client.PostLike.Delete().Where(look).ExecX(ctx)
	want(t, "predicates", asked, 12)
}

func TestAnInterceptorHasToPassOnTheQuery(t *testing.T) {
	client := conformance.SQLite(t).Client
	client.Tag.Intercept(ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, _ ent.Query) (ent.Value, error) {
			return next.Query(ctx, client.Tag.Query())
		})
	}))
	if _, err := client.Tag.Query().All(conformance.System(t)); err == nil {
		t.Error("another query was read, without the policy that the first one was given")
	}
}

func TestExtraColumns(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		row := tags(t, client, 1)[0]
		more := func(s *sql.Selector) {
			s.AppendSelectExprAs(sql.Expr("NULL"), "nothing")
			s.AppendSelectExprAs(sql.Expr("40 + 2"), "answer")
			s.AppendSelectAs(s.C(tag.FieldName), "alias")
		}
		got := client.Tag.Query().Where(more).OnlyX(ctx)
		want(t, "id", got.ID, row.ID)
		for name, w := range map[string]any{"nothing": nil, "answer": int64(42), "alias": "a"} {
			v, err := got.Value(name)
			if err != nil || v != w {
				t.Errorf("%s: got %v (%T), %v, want %v", name, v, v, err, w)
			}
		}
		if _, err := got.Value("other"); err == nil {
			t.Error("a column that wasn't selected has a value")
		}

		// Also through a table of its own, whose key is not an extra column.
		c := factory.Must(ctx, t, factory.New(client).Community)
		client.CommunityTag.Create().SetCommunity(c).SetTag(row).SaveX(ctx)
		c = client.Community.Query().WithTags(func(q *ent.TagQuery) { q.Where(more) }).OnlyX(ctx)
		v, err := c.Edges.Tags[0].Value("answer")
		if err != nil || v != int64(42) {
			t.Errorf("got %v, %v", v, err)
		}
	})
}
