package apierror_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"github.com/lib/pq"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/domain/account"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/pgtest"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func answerTo(t *testing.T, err error) string {
	t.Helper()
	text, failed := json.Marshal(apierror.From(err))
	if failed != nil {
		t.Fatal(failed)
	}
	return string(text)
}

// An answer is the same whatever the cause says.
func FuzzAnswersTellNothingOfTheirCauses(f *testing.F) {
	for _, secret := range []string{"", "SELECT password FROM User", "Key (email)=(ada@example.com) already exists.", "postgres://app:hunter2@db", "\xff\x00\"}"} {
		f.Add(secret)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		for name, wrap := range map[string]func(text string) error{
			"plain":         func(s string) error { return errors.New(s) },
			"wrapped":       func(s string) error { return fmt.Errorf("reading: %w", errors.New(s)) },
			"PostgreSQL":    func(s string) error { return &pq.Error{Message: s, Detail: s, Constraint: s, InternalQuery: s} },
			"a cause":       func(s string) error { return &apierror.Error{Code: apierror.InvalidCode, Err: errors.New(s)} },
			"beside a code": func(s string) error { return errors.Join(errors.New(s), apierror.AlreadyVoted) },
			"around a code": func(s string) error { return fmt.Errorf("%s: %w", s, apierror.AlreadyVoted) },
			"contention":    func(s string) error { return fmt.Errorf("%w: %w", cb.ErrTxContention, errors.New(s)) },
			"opening":       func(s string) error { return &cb.OpenError{Code: cb.ErrURL, Target: s, Err: errors.New(s)} },
			"migrating":     func(s string) error { return &migrations.FileError{Stmt: s, Err: errors.New(s)} },
		} {
			if got, want := answerTo(t, wrap(secret)), answerTo(t, wrap("nothing")); got != want {
				t.Errorf("%s: with %q the answer is %s, else %s", name, secret, got, want)
			}
		}
	})
}

// What databases say of a mistake has the statement, the constraint, or rows of
// others in it.
func TestAnswersShowNeitherSQLNorRowsOfOthers(t *testing.T) {
	conformance.Each(t, func(t *testing.T, d conformance.Database) {
		ctx, c, f := conformance.System(t), d.Client, factory.New(d.Client)
		other := factory.Must(ctx, t, f.User, func(u *ent.UserCreate) {
			u.SetEmail("someone@secret.example").SetUsername("somebody-secret").SetPassword("secret$hash")
		})
		forum := factory.Must(ctx, t, f.Forum, func(f *ent.ForumCreate) { f.SetName("secret") })
		user := factory.Must(ctx, t, f.User)
		subscription := factory.Must(ctx, t, f.AppSubscription)
		_, signIn := (&account.Service{Client: c}).Authenticate(ctx, other.Email, "wrong")
		_, odd := c.User.Query().Where(func(s *sql.Selector) { s.Where(sql.EQ("secret_column", 1)) }).All(ctx)
		_, page := c.User.Query().Limit(-1).All(ctx)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		doomed := cb.Tx(ctx, c, func(ctx context.Context, tx *ent.Client) error {
			_ = tx.User.UpdateOne(user).SetEmail(other.Email).Exec(ctx)
			return nil
		})
		type mistake struct {
			err  error
			code apierror.Code
		}
		mistakes := map[string]mistake{
			"e-mail of another":    {c.User.UpdateOne(user).SetEmail(other.Email).Exec(ctx), apierror.EmailTaken},
			"in other letters":     {c.User.UpdateOne(user).SetEmail("SOMEONE@secret.example").Exec(ctx), apierror.EmailTaken},
			"name of another":      {c.User.UpdateOne(user).SetUsername(*other.Username).Exec(ctx), apierror.UsernameTaken},
			"overlooked":           {doomed, apierror.Internal},
			"name of a forum":      {c.Forum.Create().SetCommunityID(forum.CommunityID).SetName("secret").Exec(ctx), apierror.NameTaken},
			"a parent of nobody":   {c.Forum.Create().SetCommunityID(404).SetName("f").Exec(ctx), apierror.InvalidReference},
			"a tier in use":        {c.AppSubscriptionTier.DeleteOneID(subscription.TierID).Exec(ctx), apierror.InUse},
			"a stored password":    {signIn, apierror.InvalidCredentials},
			"a column of no table": {odd, apierror.Internal},
			"a page of less":       {page, apierror.InvalidValue},
			"the context's end":    {c.User.UpdateOne(user).SetIsStaff(true).Exec(ended), apierror.Internal},
		}
		if d.Dialect == dialect.Postgres { // SQLite's integers have no size
			tooMuch := c.Community.Update().AddFlagCount(math.MaxInt32).AddFlagCount(1)
			mistakes["a sum of too much"] = mistake{tooMuch.Exec(ctx), apierror.InvalidValue}
		}
		for name, tt := range mistakes {
			got := answerTo(t, tt.err)
			if apierror.From(tt.err) == nil || apierror.From(tt.err).Code != tt.code {
				t.Errorf("%s: %v is answered %s, want the code %s", name, tt.err, got, tt.code)
			}
			if telling.MatchString(got) {
				t.Errorf("%s: the answer tells too much: %s", name, got)
			}
		}
	})
}

var telling = regexp.MustCompile(`(?i)secret|select|insert|update|pq:|sqlite|constraint|_key|SQLSTATE|user_email|context|"null"`)
