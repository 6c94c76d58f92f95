package communitybuilder_test

import (
	"context"
	"errors"
	"log"
	"os"
	"testing"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/permission"
	"github.com/communitybuilder/communitybuilder/ent/role"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// A hook's writes and the write that it belongs to are one transaction, through
// whichever client they are made.
func TestAHookThatFailsLeavesNothing(t *testing.T) {
	log.SetOutput(t.Output()) // what the debug client says
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	clients := map[string]func(client *ent.Client, m *ent.RoleMutation) *ent.Client{
		"the mutation's client": func(_ *ent.Client, m *ent.RoleMutation) *ent.Client { return m.Client() },
		"the program's client":  func(client *ent.Client, _ *ent.RoleMutation) *ent.Client { return client },
		"a debug client":        func(client *ent.Client, _ *ent.RoleMutation) *ent.Client { return client.Debug() },
	}
	for name, choose := range clients {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, url string) {
				client := open(t, url)
				before := client.Role.Query().CountX(conformance.System(t))
				client.Role.Use(auditing(t, func(m *ent.RoleMutation) *ent.Client { return choose(client, m) }))

				if err := client.Role.Create().SetName("helper").Exec(conformance.System(t)); !errors.Is(err, errRefused) {
					t.Errorf("create: %v", err)
				}
				if err := client.Role.Update().SetDescription("changed").Exec(conformance.System(t)); !errors.Is(err, errRefused) {
					t.Errorf("update: %v", err)
				}
				if _, err := client.Role.Delete().Where(role.NameNotIn("admin", "user")).Exec(conformance.System(t)); !errors.Is(err, errRefused) {
					t.Errorf("delete: %v", err)
				}
				if err := client.Role.CreateBulk(
					client.Role.Create().SetName("one"), client.Role.Create().SetName("two"),
				).Exec(conformance.System(t)); !errors.Is(err, errRefused) {
					t.Errorf("bulk: %v", err)
				}
				if n := client.Role.Query().CountX(conformance.System(t)); n != before {
					t.Errorf("%d roles, want the %d from before", n, before)
				}
				if n := client.Role.Query().Where(role.Description("changed")).CountX(conformance.System(t)); n != 0 {
					t.Errorf("%d roles changed", n)
				}
				if n := client.Permission.Query().CountX(conformance.System(t)); n != 0 {
					t.Errorf("%d rows of the hook stayed", n)
				}
			})
		})
	}
}

// auditing is a hook that writes a second row before and one after the write,
// and then fails.
func auditing(t *testing.T, client func(*ent.RoleMutation) *ent.Client) ent.Hook {
	return func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			cl := client(m.(*ent.RoleMutation))
			if err := cl.Permission.Create().SetName("before").Exec(ctx); err != nil {
				return nil, err
			}
			if _, err := next.Mutate(ctx, m); err != nil {
				return nil, err
			}
			if err := cl.Permission.Create().SetName("after").Exec(ctx); err != nil {
				return nil, err
			}
			for _, name := range []string{"before", "after"} {
				if !cl.Permission.Query().Where(permission.Name(name)).ExistX(ctx) {
					t.Errorf("the hook does not see the row that it wrote %s", name)
				}
			}
			cb.AfterCommit(ctx, func(context.Context) { t.Error("called although the write failed") })
			return nil, errRefused
		})
	}
}

func TestAHookThatFailsDoomsTheTransactionAroundItsWrite(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		client := open(t, url)
		client.Role.Use(auditing(t, (*ent.RoleMutation).Client))
		ways := map[string]func(write func(ctx context.Context, tx *ent.Client) error) error{
			"Tx": func(write func(context.Context, *ent.Client) error) error {
				return cb.Tx(conformance.System(t), client, write)
			},
			"ent's own transaction": func(write func(context.Context, *ent.Client) error) error {
				tx, err := client.Tx(conformance.System(t))
				must(t, err)
				must(t, write(conformance.System(t), tx.Client()))
				return tx.Commit()
			},
		}
		for name, way := range ways {
			err := way(func(ctx context.Context, tx *ent.Client) error {
				must(t, tx.Tag.Create().SetName("kept?").SetSlug("kept").Exec(ctx))
				wantIs(t, tx.Role.Create().SetName("helper").Exec(ctx), errRefused)
				return nil // overlooks it
			})
			if !errors.Is(err, cb.ErrTxDoomed) || !errors.Is(err, errRefused) {
				t.Errorf("%s: got %v", name, err)
			}
			if n := client.Tag.Query().CountX(conformance.System(t)) + client.Permission.Query().CountX(conformance.System(t)); n != 0 {
				t.Errorf("%s: %d rows stayed", name, n)
			}
		}
	})
}
