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
	"github.com/communitybuilder/communitybuilder/ent/communitygroupaccess"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/forum"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/user"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// A right lets the attacker into the vault. Its turn is even while they certainly
// don't have it: it goes up before the right is given, and once more after the
// statement that takes it was committed. Who reads an even turn, does something,
// and reads the same turn again had no right in between.
type right struct {
	give, take func(context.Context) error
	turn       atomic.Int64
}

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
	}
}

// Rights that are taken count at once: what is read while they are gone is empty,
// and what is written then is refused.
func TestRightsChangeUnderLoad(t *testing.T) {
	w := newWorld(t, conformance.Postgres(t))
	since := time.Now().Add(-time.Hour)
	if err := w.Client.CommunityGroupAccess.Create().SetCommunity(w.club).SetCommunityGroup(w.gold).SetUser(w.me).
		SetSubscribedAt(since).Exec(w.system); err != nil {
		t.Fatal(err)
	}
	all := w.rights(t)
	for _, name := range sorted(all) {
		t.Run(name, func(t *testing.T) { w.underLoad(t, all[name]) })
	}
}

// uses are what the attacker does; each says whether it got anything.
func (w *world) uses() map[string]func(context.Context) (bool, error) {
	c := w.Client
	inVault := post.ForumID(w.vault.ID)
	own := w.Client.Post.Create().SetForum(w.vault).SetAuthor(w.me).SetMessage("own").SaveX(w.system)
	wrote := func(err error) (bool, error) {
		if errors.Is(err, apierror.Forbidden) || errors.Is(err, apierror.NotFound) || errors.Is(err, apierror.InvalidReference) {
			return false, nil
		}
		return err == nil, err
	}
	return map[string]func(context.Context) (bool, error){
		"list": func(ctx context.Context) (bool, error) {
			rows, err := c.Post.Query().Where(inVault).All(ctx)
			return len(rows) > 0, err
		},
		"count": func(ctx context.Context) (bool, error) {
			n, err := c.Post.Query().Where(inVault).Count(ctx)
			return n > 0, err
		},
		"edge": func(ctx context.Context) (bool, error) {
			rows, err := c.Community.Query().Where(community.ID(w.club.ID)).WithForums(func(q *ent.ForumQuery) { q.Where(forum.ID(w.vault.ID)).WithPosts() }).All(ctx)
			return len(rows) > 0 && len(rows[0].Edges.Forums) > 0, err
		},
		"create": func(ctx context.Context) (bool, error) {
			return wrote(c.Post.Create().SetForum(w.vault).SetAuthor(w.me).SetMessage("new").Exec(ctx))
		},
		"bulk": func(ctx context.Context) (bool, error) {
			made := func() *ent.PostCreate { return c.Post.Create().SetForum(w.vault).SetAuthor(w.me).SetMessage("new") }
			return wrote(c.Post.CreateBulk(made(), made()).Exec(ctx))
		},
		"update": func(ctx context.Context) (bool, error) {
			return wrote(c.Post.UpdateOneID(own.ID).SetMessage("changed").Exec(ctx))
		},
		"update all": func(ctx context.Context) (bool, error) {
			n, err := c.Post.Update().Where(post.ID(own.ID)).SetMessage("changed").Save(ctx)
			return n > 0, err
		},
		"delete": func(ctx context.Context) (bool, error) {
			n, err := c.Post.Delete().Where(post.Message("new"), inVault).Exec(ctx)
			return n > 0, err
		},
	}
}

func (w *world) underLoad(t *testing.T, r *right) {
	const flips, hands = 8, 2 // per use, 16 in all
	uses := w.uses()
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
					got, err := use(w.attacker)
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
	if err := r.give(w.system); err != nil {
		t.Error(err)
	}
	for name := range uses {
		if _, ok := worked.Load(name); !ok {
			t.Errorf("%s never worked", name)
		}
	}
}
