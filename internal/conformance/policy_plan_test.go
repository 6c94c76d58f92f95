package conformance

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

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
	plans []string
}

func (e *explainer) Query(ctx context.Context, query string, args, v any) error {
	var rows sql.Rows
	if err := e.Driver.Query(ctx, "EXPLAIN "+query, args, &rows); err != nil {
		return err
	}
	var lines []string
	if err := sql.ScanSlice(&rows, &lines); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	e.plans = append(e.plans, query+"\n"+strings.Join(lines, "\n"))
	return e.Driver.Query(ctx, query, args, v)
}

var wholeTable = regexp.MustCompile(`Seq Scan on "?(\w+)"?`)

// few are the tables that don't grow with the platform's use.
var few = []string{"Roles", "Permission", "Roles_permissions"}

func TestHotReadsUseIndexes(t *testing.T) {
	d := crowded(t, *crowd)
	e := &explainer{Driver: txdriver.New(sql.OpenDB(d.Dialect, d.DB))}
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

func BenchmarkPolicy(b *testing.B) {
	d := crowded(b, *crowd)
	for _, hot := range hotReads {
		for _, v := range []viewer.Viewer{viewer.System("benchmark"), viewer.User(hot.user)} {
			b.Run(hot.name+"/"+v.String(), func(b *testing.B) {
				ctx := viewer.NewContext(System(b), v)
				for b.Loop() {
					if n, err := hot.read(ctx, d.Client); err != nil || n == 0 {
						b.Fatal(n, err)
					}
				}
			})
		}
	}
}
