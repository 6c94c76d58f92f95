package stmtcache_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// BenchmarkPointRead reads one row by its key: bare, and with a predicate over
// joined tables such as a privacy rule adds, which takes longer to plan.
func BenchmarkPointRead(b *testing.B) {
	url := pgtest.Empty(b)
	exec(b, plain(b, url), `
		CREATE TABLE forum (id bigint PRIMARY KEY, hidden bool NOT NULL);
		CREATE TABLE member (forum_id bigint NOT NULL REFERENCES forum, user_id bigint NOT NULL, PRIMARY KEY (user_id, forum_id));
		CREATE TABLE post (id bigint PRIMARY KEY, forum_id bigint NOT NULL REFERENCES forum, title text NOT NULL);
		INSERT INTO forum SELECT i, false FROM generate_series(1, 100) i;
		INSERT INTO member SELECT i, i % 10 + 1 FROM generate_series(1, 100) i;
		INSERT INTO post SELECT i, i % 100 + 1, 'title ' || i FROM generate_series(1, 10000) i;
		ANALYZE`)
	for _, query := range []struct {
		name, text string
		args       func(n int) []any
	}{
		{"bare", `SELECT title FROM post WHERE id = $1`, func(n int) []any { return []any{n} }},
		{"guarded", `SELECT title FROM post WHERE id = $1 AND EXISTS (
			SELECT FROM forum f WHERE f.id = post.forum_id AND (NOT f.hidden OR EXISTS (
				SELECT FROM member m WHERE m.forum_id = f.id AND m.user_id = $2)))`,
			func(n int) []any { return []any{n, n % 100} }},
	} {
		for _, way := range []struct {
			name string
			open func() *sql.DB
		}{
			{"plain", func() *sql.DB { return plain(b, url) }},
			{"cached", func() *sql.DB { return cached(b, url, 10) }},
		} {
			b.Run(query.name+"/"+way.name, func(b *testing.B) {
				db := way.open()
				n := 0
				for b.Loop() {
					n = n%10000 + 1
					var title string
					if err := db.QueryRowContext(context.Background(), query.text, query.args(n)...).Scan(&title); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
