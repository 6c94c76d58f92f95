package orm_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/permission"
	"github.com/communitybuilder/communitybuilder/ent/role"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// auditing is a hook that writes a row of another entity before the write and one
// after it, and fails at the end if the audited row has the name "bad".
func auditing(client *ent.Client) ent.Hook {
	return func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if err := client.Permission.Create().SetName("before").Exec(ctx); err != nil {
				return nil, err
			}
			v, err := next.Mutate(ctx, m)
			if err != nil {
				return nil, err
			}
			if err := m.(*ent.RoleMutation).Client().Permission.Create().SetName("after").Exec(ctx); err != nil {
				return nil, err
			}
			if client.Role.Query().Where(role.Description("bad")).ExistX(ctx) || m.Op().Is(ent.OpDelete|ent.OpDeleteOne) {
				return nil, errRefused
			}
			return v, nil
		})
	}
}

func TestAHookAndItsWriteAreOneTransaction(t *testing.T) {
	type write func(ctx context.Context, c *ent.Client, id int64) error
	writes := map[string]write{
		"create": func(ctx context.Context, c *ent.Client, _ int64) error {
			return c.Role.Create().SetName("new").SetDescription("bad").Exec(ctx)
		},
		"bulk": func(ctx context.Context, c *ent.Client, _ int64) error {
			return c.Role.CreateBulk(
				c.Role.Create().SetName("fine"), c.Role.Create().SetName("new").SetDescription("bad"),
			).Exec(ctx)
		},
		"update one": func(ctx context.Context, c *ent.Client, id int64) error {
			return c.Role.UpdateOneID(id).SetDescription("bad").Exec(ctx)
		},
		"update many": func(ctx context.Context, c *ent.Client, _ int64) error {
			return c.Role.Update().SetDescription("bad").Exec(ctx)
		},
		"delete one": func(ctx context.Context, c *ent.Client, id int64) error {
			return c.Role.DeleteOneID(id).Exec(ctx)
		},
		"delete many": func(ctx context.Context, c *ent.Client, _ int64) error {
			_, err := c.Role.Delete().Where(role.NameNotIn("admin", "user")).Exec(ctx)
			return err
		},
	}
	around := map[string]func(ctx context.Context, c *ent.Client, id int64, w write) error{
		"nothing": func(ctx context.Context, c *ent.Client, id int64, w write) error { return w(ctx, c, id) },
		"cb.Tx": func(ctx context.Context, c *ent.Client, id int64, w write) error {
			return cb.Tx(ctx, c, func(ctx context.Context, tx *ent.Client) error { return w(ctx, tx, id) })
		},
		"client.Tx": func(ctx context.Context, c *ent.Client, id int64, w write) error {
			tx, err := c.Tx(ctx)
			if err != nil {
				return err
			}
			return errors.Join(w(ctx, tx.Client(), id), tx.Rollback())
		},
		"a debug client's Tx": func(ctx context.Context, c *ent.Client, id int64, w write) error {
			tx, err := c.Debug().Tx(ctx)
			if err != nil {
				return err
			}
			return errors.Join(w(ctx, tx.Client(), id), tx.Rollback())
		},
	}
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), ent.NewClient(ent.Driver(driver(t, d)), ent.Log(func(...any) {}))
		old := client.Role.Create().SetName("old").SaveX(ctx)
		before := client.Role.Query().CountX(ctx)
		client.Role.Use(auditing(client))
		for outside, run := range around {
			for name, w := range writes {
				if err := run(ctx, client, old.ID, w); !errors.Is(err, errRefused) {
					t.Errorf("%s in %s: %v", name, outside, err)
				}
				left := client.Role.Query().Where(role.Description("bad")).CountX(ctx) + client.Permission.Query().CountX(ctx)
				if roles := client.Role.Query().CountX(ctx); left != 0 || roles != before {
					t.Fatalf("%s in %s left %d rows, and %d roles of %d", name, outside, left, roles, before)
				}
			}
		}
		// A row that isn't there fails the write, and takes the hook's rows back.
		if err := client.Role.UpdateOneID(old.ID + 1).SetDescription("fine").Exec(ctx); !ent.IsNotFound(err) {
			t.Errorf("updating nothing: %v", err)
		}
		want(t, "rows of hooks", client.Permission.Query().CountX(ctx), 0)
		// What succeeds stays, as a whole.
		client.Role.UpdateOneID(old.ID).SetDescription("fine").ExecX(ctx)
		want(t, "rows of a hook", client.Permission.Query().CountX(ctx), 2)
	})
}

func TestDeletingOneRowThatIsNotThereUndoesItsHooks(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, client := conformance.System(t), d.Client
	client.Role.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			client.Permission.Create().SetName("note").ExecX(ctx)
			return next.Mutate(ctx, m)
		})
	})
	if err := client.Role.DeleteOneID(1000).Exec(ctx); !ent.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	want(t, "rows of the hook", client.Permission.Query().CountX(ctx), 0)
}

func TestHooksOfABulkRunForEachRowAndMayChangeIt(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		client, l := listen(t, d)
		var seen []string
		client.Role.Use(func(next ent.Mutator) ent.Mutator {
			return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
				name, _ := m.(*ent.RoleMutation).Name()
				seen = append(seen, name)
				if err := m.SetField(role.FieldName, strings.ToUpper(name)); err != nil {
					return nil, err
				}
				v, err := next.Mutate(ctx, m)
				if err == nil {
					id, _ := m.(*ent.RoleMutation).ID()
					want(t, "the mutation's id", id, v.(*ent.Role).ID)
				}
				return v, err
			})
		})
		var rows []*ent.Role
		sent := l.during(func() {
			rows = client.Role.MapCreateBulk([]string{"a", "b", "c"}, func(c *ent.RoleCreate, i int) {
				c.SetName(string(rune('a' + i)))
			}).SaveX(ctx)
		})
		wantAll(t, "names that hooks saw", seen, "a", "b", "c")
		want(t, "statements", len(sent), 2) // BEGIN and INSERT
		for i, r := range rows {
			want(t, "name", r.Name, string(rune('A'+i)))
			want(t, "name in the database", client.Role.GetX(ctx, r.ID).Name, r.Name)
		}
		// One hook that fails lets none of the rows through.
		client.Role.Use(func(next ent.Mutator) ent.Mutator {
			return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
				if name, _ := m.(*ent.RoleMutation).Name(); name == "F" {
					return nil, errRefused
				}
				return next.Mutate(ctx, m)
			})
		})
		err := client.Role.CreateBulk(
			client.Role.Create().SetName("e"), client.Role.Create().SetName("f"), client.Role.Create().SetName("g"),
		).Exec(ctx)
		want(t, "a hook's refusal is passed on", errors.Is(err, errRefused), true)
		want(t, "roles", client.Role.Query().Where(role.NameIn("E", "F", "G")).CountX(ctx), 0)
	})
}

func TestAHookThatForgetsTheWriteIsAnError(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	client.Role.Use(func(ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(context.Context, ent.Mutation) (ent.Value, error) { return nil, nil })
	})
	if _, err := client.Role.Create().SetName("a").Save(ctx); err == nil {
		t.Error("create: no error")
	}
	if rows, err := client.Role.CreateBulk(client.Role.Create().SetName("b")).Save(ctx); err == nil {
		t.Errorf("bulk: no error, and %v", rows)
	}
}

// Mutate runs a mutation on the client that it is called on.
func TestMutateRunsOnItsClient(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	tx, err := client.Tx(ctx)
	must(t, err)
	_, err = tx.Client().Mutate(ctx, client.Role.Create().SetName("a").Mutation())
	must(t, err)
	must(t, tx.Rollback())
	want(t, "after the rollback", client.Role.Query().Where(role.Name("a")).ExistX(ctx), false)
}

// A hook may turn a deletion into something else.
func TestADeletionBecomesAnUpdate(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	kept := client.Permission.Create().SetName("kept").SaveX(ctx)
	other := client.Permission.Create().SetName("other").SaveX(ctx)
	client.Permission.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if !m.Op().Is(ent.OpDeleteOne) {
				return next.Mutate(ctx, m)
			}
			pm := m.(*ent.PermissionMutation)
			pm.SetOp(ent.OpUpdate)
			pm.SetDescription("deleted")
			return pm.Client().Mutate(ctx, pm)
		})
	})
	must(t, client.Permission.DeleteOne(kept).Exec(ctx))
	wantAll(t, "marked", client.Permission.Query().Where(permission.Description("deleted")).IDsX(ctx), kept.ID)
	want(t, "the other one", client.Permission.GetX(ctx, other.ID).Description, "")
}

// A client is shared by goroutines, also while hooks are added to it.
func TestHooksAreAddedWhileTheClientIsUsed(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 50 {
			client.Use(func(next ent.Mutator) ent.Mutator { return next })
			client.Intercept(ent.TraverseFunc(func(context.Context, ent.Query) error { return nil }))
		}
	}()
	for range 5 {
		client.Tag.Query().CountX(ctx)
		client.Tag.Update().SetName("none").ExecX(ctx)
	}
	<-done
}
