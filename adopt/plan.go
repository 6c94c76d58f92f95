package adopt

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// A Plan is what a takeover would do to a database as it is now.
type Plan struct {
	// Version is the migration whose schema the database will have.
	Version string `json:"version"`
	// Recorded is the migration that the database's revision table names, "" if it
	// has none: then the takeover ends by recording Version there.
	Recorded string `json:"recorded,omitempty"`
	// Positions says how far each part of the database has come in the Python
	// services' own history.
	Positions []Position `json:"positions"`
	// Steps are taken in this order.
	Steps []Step `json:"steps"`
	// Seconds is about how long the steps take, without waiting for locks.
	Seconds float64 `json:"seconds"`
	// Findings are the rows that break a rule, and the rules that could not be
	// examined yet.
	Findings []Finding `json:"findings"`
	// Waiting are the rules that some rows will still break.
	Waiting []Waiting `json:"waiting"`
	// Kept is what is in the database and nobody's here. It stays.
	Kept []string `json:"kept"`
	// Obstacles say what keeps the takeover from being possible, and how to get
	// out of it.
	Obstacles []string `json:"obstacles"`

	history int // how many of the steps belong to the Python services' history
}

var (
	// ErrEmpty means that the database is empty, or another application's.
	ErrEmpty = errors.New("adopt: the database has none of the platform's tables in its schema public: " +
		"a new database of the platform is made by `communitybuilder migrate apply --url …`, from an empty one")
	// ErrManaged means that the database has been made by the module's own
	// migrations, and not all of them are there that adopt relies on.
	ErrManaged = errors.New("adopt: the database is one of the module's own migrations, and older than what is taken over: " +
		"run `communitybuilder migrate apply --url …`")
)

// MakePlan looks at a database and plans its takeover. It changes nothing. Besides
// what the database answers it returns [ErrEmpty], [ErrManaged], a
// *[migrations.VersionError] if the database is newer than the module, an
// *[ImpossibleError] if the role of the connection may not look at the rows or
// change the tables, and what is wrong with the choices.
func MakePlan(ctx context.Context, db *sql.DB, choices Choices) (*Plan, error) {
	p := &Plan{Kept: []string{}, Waiting: []Waiting{}, Obstacles: []string{}, Findings: []Finding{}, Steps: []Step{}}
	if err := p.aim(ctx, db); err != nil {
		return nil, err
	}
	want, err := catalogue.At(p.Version)
	if err != nil {
		return nil, err
	}
	if err := choices.check(want); err != nil {
		return nil, err
	}
	live, err := catalogue.Read(ctx, db, "public")
	if err != nil {
		return nil, err
	}
	// Other applications have a table "User" too.
	if _, ok := live.Get(catalogue.Table, "Community", ""); !ok {
		return nil, ErrEmpty
	}
	p.Positions = positions(live)
	m := newModel(live)
	p.Steps = append(p.Steps, legacySteps(m, want)...)
	p.history = len(p.Steps)
	if forbidden, err := m.forbidden(ctx, db, want); err != nil {
		return nil, err
	} else if len(forbidden) > 0 {
		return nil, &ImpossibleError{forbidden}
	}
	inTheWay, err := m.inTheWay(ctx, db, live, want)
	if err != nil {
		return nil, err
	}
	p.Obstacles = append(p.Obstacles, inTheWay...)
	s, err := readState(ctx, db, live)
	if err != nil {
		return nil, err
	}
	found, err := examine(ctx, db, live, m, want)
	if err != nil {
		return nil, err
	}
	choices.decide(found)
	p.Findings = append(p.Findings, found...)
	p.Steps = append(p.Steps, found.repairs()...)
	c := converge(m, want, s, found, choices.Accept)
	p.Steps = append(p.Steps, c.steps()...)
	if err := p.addRoles(ctx, db, live); err != nil {
		return nil, err
	}
	noted, err := djangoSteps(ctx, db, slices.Concat(m.schema, want))
	if err != nil {
		return nil, err
	}
	p.Steps = append(p.Steps, noted...)
	p.Waiting = append(p.Waiting, c.waiting...)
	p.Kept = append(p.Kept, c.kept...)
	p.Obstacles = append(p.Obstacles, c.obstacles...)
	for i := range p.Steps {
		p.Steps[i].Seconds = estimate(p.Steps[i], s).Seconds()
		p.Seconds += p.Steps[i].Seconds
	}
	return p, nil
}

// aim finds out which version's schema the database should have.
func (p *Plan) aim(ctx context.Context, db *sql.DB) error {
	s, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	p.Version, p.Recorded = max(Version, s.Database), s.Database
	switch {
	case s.Unfinished != nil:
		return s.Unfinished
	case s.Database != "" && s.Database < Version:
		return ErrManaged
	}
	return notNewer(s)
}

// notNewer returns a *[migrations.VersionError] if the database has migrations that
// the module doesn't know.
func notNewer(s migrations.State) error {
	if len(s.Unknown) == 0 {
		return nil
	}
	return &migrations.VersionError{Database: s.Database, Module: s.Module, Unknown: s.Unknown}
}

// addRoles gives the database the roles that always exist, with the statement of
// the migration that gives them to a new one.
func (p *Plan) addRoles(ctx context.Context, db *sql.DB, live catalogue.Schema) error {
	if _, ok := live.Get(catalogue.Column, "Roles", "name"); ok {
		var there int
		err := db.QueryRowContext(ctx, `SELECT count(*) FROM public."Roles" WHERE name IN ('admin', 'user')`).Scan(&there)
		if err != nil {
			return fmt.Errorf("adopt: read the roles: %w", err)
		}
		if there == 2 {
			return nil
		}
	}
	sql, err := migrations.FS.ReadFile("20261123000002_add_default_roles.sql")
	if err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	p.Steps = append(p.Steps, Step{Title: "add the default roles", SQL: []string{string(sql)}, Locks: []Lock{{"Roles", rowExclusive}}})
	return nil
}

// An ImpossibleError means that a database can't be taken over as it is.
type ImpossibleError struct {
	// Obstacles say why, and how to get out of it.
	Obstacles []string
}

func (e *ImpossibleError) Error() string {
	return "adopt: nothing was changed: " + strings.Join(e.Obstacles, "; ")
}

// Possible returns nil if the plan can be carried out, else an *ImpossibleError or
// a *BrokenError.
func (p *Plan) Possible() error {
	if len(p.Obstacles) > 0 {
		return &ImpossibleError{p.Obstacles}
	}
	return findings(p.Findings).stopping()
}

// Duration is about how long the steps take, without waiting for locks.
func (p *Plan) Duration() time.Duration { return time.Duration(p.Seconds * float64(time.Second)) }
