package attack

import (
	"context"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqlgraph"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/communitytag"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
	"github.com/communitybuilder/communitybuilder/ent/user"
)

// What a predicate or an order does to the statement itself can't take the
// policy off it.
func TestSQLInPredicatesCanNotTakeThePolicyOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := w.attacker
		both := post.IDIn(w.hidden.ID, w.open.ID)
		tricks := map[string]func(*sql.Selector){
			"or":         func(s *sql.Selector) { s.Or() },
			"or true":    func(s *sql.Selector) { s.Or().Where(sql.ExprP("1 = 1")) },
			"not":        func(s *sql.Selector) { s.Not() },
			"collector":  func(s *sql.Selector) { s.CollectPredicates() },
			"no where":   func(s *sql.Selector) { s.SetP(nil) },
			"raw":        func(s *sql.Selector) { s.Where(sql.ExprP("1 = 1 OR 1 = 1")) },
			"brackets":   func(s *sql.Selector) { s.Where(sql.Not(sql.ExprP("1 = 1) OR (1 = 1"))) },
			"comment":    func(s *sql.Selector) { s.Where(sql.ExprP("(1 = 1) /*")) },
			"group":      func(s *sql.Selector) { s.Having(sql.ExprP("1 = 1")).GroupBy(s.C("id")) },
			"distinct":   func(s *sql.Selector) { s.Distinct() },
			"another":    func(s *sql.Selector) { s.From(sql.Table("Message")) },
			"as another": func(s *sql.Selector) { s.From(sql.Table("Message").As("Post")) },
			"derived":    func(s *sql.Selector) { s.From(sql.Select("*").From(sql.Table("Post")).As("Post")) },
			"added":      func(s *sql.Selector) { s.AppendFrom(sql.Table("Post").As("p2")) },
			"join": func(s *sql.Selector) {
				other := sql.Table("Post").As("p2")
				s.LeftJoin(other).On(s.C("forum_id"), other.C("forum_id"))
			},
			"union":     func(s *sql.Selector) { s.UnionAll(sql.Select("*").From(sql.Table("Post"))) },
			"intersect": func(s *sql.Selector) { s.Intersect(sql.Select("*").From(sql.Table("Post"))) },
			"with":      func(s *sql.Selector) { s.Prefix(sql.With("Post").As(sql.Select("*").From(sql.Table("Message")))) },
			"count of neighbors": func(s *sql.Selector) {
				sqlgraph.OrderByNeighborsCount(s, sqlgraph.NewStep(
					sqlgraph.From("Post", "id"), sqlgraph.To("PostLike", "id"), sqlgraph.Edge(sqlgraph.O2M, false, "PostLike", "post_id"),
				), sql.OrderDesc())
			},
		}
		for _, name := range sorted(tricks) {
			trick := tricks[name]
			where := func() *ent.PostQuery { return w.Client.Post.Query().Where(both, predicate.Post(trick)) }
			alone := func() *ent.PostQuery { return w.Client.Post.Query().Where(trick) }
			order := func() *ent.PostQuery { return w.Client.Post.Query().Where(both).Order(trick) }
			for how, q := range map[string]func() *ent.PostQuery{"where": where, "where alone": alone, "order": order} {
				rows, err := q().All(ctx)
				for _, r := range rows {
					if r.ForumID != w.hall.ID || (r.ID != w.open.ID && r.ID != w.mine.ID) {
						t.Errorf("%s as %s: %v, %v", name, how, r, err)
					}
				}
				if n, err := q().Count(ctx); err == nil && n > 2 {
					t.Errorf("%s as %s: counts %d", name, how, n)
				}
				var messages []string
				if err := q().Select(post.FieldMessage).Scan(ctx, &messages); err == nil {
					paths{name: func() (any, error) { return messages, nil }}.sealed(t)
				}
				if n, err := q().QueryForum().Count(ctx); err == nil && n > 1 {
					t.Errorf("%s as %s: leads to %d forums", name, how, n)
				}
				loaded, _ := w.Client.Forum.Query().WithPosts(func(q *ent.PostQuery) { q.Where(predicate.Post(trick)).Order(trick) }).All(ctx)
				for _, f := range loaded {
					for _, p := range f.Edges.Posts {
						if p.ForumID == w.vault.ID {
							t.Errorf("%s in WithPosts: %v", name, p)
						}
					}
				}
			}
			taken := func(s *sql.Selector) string {
				trick(s)
				return sql.Count("*")
			}
			if n, err := w.Client.Post.Query().Where(both).Aggregate(taken).Int(ctx); err == nil && n > 2 {
				t.Errorf("%s in an aggregation: counts %d", name, n)
			}
		}
	})
}

// The same of the statements that write.
func TestSQLInPredicatesCanNotWriteOtherRows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := w.attacker
		before := w.Client.CommunityMember.Query().CountX(w.system)
		for name, trick := range map[string]func(*sql.Selector){
			"or":        func(s *sql.Selector) { s.Where(sql.ExprP("1 = 0")).Or() },
			"not":       func(s *sql.Selector) { s.Not() },
			"no where":  func(s *sql.Selector) { s.SetP(nil) },
			"collector": func(s *sql.Selector) { s.CollectPredicates() },
			"another":   func(s *sql.Selector) { s.From(sql.Table("CommunityMember")) },
		} {
			if _, err := w.Client.Post.Update().Where(predicate.Post(trick)).SetMessage("taken over").Save(ctx); err != nil {
				t.Logf("%s: %v", name, err)
			}
			if _, err := w.Client.PostLike.Delete().Where(predicate.PostLike(trick)).Exec(ctx); err != nil {
				t.Logf("%s: %v", name, err)
			}
			if _, err := w.Client.CommunityLike.Delete().Where(predicate.CommunityLike(trick)).Exec(ctx); err != nil {
				t.Logf("%s: %v", name, err)
			}
			n, err := w.Client.Post.Query().Where(post.IDIn(w.open.ID, w.hidden.ID), post.MessageNEQ("taken over")).Count(w.system)
			if err != nil || n != 2 {
				t.Fatalf("%s: %d posts are as they were, %v", name, n, err)
			}
			likes, err := w.Client.PostLike.Query().Count(w.system)
			if err != nil || likes != 1 {
				t.Fatalf("%s: %d likes are left, %v", name, likes, err)
			}
			members, err := w.Client.CommunityMember.Query().Count(w.system)
			if err != nil || members != before {
				t.Fatalf("%s: %d members are left, %v", name, members, err)
			}
		}
	})
}

// Nor does it lead over an edge to rows of another table, by the name of that of the
// edge, which everybody may see.
func TestSQLInPredicatesOverEdgesReadsNoOtherTable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if w.whisper.ID != w.tag.ID {
			t.Fatalf("message %d would be found as tag %d", w.whisper.ID, w.tag.ID)
		}
		asTag := func(s *sql.Selector) {
			s.From(sql.Dialect(s.Dialect()).Table("Message").As("Tag")).Where(sql.ExprP(`"content" LIKE '` + secret + `%'`))
		}
		for name, count := range map[string]func(context.Context) (int, error){
			"by key":  w.Client.CommunityTag.Query().Where(communitytag.HasTagWith(asTag)).Count,
			"through": w.Client.Community.Query().Where(community.HasTagsWith(asTag)).Count,
		} {
			if n, err := count(w.attacker); n != 0 {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
	})
}

// Rows that are found through a table show nothing of that but its keys.
func TestSQLReadsNoColumnOfTheTableThatAnEdgeGoesThrough(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		boss := w.member(t, w.club, communitymember.RoleModerator)
		w.Client.CommunityMember.Update().Where(communitymember.UserID(w.other.ID)).SetApprovedByID(boss.ID).ExecX(w.system)
		for _, column := range []string{`"approved_by_id"`, `"t1"."approved_by_id"`, `"links"."approved_by_id"`, `"CommunityMember"."approved_by_id"`} {
			for how, trick := range map[string]func(*sql.Selector){
				"where":  func(s *sql.Selector) { s.Where(sql.ExprP(column + " > 0")) },
				"select": func(s *sql.Selector) { s.AppendSelectAs(column, "by") },
			} {
				found, err := w.Client.Community.Query().WithMembers(func(q *ent.UserQuery) { q.Where(user.ID(w.other.ID), trick) }).All(w.attacker)
				for _, c := range found {
					for _, u := range c.Edges.Members {
						by, _ := u.Value("by")
						if p, ok := by.(*any); ok {
							by = *p
						}
						// To SQLite a name in quotation marks that nothing has is a text.
						if how == "where" && w.Dialect != dialect.SQLite || by == boss.ID {
							t.Errorf("%s of %s: %v, approved by %v, %v", how, column, u, by, err)
						}
					}
				}
			}
		}
		all, err := w.Client.Community.Query().Where(community.ID(w.club.ID)).WithMembers().Only(w.attacker)
		if err != nil || len(all.Edges.Members) != w.Client.CommunityMember.Query().Where(communitymember.CommunityID(w.club.ID)).CountX(w.attacker) {
			t.Errorf("%v, %v", all, err)
		}
	})
}
