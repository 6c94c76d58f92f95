package account

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

func TestAuthenticate(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx := conformance.System(t)
		u := b.user(t, func(c *ent.UserCreate) { c.SetEmail("Ada@example.com") })
		b.user(t)
		for _, address := range []string{"Ada@example.com", " ada@EXAMPLE.com ", "ADA@example.com"} {
			b.clock = b.clock.Add(time.Second)
			got := must[*ent.User](t)(b.Authenticate(ctx, address, password))
			if got.ID != u.ID || !got.LastLogin.Equal(b.clock) {
				t.Errorf("%q signs in %d at %v, want %d at %s", address, got.ID, got.LastLogin, u.ID, b.clock)
			}
		}
		if b.reload(t, u).Password != u.Password {
			t.Error("a hash that is good enough was replaced")
		}
		before := b.reload(t, u).LastLogin
		b.clock = b.clock.Add(time.Second)
		if err := b.CheckPassword(ctx, u.ID, password); err != nil {
			t.Error(err)
		}
		if !b.reload(t, u).LastLogin.Equal(*before) {
			t.Error("checking the password counts as a sign-in")
		}
	})
}

func TestWhoCannotSignInLearnsNothing(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, spent := conformance.System(t), 0
		b.derive = func(password, salt string, iterations int) ([]byte, error) {
			spent += iterations
			return pbkdf2SHA256(password, salt, iterations)
		}
		stored := func(encoded string) func(*ent.UserCreate) {
			return func(c *ent.UserCreate) { c.SetPassword(encoded) }
		}
		for name, try := range map[string]struct {
			email, password string
			cause           error
		}{
			"unknown address":   {email: "nobody@example.com", password: password},
			"no address":        {email: "", password: password},
			"no text":           {email: "\xff", password: password},
			"wrong password":    {email: b.user(t).Email, password: "wrong"},
			"empty password":    {email: b.user(t).Email},
			"inactive":          {email: b.user(t, inactive).Email, password: password},
			"inactive, wrong":   {email: b.user(t, inactive).Email, password: "wrong"},
			"unusable":          {email: b.user(t, stored("!xyz")).Email, password: "!xyz"},
			"older hash, wrong": {email: b.user(t, stored(hashed(t, password, 10))).Email, password: "wrong"},
			"older hash, inactive": {
				email: b.user(t, inactive, stored(hashed(t, password, 10))).Email, password: password,
			},
			"other algorithm": {
				email: b.user(t, stored("argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aA")).Email, password: password,
				cause: ErrHashAlgorithm,
			},
			"absurd iterations": {
				email:    b.user(t, stored("pbkdf2_sha256$99999999999$salt$mJQ8D8xVBAKQGCo0t0n+NSPS2a0gQhVtjuC9LdL9WiM=")).Email,
				password: password, cause: ErrHashIterations,
			},
			"plain text": {email: b.user(t, stored("sesame")).Email, password: "sesame", cause: ErrHashMalformed},
		} {
			spent = 0
			_, err := b.Authenticate(ctx, try.email, try.password)
			if !errors.Is(err, ErrCredentials) || err.Error() != ErrCredentials.Meaning() {
				t.Errorf("%s: %v", name, err)
			}
			if try.cause != nil && !errors.Is(err, try.cause) {
				t.Errorf("%s: the cause %s is not in the chain of %v", name, try.cause, err)
			}
			if spent != cheap {
				t.Errorf("%s: %d iterations, want %d", name, spent, cheap)
			}
		}
		spent = 0
		if err := b.CheckPassword(ctx, 404_404, password); !errors.Is(err, ErrCredentials) || spent != cheap {
			t.Errorf("an unknown id: %v after %d iterations", err, spent)
		}
	})
}

func TestSigningInUpgradesTheHash(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx := conformance.System(t)
		u := b.user(t, func(c *ent.UserCreate) { c.SetPassword(hashed(t, password, cheap-1)) })
		got := must[*ent.User](t)(b.Authenticate(ctx, u.Email, password))
		if !strings.HasPrefix(got.Password, "pbkdf2_sha256$1000$") || b.reload(t, u).Password != got.Password {
			t.Error("the hash is the old one")
		}
		if again := must[*ent.User](t)(b.Authenticate(ctx, u.Email, password)); again.Password != got.Password {
			t.Error("the hash is replaced each time")
		}
	})
}

func TestAnUpgradeOfTheSaltKeepsTheIterations(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		salted := must[[]byte](t)(pbkdf2SHA256(password, "short", 2*cheap))
		u := b.user(t, func(c *ent.UserCreate) { c.SetPassword(hash{2 * cheap, "short", salted}.String()) })
		if err := b.CheckPassword(conformance.System(t), u.ID, password); err != nil {
			t.Fatal(err)
		}
		h := must[hash](t)(parse(b.reload(t, u).Password))
		if h.iterations != 2*cheap || len(h.salt) < minSalt {
			t.Errorf("%d iterations, a salt of %d characters", h.iterations, len(h.salt))
		}
	})
}

// Other services may have stored one.
func TestAnEmptyPasswordThatExistsIsUpgraded(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		u := b.user(t, func(c *ent.UserCreate) { c.SetPassword(hashed(t, "", 10)) })
		if err := b.CheckPassword(conformance.System(t), u.ID, ""); err != nil {
			t.Error(err)
		}
		if h := must[hash](t)(parse(b.reload(t, u).Password)); h.iterations != cheap {
			t.Errorf("%d iterations", h.iterations)
		}
	})
}

func TestAnUpgradeDoesNotUndoAChangeOfThePassword(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx := conformance.System(t)
		u := b.user(t, func(c *ent.UserCreate) { c.SetPassword(hashed(t, password, 10)) })
		changed := hashed(t, "changed meanwhile", cheap)
		b.derive = func(password, salt string, iterations int) ([]byte, error) {
			if iterations == cheap { // the upgrade
				b.Service.Client.User.UpdateOneID(u.ID).SetPassword(changed).ExecX(ctx)
			}
			return pbkdf2SHA256(password, salt, iterations)
		}
		must[*ent.User](t)(b.Authenticate(ctx, u.Email, password))
		if b.reload(t, u).Password != changed {
			t.Error("the upgrade has overwritten the new password")
		}
	})
}

func TestManySignInAtOnceWithAnOldHash(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx := conformance.System(t)
		u := b.user(t, func(c *ent.UserCreate) { c.SetPassword(hashed(t, password, 10)) })
		for _, err := range race(32, func(int) error { _, err := b.Authenticate(ctx, u.Email, password); return err }) {
			if err != nil {
				t.Error(err)
			}
		}
		if must[hash](t)(parse(b.reload(t, u).Password)).weak(cheap) {
			t.Error("the hash is the old one")
		}
	})
}

func TestTheDefaultsOfAService(t *testing.T) {
	d := conformance.SQLite(t)
	ctx, s := conformance.System(t), &Service{Client: d.Client}
	u := factory.Must(ctx, t, factory.New(d.Client).User)
	before := time.Now()
	got := must[*ent.User](t)(s.Authenticate(ctx, u.Email, factory.Password))
	if must[bool](t)(NeedsUpgrade(got.Password)) {
		t.Error("the hash has fewer iterations than the default")
	}
	if got.LastLogin.Before(before.Truncate(time.Microsecond)) || got.LastLogin.After(time.Now()) {
		t.Errorf("signed in at %s", got.LastLogin)
	}
}

func TestIterationsOutOfBounds(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		for _, n := range []int{-1, MaxIterations + 1} {
			s := &Service{Client: b.Database.Client, Iterations: n}
			if _, err := s.Authenticate(conformance.System(t), "ada@example.com", password); !errors.Is(err, ErrHashIterations) {
				t.Errorf("%d iterations: %v", n, err)
			}
		}
	})
}
