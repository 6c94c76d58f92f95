// Package attack tries to get around the policies: every way that ent leaves open
// by itself, and whatever else can be done with the client, on both databases.
package attack

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
	"github.com/communitybuilder/communitybuilder/viewer"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// secret is in every text that the attacker may not see.
const secret = "xyzzy"

// missing is the id of a row that isn't there.
const missing int64 = 987654321

// world is a community with something open to every member, and something that the
// attacker, a member, doesn't see: a forum of a tier, a conversation of others, and
// an inactive community.
type world struct {
	conformance.Database
	f        *factory.Factory
	system   context.Context
	attacker context.Context
	// payer sees the vault.
	payer      context.Context
	me, other  *ent.User
	club, ruin *ent.Community
	gold       *ent.CommunityGroup
	hall       *ent.Forum
	vault      *ent.Forum
	open, mine *ent.Post
	hidden     *ent.Post
	talk       *ent.Conversation
	whisper    *ent.Message
	tag        *ent.Tag
	ruinsHall  *ent.Forum
}

// each runs an attack on both databases.
func each(t *testing.T, attack func(*testing.T, *world)) {
	t.Helper()
	conformance.Each(t, func(t *testing.T, d conformance.Database) { attack(t, newWorld(t, d)) })
}

func newWorld(t *testing.T, d conformance.Database) *world {
	t.Helper()
	ctx := conformance.System(t)
	w := &world{Database: d, f: factory.New(d.Client), system: ctx}
	w.club = factory.Must(ctx, t, w.f.Community)
	w.ruin = factory.Must(ctx, t, w.f.Community, func(c *ent.CommunityCreate) { c.SetName(secret + " ruin").SetIsActive(false) })
	w.me = w.member(t, w.club, communitymember.RoleMember)
	w.other = w.member(t, w.club, communitymember.RoleMember)
	w.attacker, w.payer = as(t, w.me.ID), as(t, w.other.ID)
	w.gold = factory.Must(ctx, t, w.f.CommunityGroup, func(c *ent.CommunityGroupCreate) { c.SetCommunity(w.club).SetName("gold") })
	factory.Must(ctx, t, w.f.CommunityGroupAccess, func(c *ent.CommunityGroupAccessCreate) { c.SetCommunityGroup(w.gold).SetUser(w.other) })
	w.hall = w.forum(t, w.club, "hall")
	w.vault = w.forum(t, w.club, secret+"-vault")
	factory.Must(ctx, t, w.f.ForumGroup, func(c *ent.ForumGroupCreate) { c.SetForum(w.vault).SetCommunityGroup(w.gold) })
	w.open = w.post(t, w.hall, w.other, "open")
	w.mine = w.post(t, w.hall, w.me, "mine")
	w.hidden = w.post(t, w.vault, w.other, secret+" post")
	factory.Must(ctx, t, w.f.PostLike, func(c *ent.PostLikeCreate) { c.SetPost(w.hidden).SetUser(w.other) })
	w.talk = factory.Must(ctx, t, w.f.Conversation, func(c *ent.ConversationCreate) { c.SetCommunity(w.club) })
	w.whisper = factory.Must(ctx, t, w.f.Message, func(c *ent.MessageCreate) {
		c.SetConversation(w.talk).SetSender(w.other).SetContent(secret + " whisper")
	})
	w.ruinsHall = w.forum(t, w.ruin, secret+"-ruins")
	w.tag = factory.Must(ctx, t, w.f.Tag)
	for _, c := range []*ent.Community{w.club, w.ruin} {
		factory.Must(ctx, t, w.f.CommunityTag, func(create *ent.CommunityTagCreate) { create.SetCommunity(c).SetTag(w.tag) })
	}
	return w
}

func (w *world) member(t *testing.T, c *ent.Community, role communitymember.Role) *ent.User {
	t.Helper()
	u, err := w.f.Member(w.system, c.ID, role)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) forum(t *testing.T, c *ent.Community, name string) *ent.Forum {
	t.Helper()
	return factory.Must(w.system, t, w.f.Forum, func(create *ent.ForumCreate) { create.SetCommunity(c).SetName(name) })
}

func (w *world) post(t *testing.T, in *ent.Forum, by *ent.User, message string) *ent.Post {
	t.Helper()
	return factory.Must(w.system, t, w.f.Post, func(c *ent.PostCreate) { c.SetForum(in).SetAuthor(by).SetMessage(message) })
}

// as is the context of a user.
func as(t testing.TB, id int64) context.Context {
	return viewer.NewContext(t.Context(), viewer.User(id))
}

// on is the attacker in a transaction.
func (w *world) on(tx context.Context) context.Context {
	return viewer.NewContext(tx, viewer.User(w.me.ID))
}

// paths are ways to the same rows, by what they do.
type paths map[string]func() (any, error)

// want takes every path and compares what it gives, which fmt prints.
func (ps paths) want(t *testing.T, want any) {
	t.Helper()
	for _, name := range sorted(ps) {
		got, err := ps[name]()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// sealed takes every path and looks for secrets, in what comes back and in the
// error, which a path may give.
func (ps paths) sealed(t *testing.T) {
	t.Helper()
	for _, name := range sorted(ps) {
		got, err := ps[name]()
		if text := fmt.Sprintf("%+v %v", got, err); strings.Contains(text, secret) {
			t.Errorf("%s shows %s", name, text)
		}
	}
}

func sorted[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ids are those of rows.
func ids[T any](rows []*T, err error) ([]int64, error) {
	found := []int64{}
	for _, r := range rows {
		if r == nil {
			continue // with an error
		}
		found = append(found, reflect.ValueOf(r).Elem().FieldByName("ID").Int())
	}
	slices.Sort(found)
	return found, err
}

// recorder is a client whose statements are kept.
type recorder struct {
	*ent.Client
	sent []string
}

func (w *world) recorder() *recorder {
	r := &recorder{}
	r.Client = ent.NewClient(ent.Driver(txdriver.New(entsql.OpenDB(w.Dialect, w.DB))), ent.Debug(),
		ent.Log(func(v ...any) { r.sent = append(r.sent, fmt.Sprint(v...)) }))
	return r
}

// of are the statements that fn has run, without their arguments.
func (r *recorder) of(fn func() error) (statements []string, err error) {
	r.sent = nil
	err = fn()
	for _, s := range r.sent {
		text, _, _ := strings.Cut(s, " args=")
		if i := strings.Index(text, "query="); i >= 0 {
			text = text[i:]
		}
		statements = append(statements, text)
	}
	return statements, err
}
