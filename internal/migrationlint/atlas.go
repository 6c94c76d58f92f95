package migrationlint

import (
	"context"
	"fmt"
	"slices"

	"ariga.io/atlas/sql/postgres"
	_ "ariga.io/atlas/sql/postgres/postgrescheck" // registers the analysers
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlcheck"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// analyse returns what Atlas's analysers find in a file.
func analyse(ctx context.Context, h *history) ([]Finding, error) {
	analysers, err := sqlcheck.AnalyzerFor(postgres.DriverName, nil)
	if err != nil {
		return nil, fmt.Errorf("migrationlint: %w", err)
	}
	f := &sqlcheck.File{File: h.file, From: h.from, To: h.to}
	at := map[int]*step{}
	for _, s := range h.steps {
		at[s.Pos] = s
		f.Changes = append(f.Changes, &sqlcheck.Change{Changes: s.atlas, Stmt: s.Stmt})
	}
	var found []Finding
	report := sqlcheck.ReportWriterFunc(func(r sqlcheck.Report) {
		for _, d := range r.Diagnostics {
			s := at[d.Pos]
			// Whoever sets NOT NULL without reading a row has had the server prove
			// that there is no NULL.
			if d.Code == setNotNull && len(s.scanned(h)) == 0 {
				continue
			}
			found = append(found, h.finding(s.stmt, d.Code, lowerFirst(d.Text)))
		}
	})
	for _, a := range analysers {
		// The error of an analyser says only that it has reported something.
		n := len(found)
		if err := a.Analyze(ctx, &sqlcheck.Pass{File: f, Reporter: report}); err != nil && len(found) == n {
			return nil, fmt.Errorf("migrationlint: %w", err)
		}
	}
	// An analyser lets a rename pass if a column of the old name is added again:
	// programs that know that one lose sight of what was in it.
	for _, s := range h.steps {
		for _, c := range s.effect().changed {
			renamed := c.after.Kind == catalogue.Column && c.renamed() && h.existed(c.after.Table, s.after) && h.had(c.after, s)
			if renamed && !slices.ContainsFunc(found, func(f Finding) bool { return f.Code == renameColumn && f.Line == s.line }) {
				found = append(found, h.finding(s.stmt, renameColumn, fmt.Sprintf("renaming column %q to %q", c.before.Name, c.after.Name)))
			}
		}
	}
	return found, nil
}

// compare returns the changes of the schema in Atlas's words. It can't tell a
// rename from a drop and an addition, which the server can: objects keep their
// identifiers.
func (r *run) compare(from, to *schema.Realm, e effect) ([]schema.Change, error) {
	changes, err := r.drv.RealmDiff(from, to, schema.DiffNormalized())
	if err != nil {
		return nil, fmt.Errorf("migrationlint: %w", err)
	}
	names := map[catalogue.Key]string{} // what was renamed, by old name
	olds := map[catalogue.Key]string{}  // and by new name
	for _, c := range e.changed {
		if c.renamed() {
			o, n := c.before.Key(), c.after.Key()
			if c.isTable() {
				names[o], olds[n] = n.Table, o.Table
			} else {
				names[o], olds[n] = n.Name, o.Name
			}
		}
	}
	var all []schema.Change
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.DropTable:
			if n, ok := names[catalogue.Key{Kind: catalogue.Table, Table: c.T.Name}]; ok {
				all = append(all, &schema.RenameTable{From: c.T, To: schema.NewTable(n).SetSchema(c.T.Schema)})
				continue
			}
		case *schema.AddTable:
			if _, ok := olds[catalogue.Key{Kind: catalogue.Table, Table: c.T.Name}]; ok {
				continue
			}
		case *schema.ModifyTable:
			c.Changes = renames(c, names, olds)
		}
		all = append(all, c)
	}
	return all, nil
}

func renames(m *schema.ModifyTable, names, olds map[catalogue.Key]string) []schema.Change {
	was := func(kind catalogue.Kind, name string) bool {
		_, ok := olds[catalogue.Key{Kind: kind, Table: m.T.Name, Name: name}]
		return ok
	}
	becomes := func(kind catalogue.Kind, name string) (string, bool) {
		n, ok := names[catalogue.Key{Kind: kind, Table: m.T.Name, Name: name}]
		return n, ok
	}
	var all []schema.Change
	for _, c := range m.Changes {
		skip := false
		switch c := c.(type) {
		case *schema.DropColumn:
			if n, ok := becomes(catalogue.Column, c.C.Name); ok {
				all, skip = append(all, &schema.RenameColumn{From: c.C, To: schema.NewColumn(n)}), true
			}
		case *schema.AddColumn:
			skip = was(catalogue.Column, c.C.Name)
		case *schema.DropIndex:
			_, skip = becomes(catalogue.Index, c.I.Name)
		case *schema.AddIndex:
			skip = was(catalogue.Index, c.I.Name)
		case *schema.DropForeignKey:
			_, skip = becomes(catalogue.ForeignKey, c.F.Symbol)
		case *schema.AddForeignKey:
			skip = was(catalogue.ForeignKey, c.F.Symbol)
		}
		if !skip {
			all = append(all, c)
		}
	}
	return all
}
