package factory

import (
	"context"
	"time"

	"github.com/bojanz/currency"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/viewer"
)

// A build is one row on its way: the values that it is made of, and the first
// error, after which nothing else is tried.
type build struct {
	values
	ctx context.Context
	err error
}

// begin starts a row and sets the times that most entities have.
func begin[M any](ctx context.Context, f *Factory, c interface{ Mutation() M }) (*build, M) {
	b, m := &build{values: f.values(), ctx: viewer.NewContext(ctx, viewer.System("test data"))}, c.Mutation()
	if m, ok := any(m).(interface{ SetCreatedAt(time.Time) }); ok {
		m.SetCreatedAt(b.at)
	}
	if m, ok := any(m).(interface{ SetUpdatedAt(time.Time) }); ok {
		m.SetUpdatedAt(b.at)
	}
	return b, m
}

// apply runs the overrides.
func apply[C any](c *C, with []func(*C)) {
	for _, override := range with {
		override(c)
	}
}

// A key tells the id that a foreign key holds, if it is set.
type key = func() (id int64, ok bool)

// via is the key held by another row, which is loaded when somebody asks.
func via[P any](b *build, parent key, get func(context.Context, int64) (*P, error), of func(*P) int64) key {
	return func() (int64, bool) {
		id, ok := parent()
		if !ok || b.err != nil {
			return 0, false
		}
		row, err := get(b.ctx, id)
		if err != nil {
			b.err = err
			return 0, false
		}
		return of(row), true
	}
}

// put sets a key if it can be told.
func put[B any](set func(int64) B, to key) {
	if id, ok := to(); ok {
		set(id)
	}
}

// follow sets a missing key if it can be told from another row.
func follow[B any](have key, set func(int64) B, from key) {
	if _, ok := have(); !ok {
		put(set, from)
	}
}

// need makes a parent that is missing.
func need[P, C, B any](b *build, have key, set func(*P) B, parent func(context.Context, ...func(*C)) (*P, error), with ...func(*C)) {
	if _, ok := have(); ok || b.err != nil {
		return
	}
	row, err := parent(b.ctx, with...)
	if err != nil {
		b.err = err
		return
	}
	set(row)
}

// fill sets a field that is missing.
func fill[V, B any](have func() (V, bool), set func(V) B, v V) {
	if _, ok := have(); !ok {
		set(v)
	}
}

// is tells whether a field is set to one of the values.
func is[V comparable](have func() (V, bool), values ...V) bool {
	v, ok := have()
	for _, w := range values {
		if ok && v == w {
			return true
		}
	}
	return false
}

// has tells whether a field is set.
func has[V any](have func() (V, bool)) bool {
	_, ok := have()
	return ok
}

// ask returns the answer to a query about other rows.
func ask[V any](b *build, query func(context.Context) (V, error)) (v V) {
	if b.err == nil {
		v, b.err = query(b.ctx)
	}
	return v
}

// begun is when something began that ends at a time, if that is set: now, or a
// month before where it has ended.
func (b *build) begun(end func() (time.Time, bool)) time.Time {
	if at, ok := end(); ok && !at.After(b.at) {
		return at.AddDate(0, -1, 0)
	}
	return b.at
}

// priceIn is a price with the decimals of a currency, USD if none is set.
func (b *build) priceIn(code func() (string, bool)) decimal.Decimal { return rounded(b.price(), code) }

// rounded is an amount with no more decimals than a currency has.
func rounded(amount decimal.Decimal, code func() (string, bool)) decimal.Decimal {
	if c, ok := code(); ok {
		if digits, known := currency.GetDigits(c); known {
			return amount.Round(min(int32(digits), 2))
		}
	}
	return amount
}

// save writes the row unless something failed before.
func save[E any](b *build, write func(context.Context) (*E, error)) (*E, error) {
	if b.err != nil {
		return nil, b.err
	}
	return write(b.ctx)
}
