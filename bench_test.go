package communitybuilder_test

import (
	"database/sql"
	"testing"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// What the client costs on PostgreSQL, beside the same reads by hand through the
// same pool settings.
func BenchmarkRead(b *testing.B) {
	d := conformance.Postgres(b)
	ctx := conformance.System(b)
	f := factory.New(d.Client)
	home := factory.Must(ctx, b, f.Community)
	forum := factory.Must(ctx, b, f.Forum, func(c *ent.ForumCreate) { c.SetCommunity(home) })
	for range 20 {
		p := factory.Must(ctx, b, f.Post, func(c *ent.PostCreate) { c.SetForum(forum) })
		factory.Must(ctx, b, f.PostLike, func(c *ent.PostLikeCreate) { c.SetPost(p) })
	}
	client := func(b *testing.B, opts ...cb.Option) *ent.Client {
		c, err := cb.Open(ctx, d.URL, opts...)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		return c
	}
	const (
		pointSQL = `SELECT "id", "name", "alias", "summary", "is_open", "created_at" FROM "Community" WHERE "alias" = $1`
		pageSQL  = `SELECT "id", "forum_id", "user_id", "message", "is_pinned", "created_at" FROM "Post" WHERE "forum_id" = $1 ORDER BY "created_at" DESC LIMIT 20`
	)
	b.Run("point/client", func(b *testing.B) {
		c := client(b)
		for b.Loop() {
			c.Community.Query().Where(community.Alias(home.Alias)).OnlyX(ctx)
		}
	})
	b.Run("point/client without statement cache", func(b *testing.B) {
		c := client(b, cb.WithStatementCache(0))
		for b.Loop() {
			c.Community.Query().Where(community.Alias(home.Alias)).OnlyX(ctx)
		}
	})
	b.Run("point/by hand, prepared", func(b *testing.B) {
		st := prepare(b, d.DB, pointSQL)
		for b.Loop() {
			var c ent.Community
			if err := st.QueryRow(home.Alias).Scan(&c.ID, &c.Name, &c.Alias, &c.Summary, &c.IsOpen, &c.CreatedAt); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("page of 20/client", func(b *testing.B) {
		c := client(b)
		for b.Loop() {
			c.Post.Query().Where(post.ForumID(forum.ID)).Order(ent.Desc(post.FieldCreatedAt)).Limit(20).AllX(ctx)
		}
	})
	b.Run("page of 20/by hand, prepared", func(b *testing.B) {
		st := prepare(b, d.DB, pageSQL)
		for b.Loop() {
			rows, err := st.Query(forum.ID)
			if err != nil {
				b.Fatal(err)
			}
			var posts []*ent.Post
			for rows.Next() {
				p := new(ent.Post)
				if err := rows.Scan(&p.ID, &p.ForumID, &p.UserID, &p.Message, &p.IsPinned, &p.CreatedAt); err != nil {
					b.Fatal(err)
				}
				posts = append(posts, p)
			}
			if err := rows.Close(); err != nil || len(posts) != 20 {
				b.Fatal(err, len(posts))
			}
		}
	})
	b.Run("page of 20 with authors and likes/client", func(b *testing.B) {
		c := client(b)
		for b.Loop() {
			c.Post.Query().Where(post.ForumID(forum.ID)).WithAuthor().WithLikes().Limit(20).AllX(ctx)
		}
	})
}

func prepare(b *testing.B, db *sql.DB, query string) *sql.Stmt {
	st, err := db.Prepare(query)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	return st
}
