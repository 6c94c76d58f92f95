package orm

import (
	"context"
	stdsql "database/sql"
	"errors"

	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// Keep makes a sub-query lock the rows it finds against deletion until the end of
// the transaction. Others may change them meanwhile.
func Keep(s *sql.Selector) *sql.Selector {
	if s.Dialect() != dialect.SQLite { // whose transactions exclude each other
		s.For(sql.LockKeyShare)
	}
	return s
}

// LockRows locks rows of a table against changes until the end of the mutation's
// transaction, in the order of their ids. Rows that refer to them may be made
// meanwhile. It is for rules that then look at rows beside these: see
// [ErrIsolation].
func LockRows(ctx context.Context, m ent.Mutation, table string, ids []int64) error {
	if Dialect(m) == dialect.SQLite { // whose transactions exclude each other
		return nil
	}
	id := SQL(m).Table(table).C("id")
	_, err := lockRows(ctx, m, table, AnyOf(id, ids))
	return err
}

// AffectedUnder is Affected, with the rows that one of the columns refers to, of
// another table, locked before: whoever deletes one of these locks them in that
// order, too. Rows that come under others in between are left alone.
func AffectedUnder(ctx context.Context, m ent.Mutation, column, table string) ([]*Change, error) {
	b := mutation(m)
	if b.locked || Dialect(m) == dialect.SQLite { // whose transactions exclude each other
		return Affected(ctx, m)
	}
	referring := selection(ctx, b)
	referring.Select(referring.C(b.field(column).Column))
	parents, err := lockRows(ctx, m, table, sql.In(SQL(m).Table(table).C("id"), referring))
	if err != nil {
		return nil, err
	}
	b.narrowed = append(b.narrowed, func(s *sql.Selector) {
		s.Where(sql.Or(sql.IsNull(s.C(column)), AnyOf(s.C(column), parents)))
	})
	return Affected(ctx, m)
}

// ErrIsolation is returned on PostgreSQL for a write whose rules look at other rows
// under a lock, in a transaction of a level above read committed: they would see
// what there was when the transaction began.
var ErrIsolation = errors.New("ent: the rules of this write need a transaction of the level read committed")

// Fresh returns [ErrIsolation] where the mutation's transaction would not see what
// others have committed since its begin.
func Fresh(ctx context.Context, m ent.Mutation) error {
	d, ok := undebugged(driverOf(mutation(m))).(isolated)
	if ok && Dialect(m) != dialect.SQLite && d.Isolation(ctx) > stdsql.LevelReadCommitted {
		return ErrIsolation
	}
	return nil
}

// isolated is a driver that knows the isolation level of the transaction that the
// context carries.
type isolated interface {
	Isolation(ctx context.Context) stdsql.IsolationLevel
}

func lockRows(ctx context.Context, m ent.Mutation, table string, such *sql.Predicate) (ids []int64, err error) {
	b := SQL(m)
	t := b.Table(table)
	var rows []struct {
		ID        int64  `sql:"id"`
		Isolation string `sql:"isolation"`
	}
	err = Read(ctx, m, b.Select(t.C("id")).AppendSelectExprAs(sql.Raw("current_setting('transaction_isolation')"), "isolation").
		From(t).Where(such).OrderBy(t.C("id")).For(noKeyUpdate), &rows)
	for _, r := range rows {
		if r.Isolation != "read committed" {
			return nil, ErrIsolation
		}
		ids = append(ids, r.ID)
	}
	return ids, err
}
