package txdriver

import (
	"context"
	"slices"
)

// A check is what a transaction still has to pass before its commit, about rows
// that were noted for it.
type check struct {
	key any
	run func(ctx context.Context, ids []int64) error
	ids []int64
}

// BeforeCommit notes rows that a transaction has to be checked for when it ends:
// right before the commit of the one that ctx carries, the check is called once
// with all ids that were noted under its key, each once and in ascending order.
// It works with the context that it is given, which carries the transaction. Its
// error is that of the commit, which rolls back instead.
//
// A check looks at what the transaction leaves. It is called also for a part of
// it that has failed, where that was overlooked or undone by a savepoint. Where
// ctx carries no transaction it is called at once.
func (d *Driver) BeforeCommit(ctx context.Context, key any, run func(ctx context.Context, ids []int64) error, ids ...int64) error {
	tx := d.carried(ctx)
	if tx == nil {
		return run(ctx, ids)
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.outcome != open || tx.ended {
		return errEnded
	}
	for _, c := range tx.checks {
		if c.key == key {
			c.ids = append(c.ids, ids...)
			return nil
		}
	}
	tx.checks = append(tx.checks, &check{key, run, slices.Clone(ids)})
	return nil
}

// pass runs the checks of a transaction that can be committed, and rolls it back
// if one of them fails.
func (tx *Tx) pass() error {
	passed := false
	defer func() {
		if !passed {
			_ = tx.Rollback() // the failure, or the panic, is what counts
		}
	}()
	for checks := tx.takeChecks(); len(checks) > 0; checks = tx.takeChecks() { // checks may note more
		for _, c := range checks {
			slices.Sort(c.ids)
			if err := c.run(tx.in(tx.begun), slices.Compact(c.ids)); err != nil {
				return err
			}
		}
	}
	passed = true
	return nil
}

// takeChecks are the checks that wait, nil where the transaction isn't to be
// committed at all.
func (tx *Tx) takeChecks() []*check {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.joined || tx.outcome != open || tx.doomed != nil {
		return nil
	}
	checks := tx.checks
	tx.checks = nil
	return checks
}
