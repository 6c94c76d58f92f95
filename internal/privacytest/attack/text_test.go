package attack

import (
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
)

// foreign are texts that read rows of other tables, run functions, or end the
// condition that they stand in.
var foreign = []string{
	`EXISTS (SELECT 1 FROM "Message")`,
	`(SELECT count(*) FROM "Message") > 0`,
	`id IN (SELECT post_id FROM "PostLike")`,
	`id = ANY(ARRAY(SELECT post_id FROM "PostLike"))`,
	`(TABLE "Message" LIMIT 1) IS NOT NULL`,
	`EXISTS (VALUES (1))`,
	`(WITH m AS (SELECT * FROM "Message") SELECT count(*) FROM m) > 0`,
	`query_to_xml('SELECT * FROM "Message"', true, true, '') IS NOT NULL`,
	`"query_to_xml"('SELECT * FROM "Message"', true, true, '') IS NOT NULL`,
	`pg_read_file('/etc/passwd') <> ''`,
	`load_extension('x') IS NULL`,
	`current_setting('data_directory') <> ''`,
	`message ('x') = ''`,
	`1 = 1)`,
	`1 = 1 UNION SELECT * FROM "Message"`,
	`1 = 1; DELETE FROM "Message"`,
	`1 = 1 --`,
	`1 = 1 /*`,
	`message = 'a\'' OR 1 = 1 --'`,
	`message = E'a\' OR 1 = 1 --'`,
	`message = $$a$$`,
	`message = 'a`,
	`message IS DISTINCT FROM "Message"`,
	`'Message'::regclass IS NOT NULL`,
	`CAST('Message' AS regclass) IS NOT NULL`,
	`ctid IS NOT NULL`,
	`[message] = ''`,
	`((NULL, NULL, 1, NULL) IN "PostLike") IS NULL`,
	`(1 IN message) IS NULL`,
	`CAST(message AS integer) > 0`, // the error would say what a row holds
	`CAST(message AS "int4") > 0`,
	`date(message) IS NULL`,
	`timestamptz(message) IS NULL`,
	`date_trunc(message, created_at) IS NULL`,
	`date_trunc('' || message, created_at) IS NULL`,
}

// SQL as text that reaches further than a row of its own table is refused, by
// whatever way it gets into a statement, on the way down an edge too.
func TestTextReadsNoOtherTable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		for _, text := range foreign {
			where := func(s *sql.Selector) { s.Where(sql.ExprP(text)) }
			for name, try := range map[string]func() error{
				"where": func() error { _, err := c.Post.Query().Where(where).Count(ctx); return err },
				"not":   func() error { _, err := c.Post.Query().Where(post.Not(where)).All(ctx); return err },
				"or":    func() error { _, err := c.Post.Query().Where(post.Or(where, post.ID(1))).IDs(ctx); return err },
				"order": func() error {
					_, err := c.Post.Query().Order(func(s *sql.Selector) { s.OrderExpr(sql.Expr(text)) }).All(ctx)
					return err
				},
				"column": func() error {
					_, err := c.Post.Query().Where(func(s *sql.Selector) { s.AppendSelectExpr(sql.Expr(text)) }).All(ctx)
					return err
				},
				"having": func() error {
					_, err := c.Post.Query().Where(func(s *sql.Selector) { s.GroupBy("id").Having(sql.ExprP(text)) }).All(ctx)
					return err
				},
				"aggregation": func() error {
					_, err := c.Post.Query().Aggregate(func(*sql.Selector) string { return "max(" + text + ")" }).Strings(ctx)
					return err
				},
				"group": func() error {
					_, err := c.Post.Query().GroupBy(post.FieldID).Aggregate(func(s *sql.Selector) string {
						s.Where(sql.ExprP(text))
						return sql.Count("*")
					}).Strings(ctx)
					return err
				},
				"over an edge": func() error { _, err := c.Forum.Query().Where(forum.HasPostsWith(where)).Count(ctx); return err },
				"not over one": func() error {
					_, err := c.Forum.Query().Where(forum.Not(forum.HasPostsWith(where))).Count(ctx)
					return err
				},
				"before an edge": func() error { _, err := c.Post.Query().Where(where).QueryForum().Count(ctx); return err },
				"behind an edge": func() error { _, err := w.hall.QueryPosts().Where(where).Count(ctx); return err },
				"along an edge": func() error {
					_, err := c.Forum.Query().WithPosts(func(q *ent.PostQuery) { q.Where(where) }).All(ctx)
					return err
				},
				"update":          func() error { _, err := c.Post.Update().Where(where).SetMessage("x").Save(ctx); return err },
				"update one":      func() error { return c.Post.UpdateOneID(w.mine.ID).Where(where).SetMessage("x").Exec(ctx) },
				"delete":          func() error { _, err := c.Post.Delete().Where(where).Exec(ctx); return err },
				"ids of a change": func() error { _, err := c.Post.Update().Where(where).Mutation().IDs(ctx); return err },
				"in two parts": func() error {
					_, err := c.Post.Query().Where(
						func(s *sql.Selector) { s.CollectPredicates().Where(sql.ExprP(text)) },
						func(s *sql.Selector) {
							ps := s.CollectedPredicates()
							s.UncollectedPredicates()
							s.Where(sql.And(ps...))
						},
					).Count(ctx)
					return err
				},
			} {
				if err := try(); err == nil || !strings.Contains(err.Error(), "needs a system viewer") {
					t.Errorf("%s, %s: %v", text, name, err)
				}
			}
		}
		if n := c.Post.Query().Where(post.Message("x")).CountX(w.system); n != 0 {
			t.Errorf("%d posts were changed", n)
		}
	})
}

// Arguments that a text has no place for don't become those of the policy behind it,
// which has the viewer among its own.
func TestArgumentsOfTextAreNotThoseOfThePolicy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for n := range 16 {
			args := make([]any, n)
			for i := range args {
				args[i] = w.other.ID // who sees the vault
			}
			for _, text := range []string{`1 = 1`, `id > ?`, `'?' <> 'x'`, `?2 = ?2`, `$1 = $1`, `id >= $9`} {
				where := func(s *sql.Selector) { s.Where(sql.ExprP(text, args...)) }
				rows, err := w.Client.Post.Query().Where(post.IDIn(w.hidden.ID), where).All(w.attacker)
				changed, _ := w.Client.Post.Update().Where(post.IDIn(w.hidden.ID), where).SetMessage("x").Save(w.attacker)
				if len(rows) > 0 || changed > 0 {
					t.Errorf("%s with %d arguments: %v, %v", text, n, rows, err)
				}
			}
		}
		n, err := w.Client.Post.Query().Where(func(s *sql.Selector) {
			s.Where(sql.P(func(b *sql.Builder) {
				b.WriteString("message <> '?' AND id IN (").Args(w.open.ID, w.hidden.ID).WriteString(")")
			}))
		}).Count(w.attacker)
		if err != nil || n != 1 {
			t.Errorf("as many as it has places for: %d, %v", n, err)
		}
	})
}

// A condition that fails for a row would tell of one that the viewer doesn't see: it
// is refused, whatever rows there are.
func TestAConditionThatMayFailIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		secret := `CASE WHEN message LIKE 'a%' THEN `
		for _, fails := range []*sql.Predicate{
			sql.ExprP(secret + `1/(id-id) ELSE 1 END = 1`),
			sql.ExprP(secret + `id % 0 ELSE 1 END = 1`),
			sql.ExprP(secret + `id * 9223372036854775807 ELSE 1 END = 1`),
			sql.ExprP(secret + `abs(-9223372036854775807 - 1) ELSE 1 END = 1`),
			sql.ExprP(secret+`abs(?) ELSE 1 END = 1`, int64(-1)<<63),
			sql.ExprP(secret + `round(id) ELSE 1 END = 1`),
			sql.ExprP(`message ~ ` + secret + `'(' ELSE '' END`),
			sql.ExprP(`substr(message, 1, ` + secret + `id ELSE 1 END) = ''`),
			sql.ExprP(`date_trunc('nonsense', created_at) IS NULL`),
			sql.ExprP(`'x' LIKE message`),
			sql.ExprP(`'x' LIKE `+secret+`? ELSE '' END`, `\`),
			sql.ExprP(`message LIKE 'a%' AND 'x' LIKE (?)`, `\`),
			sql.ExprP(`message LIKE 'a%' AND 'x' LIKE 'x' ESCAPE 'ab'`),
			sql.ExprP(`message LIKE 'a%' AND 'x' LIKE 'x' ESCAPE message`),
			sql.And(sql.Like("message", "a%"), sql.Like("message", strings.Repeat(`x`, 60_000)+`\`)),
		} {
			where := func(s *sql.Selector) { s.Where(fails) }
			refused := paths{
				"rows":    func() (any, error) { return c.Post.Query().Where(where).All(ctx) },
				"order":   func() (any, error) { return c.Post.Query().Order(where).All(ctx) },
				"edge":    func() (any, error) { return c.Forum.Query().Where(forum.HasPostsWith(where)).Count(ctx) },
				"written": func() (any, error) { return c.Post.Update().Where(where).SetMessage("x").Save(ctx) },
				"deleted": func() (any, error) { return c.Post.Delete().Where(where).Exec(ctx) },
			}
			for name, try := range refused {
				if got, err := try(); err == nil || !strings.Contains(err.Error(), "more than an expression") {
					text, _ := sql.Dialect(w.Dialect).Select().From(sql.Table("Post")).Where(fails).Query()
					t.Errorf("%s, %s: got %v, %v", text, name, got, err)
				}
			}
		}
	})
}

// What a service writes by itself about the rows' own columns works, and is within
// what the viewer sees, an OR included.
func TestTextAboutOwnColumnsNarrows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		for _, text := range []string{
			`1 = 1 OR 1 = 1`,
			`message = 'no such' OR NOT is_pinned OR 1 = 1`,
			`"message" LIKE '%' AND lower(message) <> 'SELECT 1 FROM "Message" --'`,
			`"Post"."id" > 0 AND (created_at, id) > (CURRENT_TIMESTAMP, 0) OR coalesce(length(message), 0) >= 0`,
			`CASE WHEN is_pinned THEN 1 ELSE 2 END IN (1, 2) AND CAST(id AS text) <> 'it''s'`,
			`message = 'none' OR 1 = 1 AND '(' <> ')'`,
			dated(w.Dialect),
		} {
			where := func(s *sql.Selector) { s.Where(sql.ExprP(text)) }
			bracketed := func(s *sql.Selector) { s.Where(sql.ExprP("(" + text + ")")) }
			paths{
				"count": func() (any, error) { return c.Post.Query().Where(where).Count(ctx) },
				"rows": func() (any, error) {
					rows, err := c.Post.Query().Where(where).All(ctx)
					return len(rows), err
				},
				"ids": func() (any, error) { found, err := c.Post.Query().Where(where).IDs(ctx); return len(found), err },
				"in path": func() (any, error) {
					return c.Forum.Query().Where(forum.ID(w.hall.ID)).QueryPosts().Where(where).Count(ctx)
				},
				"ordered": func() (any, error) {
					return c.Post.Query().Order(func(s *sql.Selector) { s.OrderExpr(sql.Expr("length(message) DESC")) }).Count(ctx)
				},
			}.want(t, 2)
			paths{
				"over an edge": func() (any, error) {
					return c.Forum.Query().Where(forum.Name(w.vault.Name), forum.HasPostsWith(where)).Count(ctx)
				},
				"written": func() (any, error) {
					return c.Post.Update().Where(bracketed, post.IDIn(w.hidden.ID, w.open.ID)).SetMessage("x").Save(ctx)
				},
				"deleted": func() (any, error) {
					return c.PostLike.Delete().Where(predicate.PostLike(func(s *sql.Selector) { s.Where(sql.ExprP("1 = 1 OR 1 = 1")) })).Exec(ctx)
				},
			}.want(t, 0)
			if n, err := c.Post.Update().Where(where).SetMessage("mine").Save(ctx); err != nil || n != 1 {
				t.Errorf("%s: changes %d posts, %v", text, n, err)
			}
		}
	})
}

func dated(in string) string {
	if in == dialect.SQLite {
		return `datetime(created_at) <= CURRENT_TIMESTAMP OR id > 0`
	}
	return `date_trunc('day', created_at) <= now() OR id > 0`
}

// The module's own predicates, and lists of any length, are no text of others.
func TestGeneratedPredicatesAreNoText(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, c := w.attacker, w.Client
		many := make([]int64, 20_000)
		for i := range many {
			many[i] = int64(i)
		}
		if w.Dialect == dialect.SQLite {
			many = many[:1000]
		}
		for name, p := range map[string]predicate.Post{
			"fold":     post.MessageContainsFold("100%_'\\\"--"),
			"equal":    post.MessageEqualFold("SELECT"),
			"prefix":   post.MessageHasPrefix("a_%"),
			"in":       post.IDIn(many...),
			"not in":   post.MessageNotIn("a", "b"),
			"null":     post.Or(post.ParentPostIDIsNil(), post.And(post.HasLikes(), post.Not(post.HasAuthorWith()))),
			"in empty": post.IDIn(),
			"time":     post.CreatedAtGTE(w.open.CreatedAt),
			"expr": func(s *sql.Selector) {
				s.Where(sql.CompositeGT([]string{s.C("created_at"), s.C("id")}, w.open.CreatedAt, 0))
			},
			"fields": sql.FieldsEQ("id", "forum_id"),
		} {
			q := func() *ent.PostQuery {
				return c.Post.Query().Where(p).Order(post.ByCreatedAt(sql.OrderNullsLast(), sql.OrderDesc()))
			}
			if _, err := q().WithForum().WithReplies().All(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			var rows []struct {
				ForumID int64 `sql:"forum_id"`
				N       int   `sql:"n"`
			}
			if err := c.Post.Query().Where(p).GroupBy(post.FieldForumID).Aggregate(ent.As(ent.Count(), "n")).Scan(ctx, &rows); err != nil {
				t.Errorf("%s, grouped: %v", name, err)
			}
		}
		if _, err := c.User.Query().WithCommunities().All(ctx); err != nil {
			t.Error(err)
		}
		if _, err := c.Post.Query().Order(sql.OrderByRand()).All(ctx); err != nil {
			t.Error(err)
		}
	})
}
