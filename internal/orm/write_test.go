package orm_test

import (
	"errors"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/permission"
	"github.com/communitybuilder/communitybuilder/ent/predicate"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

func TestAWriteIsOneStatement(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		client, l := listen(t, d)
		row := client.Permission.Create().SetName("a").SaveX(ctx)
		doomed := client.Permission.Create().SetName("z").SaveX(ctx)
		for what, write := range map[string]func() error{
			"create": func() error { return client.Permission.Create().SetName("b").Exec(ctx) },
			"bulk": func() error {
				return client.Permission.CreateBulk(client.Permission.Create().SetName("c"), client.Permission.Create().SetName("d")).Exec(ctx)
			},
			"update one": func() error {
				got, err := client.Permission.UpdateOneID(row.ID).Where(permission.Name("a")).SetDescription("changed").Save(ctx)
				if err == nil && (got.Description != "changed" || got.Name != "a") {
					err = errors.New(got.String())
				}
				return err
			},
			"update one, nothing set": func() error {
				got, err := client.Permission.UpdateOneID(row.ID).Where(permission.NameIn("a", "z")).Save(ctx)
				if err == nil && got.Name != "a" {
					err = errors.New(got.String())
				}
				return err
			},
			"update many": func() error {
				return client.Permission.Update().Where(permission.Name("b")).SetDescription("b").Exec(ctx)
			},
			"delete one": func() error { return client.Permission.DeleteOne(doomed).Exec(ctx) },
		} {
			sent := l.during(func() { must(t, write()) })
			if len(sent) != 1 {
				t.Errorf("%s: %q", what, sent)
			}
		}
	})
}

func TestUpdatingOneRowHeedsPredicates(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		a := client.Permission.Create().SetName("a").SaveX(ctx)
		b := client.Permission.Create().SetName("b").SaveX(ctx)
		if _, err := client.Permission.UpdateOneID(a.ID).Where(permission.Name("b")).Save(ctx); !ent.IsNotFound(err) {
			t.Errorf("nothing set: %v", err)
		}
		if _, err := client.Permission.UpdateOneID(a.ID).Where(permission.Name("b")).SetName("c").Save(ctx); !ent.IsNotFound(err) {
			t.Errorf("a column set: %v", err)
		}
		if err := client.Permission.DeleteOneID(a.ID).Where(permission.Name("b")).Exec(ctx); !ent.IsNotFound(err) {
			t.Errorf("delete: %v", err)
		}
		got := client.Permission.UpdateOneID(a.ID).Where(permission.Name("a")).SetName("c").SaveX(ctx)
		want(t, "a row that no longer matches", got.Name, "c")
		want(t, "times come back", got.CreatedAt.Equal(a.CreatedAt), true)
		got = client.Permission.UpdateOneID(a.ID).Select(permission.FieldName).SetDescription("d").SaveX(ctx)
		want(t, "selected", got.Name+got.Description, "c")

		// An Or or a Not that is left open, or put before a predicate, brings no
		// other row in.
		for what, p := range map[string]predicate.Permission{
			"an open Or":      func(s *sql.Selector) { s.Where(sql.EQ(s.C("name"), "x")).Or() },
			"an Or in front":  func(s *sql.Selector) { s.Or().Where(sql.EQ(s.C("name"), "b")) },
			"an open Not":     func(s *sql.Selector) { s.Not() },
			"an Or in itself": func(s *sql.Selector) { s.Where(sql.Or(sql.EQ(s.C("name"), "b"), sql.EQ(s.C("name"), "x"))) },
		} {
			client.Permission.UpdateOneID(a.ID).Where(p).SetDescription("changed").Exec(ctx)
			client.Permission.DeleteOneID(a.ID).Where(p, permission.Name("no such")).Exec(ctx)
			if got, err := client.Permission.Get(ctx, b.ID); err != nil || got.Description != "" {
				t.Errorf("%s changed another row: %v, %v", what, got, err)
			}
			found := client.Permission.Query().Where(p, permission.ID(a.ID)).IDsX(ctx)
			for _, id := range found {
				want(t, what+" found", id, a.ID)
			}
		}
	})
}

func TestAddingComposesWithSettingAndClearing(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		tier := factory.Must(ctx, t, factory.New(client).AppSubscriptionTier, func(c *ent.AppSubscriptionTierCreate) { c.SetMaxForums(10) })
		for _, c := range []struct {
			what string
			set  func(u *ent.AppSubscriptionTierUpdateOne)
			want int
		}{
			{"add", func(u *ent.AppSubscriptionTierUpdateOne) { u.AddMaxForums(2).AddMaxForums(3) }, 15},
			{"set, then add", func(u *ent.AppSubscriptionTierUpdateOne) { u.SetMaxForums(1).AddMaxForums(2) }, 3},
			{"add, then set", func(u *ent.AppSubscriptionTierUpdateOne) { u.AddMaxForums(2).SetMaxForums(7) }, 7},
			{"clear, then add", func(u *ent.AppSubscriptionTierUpdateOne) { u.ClearMaxForums().AddMaxForums(4) }, 4},
		} {
			u := client.AppSubscriptionTier.UpdateOneID(tier.ID)
			c.set(u)
			want(t, c.what, *u.SaveX(ctx).MaxForums, c.want)
		}
		cleared := client.AppSubscriptionTier.UpdateOneID(tier.ID).AddMaxForums(1).ClearMaxForums().SaveX(ctx)
		want(t, "add, then clear", cleared.MaxForums == nil, true)
		want(t, "add to NULL", *client.AppSubscriptionTier.UpdateOneID(tier.ID).AddMaxForums(4).SaveX(ctx).MaxForums, 4)
	})
}

// What breaks a rule may be written back, but only where it is what the row holds.
func TestARowThatBreaksARuleCanBeChanged(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, client := conformance.System(t), d.Client
	odd := client.Permission.Create().SetName("odd").SaveX(ctx)
	_, err := d.DB.ExecContext(ctx, `UPDATE "Permission" SET name = ''`)
	must(t, err)
	row := client.Permission.GetX(ctx, odd.ID)
	got, err := row.Update().SetName(row.Name).SetDescription("changed").Save(ctx)
	must(t, err)
	want(t, "description", got.Description, "changed")

	fine := client.Permission.Create().SetName("fine").SaveX(ctx)
	part := client.Permission.Query().Where(permission.ID(fine.ID)).Select(permission.FieldDescription).OnlyX(ctx)
	for what, row := range map[string]*ent.Permission{"read in part": part, "made up": {ID: fine.ID}} {
		if err := client.Permission.UpdateOne(row).SetName("").Exec(ctx); !ent.IsValidationError(err) {
			t.Errorf("a row %s: %v", what, err)
		}
	}
	want(t, "name", client.Permission.GetX(ctx, fine.ID).Name, "fine")
}

func TestRowsOfATransaction(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		client := ent.NewClient(ent.Driver(driver(t, d)), ent.Log(func(...any) {}))
		for what, of := range map[string]func(*ent.Tx) *ent.Client{
			"client": (*ent.Tx).Client,
			"debug":  func(tx *ent.Tx) *ent.Client { return tx.Client().Debug() },
		} {
			tx, err := client.Tx(ctx)
			must(t, err)
			row := of(tx).Permission.Create().SetName("in").SaveX(ctx)
			if _, err := of(tx).Tx(ctx); !errors.Is(err, ent.ErrTxStarted) {
				t.Errorf("%s: a transaction in a transaction: %v", what, err)
			}
			must(t, tx.Commit())
			if err := row.Update().SetName("late").Exec(ctx); err == nil {
				t.Errorf("%s: a row of an ended transaction was updated", what)
			}
			want(t, "through another client", client.Permission.UpdateOne(row).SetDescription("d").SaveX(ctx).Description, "d")
			want(t, "unwrapped", row.Unwrap().Update().SetName("after").SaveX(ctx).Name, "after")
		}
		defer func() {
			if recover() == nil {
				t.Error("a row without a transaction was unwrapped")
			}
		}()
		client.Permission.Query().FirstX(ctx).Unwrap()
	})
}

func TestRefusedWritesSayWhy(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		tags(t, client, 1)
		var last error
		for what, err := range map[string]error{
			"unique":            client.Tag.Create().SetName("a").SetSlug("other").Exec(ctx),
			"unique, in bulk":   client.Tag.CreateBulk(client.Tag.Create().SetName("a").SetSlug("other")).Exec(ctx),
			"foreign key":       client.Forum.Create().SetName("f").SetCommunityID(1000).Exec(ctx),
			"unique, one row":   client.Tag.UpdateOne(client.Tag.Create().SetName("b").SetSlug("b").SaveX(ctx)).SetName("a").Exec(ctx),
			"unique, many rows": client.Tag.Update().SetSlug("same").Exec(ctx),
		} {
			if !ent.IsConstraintError(err) {
				t.Errorf("%s: %v", what, err)
			}
			last = err
		}
		want(t, "the driver's error is there to be looked at", errors.Unwrap(last) != nil, true)
		var invalid *ent.ValidationError
		if err := client.Tag.Create().Exec(ctx); !errors.As(err, &invalid) || invalid.Name != "name" {
			t.Errorf("a missing field: %v", err)
		}
		if err := client.Forum.Create().SetName("f").Exec(ctx); !errors.As(err, &invalid) || invalid.Name != "community" {
			t.Errorf("a missing edge: %v", err)
		}
	})
}
