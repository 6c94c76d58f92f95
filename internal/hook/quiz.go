package hook

import (
	"context"
	"slices"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// NoLimitOfZero takes max_attempts 0 for what it stands for: no limit.
func NoLimitOfZero() ent.Hook {
	return before(ent.OpCreate|updates, func(m ent.Mutation) error {
		if attempts, set := m.Field("max_attempts"); set && attempts == 0 {
			orm.Put(m, "has_attempt_limit", false)
		}
		return nil
	})
}

// SubmissionKeepsQuiz refuses submissions without a quiz, and to move one to
// another quiz or to none: the database takes the quiz away with the quiz's row.
func SubmissionKeepsQuiz() ent.Hook {
	return hold(rule("SimpleQuizSubmission", "simplequizsubmission_quiz_stays"), func(c *orm.Change) bool {
		return c.Creates() && c.New("quiz_id") != nil
	})
}

// SubmissionKeepsSnapshot refuses to change a quiz's id and title as they were at
// the time of the attempt. What another service has left open may be filled in.
func SubmissionKeepsSnapshot() ent.Hook {
	r := rule("SimpleQuizSubmission", "simplequizsubmission_snapshot_stays")
	return changing(updates, r.Fields, func(_ context.Context, _ ent.Mutation, rows []*orm.Change) error {
		for _, c := range rows {
			id := c.Differs("quiz_id_at_submit") && (c.Old("quiz_id_at_submit") != nil || !snapshotFits(c))
			title := c.Differs("quiz_title_snapshot") && c.Old("quiz_title_snapshot") != ""
			if id || title {
				return orm.Refuse(c, r)
			}
		}
		return nil
	})
}

// snapshotFits tells whether the id that was noted, if one was, is the quiz's.
func snapshotFits(c *orm.Change) bool {
	noted, ok := orm.NewValue[int](c, "quiz_id_at_submit")
	quiz, _ := orm.NewValue[int64](c, "quiz_id")
	return !ok || int64(noted) == quiz
}

// SubmissionOfQuiz refuses submissions to a quiz of another community and those
// beyond its limit, and notes the quiz's id and title. A title that is given is
// one that the quiz had when an attempt from elsewhere was made. A submission that
// comes without the number of questions has none, as long as it isn't scored.
func SubmissionOfQuiz() ent.Hook {
	otherCommunity := rule("SimpleQuizSubmission", "simplequizsubmission_quiz_of_community")
	noneLeft := rule("SimpleQuizSubmission", "simplequizsubmission_attempts_left")
	snapshot := rule("SimpleQuizSubmission", "simplequizsubmission_snapshot_stays")
	return creating(every, admitted(func(ctx context.Context, m ent.Mutation, rows []*orm.Change) error {
		quizzes, err := lockQuizzes(ctx, m, rows)
		if err != nil {
			return err
		}
		made, err := attempts(ctx, m, rows, quizzes)
		if err != nil {
			return err
		}
		for _, c := range rows {
			if c.New("total_questions") == nil {
				c.Put("total_questions", 0) // until it is scored, which isn't for who submits
			}
			a := attemptOf(c)
			q, ok := quizzes[a.quiz]
			if !ok {
				continue // the key that leads nowhere is refused by the database
			}
			made[a]++
			switch {
			case c.New("community_id") != q.Community:
				return orm.Refuse(c, otherCommunity)
			case !snapshotFits(c):
				return orm.Refuse(c, snapshot)
			case q.limited() && made[a] > *q.Limit:
				return orm.Refuse(c, noneLeft)
			}
			if c.New("quiz_title_snapshot") == "" {
				c.Put("quiz_title_snapshot", q.Title)
			}
			c.Put("quiz_id_at_submit", int(q.ID))
		}
		return nil
	}))
}

// quiz is what a submission has to know of its quiz.
type quiz struct {
	ID        int64  `sql:"id"`
	Community int64  `sql:"community"`
	Title     string `sql:"title"`
	Limit     *int   `sql:"max"` // of attempts a user, where it is in force
}

func (q quiz) limited() bool { return q.Limit != nil && *q.Limit > 0 }

// attempt is whose submission it is, and to what.
type attempt struct{ quiz, user int64 }

func attemptOf(c *orm.Change) attempt {
	quiz, _ := orm.NewValue[int64](c, "quiz_id")
	user, _ := orm.NewValue[int64](c, "user_id")
	return attempt{quiz, user}
}

// lockQuizzes reads the quizzes that rows are submissions to, and keeps them from
// being changed. The users are locked with them: of two attempts by one user the
// second waits for the first, and then counts it.
func lockQuizzes(ctx context.Context, m ent.Mutation, rows []*orm.Change) (map[int64]quiz, error) {
	q, u := orm.SQL(m).Table("SimpleQuiz").As("q"), orm.SQL(m).Table("User").As("u")
	b := &sql.Builder{}
	b.SetDialect(orm.Dialect(m))
	b.WriteString(`
SELECT q.id AS id, q.community_id AS community, q.title AS title,
	CASE WHEN q.has_attempt_limit THEN q.max_attempts END AS max
FROM "SimpleQuiz" AS q, "User" AS u
WHERE `).Join(orm.AnyOf(q.C("id"), idsIn(rows, "quiz_id"))).
		WriteString(" AND ").Join(orm.AnyOf(u.C("id"), idsIn(rows, "user_id"))).
		WriteString(" ORDER BY u.id, q.id")
	if b.Dialect() != dialect.SQLite { // whose transactions exclude each other
		b.WriteString(" FOR SHARE OF q FOR NO KEY UPDATE OF u")
	}
	var found []quiz
	err := orm.Read(ctx, m, b, &found)
	quizzes := map[int64]quiz{}
	for _, q := range found {
		quizzes[q.ID] = q
	}
	return quizzes, err
}

// attempts are how many submissions the users have made to the quizzes that have
// a limit.
func attempts(ctx context.Context, m ent.Mutation, rows []*orm.Change, quizzes map[int64]quiz) (map[attempt]int, error) {
	limited := slices.DeleteFunc(idsIn(rows, "quiz_id"), func(id int64) bool { return !quizzes[id].limited() })
	made := map[attempt]int{}
	if len(limited) == 0 {
		return made, nil
	}
	b := orm.SQL(m)
	t := b.Table("SimpleQuizSubmission")
	quiz, user := t.C("quiz_id"), t.C("user_id")
	var counts []struct {
		Quiz int64 `sql:"quiz_id"`
		User int64 `sql:"user_id"`
		Made int   `sql:"made"`
	}
	err := orm.Read(ctx, m, b.Select(quiz, user, sql.As(sql.Count("*"), "made")).From(t).
		Where(sql.And(orm.AnyOf(quiz, limited), orm.AnyOf(user, idsIn(rows, "user_id")))).
		GroupBy(quiz, user), &counts)
	for _, n := range counts {
		made[attempt{n.Quiz, n.User}] = n.Made
	}
	return made, err
}
