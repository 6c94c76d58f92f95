package conformance

import (
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	entrole "github.com/communitybuilder/communitybuilder/ent/role"
	"github.com/communitybuilder/communitybuilder/ent/tag"
	"github.com/communitybuilder/communitybuilder/ent/user"
	"github.com/communitybuilder/communitybuilder/ent/useraddress"
	"github.com/communitybuilder/communitybuilder/factory"
)

var accountRefusals = map[string]refusal{
	"user_one_token": func(t *testing.T, j judge) offence {
		return offence{
			entity: j.byTable["User"], row: j.make(t, j.byTable["User"], nil),
			values: map[string]any{"verification_token": "one", "reset_password_token": "other"},
		}
	},
	"roles_default_stays": func(t *testing.T, j judge) offence {
		admin := j.Client.Role.Query().Where(entrole.Name("admin")).OnlyX(System(t))
		return offence{
			entity: j.byTable["Roles"], row: admin, values: map[string]any{"is_admin_role": false},
			not: []string{"create", "create bulk"}, // another role
		}
	},
	"tag_slug_from_name": func(t *testing.T, j judge) offence {
		return offence{
			entity: j.byTable["Tag"], row: j.make(t, j.byTable["Tag"], nil),
			values: map[string]any{"slug": ""},
			not:    []string{"create", "create bulk"}, // which make one
		}
	},
}

var accountMaintenances = map[string]maintenance{
	"roles_default_stays":            theTwoRolesStay,
	"user_email_normalized":          addressesAreNormal,
	"user_one_token":                 oneTokenAtATime,
	"useraddress_billing_country_gb": countriesAreISO,
	"tag_slug_from_name":             tagsHaveSlugs,
}

func addressesAreNormal(t *testing.T, d Database) {
	ctx, c := System(t), d.Client
	create := func(email string) *cbent.UserCreate {
		return c.User.Create().SetEmail(email).SetPassword("!").SetPendingEmail(" New." + strings.TrimSpace(email))
	}
	u := create(" Ada.L@Example.COM\n").SaveX(ctx)
	many := c.User.CreateBulk(create("B@EXAMPLE.com"), create("c@BÜCHER.example ")).SaveX(ctx)
	c.User.UpdateOne(many[0]).SetEmail("B2@EXAMPLE.com ").ExecX(ctx)
	c.User.Update().Where(user.ID(many[1].ID)).SetEmail("\tC2@EXAMPLE.com").SetPendingEmail("C3@X.org ").ExecX(ctx)
	for id, want := range map[int64][2]string{
		u.ID:       {"Ada.L@example.com", "New.Ada.L@example.com"},
		many[0].ID: {"B2@example.com", "New.B@example.com"},
		many[1].ID: {"C2@example.com", "C3@x.org"},
	} {
		got := c.User.GetX(ctx, id)
		if got.Email != want[0] || *got.PendingEmail != want[1] {
			t.Errorf("%q and %q, want %q", got.Email, *got.PendingEmail, want)
		}
	}
	if u.Email != "Ada.L@example.com" {
		t.Errorf("what Save returned has %q", u.Email)
	}
	if err := create(" @EXAMPLE.com").Exec(ctx); apierror.From(err) == nil || apierror.From(err).Code != apierror.InvalidValue {
		t.Errorf("no address: %v", err)
	}
	if err := create("ada.l@EXAMPLE.com").Exec(ctx); apierror.From(err) == nil || apierror.From(err).Code != apierror.EmailTaken {
		t.Errorf("the address of another account: %v", err)
	}
}

func oneTokenAtATime(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	verify := func(c *cbent.UserCreate) { c.SetVerificationToken("verify") }
	reset := func(c *cbent.UserCreate) { c.SetResetPasswordToken("reset") }
	one, two, three := factory.Must(ctx, t, f.User, verify), factory.Must(ctx, t, f.User, reset), factory.Must(ctx, t, f.User, verify)
	c.User.UpdateOne(one).SetResetPasswordToken("reset").ExecX(ctx)
	c.User.Update().Where(user.IDIn(two.ID, three.ID)).SetVerificationToken("again").ExecX(ctx)
	tokens := func(id int64) [2]string {
		u := c.User.GetX(ctx, id)
		var pair [2]string
		for i, token := range []*string{u.VerificationToken, u.ResetPasswordToken} {
			if token != nil {
				pair[i] = *token
			}
		}
		return pair
	}
	for u, want := range map[*cbent.User][2]string{one: {"", "reset"}, two: {"again", ""}, three: {"again", ""}} {
		if got := tokens(u.ID); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// What another service has left stays, until one of the two is issued.
	if _, err := d.DB.ExecContext(ctx, `UPDATE "User" SET reset_password_token = 'stale' WHERE id = $1`, two.ID); err != nil {
		t.Fatal(err)
	}
	c.User.UpdateOneID(two.ID).SetIsVerified(true).ClearTokenExpiresAt().ExecX(ctx)
	if got := tokens(two.ID); got != [2]string{"again", "stale"} {
		t.Errorf("after a write of something else: %q", got)
	}
	c.User.UpdateOneID(two.ID).ClearVerificationToken().ExecX(ctx)
	if got := tokens(two.ID); got != [2]string{"", "stale"} {
		t.Errorf("after clearing one: %q", got)
	}
}

func countriesAreISO(t *testing.T, d Database) {
	ctx, c, f := System(t), d.Client, factory.New(d.Client)
	u := factory.Must(ctx, t, f.User)
	create := func(country string) *cbent.UserAddressCreate {
		return c.UserAddress.Create().SetUser(u).SetBillingCountry(country)
	}
	one := create("UK").SaveX(ctx)
	many := c.UserAddress.CreateBulk(create("uk"), create(" ng ")).SaveX(ctx)
	if *one.BillingCountry != "GB" || *many[0].BillingCountry != "GB" || *many[1].BillingCountry != "NG" {
		t.Errorf("%q, %q, %q", *one.BillingCountry, *many[0].BillingCountry, *many[1].BillingCountry)
	}
	if got := c.UserAddress.UpdateOne(one).SetBillingCountry("gh").SaveX(ctx); *got.BillingCountry != "GH" {
		t.Errorf("update one: %q", *got.BillingCountry)
	}
	c.UserAddress.Update().SetBillingCountry("Uk").ExecX(ctx)
	if n := c.UserAddress.Query().Where(useraddress.BillingCountry("GB")).CountX(ctx); n != 3 {
		t.Errorf("update many: %d of 3 are GB", n)
	}
}

func tagsHaveSlugs(t *testing.T, d Database) {
	ctx, c := System(t), d.Client
	long := strings.Repeat("x", 47)
	want := map[string]string{}
	tags := []*cbent.TagCreate{c.Tag.Create().SetName("rock-1").SetSlug("rock-1")}
	for _, row := range [][2]string{
		{"Rock", "rock"}, {"ROCK", "rock-2"}, {"rock!", "rock-3"}, // rock-1 is taken in the same statement
		{"漢字", "tag"}, {"🙂", "tag-1"},
		{long + " yz", long + "-yz"}, {long + "-yz", long + "-1"}, // 50 characters fit
	} {
		want[row[0]] = row[1]
		tags = append(tags, c.Tag.Create().SetName(row[0]))
	}
	c.Tag.CreateBulk(tags...).ExecX(ctx)
	want["Röck"] = "rock-4"
	if made := c.Tag.Create().SetName("Röck").SaveX(ctx); made.Slug != "rock-4" {
		t.Errorf("what Save returned has %q", made.Slug)
	}
	for name, slug := range want {
		if got := c.Tag.Query().Where(tag.Name(name)).OnlyX(ctx).Slug; got != slug {
			t.Errorf("%q has the slug %q, want %q", name, got, slug)
		}
	}
	rock := c.Tag.Query().Where(tag.Slug("rock")).OnlyX(ctx)
	if got := c.Tag.UpdateOne(rock).SetName("Jazz").SaveX(ctx); got.Slug != "rock" {
		t.Errorf("another name made the slug %q", got.Slug)
	}
	if err := c.Tag.Create().SetName("another").SetSlug("rock").Exec(ctx); apierror.From(err) == nil || apierror.From(err).Code != apierror.SlugTaken {
		t.Errorf("a slug that is taken: %v", err)
	}
}

func TestStatementsOfAccounts(t *testing.T) {
	d := Postgres(t)
	ctx, c := System(t), newCounting(t, d)
	u := factory.Must(ctx, t, factory.New(d.Client).User)
	ten := func() []int { return make([]int, 10) }
	c.want(t, "a user", 1, func() error { return c.User.Create().SetEmail("A@B.org").SetPassword("!").Exec(ctx) })
	c.want(t, "an address", 1, func() error { return c.UserAddress.Create().SetUser(u).SetBillingCountry("UK").Exec(ctx) })
	c.want(t, "a tag with a slug", 1, func() error { return c.Tag.Create().SetName("a").SetSlug("a").Exec(ctx) })
	// A lock, a look at the slugs that are taken, the row.
	c.want(t, "a tag without a slug", 3, func() error { return c.Tag.Create().SetName("b").Exec(ctx) })
	c.want(t, "ten tags", 3, func() error {
		return c.Tag.MapCreateBulk(ten(), func(c *cbent.TagCreate, i int) { c.SetName(strings.Repeat("c", i+1)) }).Exec(ctx)
	})
	c.want(t, "tokens of many", 1, func() error { return c.User.Update().SetVerificationToken("x").Exec(ctx) })
}

func theTwoRolesStay(t *testing.T, d Database) {
	ctx, c := System(t), d.Client
	user := c.Role.Query().Where(entrole.Name("user")).OnlyX(ctx)
	for what, err := range map[string]error{
		"rename":      c.Role.UpdateOne(user).SetName("member").Exec(ctx),
		"make staff":  c.Role.Update().Where(entrole.Name("user")).SetIsAdminRole(true).Exec(ctx),
		"delete one":  c.Role.DeleteOne(user).Exec(ctx),
		"delete many": func() error { _, err := c.Role.Delete().Exec(ctx); return err }(),
	} {
		gives(t, what, err, apierror.DefaultRoleStays)
	}
	gives(t, "describe", c.Role.UpdateOne(user).SetDescription("Everybody").Exec(ctx), "")
	other := c.Role.Create().SetName("support").SaveX(ctx)
	gives(t, "another role", c.Role.UpdateOne(other).SetName("helpers").SetIsAdminRole(true).Exec(ctx), "")
	gives(t, "delete another role", c.Role.DeleteOne(other).Exec(ctx), "")
}
