package txdriver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"entgo.io/ent/dialect"
)

// Tx is a hold on a transaction: that of who began it, or of one who joined it.
// Like any transaction of database/sql it runs one statement at a time.
type Tx struct {
	*state
	joined   bool
	readOnly bool
	// What there was in the transaction when it was joined.
	writesBefore, callbacksBefore int

	ended bool // of a joined one; guarded by mu
}

// state is what all holds on a transaction share.
type state struct {
	driver    *Driver
	tx        dialect.Tx
	begun     context.Context // that it was begun with
	isolation sql.IsolationLevel

	mu         sync.Mutex
	outcome    outcome
	writes     int   // statements that may have written
	savepoints bool  // whether there were any
	doomed     error // the failure that dooms the transaction
	checks     []*check
	callbacks  []func()
}

// contextErr is why the context that the transaction was begun with has ended.
func (s *state) contextErr() error { return s.begun.Err() }

type outcome int

const (
	open outcome = iota
	committed
	rolledBack
)

// errEnded is returned when a transaction is used after its end.
var errEnded = fmt.Errorf("the transaction that the context carries has ended: "+
	"a context must not outlive the function that it was given to: %w", sql.ErrTxDone)

// Exec runs a statement that returns no rows in the transaction.
func (tx *Tx) Exec(ctx context.Context, query string, args, v any) error {
	return tx.run(ctx, query, func() error { return tx.tx.Exec(ctx, query, args, v) })
}

// Query runs a statement that returns rows in the transaction.
func (tx *Tx) Query(ctx context.Context, query string, args, v any) error {
	return tx.run(ctx, query, func() error { return tx.tx.Query(ctx, query, args, v) })
}

func (tx *Tx) run(ctx context.Context, query string, do func() error) error {
	if err := tx.admit(ctx, verbOf(query)); err != nil {
		return err
	}
	err := tx.explain(do())
	if err != nil {
		tx.statementFailed(err)
	}
	return err
}

// explain adds what a driver may leave out: when its context ends a transaction
// is lost, and all that is heard of it is that it is gone, or its connection.
func (s *state) explain(err error) error {
	if ended := s.contextErr(); err != nil && ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err)
	}
	return err
}

// admit tells whether a statement may run now, and notes what it may do.
func (tx *Tx) admit(ctx context.Context, v verb) error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	err := tx.refuse(v)
	// A hold on the same transaction in the context has a say as well: it may
	// have ended, or be read-only, while the client is that of the outer one.
	if c := tx.driver.carried(ctx); err == nil && c != nil && c.state == tx.state {
		err = c.refuse(v)
	}
	switch {
	case err != nil:
		return err
	case v == savepoint:
		tx.savepoints = true
	case v != reads:
		tx.writes++
	}
	return nil
}

// refuse tells why a statement may not run. The caller holds mu.
func (tx *Tx) refuse(v verb) error {
	switch {
	case tx.outcome != open || tx.ended:
		return errEnded
	case tx.doomed != nil:
		return tx.doom()
	case tx.readOnly && v == writes:
		return ErrReadOnly
	default:
		return nil
	}
}

// statementFailed dooms the transaction, as PostgreSQL does. Where there is a
// savepoint to return to that is left to the database.
func (s *state) statementFailed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.doomed == nil && !s.savepoints {
		s.doomed = err
	}
}

// doom returns the error of a doomed transaction. The caller holds mu.
func (s *state) doom() error { return &doomedError{s.doomed} }

// doomedError is ErrDoomed with its cause. The cause may be the database's own
// words, which its text leaves out.
type doomedError struct{ cause error }

func (*doomedError) Error() string     { return ErrDoomed.Error() }
func (e *doomedError) Unwrap() []error { return []error{ErrDoomed, e.cause} }

// join returns another hold on the same transaction.
func (tx *Tx) join(opts sql.TxOptions) (*Tx, error) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.outcome != open || tx.ended {
		return nil, errEnded
	}
	if opts.Isolation != sql.LevelDefault && opts.Isolation != tx.isolation {
		return nil, fmt.Errorf("%w: it is %s, asked for %s", ErrOptions, tx.isolation, opts.Isolation)
	}
	return &Tx{
		state: tx.state, joined: true, readOnly: tx.readOnly || opts.ReadOnly,
		writesBefore: tx.writes, callbacksBefore: len(tx.callbacks),
	}, nil
}

// InTx runs fn with a context that carries the transaction, which stays open.
// If fn fails after it has written something the transaction is doomed.
func (tx *Tx) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	inner, err := tx.join(sql.TxOptions{})
	if err != nil {
		return err
	}
	return Run(ctx, inner, inner, fn)
}

// Isolation is the level that the transaction was begun with.
func (tx *Tx) Isolation(context.Context) sql.IsolationLevel { return tx.isolation }

// Joined tells whether the transaction is another one's, who ends it.
func (tx *Tx) Joined() bool { return tx.joined }

// failed notes why a joined transaction is about to be rolled back.
func (tx *Tx) failed(err error) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.fail(err)
}

// fail dooms the transaction if something was written since it was joined, and
// forgets what was to be called for this part of it. The caller holds mu.
func (tx *Tx) fail(err error) {
	if !tx.joined || tx.outcome != open {
		return
	}
	if tx.writes > tx.writesBefore && tx.doomed == nil {
		tx.doomed = err
	}
	tx.callbacks = tx.callbacks[:min(len(tx.callbacks), tx.callbacksBefore)]
}

// Commit runs the checks that wait for the end of the transaction, commits it
// and then calls what waits for that. If a check fails, or the transaction is
// doomed, it is rolled back, and the error is that of the check or [ErrDoomed].
// The commit of a joined transaction only ends the hold on it.
func (tx *Tx) Commit() error {
	if err := tx.pass(); err != nil {
		return err
	}
	tx.mu.Lock()
	if tx.outcome != open || tx.ended {
		tx.mu.Unlock()
		return sql.ErrTxDone
	}
	if tx.joined {
		defer tx.mu.Unlock()
		tx.ended = true
		if tx.doomed != nil {
			return tx.doom()
		}
		return nil
	}
	if tx.doomed != nil {
		defer tx.mu.Unlock()
		tx.outcome = rolledBack
		err := tx.doom()
		if e := tx.tx.Rollback(); e != nil && !errors.Is(e, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("roll back: %w", e))
		}
		return err
	}
	err := tx.explain(tx.tx.Commit())
	if err != nil {
		tx.outcome = rolledBack
		tx.mu.Unlock()
		return err
	}
	tx.outcome = committed
	callbacks := tx.callbacks
	tx.callbacks = nil
	tx.mu.Unlock()
	for _, fn := range callbacks {
		fn()
	}
	return nil
}

// errRolledBack is the failure of a transaction that was rolled back by one who
// had joined it.
var errRolledBack = errors.New("it was rolled back")

// Rollback rolls the transaction back. Rolling back a joined one ends the hold
// on it and, if something was written since, dooms the transaction.
func (tx *Tx) Rollback() error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.outcome != open || tx.ended {
		return sql.ErrTxDone
	}
	if tx.joined {
		tx.fail(errRolledBack)
		tx.ended = true
		return nil
	}
	tx.outcome = rolledBack
	return tx.tx.Rollback()
}

// afterCommit has fn called after the commit.
func (s *state) afterCommit(fn func()) {
	s.mu.Lock()
	outcome := s.outcome
	if outcome == open {
		s.callbacks = append(s.callbacks, fn)
	}
	s.mu.Unlock()
	if outcome == committed {
		fn()
	}
}
