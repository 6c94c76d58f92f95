package attack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/community"
	"github.com/communitybuilder/communitybuilder/ent/communityblogpost"
	"github.com/communitybuilder/communitybuilder/ent/communitygroupaccess"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/forumgroup"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/user"
	"github.com/communitybuilder/communitybuilder/ent/userprofile"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// A right lets the attacker into the vault. Its turn is even while they certainly
// don't have it: it goes up before the right is given, and once more after the
// statement that takes it was committed. Who reads an even turn, does something,
// and reads the same turn again had no right in between.
type right struct {
	give, take func(context.Context) error
	turn       atomic.Int64
	// without takes what else would give the same; nil if there is nothing.
	without func(context.Context) error
	// uses are what the right is for; nil is all that is done in the vault.
	uses func() map[string]use
}

// A use is something that the right is needed for. It says whether it got anything.
type use func() (bool, error)

// rights are all that may change between somebody and what they see.
func (w *world) rights(t *testing.T) map[string]*right {
	member := func() *ent.CommunityMemberUpdate {
		return w.Client.CommunityMember.Update().Where(communitymember.UserID(w.me.ID))
	}
	access := func() *ent.CommunityGroupAccessUpdate {
		return w.Client.CommunityGroupAccess.Update().
			Where(communitygroupaccess.UserID(w.me.ID), communitygroupaccess.CommunityGroupID(w.gold.ID))
	}
	account := func(active bool) func(context.Context) error {
		return w.Client.User.Update().Where(user.ID(w.me.ID)).SetIsActive(active).Exec
	}
	return map[string]*right{
		"membership": {
			give: func(ctx context.Context) error {
				return w.Client.CommunityMember.Create().SetCommunity(w.club).SetUser(w.me).SetRole("member").Exec(ctx)
			},
			take: func(ctx context.Context) error {
				_, err := w.Client.CommunityMember.Delete().Where(communitymember.UserID(w.me.ID)).Exec(ctx)
				return err
			},
		},
		"block":   {give: member().SetIsBlocked(false).ClearBlockedAt().Exec, take: member().SetIsBlocked(true).SetBlockedAt(time.Now()).Exec},
		"tier":    {give: access().SetIsActive(true).Exec, take: access().SetIsActive(false).Exec},
		"expiry":  {give: access().ClearExpiresAt().Exec, take: access().SetExpiresAt(time.Now().Add(-time.Second)).Exec},
		"role":    {give: member().SetRole("member").Exec, take: member().SetRole("applicant").Exec},
		"account": {give: account(true), take: account(false)},
		"moderator": {
			give:    member().SetRole("moderator").Exec,
			take:    member().SetRole("member").Exec,
			without: access().SetIsActive(false).Exec,
		},
		"groups of the forum": {
			give: func(ctx context.Context) error {
				return w.Client.ForumGroup.Create().SetForum(w.vault).SetCommunityGroup(w.gold).Exec(ctx)
			},
			take: func(ctx context.Context) error {
				_, err := w.Client.ForumGroup.Delete().Where(forumgroup.CommunityGroupID(w.gold.ID)).Exec(ctx)
				return err
			},
			without: func(ctx context.Context) error { // a forum of no group is open to all
				silver, err := w.f.CommunityGroup(ctx, func(c *ent.CommunityGroupCreate) { c.SetCommunity(w.club) })
				if err != nil {
					return err
				}
				return w.Client.ForumGroup.Create().SetForum(w.vault).SetCommunityGroup(silver).Exec(ctx)
			},
		},
		"community": {
			give: w.Client.Community.UpdateOne(w.club).SetIsActive(true).Exec,
			take: w.Client.Community.UpdateOne(w.club).SetIsActive(false).Exec,
		},
		"blog post": {
			give: func(ctx context.Context) error {
				_, err := w.f.CommunityBlogPost(ctx, func(c *ent.CommunityBlogPostCreate) { c.SetCommunity(w.club).SetWriter(w.me) })
				return err
			},
			take: func(ctx context.Context) error {
				_, err := w.Client.CommunityBlogPost.Delete().Where(communityblogpost.WriterID(w.me.ID)).Exec(ctx)
				return err
			},
			uses: func() map[string]use { return w.knowingTheWriter(t) },
		},
	}
}

// knowingTheWriter is what anonymous people can do with a person as long as there is
// something in public that the person has written.
func (w *world) knowingTheWriter(t *testing.T) map[string]use {
	ctx := viewer.NewContext(t.Context(), viewer.Anonymous())
	factory.Must(w.system, t, w.f.UserProfile, func(c *ent.UserProfileCreate) { c.SetUser(w.me) })
	people := func() *ent.UserQuery { return w.Client.User.Query().Where(user.ID(w.me.ID)) }
	return map[string]use{
		"get": func() (bool, error) {
			_, err := w.Client.User.Get(ctx, w.me.ID)
			return err == nil, ent.MaskNotFound(err)
		},
		"count": func() (bool, error) { n, err := people().Count(ctx); return n > 0, err },
		"profile": func() (bool, error) {
			return w.Client.UserProfile.Query().Where(userprofile.UserID(w.me.ID)).Exist(ctx)
		},
		"over an edge": func() (bool, error) {
			return w.Client.UserProfile.Query().Where(userprofile.HasUserWith(user.ID(w.me.ID))).Exist(ctx)
		},
	}
}

// Rights that are taken count at once: what is read while they are gone is empty,
// and what is written then is refused.
func TestRightsChangeUnderLoad(t *testing.T) {
	for _, name := range sorted(newWorld(t, conformance.Postgres(t)).rights(t)) {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, conformance.Postgres(t))
			factory.Must(w.system, t, w.f.CommunityGroupAccess, func(c *ent.CommunityGroupAccessCreate) { c.SetCommunityGroup(w.gold).SetUser(w.me) })
			w.underLoad(t, w.rights(t)[name])
		})
	}
}

// uses are what the attacker does.
func (w *world) uses() map[string]use {
	c, ctx := w.Client, w.attacker
	inVault := post.ForumID(w.vault.ID)
	own := w.Client.Post.Create().SetForum(w.vault).SetAuthor(w.me).SetMessage("own").SaveX(w.system)
	wrote := func(err error) (bool, error) {
		if errors.Is(err, apierror.Forbidden) || errors.Is(err, apierror.NotFound) || errors.Is(err, apierror.InvalidReference) {
			return false, nil
		}
		return err == nil, err
	}
	return map[string]use{
		"list": func() (bool, error) {
			rows, err := c.Post.Query().Where(inVault).All(ctx)
			return len(rows) > 0, err
		},
		"count": func() (bool, error) {
			n, err := c.Post.Query().Where(inVault).Count(ctx)
			return n > 0, err
		},
		"edge": func() (bool, error) {
			rows, err := c.Community.Query().Where(community.ID(w.club.ID)).WithForums(func(q *ent.ForumQuery) { q.Where(forum.ID(w.vault.ID)).WithPosts() }).All(ctx)
			return len(rows) > 0 && len(rows[0].Edges.Forums) > 0, err
		},
		"create": func() (bool, error) {
			return wrote(c.Post.Create().SetForum(w.vault).SetAuthor(w.me).SetMessage("new").Exec(ctx))
		},
		"bulk": func() (bool, error) {
			made := func() *ent.PostCreate { return c.Post.Create().SetForum(w.vault).SetAuthor(w.me).SetMessage("new") }
			return wrote(c.Post.CreateBulk(made(), made()).Exec(ctx))
		},
		"update": func() (bool, error) {
			return wrote(c.Post.UpdateOneID(own.ID).SetMessage("changed").Exec(ctx))
		},
		"update all": func() (bool, error) {
			n, err := c.Post.Update().Where(post.ID(own.ID)).SetMessage("changed").Save(ctx)
			return n > 0, err
		},
		"delete": func() (bool, error) {
			n, err := c.Post.Delete().Where(post.Message("new"), inVault).Exec(ctx)
			return n > 0, err
		},
	}
}

func (w *world) underLoad(t *testing.T, r *right) {
	const flips, inAll = 8, 16
	uses := w.uses()
	if r.uses != nil {
		uses = r.uses()
	}
	hands := inAll / len(uses)
	if r.without != nil {
		if err := r.without(w.system); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.take(w.system); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.attacker)
	defer stop()
	var (
		all    sync.WaitGroup
		tried  = make(chan struct{})
		worked sync.Map // by use
	)
	for name, use := range uses {
		for range hands {
			all.Go(func() {
				for ctx.Err() == nil {
					before := r.turn.Load()
					got, err := use()
					after := r.turn.Load()
					switch {
					case err != nil:
						t.Errorf("%s: %v", name, err)
					case got && before == after && before%2 == 0:
						t.Errorf("%s after the right was taken", name)
					case got:
						worked.Store(name, true)
					}
					select {
					case tried <- struct{}{}:
					case <-ctx.Done():
					}
				}
			})
		}
	}
	enough := func() {
		for range 4 * len(uses) * hands {
			<-tried
		}
	}
	for range flips {
		r.turn.Add(1)
		if err := r.give(w.system); err != nil {
			t.Error(fmt.Errorf("giving: %w", err))
			break
		}
		enough()
		if err := r.take(w.system); err != nil {
			t.Error(fmt.Errorf("taking: %w", err))
			break
		}
		r.turn.Add(1)
		enough()
	}
	stop()
	all.Wait()
	for name := range uses {
		if _, ok := worked.Load(name); !ok {
			t.Errorf("%s never worked", name)
		}
	}
}
