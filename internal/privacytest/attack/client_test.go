package attack

import (
	"context"
	"errors"
	"slices"
	"testing"

	entbase "entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// obeys tries a client with what the attacker may and may not do. It is one whose
// writes may fail altogether where their rules need a transaction.
func (w *world) obeys(ctx context.Context, t *testing.T, c *ent.Client) {
	t.Helper()
	found, err := c.Post.Query().Where(post.IDIn(w.hidden.ID, w.open.ID)).IDs(ctx)
	if err != nil || len(found) != 1 || found[0] != w.open.ID {
		t.Errorf("reads %v, %v", found, err)
	}
	if n, err := c.Post.Update().Where(post.IDIn(w.hidden.ID, w.open.ID)).SetMessage("x").Save(ctx); n != 0 {
		t.Errorf("changes %d, %v", n, err)
	}
	if err := c.Post.DeleteOneID(w.hidden.ID).Exec(ctx); err == nil {
		t.Error("deletes")
	}
	if err := c.PostLike.Create().SetPost(w.hidden).SetUser(w.me).Exec(ctx); err == nil {
		t.Error("likes")
	}
}

func TestEveryClientObeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.obeys(w.attacker, t, w.Client)
		w.obeys(w.attacker, t, w.recorder().Client)
		plain := ent.NewClient(ent.Driver(sql.OpenDB(w.Dialect, w.DB)))
		w.obeys(w.attacker, t, plain)
		w.obeys(w.attacker, t, ent.NewClient(ent.Driver(sql.OpenDB(w.Dialect, w.DB)), ent.Log(func(...any) {})).Debug())
		for _, c := range []*ent.Client{w.Client, plain} {
			tx, err := c.Tx(w.attacker)
			if err != nil {
				t.Fatal(err)
			}
			w.obeys(w.attacker, t, tx.Client())
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
		}
		for _, own := range []bool{true, false} {
			err := communitybuilder.Tx(w.attacker, w.Client, func(ctx context.Context, tx *ent.Client) error {
				if !own {
					tx = w.Client
				}
				w.obeys(ctx, t, tx)
				return errors.New("roll back")
			})
			if err == nil || err.Error() != "roll back" {
				t.Error(err)
			}
		}
	})
}

// What a transaction was begun as says nothing of who acts in it.
func TestTheViewerCountsNotWhoBeganTheTransaction(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		err := communitybuilder.Tx(w.system, w.Client, func(ctx context.Context, tx *ent.Client) error {
			if n, err := tx.Post.Query().Where(post.ID(w.hidden.ID)).Count(ctx); err != nil || n != 1 {
				t.Errorf("the system sees %d, %v", n, err)
			}
			w.obeys(w.on(ctx), t, tx)
			return errors.New("roll back")
		})
		if err == nil || err.Error() != "roll back" {
			t.Error(err)
		}
	})
}

// A client that can't make a transaction of a check and a write makes no rows by a
// statement of their own.
func TestWithoutTheFrontDoorNothingIsMadeAfterACheckAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		plain := ent.NewClient(ent.Driver(sql.OpenDB(w.Dialect, w.DB)))
		err := plain.PostLike.CreateBulk(
			plain.PostLike.Create().SetPost(w.open).SetUser(w.me),
			plain.PostLike.Create().SetPost(w.mine).SetUser(w.me),
		).Exec(w.attacker)
		if !errors.Is(err, orm.ErrNoTransaction) {
			t.Errorf("bulk: %v", err)
		}
		if err := plain.PostLike.Create().SetPost(w.open).SetUser(w.me).Exec(w.attacker); err != nil {
			t.Errorf("one, which is one statement: %v", err)
		}
	})
}

// What a client's interceptors and hooks make of a query or a mutation is for the
// policy like what the caller made.
func TestHooksOfTheClientAreNoWayAround(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.recorder().Client
		c.Post.Intercept(
			ent.TraverseFunc(func(_ context.Context, q ent.Query) error {
				q.(*ent.PostQuery).Where(func(s *sql.Selector) { s.Or() })
				return nil
			}),
			ent.InterceptFunc(func(next ent.Querier) ent.Querier {
				return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
					q.(*ent.PostQuery).Where(func(s *sql.Selector) { s.SetP(nil) })
					return next.Query(ctx, q)
				})
			}),
		)
		for name, count := range map[string]func(context.Context) (int, error){
			"count": c.Post.Query().Where(post.ID(w.hidden.ID)).Count,
			"rows": func(ctx context.Context) (int, error) {
				rows, err := c.Post.Query().Where(post.ID(w.hidden.ID)).All(ctx)
				if slices.ContainsFunc(rows, func(p *ent.Post) bool { return p.ID == w.hidden.ID }) {
					t.Error("the hidden row is read")
				}
				return len(rows), err
			},
		} {
			if n, err := count(w.attacker); err != nil || n > 2 {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		for name, hook := range map[string]func(*ent.PostMutation){
			"moves":    func(m *ent.PostMutation) { m.SetForumID(w.vault.ID) },
			"pins":     func(m *ent.PostMutation) { m.SetIsPinned(true) },
			"ascribes": func(m *ent.PostMutation) { m.SetUserID(w.other.ID) },
			"answers":  func(m *ent.PostMutation) { m.SetParentPostID(w.hidden.ID) },
			"turns":    func(m *ent.PostMutation) { m.SetOp(ent.OpUpdateOne) },
		} {
			c := w.recorder().Client
			c.Post.Use(func(next ent.Mutator) ent.Mutator {
				return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
					hook(m.(*ent.PostMutation))
					return next.Mutate(ctx, m)
				})
			})
			if err := c.Post.Create().SetForum(w.hall).SetAuthor(w.me).SetMessage("x").Exec(w.attacker); err == nil {
				t.Errorf("a hook %s", name)
			}
		}
		deletes := w.recorder().Client
		deletes.Post.Use(func(next ent.Mutator) ent.Mutator {
			return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
				m.(*ent.PostMutation).SetOp(entbase.OpUpdate)
				return next.Mutate(ctx, m)
			})
		})
		if err := deletes.Post.DeleteOneID(w.open.ID).Exec(w.attacker); err == nil || errors.Is(err, apierror.NotFound) {
			t.Errorf("a deletion as an update: %v", err)
		}
	})
}
