package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// A Report is what a takeover has done.
type Report struct {
	// Steps are those that were taken, in their order.
	Steps []Step `json:"steps"`
	// Waiting are the rules that some rows still break.
	Waiting []Waiting `json:"waiting"`
	// Kept is what is in the database and nobody's here.
	Kept []string `json:"kept"`
	// Migrations are the later ones that were applied at the end.
	Migrations []migrations.Migration `json:"migrations"`
}

// Apply takes a database over. Services may go on using it meanwhile: no step
// locks a table for longer than a change of the catalogue takes, or waits for a
// lock for longer than a fraction of a second before it gives way and tries again.
// It tells progress of every step, which may be nil.
//
// It may be ended at any moment, and goes on from there when it is called again.
// On a database that has been taken over it does nothing. It returns an
// *ImpossibleError or a *BrokenError before anything is changed, and else what
// [MakePlan] returns, migrationlock.ErrBusy if ctx ends while another process
// changes the schema, [migrations.ErrOneConnection], and what the database
// answers. The report is of what was done until then.
func Apply(ctx context.Context, db *sql.DB, choices Choices, progress func(Event)) (*Report, error) {
	report := &Report{Steps: []Step{}}
	err := alone(ctx, db, func(r *runner) error {
		r.progress = func(e Event) {
			report.add(e)
			if progress != nil {
				progress(e)
			}
		}
		return r.takeOver(ctx, choices, report)
	})
	if err != nil {
		return report, err
	}
	report.Migrations, err = migrations.Apply(ctx, db)
	return report, err
}

// add adds the step of an event that tells of its end. One that was taken again,
// for rows that services have written meanwhile, is there already.
func (r *Report) add(e Event) {
	again := func(s Step) bool { return slices.Equal(s.SQL, e.Step.SQL) }
	if e.Busy == nil && !slices.ContainsFunc(r.Steps, again) {
		r.Steps = append(r.Steps, e.Step)
	}
}

// takeOver plans and takes the steps, and does so again when the schema turns out
// not to be the one that it planned for: the last statement of a process that was
// killed may end after its successor has begun.
func (r *runner) takeOver(ctx context.Context, choices Choices, report *Report) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		p, err := r.takeSteps(ctx, choices)
		if err == nil {
			report.Waiting, report.Kept = append(p.Waiting, r.waiting...), p.Kept
			return r.record(ctx, p)
		}
		if attempt == attempts || !otherSchema(err) {
			return err
		}
	}
}

// takeSteps takes all steps of the plan that it returns.
func (r *runner) takeSteps(ctx context.Context, choices Choices) (*Plan, error) {
	p, err := possible(ctx, r.db, choices)
	if err != nil {
		return nil, err
	}
	if p.history > 0 {
		if err := r.run(ctx, p.Steps[:p.history]); err != nil {
			return nil, err
		}
		// What those steps have written is examined too.
		if p, err = possible(ctx, r.db, choices); err != nil {
			return nil, fmt.Errorf("after the steps of the Python services' history: %w", err)
		}
	}
	return p, r.run(ctx, p.Steps)
}

// record notes in Atlas's revision table which version the database has.
func (r *runner) record(ctx context.Context, p *Plan) error {
	if p.Recorded != "" {
		return nil
	}
	if err := r.lock.Held(ctx); err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	return migrations.Baseline(ctx, r.db, Version)
}

// otherSchema tells whether the database refused a statement because something is
// there already, or not there.
func otherSchema(err error) bool {
	switch sqlstate.Of(err) {
	case "42P07", "42710", "42701", "42P06", // a table or index, another object, a column, a schema is there
		"42P01", "42704", "42703": // is not there
		return true
	}
	return false
}

// statements returns those of all steps.
func statements(steps []Step) []string {
	var all []string
	for _, s := range steps {
		all = append(all, s.SQL...)
	}
	return all
}

// possible returns a plan that can be carried out.
func possible(ctx context.Context, db *sql.DB, choices Choices) (*Plan, error) {
	p, err := MakePlan(ctx, db, choices)
	if err != nil {
		return nil, err
	}
	return p, p.Possible()
}
