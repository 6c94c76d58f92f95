package txdriver

import "context"

// Inquire is Query for finding out why a statement failed: it also runs in the
// transaction of ctx that the failure has doomed, and leaves it doomed. SQLite
// answers; PostgreSQL doesn't, but its errors say enough.
func (d *Driver) Inquire(ctx context.Context, query string, args, v any) error {
	if tx := d.carried(ctx); tx != nil {
		return tx.Inquire(ctx, query, args, v)
	}
	return d.pool.Query(ctx, query, args, v)
}

// Inquire is [Driver.Inquire] in this transaction.
func (tx *Tx) Inquire(ctx context.Context, query string, args, v any) error {
	tx.mu.Lock()
	over := tx.outcome != open || tx.ended
	tx.mu.Unlock()
	if over {
		return errEnded
	}
	return tx.explain(tx.tx.Query(ctx, query, args, v))
}
