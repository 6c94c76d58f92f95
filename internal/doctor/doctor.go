// Package doctor examines a live PostgreSQL database: whether its schema is that of
// the version which it claims to have, whether every row in it can be read and its
// values keep the rules of the entity graph, and which rows break a rule of package
// invariant. It changes nothing.
package doctor

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/communitybuilder/communitybuilder/adopt"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/rulecheck"
	"github.com/communitybuilder/communitybuilder/migrations"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// Report is what an examination found.
type Report struct {
	Server  Server  `json:"server"`
	Version Version `json:"version"`
	// Differences are those between the database's schema and that of the version
	// which it claims to have (Version.Compared), ordered by kind, table and name.
	Differences []Difference `json:"differences"`
	// Waiting are the rules that the database does not hold all its rows to, since
	// some break them: those of a database that was taken over, until the rows are
	// repaired.
	Waiting []adopt.Finding `json:"waiting"`
	// Entities are all entities of the graph, in the order of their names.
	Entities []Entity `json:"entities"`
	// Violations are the values that don't decode or break a rule, ordered by
	// entity, column and rule.
	Violations []Violation `json:"violations"`
	// Rows are the rules that rows break, and those that could not be examined.
	// Rows that come about without anybody's mistake need no attention.
	Rows []rulecheck.Finding `json:"rows"`
	// Problems say in a few words each what needs attention.
	Problems []string `json:"problems"`
}

// Server is where the database lives.
type Server struct {
	Database string `json:"database"`
	User     string `json:"user"`
	Version  string `json:"version"`
	Encoding string `json:"encoding"`
	// Problems say what about the server the module can't work with.
	Problems []string `json:"problems"`
}

// Version is where the schema stands in the history of migrations.
type Version struct {
	// Database and Module are the newest migration of each, "" for none.
	Database string `json:"database"`
	Module   string `json:"module"`
	// Compared is the migration whose schema the database's was held against: its
	// newest, or the module's where it has none that this program knows.
	Compared string `json:"compared"`
	// OK tells whether this module can work with the database.
	OK bool `json:"ok"`
	// Advice says how it stands and what to do.
	Advice string `json:"advice"`
}

// Entity is one entity of the graph and what was read of it.
type Entity struct {
	Name  string `json:"name"`
	Table string `json:"table"`
	Rows  int    `json:"rows"` // that were read
	// Problems counts the values that don't decode or break a rule.
	Problems int `json:"problems"`
	// Error says why the rows could not be read, or not all of them; else "".
	Error string `json:"error,omitempty"`
}

// Violation is a group of values that break the same rule.
type Violation struct {
	Entity string `json:"entity"`
	Column string `json:"column"`
	// Rule says what is wrong, without the value.
	Rule string `json:"rule"`
	// Rows counts the values.
	Rows int `json:"rows"`
	// AtLeast tells that counting was given up at Rows.
	AtLeast bool `json:"at_least,omitempty"`
	// IDs are those of the first few rows.
	IDs []int64 `json:"ids"`
}

// Healthy tells whether the report has nothing that needs attention.
func (r *Report) Healthy() bool { return len(r.Problems) == 0 }

// Examine looks at the database that db and client are both connected to, and
// reads every row of every entity, a page at a time. The error is that of the
// database when it doesn't let itself be examined; whatever is wrong with its
// content is in the report.
func Examine(ctx context.Context, db *sql.DB, client *ent.Client) (*Report, error) {
	var r Report
	var err error
	if r.Server, err = server(ctx, db); err != nil {
		return nil, fmt.Errorf("doctor: examine the server: %w", err)
	}
	state, err := migrations.Status(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	r.Version = Version{
		Database: state.Database, Module: state.Module,
		OK: migrations.Check(state) == nil, Advice: Advice(state),
	}
	if err := r.examineSchema(ctx, db, state); err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	reader, err := newReader(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	for _, e := range entities(client) {
		if err := reader.read(viewer.NewContext(ctx, viewer.System("doctor")), e); err != nil {
			return nil, fmt.Errorf("doctor: read %s: %w", e.name, err)
		}
	}
	r.Entities, r.Violations = reader.entities, reader.sorted()
	if r.Rows, err = rulecheck.Run(ctx, db); err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	r.Problems = r.problems()
	return &r, nil
}

// problems says in a few words each what needs attention.
func (r *Report) problems() []string {
	found := []string{}
	if len(r.Server.Problems) > 0 {
		found = append(found, "the server does not fit")
	}
	if !r.Version.OK {
		found = append(found, "the schema's version is not this program's")
	}
	differences := 0
	for _, d := range r.Differences {
		if !d.Kind.Harmless() {
			differences++
		}
	}
	if differences > 0 {
		found = append(found, count(differences, "difference in the schema", "differences in the schema"))
	}
	unread, values, broken, unexamined := 0, 0, 0, 0
	for _, e := range r.Entities {
		if e.Error != "" {
			unread++
		}
		values += e.Problems
	}
	for _, f := range r.Rows {
		if f.Mistake() {
			broken++
		}
		if f.Error != "" {
			unexamined++
		}
	}
	if unread > 0 {
		found = append(found, count(unread, "entity could not be read", "entities could not be read"))
	}
	if values > 0 {
		found = append(found, count(values, "value does not decode or breaks a rule", "values do not decode or break a rule"))
	}
	if broken > 0 {
		found = append(found, count(broken, "rule is broken by rows", "rules are broken by rows"))
	}
	if unexamined > 0 {
		found = append(found, count(unexamined, "rule could not be examined", "rules could not be examined"))
	}
	return found
}

// oldestServer is the oldest version of PostgreSQL that the module supports, as
// server_version_num has it.
const oldestServer = 130000

func server(ctx context.Context, db *sql.DB) (Server, error) {
	s := Server{Problems: []string{}}
	var number int
	err := db.QueryRowContext(ctx, `
		SELECT current_database(), current_user, current_setting('server_version'),
		       current_setting('server_version_num')::int, current_setting('server_encoding')`).
		Scan(&s.Database, &s.User, &s.Version, &number, &s.Encoding)
	if number < oldestServer {
		s.Problems = append(s.Problems, fmt.Sprintf("PostgreSQL %d or later is needed", oldestServer/10000))
	}
	if s.Encoding != "UTF8" {
		s.Problems = append(s.Problems, "the database's encoding must be UTF8, which is chosen when it is created")
	}
	return s, err
}
