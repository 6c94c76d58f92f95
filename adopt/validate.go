package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// A Validation is what [Validate] came to.
type Validation struct {
	// Validated are the rules that all rows are held to from now on.
	Validated []Rule `json:"validated"`
	// Waiting are those that rows still break.
	Waiting []Finding `json:"waiting"`
}

// A Rule names a constraint.
type Rule struct {
	Rule  string `json:"rule"`
	Table string `json:"table"`
}

// Validate holds a database, which has been taken over, to the rules that waited for
// rows to be repaired, each if no row breaks it any more. It locks as little as
// [Apply], and may be ended and called again like that. It returns
// [migrations.ErrNoSchema], [migrations.ErrUnmanaged] or [ErrManaged] if the database
// isn't at [Version] or later, and a *[migrations.VersionError] if it is newer than
// the module.
func Validate(ctx context.Context, db *sql.DB) (*Validation, error) {
	version, err := adopted(ctx, db)
	if err != nil {
		return nil, err
	}
	want, err := catalogue.At(version)
	if err != nil {
		return nil, err
	}
	v := &Validation{Validated: []Rule{}, Waiting: []Finding{}}
	err = alone(ctx, db, func(r *runner) error {
		bound, missing, found, err := waiting(ctx, db, want)
		if err != nil {
			return err
		}
		before := slices.Concat(bound, missing)
		if err := r.run(ctx, validations(bound, missing, found)); err != nil {
			return err
		}
		if bound, missing, found, err = waiting(ctx, db, want); err != nil {
			return err
		}
		for _, o := range before {
			if !slices.Contains(bound, o) && !slices.Contains(missing, o) {
				v.Validated = append(v.Validated, Rule{o.Name, o.Table})
			}
		}
		v.Waiting = append(v.Waiting, found...)
		return nil
	})
	return v, err
}

// adopted returns the version of a database that is at Version or later.
func adopted(ctx context.Context, db *sql.DB) (string, error) {
	s, err := migrations.Status(ctx, db)
	switch {
	case err != nil:
		return "", err
	case s.Unfinished != nil:
		return "", s.Unfinished
	case s.Database == "" && s.Tables:
		return "", migrations.ErrUnmanaged
	case s.Database == "":
		return "", migrations.ErrNoSchema
	case s.Database < Version:
		return "", ErrManaged
	}
	return s.Database, notNewer(s)
}

// Unmet returns what rows of a database, which has the schema of a version, break:
// the checks and foreign keys that wait for them to be repaired.
func Unmet(ctx context.Context, db *sql.DB, version string) ([]Finding, error) {
	want, err := catalogue.At(version)
	if err != nil {
		return nil, err
	}
	_, _, found, err := waiting(ctx, db, want)
	return found, err
}

// waiting returns the checks and foreign keys, as they are wanted, that the database
// does not hold all its rows to: by their tables, those that it holds new rows to
// and those that it hasn't at all. The findings are of the rows that break them.
func waiting(ctx context.Context, db *sql.DB, want catalogue.Schema) (bound, missing catalogue.Schema, found findings, err error) {
	live, err := catalogue.Read(ctx, db, "public")
	if err != nil {
		return nil, nil, nil, err
	}
	for _, w := range want {
		if w.Kind != catalogue.Check && w.Kind != catalogue.ForeignKey {
			continue
		}
		switch h, there := live.Get(w.Kind, w.Table, w.Name); {
		case !there:
			missing = append(missing, w)
		case !h.Valid() && base(h) == w.Def:
			bound = append(bound, w)
		}
	}
	all, err := examine(ctx, db, live, newModel(live), want)
	for _, f := range all {
		switch {
		case slices.Contains(missing, f.object) && f.object.Kind == catalogue.Check:
			f.Response = Waits
		case slices.Contains(missing, f.object), slices.Contains(bound, f.object):
			f.Response = Binds
		default:
			continue
		}
		found = append(found, f)
	}
	return bound, missing, found, err
}

// validations returns the steps that hold the database to the rules which no row
// breaks: for each table one that adds those which are missing, and one that
// validates all.
func validations(bound, missing catalogue.Schema, found findings) []Step {
	free := func(rules catalogue.Schema) catalogue.Schema {
		return slices.DeleteFunc(slices.Clone(rules), found.concern)
	}
	bound, missing = free(bound), free(missing)
	rules := slices.Concat(bound, missing)
	tables := make([]string, len(rules))
	for i, o := range rules {
		tables[i] = o.Table
	}
	slices.Sort(tables)
	var steps []Step
	for _, table := range slices.Compact(tables) {
		add := Step{Title: fmt.Sprintf("bind new rows of table %q", table)}
		var clauses []string
		locked, read := map[string]string{}, map[string]string{}
		for _, o := range missing.Of(table) {
			clauses = append(clauses, "ADD CONSTRAINT "+quoted(o.Name)+" "+o.Def+catalogue.NotValid)
			if o.Kind == catalogue.ForeignKey {
				locked[parseKey(o.Def).table] = shareRowExclusive
			}
		}
		if len(clauses) > 0 {
			add.SQL, add.Locks = []string{"ALTER TABLE " + quoted(table) + " " + joined(clauses)}, locksOf(table, accessExclusive, locked)
			steps = append(steps, add)
		}
		v := Step{Table: table}
		for _, o := range rules.Of(table) {
			v.Constraints = append(v.Constraints, o.Name)
			if o.Kind == catalogue.ForeignKey {
				read[parseKey(o.Def).table] = rowShare
			}
		}
		v.Title = fmt.Sprintf("validate %s of table %q", count(len(v.Constraints), "rule"), table)
		v.SQL, v.Locks = validation(table, v.Constraints), locksOf(table, shareUpdateExclusive, read)
		steps = append(steps, v)
	}
	return steps
}
