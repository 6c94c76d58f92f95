package migrationlint

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
)

// A step is a statement that was run, and what it did.
type step struct {
	*stmt
	before, after *snapshot
	// outside tells that PostgreSQL refuses the statement inside of a transaction.
	outside bool
	// commits tells that it ends the transaction, so that what it locked and read
	// can't be seen.
	commits bool
	// atlas are the changes of the schema in Atlas's words, with renames.
	atlas []schema.Change
}

// A history is what a file did, step by step.
type history struct {
	*file
	before, after *snapshot
	from, to      *schema.Realm
	steps         []*step
	// failed is the statement that could not be run, after which no other was, and
	// failure why.
	failed  *stmt
	failure error
}

// replay runs the statements of a file on a connection of its own, as the
// programs that apply it do, and looks at the schema, the locks and the files of
// the tables after each.
func replay(ctx context.Context, db *sql.DB, f *file) (_ *history, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrationlint: %w", err)
	}
	defer func() {
		// The next file gets a session without this one's settings.
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		_ = conn.Close()
	}()
	drv, err := postgres.Open(conn)
	if err != nil {
		return nil, fmt.Errorf("migrationlint: %w", err)
	}
	r := &run{conn: conn, drv: drv, h: &history{file: f}}
	if r.h.from, err = r.inspect(ctx); err != nil {
		return nil, err
	}
	r.h.to = r.h.from
	if err := r.all(ctx); err != nil {
		return nil, err
	}
	r.h.after, err = take(ctx, conn)
	return r.h, err
}

// A run is a replay that is under way.
type run struct {
	conn *sql.Conn
	drv  migrate.Driver
	h    *history
	last *snapshot // within the transaction that is open
}

func (r *run) all(ctx context.Context) error {
	if err := r.begin(ctx); err != nil {
		return err
	}
	r.h.before = r.last
	for i, s := range r.h.stmts {
		if i > 0 && !r.h.transaction {
			if err := r.begin(ctx); err != nil {
				return err
			}
		}
		if err := r.step(ctx, s); err != nil || r.h.failure != nil {
			return err
		}
		if !r.h.transaction {
			if err := r.commit(ctx); err != nil {
				return err
			}
		}
	}
	if r.h.transaction {
		return r.commit(ctx)
	}
	return nil
}

// step runs one statement, inside of the open transaction if it can be.
func (r *run) step(ctx context.Context, s *stmt) error {
	if s.controlsTransaction() || s.administers() {
		r.h.steps = append(r.h.steps, &step{stmt: s, before: r.last, after: r.last})
		return nil
	}
	if err := r.must(ctx, "SAVEPOINT statement"); err != nil {
		return err
	}
	st := &step{stmt: s, before: r.last}
	_, failure := r.conn.ExecContext(ctx, s.Text)
	switch sqlstate.Of(failure) {
	case "25001", "2D000": // can't be inside of a transaction, ends the transaction
		st.outside, st.commits = true, sqlstate.Of(failure) == "2D000"
		if err := r.must(ctx, "ROLLBACK TO SAVEPOINT statement"); err != nil {
			return err
		}
		if err := r.commit(ctx); err != nil {
			return err
		}
		_, failure = r.conn.ExecContext(ctx, s.Text)
		if failure == nil {
			failure = r.begin(ctx)
		}
	default:
		if failure == nil {
			failure = r.must(ctx, "RELEASE SAVEPOINT statement")
		}
	}
	if failure != nil {
		r.h.failed, r.h.failure = s, failure
		_, _ = r.conn.ExecContext(ctx, "ROLLBACK") // whatever is left of the transaction
		return ctx.Err()
	}
	var err error
	if st.after, err = take(ctx, r.conn); err != nil {
		return err
	}
	r.last = st.after
	r.h.steps = append(r.h.steps, st)
	if len(catalogue.Diff(st.before.schema, st.after.schema)) == 0 {
		return nil
	}
	to, err := r.inspect(ctx)
	if err != nil {
		return err
	}
	st.atlas, err = r.compare(r.h.to, to, st.effect())
	r.h.to = to
	return err
}

func (r *run) begin(ctx context.Context) (err error) {
	if err := r.must(ctx, "BEGIN"); err != nil {
		return err
	}
	r.last, err = take(ctx, r.conn)
	return err
}

func (r *run) commit(ctx context.Context) error { return r.must(ctx, "COMMIT") }

func (r *run) must(ctx context.Context, stmt string) error {
	if _, err := r.conn.ExecContext(ctx, stmt); err != nil {
		return fmt.Errorf("migrationlint: %w", err)
	}
	return nil
}

func (r *run) inspect(ctx context.Context) (*schema.Realm, error) {
	realm, err := r.drv.InspectRealm(ctx, &schema.InspectRealmOption{Schemas: []string{schemaName}})
	if err != nil {
		return nil, fmt.Errorf("migrationlint: %w", err)
	}
	return realm, nil
}

func (s *stmt) controlsTransaction() bool {
	return s.begins("BEGIN", "START TRANSACTION", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE TRANSACTION")
}

// An effect is what a statement changed in the schema.
type effect struct {
	added, dropped []catalogue.Object
	changed        []change
	// others are extensions and the like that were added.
	others []string
}

// A change is an object that was renamed or defined anew.
type change struct{ before, after catalogue.Object }

func (c change) renamed() bool {
	return c.before.Name != c.after.Name || c.isTable() && c.before.Table != c.after.Table
}

func (c change) isTable() bool { return c.after.Kind == catalogue.Table }

func (s *step) effect() effect {
	var e effect
	for id, o := range s.before.objects {
		now, ok := s.after.objects[id]
		switch {
		case ok && o != now:
			e.changed = append(e.changed, change{o, now})
		case !ok && !s.after.has(id):
			e.dropped = append(e.dropped, o)
		}
	}
	for id, o := range s.after.objects {
		if _, ok := s.before.objects[id]; !ok {
			e.added = append(e.added, o)
		}
	}
	for name := range s.after.others {
		if !s.before.others[name] {
			e.others = append(e.others, name)
		}
	}
	slices.Sort(e.others)
	return e
}
