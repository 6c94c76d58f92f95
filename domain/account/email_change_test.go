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

// wrong is a code other than the right one.
func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestACodeIsSixRandomDigits(t *testing.T) {
	form := regexp.MustCompile(`^[0-9]{6}$`)
	var digits [6][10]int
	for range 10_000 {
		code := must[string](t)(newCode())
		if !form.MatchString(code) {
			t.Fatalf("%q", code)
		}
		for i := range code {
			digits[i][code[i]-'0']++
		}
	}
	// Each digit is expected 1,000 times in each place, with a standard
	// deviation of 30: ten of them is never.
	for place, counts := range digits {
		for digit, n := range counts {
			if n < 700 || n > 1300 {
				t.Errorf("%d times a %d in place %d", n, digit, place)
			}
		}
	}
}

func TestTheCodeChangesTheAddress(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u := conformance.System(t), b.user(t)
		token := must[string](t)(b.IssuePasswordReset(ctx, u.ID))
		code := must[string](t)(b.RequestEmailChange(ctx, u.ID, " Ada@Example.ORG "))
		if got := b.reload(t, u); got.Email != u.Email || *got.PendingEmail != "Ada@example.org" {
			t.Errorf("requested: %q, pending %q", got.Email, *got.PendingEmail)
		}
		got := must[*ent.User](t)(b.ConfirmEmailChange(ctx, u.ID, code))
		if got.Email != "Ada@example.org" || !got.IsVerified {
			t.Errorf("confirmed: %q, verified %v", got.Email, got.IsVerified)
		}
		if got.PendingEmail != nil || got.EmailChangeCode != nil || got.EmailChangeCodeExpiresAt != nil {
			t.Error("the request is still there")
		}
		if _, err := b.ConfirmEmailChange(ctx, u.ID, code); !errors.Is(err, ErrInvalidCode) {
			t.Errorf("the second time: %v", err)
		}
		if _, err := b.ResetPassword(ctx, token, "new"); !errors.Is(err, ErrInvalidToken) {
			t.Errorf("a token that was sent to the old address: %v", err)
		}
	})
}

func TestAWrongCodeEndsTheRequest(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		for name, entered := range map[string]func(string) string{
			"wrong":   wrong,
			"empty":   func(string) string { return "" },
			"shorter": func(code string) string { return code[:5] },
			"longer":  func(code string) string { return code + "0" },
			"no text": func(string) string { return "\xff\x00" },
		} {
			ctx, u := conformance.System(t), b.user(t)
			code := must[string](t)(b.RequestEmailChange(ctx, u.ID, "new@example.org"))
			if _, err := b.ConfirmEmailChange(ctx, u.ID, entered(code)); !errors.Is(err, ErrInvalidCode) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := b.ConfirmEmailChange(ctx, u.ID, code); !errors.Is(err, ErrInvalidCode) {
				t.Errorf("%s, then the right one: %v", name, err)
			}
			if got := b.reload(t, u); got.Email != u.Email || got.PendingEmail != nil || got.EmailChangeCode != nil {
				t.Errorf("%s: %q, pending %v", name, got.Email, got.PendingEmail)
			}
		}
	})
}

func TestAWrongCodeIsNotRolledBack(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u := conformance.System(t), b.user(t)
		code := must[string](t)(b.RequestEmailChange(ctx, u.ID, "new@example.org"))
		err := cb.Tx(ctx, b.Service.Client, func(ctx context.Context, _ *ent.Client) error {
			_, err := b.ConfirmEmailChange(ctx, u.ID, wrong(code))
			return err
		})
		if !errors.Is(err, ErrInTransaction) {
			t.Errorf("in a transaction: %v", err)
		}
		tx := must[*ent.Tx](t)(b.Service.Client.Tx(ctx))
		inside := &Service{Client: tx.Client(), Now: b.Now}
		_, err = inside.ConfirmEmailChange(ctx, u.ID, wrong(code))
		if e := tx.Rollback(); !errors.Is(err, ErrInTransaction) || e != nil {
			t.Errorf("with the client of a transaction: %v, %v", err, e)
		}
		if _, err := b.ConfirmEmailChange(ctx, u.ID, code); err != nil {
			t.Errorf("after that: %v", err)
		}
	})
}

func TestACodeLivesUntilItsExpiry(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u, issued := conformance.System(t), b.user(t), b.clock
		code := must[string](t)(b.RequestEmailChange(ctx, u.ID, "new@example.org"))
		b.clock = issued.Add(15 * time.Minute)
		if _, err := b.ConfirmEmailChange(ctx, u.ID, code); !errors.Is(err, ErrInvalidCode) {
			t.Errorf("at its expiry: %v", err)
		}
		b.clock = b.clock.Add(-time.Microsecond)
		if _, err := b.ConfirmEmailChange(ctx, u.ID, code); err != nil {
			t.Errorf("just before: %v", err)
		}
	})
}

func TestARequestReplacesTheEarlierOne(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u := conformance.System(t), b.user(t)
		must[string](t)(b.RequestEmailChange(ctx, u.ID, "first@example.org"))
		code := must[string](t)(b.RequestEmailChange(ctx, u.ID, "second@example.org"))
		if got := must[*ent.User](t)(b.ConfirmEmailChange(ctx, u.ID, code)); got.Email != "second@example.org" {
			t.Errorf("the address is %q", got.Email)
		}
	})
}

// What happens after the request has been read and before it is carried out
// counts.
func TestARequestThatIsReplacedMeanwhileIsNotConfirmed(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u, clock := conformance.System(t), b.user(t), b.Now
		code, second := must[string](t)(b.RequestEmailChange(ctx, u.ID, "first@example.org")), ""
		b.Now = func() time.Time {
			b.Now = clock
			second = must[string](t)(b.RequestEmailChange(ctx, u.ID, "second@example.org"))
			return clock()
		}
		if _, err := b.ConfirmEmailChange(ctx, u.ID, code); !errors.Is(err, ErrInvalidCode) || second == "" {
			t.Errorf("the first code: %v", err)
		}
		if got := must[*ent.User](t)(b.ConfirmEmailChange(ctx, u.ID, second)); got.Email != "second@example.org" {
			t.Errorf("the address is %q", got.Email)
		}
	})
}

func TestRequestsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u, gone := conformance.System(t), b.user(t), b.user(t, inactive)
		for _, address := range []string{"", "ada", "Ada <ada@example.org>"} {
			if _, err := b.RequestEmailChange(ctx, u.ID, address); !errors.Is(err, ErrInvalidEmail) {
				t.Errorf("%q: %v", address, err)
			}
		}
		for _, id := range []int64{gone.ID, 404_404} {
			if _, err := b.RequestEmailChange(ctx, id, "new@example.org"); !errors.Is(err, ErrUserNotFound) {
				t.Errorf("user %d: %v", id, err)
			}
			if _, err := b.ConfirmEmailChange(ctx, id, "123456"); !errors.Is(err, ErrInvalidCode) {
				t.Errorf("user %d: %v", id, err)
			}
		}
		if _, err := b.ConfirmEmailChange(ctx, u.ID, ""); !errors.Is(err, ErrInvalidCode) {
			t.Errorf("without a request: %v", err)
		}
		code := must[string](t)(b.RequestEmailChange(ctx, u.ID, "new@example.org"))
		b.Service.Client.User.UpdateOneID(u.ID).SetIsActive(false).ExecX(ctx)
		if _, err := b.ConfirmEmailChange(ctx, u.ID, code); !errors.Is(err, ErrInvalidCode) {
			t.Errorf("deactivated meanwhile: %v", err)
		}
	})
}

func TestATakenAddressIsToldToWhoReadsItsMail(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx, u, other := conformance.System(t), b.user(t), b.user(t)
		code := must[string](t)(b.RequestEmailChange(ctx, u.ID, other.Email))
		_, err := b.ConfirmEmailChange(ctx, u.ID, code)
		if !errors.Is(err, ErrEmailTaken) || strings.Contains(err.Error(), other.Email) {
			t.Errorf("got %v", err)
		}
		if got := b.reload(t, u); got.Email != u.Email || got.IsVerified {
			t.Errorf("the address is %q, verified %v", got.Email, got.IsVerified)
		}
		b.Service.Client.User.UpdateOneID(other.ID).SetEmail("moved@example.org").ExecX(ctx)
		if _, err := b.ConfirmEmailChange(ctx, u.ID, code); err != nil {
			t.Errorf("once it is free: %v", err)
		}
	})
}

func TestOfManyWhoConfirmOneWins(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx := conformance.System(t)
		for round := range 10 {
			u := b.user(t)
			code := must[string](t)(b.RequestEmailChange(ctx, u.ID, fmt.Sprintf("round%d@example.org", round)))
			oneWins(t, ErrInvalidCode, func() error { _, err := b.ConfirmEmailChange(ctx, u.ID, code); return err })
		}
	})
}

// Whoever tries many codes at once has one try, and whether that was the right
// one is left to chance.
func TestGuessingInParallelIsOneTry(t *testing.T) {
	each(t, func(t *testing.T, b *fixture) {
		ctx := conformance.System(t)
		for round := range 10 {
			u := b.user(t)
			address := fmt.Sprintf("guessed%d@example.org", round)
			code := must[string](t)(b.RequestEmailChange(ctx, u.ID, address))
			errs := race(32, func(i int) error {
				guess := wrong(code)
				if i == 16 {
					guess = code
				}
				_, err := b.ConfirmEmailChange(ctx, u.ID, guess)
				return err
			})
			for i, err := range errs {
				if err != nil && !errors.Is(err, ErrInvalidCode) || err == nil && i != 16 {
					t.Errorf("guess %d: %v", i, err)
				}
			}
			got := b.reload(t, u)
			if got.PendingEmail != nil || got.EmailChangeCode != nil {
				t.Error("there is a try left")
			}
			if (got.Email == address) != (errs[16] == nil) {
				t.Errorf("the right guess gives %v, the address is %q", errs[16], got.Email)
			}
		}
	})
}
