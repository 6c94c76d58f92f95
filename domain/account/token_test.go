package account

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// kind is one of the two kinds of token.
type kind struct {
	name     string
	lifetime time.Duration
	issue    func(context.Context, int64) (string, error)
	use      func(context.Context, string) (*ent.User, error)
	set      func(*ent.UserUpdateOne, string) *ent.UserUpdateOne
}

func (b *fixture) kinds() []kind {
	return []kind{
		{"verification", 24 * time.Hour, b.IssueVerification, b.Verify, (*ent.UserUpdateOne).SetVerificationToken},
		{"password reset", time.Hour, b.IssuePasswordReset, func(ctx context.Context, token string) (*ent.User, error) {
			return b.ResetPassword(ctx, token, "another password")
		}, (*ent.UserUpdateOne).SetResetPasswordToken},
	}
}

// eachKind runs a test on both databases, with both kinds of token.
func eachKind(t *testing.T, test func(*testing.T, *fixture, kind)) {
	each(t, func(t *testing.T, b *fixture) {
		for _, k := range b.kinds() {
			t.Run(k.name, func(t *testing.T) { test(t, b, k) })
		}
	})
}

func TestATokenIs64RandomCharacters(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token := newToken()
		if len(token) != 64 || !graphic(token) || seen[token] {
			t.Fatalf("%q, seen before: %v", token, seen[token])
		}
		seen[token] = true
	}
}

func TestATokenWorksOnce(t *testing.T) {
	eachKind(t, func(t *testing.T, b *fixture, k kind) {
		ctx, u, other := conformance.System(t), b.user(t), b.user(t)
		token := must[string](t)(k.issue(ctx, u.ID))
		otherToken := must[string](t)(k.issue(ctx, other.ID))
		got := must[*ent.User](t)(k.use(ctx, token))
		if got.ID != u.ID {
			t.Errorf("the token is that of user %d, want %d", got.ID, u.ID)
		}
		if got.VerificationToken != nil || got.ResetPasswordToken != nil || got.TokenExpiresAt != nil {
			t.Error("the token is still there")
		}
		if _, err := k.use(ctx, token); !errors.Is(err, ErrInvalidToken) {
			t.Errorf("the second time: %v", err)
		}
		if _, err := k.use(ctx, otherToken); err != nil {
			t.Errorf("the other user's token: %v", err)
		}
	})
}

func TestATokenLivesUntilItsExpiry(t *testing.T) {
	eachKind(t, func(t *testing.T, b *fixture, k kind) {
		ctx, start := conformance.System(t), b.clock
		for _, fraction := range []time.Duration{0, time.Microsecond, 100 * time.Millisecond, 123 * time.Microsecond} {
			b.clock = start.Truncate(time.Second).Add(fraction)
			issued, u := b.clock, b.user(t)
			token := must[string](t)(k.issue(ctx, u.ID))
			if at := b.reload(t, u).TokenExpiresAt; !at.Equal(issued.Add(k.lifetime)) {
				t.Errorf("issued at %s, it expires at %s", issued, at)
			}
			b.clock = issued.Add(k.lifetime)
			if _, err := k.use(ctx, token); !errors.Is(err, ErrInvalidToken) {
				t.Errorf("issued at %s, used at %s: %v", issued, b.clock, err)
			}
			b.clock = b.clock.Add(-time.Microsecond)
			if _, err := k.use(ctx, token); err != nil {
				t.Errorf("issued at %s, used at %s: %v", issued, b.clock, err)
			}
		}
	})
}

func TestIssuingATokenVoidsTheEarlierOnes(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		for _, first := range b.kinds() {
			for _, second := range b.kinds() {
				t.Run(first.name+", then "+second.name, func(t *testing.T) {
					ctx, u := conformance.System(t), b.user(t)
					void := must[string](t)(first.issue(ctx, u.ID))
					token := must[string](t)(second.issue(ctx, u.ID))
					if u := b.reload(t, u); (u.VerificationToken == nil) == (u.ResetPasswordToken == nil) {
						t.Error("not exactly one token is there")
					}
					if _, err := first.use(ctx, void); !errors.Is(err, ErrInvalidToken) {
						t.Errorf("the first: %v", err)
					}
					if _, err := second.use(ctx, token); err != nil {
						t.Errorf("the second: %v", err)
					}
				})
			}
		}
	})
}

func TestOtherTokensAreRefusedAlike(t *testing.T) {
	eachKind(t, func(t *testing.T, b *fixture, k kind) {
		ctx, u := conformance.System(t), b.user(t)
		token := must[string](t)(k.issue(ctx, u.ID))
		for name, wrong := range map[string]string{
			"empty":              "",
			"unknown":            newToken(),
			"same beginning":     token[:63] + string(token[63]^1),
			"longer":             token + "A",
			"shorter":            token[:63],
			"lower case":         strings.ToLower(token),
			"wildcards":          strings.Repeat("%", 64),
			"single wildcards":   strings.Repeat("_", 64),
			"beginning, then %":  token[:16] + strings.Repeat("%", 48),
			"a zero byte":        token[:63] + "\x00",
			"no text":            strings.Repeat("\xff", 64),
			"a quote and spaces": strings.Repeat("' OR 1=1", 8),
		} {
			_, err := k.use(ctx, wrong)
			if !errors.Is(err, ErrInvalidToken) || err.Error() != ErrInvalidToken.Meaning() {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, other := range b.kinds() {
			if other.name == k.name {
				continue
			}
			if _, err := other.use(ctx, token); !errors.Is(err, ErrInvalidToken) {
				t.Errorf("a %s token for %s: %v", k.name, other.name, err)
			}
		}
		if _, err := k.use(ctx, token); err != nil {
			t.Errorf("after all those the right one: %v", err)
		}
	})
}

func TestInactiveUsersHaveNoTokens(t *testing.T) {
	eachKind(t, func(t *testing.T, b *fixture, k kind) {
		ctx, u := conformance.System(t), b.user(t)
		token := must[string](t)(k.issue(ctx, u.ID))
		b.Service.Client.User.UpdateOneID(u.ID).SetIsActive(false).ExecX(ctx)
		if _, err := k.use(ctx, token); !errors.Is(err, ErrInvalidToken) {
			t.Errorf("using it: %v", err)
		}
		for _, id := range []int64{u.ID, 404_404} {
			if _, err := k.issue(ctx, id); !errors.Is(err, ErrUserNotFound) {
				t.Errorf("issuing one to %d: %v", id, err)
			}
		}
	})
}

// Other services on the same database have tokens of other characters.
func TestATokenOfAnotherServiceWorks(t *testing.T) {
	eachKind(t, func(t *testing.T, b *fixture, k kind) {
		ctx := conformance.System(t)
		for _, alphabet := range []string{"aZ09", "-_~.", `%_\'`} {
			u, token := b.user(t), strings.Repeat(alphabet, 16)
			k.set(b.Service.Client.User.UpdateOneID(u.ID), token).SetTokenExpiresAt(b.clock.Add(time.Minute)).ExecX(ctx)
			if got, err := k.use(ctx, token); err != nil || got.ID != u.ID {
				t.Errorf("%s: %v", token, err)
			}
		}
		eternal := strings.Repeat("abcd", 16)
		k.set(b.Service.Client.User.UpdateOneID(b.user(t).ID), eternal).ExecX(ctx)
		if _, err := k.use(ctx, eternal); !errors.Is(err, ErrInvalidToken) {
			t.Errorf("a token without expiry: %v", err)
		}
	})
}

func TestVerifyConfirmsTheAddress(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u := conformance.System(t), b.user(t)
		token := must[string](t)(b.IssueVerification(ctx, u.ID))
		if b.reload(t, u).IsVerified {
			t.Error("verified before")
		}
		if !must[*ent.User](t)(b.Verify(ctx, token)).IsVerified || !b.reload(t, u).IsVerified {
			t.Error("not verified after")
		}
	})
}

func TestResetPasswordSetsThePassword(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u := conformance.System(t), b.user(t)
		must[string](t)(b.RequestEmailChange(ctx, u.ID, "thief@example.org"))
		token := must[string](t)(b.IssuePasswordReset(ctx, u.ID))
		if _, err := b.ResetPassword(ctx, token, ""); !errors.Is(err, ErrInvalidPassword) {
			t.Errorf("an empty password: %v", err)
		}
		must[*ent.User](t)(b.ResetPassword(ctx, token, "new"))
		if err := b.CheckPassword(ctx, u.ID, "new"); err != nil {
			t.Errorf("the new password: %v", err)
		}
		if err := b.CheckPassword(ctx, u.ID, password); !errors.Is(err, ErrCredentials) {
			t.Errorf("the old password: %v", err)
		}
		if u := b.reload(t, u); u.PendingEmail != nil || u.EmailChangeCode != nil || u.EmailChangeCodeExpiresAt != nil {
			t.Error("the change of the address is still pending")
		}
	})
}

// A token that only begins like one that exists is known to be wrong before
// anything depends on it.
func TestAWrongTokenCostsNoHashing(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u := conformance.System(t), b.user(t)
		token := must[string](t)(b.IssuePasswordReset(ctx, u.ID))
		b.derive = func(string, string, int) ([]byte, error) {
			t.Error("a password was hashed")
			return nil, errors.New("not now")
		}
		for _, wrong := range []string{newToken(), token[:16] + newToken()[16:]} {
			if _, err := b.ResetPassword(ctx, wrong, "new"); !errors.Is(err, ErrInvalidToken) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestATokenIsUsedUpWithItsTransactionOnly(t *testing.T) {
	eachKind(t, func(t *testing.T, b *fixture, k kind) {
		ctx, u, regret := conformance.System(t), b.user(t), errors.New("regret")
		token := must[string](t)(k.issue(ctx, u.ID))
		err := cb.Tx(ctx, b.Service.Client, func(ctx context.Context, _ *ent.Client) error {
			if _, err := k.use(ctx, token); err != nil {
				return err
			}
			return regret
		})
		if !errors.Is(err, regret) {
			t.Fatal(err)
		}
		if _, err := k.use(ctx, token); err != nil {
			t.Errorf("after the rollback: %v", err)
		}
	})
}

func TestOfManyWhoUseATokenOneWins(t *testing.T) {
	eachKind(t, func(t *testing.T, b *fixture, k kind) {
		ctx := conformance.System(t)
		for range 10 {
			u := b.user(t)
			token := must[string](t)(k.issue(ctx, u.ID))
			oneWins(t, ErrInvalidToken, func() error { _, err := k.use(ctx, token); return err })
		}
	})
}

// What happens after the token has been found and before it is used up counts.
func TestATokenThatIsVoidedMeanwhileIsRefused(t *testing.T) {
	eachKind(t, func(t *testing.T, b *fixture, k kind) {
		ctx, clock := conformance.System(t), b.Now
		for name, meanwhile := range map[string]func(id int64){
			"replaced": func(id int64) { must[string](t)(k.issue(ctx, id)) },
			"inactive": func(id int64) { b.Service.Client.User.UpdateOneID(id).SetIsActive(false).ExecX(ctx) },
			"expired":  func(int64) { b.clock = b.clock.Add(k.lifetime) },
			"deleted":  func(id int64) { b.Service.Client.User.DeleteOneID(id).ExecX(ctx) },
		} {
			u, calls := b.user(t), 0
			token := must[string](t)(k.issue(ctx, u.ID))
			b.Now = func() time.Time { // first asked by the query, then by the update
				if calls++; calls == 2 {
					meanwhile(u.ID)
				}
				return clock()
			}
			if _, err := k.use(ctx, token); !errors.Is(err, ErrInvalidToken) || calls < 2 {
				t.Errorf("%s: %v", name, err)
			}
			b.Now = clock
		}
	})
}

func TestErrorsShowNoSecrets(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u := conformance.System(t), b.user(t)
		secrets := regexp.MustCompile(fmt.Sprintf("sesame|%s|example", regexp.QuoteMeta(u.Password)))
		_, signIn := b.Authenticate(ctx, u.Email, "sesame")
		_, token := b.Verify(ctx, "sesame")
		_, code := b.ConfirmEmailChange(ctx, u.ID, "sesame")
		_, address := b.RequestEmailChange(ctx, u.ID, "sesame@")
		for _, err := range []error{signIn, token, code, address} {
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, e.Code) || secrets.MatchString(err.Error()) {
				t.Errorf("got %v", err)
			}
		}
	})
}
