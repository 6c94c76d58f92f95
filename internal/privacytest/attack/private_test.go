package attack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/communitymember"
	"github.com/communitybuilder/communitybuilder/ent/post"
	"github.com/communitybuilder/communitybuilder/ent/user"
)

func TestPrivateColumnsAreNull(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		token := secret + "-token"
		if err := w.Client.User.UpdateOneID(w.other.ID).SetEmail(secret + "@example.com").SetResetPasswordToken(token).
			SetUsername("other").Exec(w.system); err != nil {
			t.Fatal(err)
		}
		ctx, c := w.attacker, w.Client
		other := func() *ent.UserQuery { return c.User.Query().Where(user.ID(w.other.ID)) }
		paths{
			"row":      func() (any, error) { return other().Only(ctx) },
			"edge":     func() (any, error) { return c.Post.Query().WithAuthor().All(ctx) },
			"of edge":  func() (any, error) { return c.Post.Query().QueryAuthor().All(ctx) },
			"select":   func() (any, error) { return other().Select(user.FieldEmail, user.FieldPassword).All(ctx) },
			"strings":  func() (any, error) { return other().Select(user.FieldEmail).Strings(ctx) },
			"password": func() (any, error) { return other().Select(user.FieldPassword).Strings(ctx) },
			"group":    func() (any, error) { return c.User.Query().GroupBy(user.FieldEmail).Strings(ctx) },
			"max":      func() (any, error) { return c.User.Query().Aggregate(ent.Max(user.FieldEmail)).String(ctx) },
			"min": func() (any, error) {
				return c.User.Query().Aggregate(ent.Min(user.FieldResetPasswordToken)).String(ctx)
			},
			"scan": func() (any, error) {
				var rows []struct {
					Email sql.NullString `sql:"email"`
				}
				err := c.User.Query().Select(user.FieldEmail).Scan(ctx, &rows)
				return rows, err
			},
			"value": func() (any, error) {
				u, err := other().Where(func(s *sql.Selector) { s.AppendSelectAs(s.C(user.FieldEmail), "mail") }).Only(ctx)
				if err != nil {
					return nil, err
				}
				v, _ := u.Value("mail")
				if p, ok := v.(*any); ok {
					v = *p
				}
				return fmt.Sprintf("%s %v", v, v), nil
			},
			"old value": func() (any, error) { return c.User.UpdateOneID(w.other.ID).Mutation().OldEmail(ctx) },
			"json": func() (any, error) {
				rows, err := c.User.Query().All(ctx)
				if err != nil {
					return nil, err
				}
				text, err := json.Marshal(rows)
				return string(text), err
			},
		}.sealed(t)
		paths{
			"where":    func() (any, error) { return c.User.Query().Where(user.Email(secret + "@example.com")).Count(ctx) },
			"prefix":   func() (any, error) { return c.User.Query().Where(user.EmailHasPrefix(secret)).Count(ctx) },
			"token":    func() (any, error) { return c.User.Query().Where(user.ResetPasswordToken(token)).Count(ctx) },
			"has":      func() (any, error) { return other().Where(user.ResetPasswordTokenNotNil()).Count(ctx) },
			"is staff": func() (any, error) { return other().Where(user.IsStaff(false)).Count(ctx) },
			"over an edge": func() (any, error) {
				return c.Post.Query().Where(post.HasAuthorWith(user.EmailHasPrefix(secret))).Count(ctx)
			},
			"not, an edge": func() (any, error) {
				return c.Post.Query().Where(post.HasAuthorWith(user.Not(user.EmailHasPrefix("q")), user.ID(w.other.ID))).Count(ctx)
			},
			"deeper": func() (any, error) {
				return c.User.Query().Where(user.HasPostsWith(post.HasAuthorWith(user.EmailHasPrefix(secret)))).Count(ctx)
			},
			"update": func() (any, error) {
				return c.User.Update().Where(user.EmailHasPrefix(secret)).SetUsername("mine").Save(ctx)
			},
			"delete": func() (any, error) { return c.User.Delete().Where(user.EmailHasPrefix(secret)).Exec(ctx) },
			"my own secret": func() (any, error) {
				return c.User.Query().Where(user.ID(w.me.ID), user.PasswordHasPrefix("pbkdf2")).Count(ctx)
			},
		}.want(t, 0)
		// The order of hidden values is none: all of them are NULL.
		by := func(o user.OrderOption) []int64 {
			found, err := c.User.Query().Where(user.IDNEQ(w.me.ID)).Order(o, user.ByID()).IDs(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if up, down := by(user.ByEmail()), by(user.ByEmail(sql.OrderDesc())); fmt.Sprint(up) != fmt.Sprint(down) {
			t.Errorf("by a hidden column: %v and %v", up, down)
		}
		// To myself my address is no secret.
		me, err := c.User.Query().Where(user.Email(w.me.Email)).Only(ctx)
		if err != nil || me.Email != w.me.Email || me.Password != "" {
			t.Errorf("me: %v, %v", me, err)
		}
	})
}

func TestWritesHandBackNoPrivateColumn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if err := w.Client.User.UpdateOneID(w.me.ID).SetVerificationToken(secret).Exec(w.system); err != nil {
			t.Fatal(err)
		}
		u, err := w.Client.User.UpdateOneID(w.me.ID).SetUsername("me").Save(w.attacker)
		if err != nil || u.Password != "" || u.VerificationToken != nil {
			t.Errorf("%v, %v", u, err)
		}
		u, err = w.Client.User.UpdateOneID(w.me.ID).Select(user.FieldPassword, user.FieldUsername).SetUsername("myself").Save(w.attacker)
		if err != nil || u.Password != "" {
			t.Errorf("%v, %v", u, err)
		}
		u, err = w.Client.User.UpdateOneID(w.me.ID).Save(w.attacker)
		if err != nil || u.Password != "" {
			t.Errorf("%v, %v", u, err)
		}
		boss := w.member(t, w.club, communitymember.RoleModerator)
		seat := w.Client.CommunityMember.Query().Where(communitymember.UserID(w.me.ID)).OnlyX(w.system)
		if err := w.Client.CommunityMember.UpdateOne(seat).SetIsBlocked(true).SetBlockedByID(boss.ID).Exec(as(t, boss.ID)); err != nil {
			t.Fatal(err)
		}
		paths{"blocked by": func() (any, error) {
			n, err := w.Client.CommunityMember.Query().Where(communitymember.BlockedByID(boss.ID)).Count(w.payer)
			return n, err
		}}.want(t, 0)
	})
}

// Rows that the system reads hold secrets; what shows them doesn't show these.
func TestRowsDoNotShowSecrets(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if err := w.Client.User.UpdateOneID(w.me.ID).SetResetPasswordToken(secret).SetEmailChangeCode("133742").Exec(w.system); err != nil {
			t.Fatal(err)
		}
		row := w.Client.User.GetX(w.system, w.me.ID)
		text, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		shown := fmt.Sprintf("%v %+v %s %s", row, row, row, text)
		for _, hidden := range []string{secret, "133742", row.Password} {
			if strings.Contains(shown, hidden) {
				t.Errorf("%q is shown: %s", hidden, shown)
			}
		}
	})
}
