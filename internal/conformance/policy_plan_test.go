package conformance

import (
	"context"
	stdsql "database/sql"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"

	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/classroomcontent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/message"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// hotReads are what services read all the time, in a crowd, as somebody who sees it.
var hotReads = []struct {
	name string
	user int64
	read func(context.Context, *cbent.Client) (rows int, err error)
}{
	{"forum page", 1, func(ctx context.Context, c *cbent.Client) (int, error) {
		rows, err := c.Post.Query().Where(post.ForumID(1)).
			Order(cbent.Desc(post.FieldIsPinned, post.FieldCreatedAt, post.FieldID)).Limit(20).All(ctx)
		return len(rows), err
	}},
	{"forum page with authors and likes", 1, func(ctx context.Context, c *cbent.Client) (int, error) {
		rows, err := c.Post.Query().Where(post.ForumID(1)).
			Order(cbent.Desc(post.FieldIsPinned, post.FieldCreatedAt, post.FieldID)).Limit(20).WithAuthor().WithLikes().All(ctx)
		return len(rows), err
	}},
	{"conversation page", 1, func(ctx context.Context, c *cbent.Client) (int, error) {
		rows, err := c.Message.Query().Where(message.ConversationID(1)).
			Order(cbent.Desc(message.FieldCreatedAt, message.FieldID)).Limit(20).All(ctx)
		return len(rows), err
	}},
	{"community page", 1, func(ctx context.Context, c *cbent.Client) (int, error) {
		if _, err := c.Community.Get(ctx, 1); err != nil {
			return 0, err
		}
		rows, err := c.Forum.Query().Where(forum.CommunityID(1)).All(ctx)
		return len(rows), err
	}},
	{"member list", 1, func(ctx context.Context, c *cbent.Client) (int, error) {
		rows, err := c.CommunityMember.Query().Where(communitymember.CommunityID(1)).
			Order(cbent.Asc(communitymember.FieldJoinedAt, communitymember.FieldID)).Limit(20).WithUser().All(ctx)
		return len(rows), err
	}},
	{"classroom", 1, func(ctx context.Context, c *cbent.Client) (int, error) {
		room, err := c.Classroom.Get(ctx, 1)
		if err != nil {
			return 0, err
		}
		rows, err := c.ClassroomContent.Query().Where(classroomcontent.ClassroomID(room.ID)).
			Order(cbent.Asc(classroomcontent.FieldOrder, classroomcontent.FieldID)).All(ctx)
		return len(rows), err
	}},
}

// explainer is a driver that has the plans of queries told as well.
type explainer struct {
	*txdriver.Driver
	conn  *stdsql.Conn
	plans []string
}

func (e *explainer) Query(ctx context.Context, query string, args, v any) error {
	custom, err := e.explain(ctx, query, args.([]any)...)
	if err != nil {
		return err
	}
	generic, err := e.generic(ctx, query, len(args.([]any)))
	if err != nil {
		return err
	}
	e.plans = append(e.plans, custom, generic)
	return e.Driver.Query(ctx, query, args, v)
}

// explain is the plan for these arguments, as it is for the first executions of a
// prepared statement.
func (e *explainer) explain(ctx context.Context, query string, args ...any) (string, error) {
	rows, err := e.conn.QueryContext(ctx, "EXPLAIN "+query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var lines []string
	if err := sql.ScanSlice(rows, &lines); err != nil {
		return "", err
	}
	return query + "\n" + strings.Join(lines, "\n"), rows.Close()
}

// generic is the plan for any arguments, which the server comes to use.
func (e *explainer) generic(ctx context.Context, query string, args int) (string, error) {
	for _, stmt := range []string{"DEALLOCATE ALL", "SET plan_cache_mode = force_generic_plan", "PREPARE hot AS " + query} {
		if _, err := e.conn.ExecContext(ctx, stmt); err != nil {
			return "", err
		}
	}
	execute := "EXECUTE hot"
	if args > 0 {
		execute += "(NULL" + strings.Repeat(", NULL", args-1) + ")"
	}
	plan, err := e.explain(ctx, execute)
	return query + "\n" + plan, err
}

var wholeTable = regexp.MustCompile(`Seq Scan on "?(\w+)"?`)

// few are the tables that don't grow with the platform's use.
var few = []string{"Roles", "Permission", "Roles_permissions"}

func TestHotReadsUseIndexes(t *testing.T) {
	d := crowded(t, *crowd)
	conn, err := d.DB.Conn(System(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	e := &explainer{Driver: txdriver.New(sql.OpenDB(d.Dialect, d.DB)), conn: conn}
	client := cbent.NewClient(cbent.Driver(e))
	for _, hot := range hotReads {
		t.Run(hot.name, func(t *testing.T) {
			e.plans = nil
			n, err := hot.read(viewer.NewContext(System(t), viewer.User(hot.user)), client)
			if err != nil || n == 0 {
				t.Fatalf("%d rows, %v", n, err)
			}
			for _, plan := range e.plans {
				for _, m := range wholeTable.FindAllStringSubmatch(plan, -1) {
					if !slices.Contains(few, m[1]) {
						t.Errorf("all of %s is read:\n%s", m[1], plan)
					}
				}
			}
		})
	}
}

// BenchmarkPolicy has the system and a member read in turns, so that whatever else
// the machine does slows down both, and compares their medians.
func BenchmarkPolicy(b *testing.B) {
	d := crowded(b, *crowd)
	for _, hot := range hotReads {
		b.Run(hot.name, func(b *testing.B) {
			viewers := []viewer.Viewer{viewer.System("benchmark"), viewer.User(hot.user)}
			took := make([][]float64, len(viewers))
			for b.Loop() {
				for i, v := range viewers {
					start := time.Now()
					if n, err := hot.read(viewer.NewContext(System(b), v), d.Client); err != nil || n == 0 {
						b.Fatal(n, err)
					}
					took[i] = append(took[i], float64(time.Since(start).Microseconds()))
				}
			}
			for i := range took {
				slices.Sort(took[i])
			}
			system, member := took[0][len(took[0])/2], took[1][len(took[1])/2]
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(system, "µs-system")
			b.ReportMetric(member, "µs-member")
			b.ReportMetric(member/system, "ratio")
		})
	}
}
