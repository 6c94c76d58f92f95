package adopt

import "time"

// A rate is how long a kind of work takes: for every row, and for every byte of
// the table, since reading goes by pages.
type rate struct{ row, byte time.Duration }

// rates were measured at a million rows.
var rates = map[WorkKind]rate{
	Scan:  {row: 180, byte: 1},
	Join:  {row: 500, byte: 1},
	Build: {row: 1300, byte: 2},
	Write: {row: 15000, byte: 5},
}

// Every step takes some time whatever the size of its table.
const (
	overhead           = 5 * time.Millisecond
	overheadConcurrent = 20 * time.Millisecond
)

// estimate is about how long a step takes once it has its locks.
func estimate(s Step, at state) time.Duration {
	d := overhead
	if s.Concurrently {
		d = overheadConcurrent
	}
	for _, w := range s.Work {
		r, z := rates[w.Kind], at.sizes[w.Table]
		d += time.Duration(float64(r.row)*z.rows + float64(r.byte)*z.bytes)
	}
	return d
}
