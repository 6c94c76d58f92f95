package attack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// Of every entity: somebody who makes a row like one that they don't see gets the
// same error whether that row is there or not, so that no unique set, and no rule
// that counts rows, tells of it.
func TestNoUniqueSetTellsOfAHiddenRow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		rows := w.exhibited(t)
		a := asking{world: w, user: w.me.ID, ctx: w.attacker}
		tried := 0
		for _, typ := range orm.Types() {
			row := rows[typ.Name]
			if a.sees(t, typ.Name, id(row)) {
				continue
			}
			for _, columns := range [][]string{w.needed(t, typ, row), typ.Columns[1:]} {
				attempt := func(without bool) (err error, deleted bool) {
					tx, begun := w.Client.Tx(w.system)
					if begun != nil {
						t.Fatal(begun)
					}
					defer func() { err = errors.Join(err, tx.Rollback()) }()
					if without {
						b, _ := build(tx.Client(), typ.Name, "DeleteOneID", id(row))
						if b.Exec(w.system) != nil {
							return nil, false // others refer to it
						}
					}
					b, m := build(tx.Client(), typ.Name, "Create")
					if err := fill(m, typ, row, columns); err != nil {
						t.Fatal(err)
					}
					return b.Exec(w.attacker), true
				}
				there, _ := attempt(false)
				gone, deleted := attempt(true)
				if !deleted {
					continue
				}
				tried++
				if fmt.Sprint(there) != fmt.Sprint(gone) {
					t.Errorf("%s: %v while there is such a row, %v where there is none", typ.Name, there, gone)
				}
			}
		}
		if tried < 40 {
			t.Errorf("only %d were tried", tried)
		}
	})
}

// Whoever moderates a community of their own learns nothing of the occurrences of
// another community's series, which they see.
func TestASeriesElsewhereTellsNothingOfItsOccurrences(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		own := factory.Must(w.system, t, w.f.Community)
		factory.Must(w.system, t, w.f.CommunityMember, func(c *ent.CommunityMemberCreate) { c.SetCommunity(own).SetUser(w.me).SetRole("moderator") })
		series := factory.Must(w.system, t, w.f.MeetingSeries, func(c *ent.MeetingSeriesCreate) { c.SetCommunity(w.club) })
		taken := factory.Must(w.system, t, w.f.Meeting, func(c *ent.MeetingCreate) {
			c.SetCommunity(w.club).SetSeries(series).SetSeriesSequence(1)
		})
		factory.Must(w.system, t, w.f.MeetingGroup, func(c *ent.MeetingGroupCreate) { c.SetMeeting(taken).SetCommunityGroup(w.gold) })
		if _, err := w.Client.MeetingSeries.Get(w.attacker, series.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Client.Meeting.Get(w.attacker, taken.ID); !ent.IsNotFound(err) {
			t.Fatal(err)
		}
		call := func(n int) error {
			at := time.Now().Add(time.Hour)
			return w.Client.Meeting.Create().SetCommunity(own).SetCreatedByID(w.me.ID).SetTitle("x").
				SetStartDatetime(at).SetEndDatetime(at.Add(time.Hour)).SetSeries(series).SetSeriesSequence(n).Exec(w.attacker)
		}
		if there, free := call(1), call(2); !errors.Is(there, apierror.OtherCommunity) || there.Error() != free.Error() {
			t.Errorf("%v of a number that is taken, %v of one that is free", there, free)
		}
	})
}

// Names that are one for the whole platform are taken for everybody, and that is all
// that is told: the alias of a community, the name of an account.
func TestATakenNameIsAllThatIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		gone := factory.Must(w.system, t, w.f.User, func(c *ent.UserCreate) { c.SetUsername(secret).SetIsActive(false) })
		here := factory.Must(w.system, t, w.f.User, func(c *ent.UserCreate) { c.SetUsername("here") })
		ctx, c := w.attacker, w.Client
		rename := func(name string) error { return c.User.UpdateOneID(w.me.ID).SetUsername(name).Exec(ctx) }
		found := func(alias string) error { return c.Community.Create().SetName("x").SetAlias(alias).Exec(ctx) }
		for taken, errs := range map[apierror.Code][2]error{
			apierror.UsernameTaken: {rename(*gone.Username), rename(*here.Username)},
			apierror.AliasTaken:    {found(w.ruin.Alias), found(w.club.Alias)},
		} {
			for _, err := range errs {
				if !errors.Is(err, taken) || err.Error() != errs[0].Error() || strings.Contains(err.Error(), secret) {
					t.Errorf("%s: %v", taken, err)
				}
			}
		}
	})
}

// A rule that looks at what somebody has done says nothing of it to others.
func TestRulesSpeakToWhomTheRightIsOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f, c := w.f, w.Client
		quiz := factory.Must(w.system, t, f.Quiz, func(c *ent.QuizCreate) {
			c.SetCommunity(w.club).SetHasAttemptLimit(true).SetMaxAttempts(1)
		})
		submit := func(ctx context.Context, u *ent.User) error {
			return c.QuizSubmission.Create().SetCommunity(w.club).SetQuiz(quiz).SetUser(u).SetSubmissionData("{}").Exec(ctx)
		}
		if err := submit(w.payer, w.other); err != nil {
			t.Fatal(err)
		}
		used, unused := submit(w.attacker, w.other), submit(w.attacker, w.member(t, w.club, "member"))
		if !errors.Is(used, apierror.Forbidden) || unused == nil || used.Error() != unused.Error() {
			t.Errorf("an attempt for one who has none left: %v, for one who has: %v", used, unused)
		}
		if err := submit(w.payer, w.other); !errors.Is(err, apierror.NoAttemptsLeft) {
			t.Errorf("their own: %v", err)
		}
	})
}
