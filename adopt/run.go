package adopt

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/internal/migrationlock"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// patience is how long a step may wait for its locks in all. Whoever comes
// after it waits as long, and the server looks for deadlocks after a second: it
// is always the step that gives way.
const patience = 400 * time.Millisecond

// An Event tells how the takeover goes.
type Event struct {
	// Step is the one that it is about, number Number of Of.
	Step       Step
	Number, Of int
	// Busy is why the step has to be tried again, nil when it is done.
	Busy error
	// Took is how long the step has taken, waiting included.
	Took time.Duration
}

// A runner takes steps.
type runner struct {
	db       *sql.DB
	lock     *migrationlock.Lock
	progress func(Event)
	waiting  []Waiting // what steps found out
	conn     *sql.Conn // for what can't be in a transaction, once it is needed
}

// run takes the steps one after the other.
func (r *runner) run(ctx context.Context, steps []Step) error {
	defer r.disconnect()
	for i, s := range steps {
		if !s.Concurrently {
			r.disconnect()
		}
		if err := r.lock.Held(ctx); err != nil {
			return fmt.Errorf("adopt: %w", err)
		}
		began := time.Now()
		event := func(busy error) {
			if r.progress != nil {
				r.progress(Event{Step: s, Number: i + 1, Of: len(steps), Busy: busy, Took: time.Since(began)})
			}
		}
		if err := r.take(ctx, s, event); err != nil {
			return fmt.Errorf("adopt: %s: %w", s.Title, err)
		}
		event(nil)
	}
	return nil
}

// take takes a step, as often as it takes to get its locks.
func (r *runner) take(ctx context.Context, s Step, busy func(error)) error {
	const slowest = 3 * time.Second
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, slowest) {
		err := r.try(ctx, s)
		switch sqlstate.Of(err) {
		case "55P03", "40P01", "40001": // lock not available, deadlock, serialization failure
		default:
			return err
		}
		busy(err)
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

func (r *runner) try(ctx context.Context, s Step) error {
	switch {
	case s.Concurrently:
		return r.concurrently(ctx, s)
	case len(s.Constraints) > 0:
		return r.validate(ctx, s)
	case s.Repeated:
		for {
			n, err := r.exec(ctx, s)
			if err != nil || n == 0 {
				return err
			}
		}
	default:
		_, err := r.exec(ctx, s)
		return err
	}
}

// exec sends the statements of a step in one message, which is one transaction,
// and returns how many rows the last one changed.
func (r *runner) exec(ctx context.Context, s Step) (int64, error) {
	result, err := r.db.ExecContext(ctx, settings(true, wait(s))+strings.Join(slices.Concat(
		// What a step writes has to keep the rules before the table may change.
		[]string{"SET CONSTRAINTS ALL IMMEDIATE"}, s.SQL), ";\n"))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// settings is a statement that makes the names in steps be understood, and their
// statements take the time that they need.
func settings(local bool, lockTimeout time.Duration) string {
	return fmt.Sprintf(migrationlock.NoTimeouts, local) + fmt.Sprintf(`;
SELECT pg_catalog.set_config('search_path', 'public', %[1]t), pg_catalog.set_config('lock_timeout', '%[2]d', %[1]t);
`, local, lockTimeout.Milliseconds())
}

// wait is how long a step may wait for each of its locks.
func wait(s Step) time.Duration {
	if len(s.Constraints) > 0 {
		return 0 // for ever: whoever writes passes by
	}
	return max(patience/time.Duration(max(2, len(s.Locks))), 50*time.Millisecond)
}

// validate holds constraints against all rows. Those that a row breaks, which was
// written after the rows were examined, are left out; a check would keep that row
// from being changed, and goes.
func (r *runner) validate(ctx context.Context, s Step) error {
	for {
		_, err := r.exec(ctx, s)
		var broken *pq.Error
		if !errors.As(err, &broken) || !slices.Contains(s.Constraints, broken.Constraint) || strings.HasPrefix(broken.Constraint, notNullPrefix) {
			return err
		}
		w := Waiting{Rule: broken.Constraint, Table: s.Table, Bound: broken.Code == "23503"} // foreign key violation
		if !w.Bound {
			drop := Step{SQL: []string{"ALTER TABLE " + quoted(s.Table) + " DROP CONSTRAINT " + quoted(w.Rule)}, Locks: locksOf(s.Table, accessExclusive, nil)}
			if err := r.take(ctx, drop, func(error) {}); err != nil {
				return err
			}
		}
		r.waiting = append(r.waiting, w)
		s.Constraints = slices.DeleteFunc(slices.Clone(s.Constraints), func(name string) bool { return name == w.Rule })
		if len(s.Constraints) == 0 {
			return nil
		}
		s.SQL = validation(s.Table, s.Constraints)
	}
}

const invalidIndex = `
SELECT EXISTS (SELECT FROM pg_catalog.pg_index WHERE NOT indisvalid AND indexrelid = pg_catalog.to_regclass($1))`

// concurrently runs a statement that can't be in a transaction. It may wait for
// as long as it likes, since nobody waits for it. What it leaves of an index when
// it fails would still slow down writers, or refuse their rows.
func (r *runner) concurrently(ctx context.Context, s Step) error {
	if err := r.connect(ctx); err != nil {
		return err
	}
	if err := dropRemainder(ctx, r.conn, s.Index); err != nil {
		return err
	}
	_, err := r.conn.ExecContext(ctx, s.SQL[0])
	if sqlstate.Of(err) != "" {
		return errors.Join(err, dropRemainder(context.WithoutCancel(ctx), r.conn, s.Index))
	}
	return err
}

// connect opens the connection for statements outside of transactions.
func (r *runner) connect(ctx context.Context) error {
	if r.conn != nil {
		return nil
	}
	conn, err := r.db.Conn(ctx)
	if err != nil {
		return err
	}
	r.conn = conn
	_, err = conn.ExecContext(ctx, settings(false, 0))
	return err
}

// disconnect ends the session that settings were made for: the pool may have no
// other connection to spare.
func (r *runner) disconnect() {
	if r.conn != nil {
		_ = r.conn.Raw(func(any) error { return driver.ErrBadConn })
		_ = r.conn.Close()
		r.conn = nil
	}
}

// dropRemainder drops what an attempt to make an index has left of it, if there
// is anything.
func dropRemainder(ctx context.Context, conn *sql.Conn, index string) error {
	if index == "" {
		return nil
	}
	var remainder bool
	err := conn.QueryRowContext(ctx, invalidIndex, quoted(index)).Scan(&remainder)
	if err == nil && remainder {
		_, err = conn.ExecContext(ctx, "DROP INDEX CONCURRENTLY IF EXISTS "+quoted(index))
	}
	return err
}
