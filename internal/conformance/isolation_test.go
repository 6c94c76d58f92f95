package conformance

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
)

// Rules that look at other rows would see those of an old snapshot.
func TestRulesNeedReadCommitted(t *testing.T) {
	ctx, d := System(t), Postgres(t)
	j := newJudge(t, d)
	wheel, user := factory.Must(ctx, t, j.factory.Wheel), factory.Must(ctx, t, j.factory.User)
	quiz := factory.Must(ctx, t, j.factory.Quiz)
	content := factory.Must(ctx, t, j.factory.ClassroomContent)
	for what, write := range map[string]func(context.Context, *cbent.Client) error{
		"join a wheel": func(ctx context.Context, tx *cbent.Client) error {
			return tx.WheelParticipant.Create().SetWheel(wheel).SetUser(user).SetOrder(1).Exec(ctx)
		},
		"limit a wheel": func(ctx context.Context, tx *cbent.Client) error {
			return tx.Wheel.UpdateOne(wheel).SetMaxMembers(5).Exec(ctx)
		},
		"submit": func(ctx context.Context, tx *cbent.Client) error {
			return tx.QuizSubmission.Create().SetQuiz(quiz).SetCommunityID(quiz.CommunityID).SetUser(user).SetSubmissionData("{}").
				SetTotalQuestions(1).SetCorrectAnswers(1).SetIncorrectAnswers(0).Exec(ctx)
		},
		"complete": func(ctx context.Context, tx *cbent.Client) error {
			return tx.ClassroomContentCompletion.Create().SetContent(content).SetUser(user).Exec(ctx)
		},
		"name": func(ctx context.Context, tx *cbent.Client) error {
			return tx.Tag.Create().SetName("isolated").Exec(ctx)
		},
	} {
		for level, want := range map[sql.IsolationLevel]error{
			sql.LevelReadCommitted: nil, sql.LevelRepeatableRead: communitybuilder.ErrRulesIsolation, sql.LevelSerializable: communitybuilder.ErrRulesIsolation,
		} {
			err := communitybuilder.Tx(ctx, d.Client, write, communitybuilder.TxIsolation(level))
			if !errors.Is(err, want) {
				t.Errorf("%s, %s: %v", what, level, err)
			}
			// The same in a transaction of ent's own.
			tx, err := d.Client.BeginTx(ctx, &sql.TxOptions{Isolation: level})
			if err != nil {
				t.Fatal(err)
			}
			if err := write(ctx, tx.Client()); want != nil && !errors.Is(err, want) {
				t.Errorf("%s, %s, by BeginTx: %v", what, level, err)
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A deadlock in a transaction that the client can't repeat has a code.
func TestADeadlockHasACode(t *testing.T) {
	ctx, d := System(t), Postgres(t)
	f := factory.New(d.Client)
	tags := []*cbent.Tag{factory.Must(ctx, t, f.Tag), factory.Must(ctx, t, f.Tag)}
	first, second := make(chan error), make(chan error)
	run := func(mine, other int, ready, met chan struct{}, done chan error) {
		tx, err := d.Client.Tx(ctx)
		if err != nil {
			done <- err
			return
		}
		err = tx.Tag.UpdateOne(tags[mine]).SetName("mine").Exec(ctx)
		close(ready)
		<-met
		if err == nil {
			err = tx.Tag.UpdateOne(tags[other]).SetName("other").Exec(ctx)
		}
		done <- errors.Join(err, tx.Rollback())
	}
	a, b := make(chan struct{}), make(chan struct{})
	go run(0, 1, a, b, first)
	go run(1, 0, b, a, second)
	lost := 0
	for _, err := range []error{<-first, <-second} {
		if err == nil {
			continue
		}
		lost++
		if e := apierror.From(err); e.Code != apierror.Contention || strings.Contains(err.Error(), "pq:") {
			t.Errorf("%v", err)
		}
	}
	if lost != 1 {
		t.Errorf("%d of two lost", lost)
	}
}
