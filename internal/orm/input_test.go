package orm_test

import (
	"context"
	"errors"
	"math"
	"math/big"
	"strconv"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/appsubscriptiontier"
	"github.com/communitybuilder/communitybuilder/ent/communitygroup"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/ent/tag"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

func TestBadInputIsAnError(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	tags(t, client, 2)
	second := func(_ any, err error) error { return err }
	update := client.Tag.Update().Mutation()
	tier := client.AppSubscriptionTier.Update().Mutation()
	for what, err := range map[string]error{
		"a negative limit":               second(client.Tag.Query().Limit(-1).All(ctx)),
		"a negative limit, ids":          second(client.Tag.Query().Limit(-1).IDs(ctx)),
		"a negative offset":              second(client.Tag.Query().Offset(-1).All(ctx)),
		"a nil predicate":                second(client.Tag.Query().Where(nil).Count(ctx)),
		"a nil predicate, update":        client.Tag.Update().Where(nil).SetName("x").Exec(ctx),
		"a nil predicate, update one":    client.Tag.UpdateOneID(1).Where(nil).SetName("x").Exec(ctx),
		"a nil predicate, delete":        second(client.Tag.Delete().Where(nil).Exec(ctx)),
		"a predicate's error, delete":    second(client.Tag.Delete().Where(func(s *sql.Selector) { s.AddError(errRefused) }).Exec(ctx)),
		"a nil order":                    second(client.Tag.Query().Order(nil).All(ctx)),
		"an unknown column":              second(client.Tag.Query().Select("password").All(ctx)),
		"an unknown column to order by":  second(client.Tag.Query().Order(ent.Asc("password")).All(ctx)),
		"an unknown column to group by":  client.Tag.Query().GroupBy("password").Scan(ctx, &[]struct{}{}),
		"an unknown column to aggregate": second(client.Tag.Query().Aggregate(ent.Max("password")).Strings(ctx)),
		"an unknown column to read back": client.Tag.UpdateOneID(1).Select("password").SetName("x").Exec(ctx),
		"scanning into nothing":          client.Tag.Query().Select(tag.FieldName).Scan(ctx, nil),
		"scanning into a value":          client.Tag.Query().Select(tag.FieldName).Scan(ctx, []string{}),
		"scanning into a nil pointer":    client.Tag.Query().Select(tag.FieldName).Scan(ctx, (*[]string)(nil)),
		"a field set to nil":             update.SetField(tag.FieldName, nil),
		"a field of another type":        update.SetField(tag.FieldName, 1),
		"an unknown field":               update.SetField("password", ""),
		"a field cleared that may not":   update.ClearField(tag.FieldName),
		"an unknown field added to":      update.AddField(tag.FieldName, 1),
		"a field added to nil":           tier.AddField(appsubscriptiontier.FieldMaxForums, nil),
		"a field added another type to":  tier.AddField(appsubscriptiontier.FieldMaxForums, int64(1)),
		"an unknown edge":                update.ClearEdge("communities"),
		"a field that never changes":     client.Tag.Update().Where(func(*sql.Selector) {}).SetName("x").Exec(hooked(ctx, client)),
		"a slice that is none":           client.Tag.MapCreateBulk(nil, func(*ent.TagCreate, int) {}).Exec(ctx),
		"a mutation of nothing":          second(client.Mutate(ctx, nil)),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	for name, q := range map[string]*ent.TagQuery{"limit": client.Tag.Query().Limit(-1), "offset": client.Tag.Query().Offset(-1)} {
		_, err := q.All(ctx)
		var invalid *ent.ValidationError
		if !errors.As(err, &invalid) || invalid.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantAll(t, "tags", names(client.Tag.Query().Order(tag.ByName()).AllX(ctx)), "a", "b")
}

// hooked adds a hook that changes what never changes.
func hooked(ctx context.Context, client *ent.Client) context.Context {
	client.Tag.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if err := m.SetField(tag.FieldCreatedAt, time.Unix(0, 0)); err != nil {
				return nil, err
			}
			return next.Mutate(ctx, m)
		})
	})
	return ctx
}

func TestNilHooksAndInterceptors(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	client.Tag.Use(nil)
	client.Tag.Intercept(nil)
	if err := client.Tag.Create().SetName("a").SetSlug("a").Exec(ctx); err == nil {
		t.Error("create: no error")
	}
	if err := client.Tag.CreateBulk(client.Tag.Create().SetName("a").SetSlug("a")).Exec(ctx); err == nil {
		t.Error("bulk: no error")
	}
	if _, err := client.Tag.Query().All(ctx); err == nil {
		t.Error("query: no error")
	}
}

// A hook can't hand on another entity's mutation.
func TestAForeignMutationIsRefused(t *testing.T) {
	client := conformance.SQLite(t).Client
	ctx := conformance.System(t)
	client.Tag.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, _ ent.Mutation) (ent.Value, error) {
			return next.Mutate(ctx, client.Role.Create().SetName("a").Mutation())
		})
	})
	if err := client.Tag.Create().SetName("a").SetSlug("a").Exec(ctx); err == nil {
		t.Error("create: no error")
	}
	if err := client.Tag.CreateBulk(client.Tag.Create().SetName("a").SetSlug("a")).Exec(ctx); err == nil {
		t.Error("bulk: no error")
	}
}

// numeric(10,2): amounts are written as they are given, or refused at once.
func TestDecimalsFitTheirColumn(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		price := factory.Must(ctx, t, factory.New(client).AppSubscriptionTierPrice)
		write := func(amount decimal.Decimal) (decimal.Decimal, error) {
			row, err := client.AppSubscriptionTierPrice.UpdateOneID(price.ID).SetAmount(amount).Save(ctx)
			if err != nil {
				return decimal.Decimal{}, err
			}
			return row.Amount, nil
		}
		zeros := new(big.Int).Exp(big.NewInt(10), big.NewInt(100_000), nil)
		for _, fits := range []decimal.Decimal{
			decimal.New(1, -2), decimal.New(9999999999, -2), decimal.New(1, 7), decimal.New(1000, -5),
			decimal.Zero, decimal.New(0, -12), decimal.New(0, 8), decimal.NewFromBigInt(zeros, -100_000),
		} {
			if got, err := write(fits); err != nil || !got.Equal(fits) {
				t.Errorf("exponent %d: got %v, %v", fits.Exponent(), got, err)
			}
		}
		for _, doesnt := range []decimal.Decimal{
			decimal.New(1, -3), decimal.New(-1001, -5), decimal.New(1, 8), decimal.New(99999999995, -3),
			decimal.New(1, 1_000_000_000), decimal.New(1, -1_000_000_000), decimal.New(-1, math.MaxInt32), decimal.New(1, math.MinInt32),
			decimal.New(0, 1_000_000_000), decimal.New(0, -1_000_000_000), decimal.New(0, math.MinInt32), decimal.NewFromBigInt(zeros, 0),
		} {
			if _, err := write(doesnt); !ent.IsValidationError(err) {
				t.Errorf("exponent %d: %v", doesnt.Exponent(), err)
			}
		}
	})
}

// NULL, JSON and times, by All, by an update and by Scan.
func TestValuesAreReadAsTheyWereWritten(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, client := conformance.System(t), d.Client
		f := factory.New(client)
		c := factory.Must(ctx, t, f.Community)
		want(t, "NULL", c.Description == nil && client.Community.GetX(ctx, c.ID).Description == nil, true)
		got := client.Community.UpdateOneID(c.ID).SetDescription("").SaveX(ctx)
		want(t, "an empty text is none", got.Description != nil && *got.Description == "", true)
		want(t, "NULL again", client.Community.UpdateOneID(c.ID).ClearDescription().SaveX(ctx).Description == nil, true)

		tier := factory.Must(ctx, t, f.CommunityGroup, func(c *ent.CommunityGroupCreate) {
			c.SetOfferings(schematype.Object{"posts": "ten – dix"})
		})
		for what, row := range map[string]*ent.CommunityGroup{
			"read":    client.CommunityGroup.GetX(ctx, tier.ID),
			"updated": client.CommunityGroup.UpdateOneID(tier.ID).SetIsActive(false).SaveX(ctx),
		} {
			want(t, what+", JSON", row.Offerings["posts"], any("ten – dix"))
			want(t, what+", time", row.CreatedAt.Equal(tier.CreatedAt), true)
		}
		var scanned []struct {
			ID        int64
			CreatedAt time.Time `sql:"created_at"`
			Offerings schematype.Object
		}
		client.CommunityGroup.Query().Where(communitygroup.ID(tier.ID)).Select(communitygroup.FieldID, communitygroup.FieldCreatedAt, communitygroup.FieldOfferings).ScanX(ctx, &scanned)
		want(t, "scanned, time", scanned[0].CreatedAt.Equal(tier.CreatedAt), true)
		want(t, "scanned, JSON", scanned[0].Offerings["posts"], any("ten – dix"))
	})
}

func TestValuesThatADatabaseCannotKeepAreRefused(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		u := factory.Must(ctx, t, factory.New(d.Client).User)
		tier := factory.Must(ctx, t, factory.New(d.Client, factory.Seed(2)).CommunityGroup)
		for name, save := range map[string]func() error{
			"username":   func() error { return u.Update().SetUsername("a\x00b").Exec(ctx) },
			"last_login": func() error { return u.Update().SetLastLogin(time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)).Exec(ctx) },
			"token_expires_at": func() error {
				return u.Update().SetTokenExpiresAt(time.Date(-50, 1, 1, 0, 0, 0, 0, time.UTC)).Exec(ctx)
			},
			"description": func() error { return tier.Update().SetDescription("a\xffb").Exec(ctx) },
			"offerings":   func() error { return tier.Update().SetOfferings(schematype.Object{"a": "\x00"}).Exec(ctx) },
			"amount": func() error {
				return d.Client.CommunityGroupPrice.Create().SetCommunityGroup(tier).SetCurrency("USD").
					SetAmount(decimal.RequireFromString("-0.01")).Exec(ctx)
			},
		} {
			var invalid *ent.ValidationError
			if err := save(); !errors.As(err, &invalid) || invalid.Name != name {
				t.Errorf("%s: %v", name, err)
			}
		}
		// A backslash before the escape of a NUL makes it text.
		tier.Update().SetOfferings(schematype.Object{"a": `\u0000`}).ExecX(ctx)
	})
}

func TestTimesAreReturnedAsTheyAreStored(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		u := factory.Must(ctx, t, factory.New(d.Client).User)
		at := time.Date(2026, 2, 3, 5, 0, 0, 123_456_789, time.FixedZone("", 3600))
		saved := u.Update().SetLastLogin(at).SaveX(ctx)
		read := d.Client.User.GetX(ctx, u.ID)
		if !saved.LastLogin.Equal(*read.LastLogin) || !read.LastLogin.Equal(at.Truncate(time.Microsecond)) || read.LastLogin.Location() != time.UTC {
			t.Errorf("saved %v, read %v", saved.LastLogin, read.LastLogin)
		}
	})
}

func TestABulkOfAnySizeIsWritten(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx := conformance.System(t)
		const n = 9_000
		tag := func(c *ent.TagCreate, i int) {
			c.SetName(strconv.Itoa(i)).SetSlug(strconv.Itoa(i))
		}
		d.Client.Tag.MapCreateBulk(make([]struct{}, n), tag).ExecX(ctx)
		if got := d.Client.Tag.Query().CountX(ctx); got != n {
			t.Errorf("%d rows of %d", got, n)
		}
		// All or nothing, also where it takes several statements.
		err := d.Client.Tag.MapCreateBulk(make([]struct{}, n), func(c *ent.TagCreate, i int) { tag(c, 2*n-1-i-n/2) }).Exec(ctx)
		if got := d.Client.Tag.Query().CountX(ctx); !ent.IsConstraintError(err) || got != n {
			t.Errorf("%v, and %d rows", err, got)
		}
	})
}
