package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// addRows adds rows with ids from firstID to a table: what values says, as
// expressions over the number i of the row, and something in each other column that
// can't be NULL.
func addRows(ctx context.Context, db *sql.DB, table string, rows int, values map[string]string) error {
	s, err := catalogue.Read(ctx, db, "public")
	if err != nil {
		return err
	}
	values = maps.Clone(values)
	values["id"] = fmt.Sprintf("%d + i", firstID)
	for _, o := range s.Of(table, catalogue.Column) {
		d := parseColumn(o.Def)
		if _, ok := values[o.Name]; ok || !d.notNull || d.def != "" {
			continue
		}
		switch {
		case d.typ == "boolean":
			values[o.Name] = "false"
		case d.typ == "jsonb":
			values[o.Name] = "'{}'"
		case strings.HasPrefix(d.typ, "timestamp"):
			values[o.Name] = "now() - i * interval '1 second'"
		case strings.HasPrefix(d.typ, "character"), d.typ == "text":
			values[o.Name] = "''"
		default:
			values[o.Name] = "0"
		}
	}
	var columns, expressions []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		columns, expressions = append(columns, quoted(name)), append(expressions, values[name])
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %[1]s (%s) SELECT %s FROM generate_series(0, %d) AS i;
		SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM %[1]s))`,
		quoted(table), strings.Join(columns, ", "), strings.Join(expressions, ", "), rows-1, literal(quoted(table))))
	return err
}

// writesPerSecond is what services write while a database is taken over.
const writesPerSecond = 50

// slowestWrite is how long one may take.
const slowestWrite = time.Second

// A load is what services do with a database, until it ends.
type load struct {
	db      *sql.DB
	rows    int
	before  map[string]int // rows of the tables
	stop    context.CancelFunc
	working sync.WaitGroup
	asked   map[string]bool

	mu     sync.Mutex
	took   []time.Duration
	added  map[string]int
	failed []error
}

var busyTables = []string{"Message", "Post", "CommunityView"}

// startLoad writes to a database at a constant rate, however long a write takes.
func startLoad(t *testing.T, db *sql.DB, rows int) *load {
	t.Helper()
	db.SetMaxIdleConns(writesPerSecond) // a service keeps its connections
	l := &load{db: db, rows: rows, asked: map[string]bool{}, added: map[string]int{}}
	l.before = l.count(t)
	ctx, stop := context.WithCancel(t.Context())
	l.stop = stop
	t.Cleanup(l.working.Wait)
	t.Cleanup(stop)
	l.working.Go(func() {
		tick := time.NewTicker(time.Second / writesPerSecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case due := <-tick.C:
				l.working.Go(func() { l.write(t.Context(), i%len(writes), due) })
			}
		}
	})
	return l
}

// A write is a transaction of a service: its statements, with the arguments of each.
type write struct {
	adds  string // a row to this table
	stmts func(l *load) []statement
}

type statement struct {
	sql  string
	args []any
}

// writes are what services do most, in the words of their framework.
var writes = []write{
	{"Message", func(l *load) []statement {
		conversation := l.any(20)
		return []statement{
			{`INSERT INTO "Message" ("conversation_id", "sender_id", "message_type", "content", "is_read", "created_at", "updated_at")
				VALUES ($1, $2, 'text', $3, false, now(), now()) RETURNING "Message"."id"`, []any{conversation, l.any(100), "Are you coming?"}},
			{`UPDATE "Conversation" SET "last_message_at" = now(), "updated_at" = now() WHERE "Conversation"."id" = $1`, []any{conversation}},
		}
	}},
	{"", func(l *load) []statement {
		return []statement{{`UPDATE "Message" SET "is_read" = true, "updated_at" = now() WHERE "Message"."id" = $1`, []any{l.any(1)}}}
	}},
	{"Post", func(l *load) []statement {
		return []statement{{`INSERT INTO "Post" ("forum_id", "user_id", "parent_post_id", "message", "allow_replies", "is_pinned", "created_at", "updated_at")
			VALUES ($1, $2, NULL, $3, true, false, now(), now()) RETURNING "Post"."id"`, []any{l.any(250), l.any(100), "Hello"}}}
	}},
	{"", func(l *load) []statement {
		return []statement{{`UPDATE "Post" SET "is_pinned" = NOT "is_pinned", "updated_at" = now() WHERE "Post"."id" = $1`, []any{l.any(1)}}}
	}},
	{"CommunityView", func(l *load) []statement {
		return []statement{{`INSERT INTO "CommunityView" ("community_id", "user_id", "viewed_at", "referrer_url", "country")
			VALUES ($1, $2, now(), $3, 'Ghana') RETURNING "CommunityView"."id"`, []any{l.any(500), l.any(100), "https://www.example.com/"}}}
	}},
	{"", func(l *load) []statement {
		return []statement{{`UPDATE "CommunityView" SET "city" = 'Tema' WHERE "CommunityView"."id" = $1`, []any{l.any(1)}}}
	}},
}

// any is the id of one of the rows that were there, of a table that has one for
// every so many of the big ones.
func (l *load) any(every int) int { return firstID + rand.N(l.rows/every) }

// write makes a write that was due at a time, and notes how late it was done.
func (l *load) write(ctx context.Context, kind int, due time.Time) {
	err := l.transact(ctx, writes[kind].stmts(l))
	took := time.Since(due)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, took)
	if err != nil {
		l.failed = append(l.failed, err)
	} else if table := writes[kind].adds; table != "" {
		l.added[table]++
	}
}

func (l *load) transact(ctx context.Context, stmts []statement) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	for _, s := range stmts {
		if _, err := tx.ExecContext(ctx, s.sql, s.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// askOnce asks a question that takes long to answer, if it is the first time at this
// moment, and does not wait for the answer.
func (l *load) askOnce(t *testing.T, moment string) {
	if l.asked[moment] {
		return
	}
	l.asked[moment] = true
	seconds := 1
	if l.rows >= manyRows {
		seconds = 20
	}
	l.working.Go(func() {
		var messages, posts, views int
		err := l.db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM "Message"), (SELECT count(*) FROM "Post"),
			(SELECT count(*) FROM "CommunityView") FROM pg_sleep($1)`, seconds).Scan(&messages, &posts, &views)
		if err != nil {
			t.Errorf("a long question failed: %v", err)
		}
	})
}

// end waits until everything that was begun is done.
func (l *load) end(t *testing.T) {
	t.Helper()
	l.stop()
	l.working.Wait()
}

// report complains about writes that failed or waited.
func (l *load) report(t *testing.T) {
	t.Helper()
	if len(l.took) == 0 {
		t.Fatal("nothing was written meanwhile")
	}
	for _, err := range l.failed {
		t.Errorf("a write failed: %v", err)
	}
	slices.Sort(l.took)
	slowest := l.took[len(l.took)-1]
	t.Logf("%d writes, %d failed; the slowest took %v, 99 of 100 less than %v, half less than %v", len(l.took), len(l.failed),
		slowest.Round(time.Millisecond), l.took[len(l.took)*99/100].Round(time.Millisecond), l.took[len(l.took)/2].Round(100*time.Microsecond))
	if l.rows >= manyRows && slowest > slowestWrite {
		t.Errorf("a write took %v", slowest)
	}
}

// compare complains if the tables don't have the rows that they had and those that
// were added.
func (l *load) compare(t *testing.T) {
	t.Helper()
	for table, now := range l.count(t) {
		if want := l.before[table] + l.added[table]; now != want {
			t.Errorf("%s has %d rows, want %d", table, now, want)
		}
	}
}

func (l *load) count(t *testing.T) map[string]int {
	t.Helper()
	rows := map[string]int{}
	for _, table := range busyTables {
		var n int
		if err := l.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+quoted(table)).Scan(&n); err != nil {
			t.Fatal(err)
		}
		rows[table] = n
	}
	return rows
}
