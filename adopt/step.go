package adopt

// A Step is one change that takes a database nearer to [Version]. It is taken
// whole or not at all, except for those that are repeated in batches, and it is
// recognised by what the database looks like: a process that was killed finds
// out by itself which steps are left.
type Step struct {
	// Title says what the step does: `rename table "PaymentPlan" to "CommunityGroup"`.
	Title string `json:"title"`
	// Point is the step of the Python services' own history that this belongs to,
	// such as `community 0011`; "" if to none.
	Point string `json:"point,omitempty"`
	// SQL are the statements, which run in one transaction.
	SQL []string `json:"sql"`
	// Concurrently says that SQL is one statement that runs outside of a
	// transaction.
	Concurrently bool `json:"concurrently,omitempty"`
	// Index is the one that a Concurrently step makes: what a failed attempt left
	// of it is dropped first.
	Index string `json:"-"`
	// Repeated says that SQL is one statement, which is run until it changes no
	// row: it changes a batch of them.
	Repeated bool `json:"repeated,omitempty"`
	// Constraints are those that the step holds against all rows of Table, in one
	// statement. One that a row breaks which was written after the rows were
	// examined waits with the others.
	Constraints []string `json:"-"`
	Table       string   `json:"-"`
	// Locks are the locks that it takes on tables that are there before it.
	Locks []Lock `json:"locks,omitempty"`
	// Work is what it has to go through.
	Work []Work `json:"work,omitempty"`
	// Seconds is about how long it takes once it has its locks.
	Seconds float64 `json:"seconds"`
}

// A Lock is one that a step takes on a table, in PostgreSQL's words: `ACCESS
// EXCLUSIVE` (nobody reads or writes), `SHARE ROW EXCLUSIVE` (nobody writes),
// `SHARE UPDATE EXCLUSIVE` (no other change of the schema, no VACUUM), `ROW
// EXCLUSIVE` (an ordinary write), `ROW SHARE` (a SELECT FOR UPDATE).
type Lock struct {
	Table string `json:"table"`
	Mode  string `json:"mode"`
}

// The modes of locks.
const (
	accessExclusive      = "ACCESS EXCLUSIVE"
	shareRowExclusive    = "SHARE ROW EXCLUSIVE"
	shareUpdateExclusive = "SHARE UPDATE EXCLUSIVE"
	rowExclusive         = "ROW EXCLUSIVE"
	rowShare             = "ROW SHARE"
)

// Work is what takes time in a step, in proportion to the rows of a table.
type Work struct {
	Kind  WorkKind `json:"kind"`
	Table string   `json:"table"` // by the name that it has in the live database
}

// WorkKind is what is done with each row of a table.
type WorkKind string

// The kinds of work.
const (
	// Scan reads every row, as the validation of a check does.
	Scan WorkKind = "scan"
	// Join looks up a row of another table for every row, as the validation of a
	// foreign key does.
	Join WorkKind = "join"
	// Build makes an index.
	Build WorkKind = "index"
	// Write makes a new version of every row.
	Write WorkKind = "write"
)
