package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/schema"
)

// files are the plan's, without their versions.
func (w *work) files(ctx context.Context, renamed []statement, changes []schema.Change) ([]*file, error) {
	p, err := split(changes)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(w.Name, "_")
	var files []*file
	var failure error
	add := func(name, note string, changes []schema.Change, more ...statement) *file {
		stmts, err := w.statements(ctx, changes)
		if err != nil {
			failure = err
		}
		f := &file{description: name, why: w.Why, note: note, stmts: append(stmts, more...)}
		if len(f.stmts) > 0 {
			files = append(files, f)
		}
		return f
	}
	add("rename_"+rest, "", nil, renamed...)
	first := p.first
	if len(p.indexes) == 0 {
		first, p.keys = append(first, p.keys...), nil
	}
	main := add(w.Name, "", first, p.renamed...)
	for _, c := range p.indexes {
		i := c.(*schema.ModifyTable).Changes[0].(*schema.AddIndex).I
		add("add_"+strings.ToLower(i.Name), "The index is made while others write.", []schema.Change{c}).concurrently = true
	}
	add("add_"+rest+"_keys", "New rows keep the keys from now on.", p.keys)
	add("validate_"+rest, "The rows from before are checked while others write.", nil, p.validated...)
	add("require_"+rest, "No row is read: a check has proved it.", nil, p.required...)
	add("drop_"+rest+"_remains", "What nothing needs any more goes.", p.dropped, p.replaced...)
	if len(main.stmts) == 0 && len(files) > 0 { // the first one has the name
		files[0].description = w.Name
	}
	return files, failure
}

// statements are Atlas's plan of the changes.
func (w *work) statements(ctx context.Context, changes []schema.Change) ([]statement, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	planned, err := w.drv.PlanChanges(ctx, w.Name, changes, func(o *migrate.PlanOptions) {
		o.SchemaQualifier, o.Indent = new(string), "  "
	})
	if err != nil {
		return nil, err
	}
	stmts := make([]statement, len(planned.Changes))
	for i, c := range planned.Changes {
		s := statement{comment: strings.ToUpper(c.Comment[:1]) + c.Comment[1:], cmd: perLine(strings.ReplaceAll(c.Cmd, waiting, ifThere))}
		if s.reverse, err = c.ReverseStmts(); err != nil {
			return nil, err
		}
		for j, r := range s.reverse {
			s.reverse[j] = perLine(strings.Replace(r, "DROP INDEX CONCURRENTLY ", "DROP INDEX CONCURRENTLY IF EXISTS ", 1))
		}
		explain(&s, c.Source)
		stmts[i] = s
	}
	return stmts, nil
}

// A rule may still wait for the repair of rows in a database that was taken over.
const (
	waiting = `DROP CONSTRAINT "`
	ifThere = `DROP CONSTRAINT IF EXISTS "`
)

var alterTable = regexp.MustCompile(`^ALTER TABLE "(?:[^"]|"")+"`)

// perLine writes each clause of an ALTER TABLE on a line of its own.
func perLine(cmd string) string {
	table := alterTable.FindString(cmd)
	if table == "" || strings.HasPrefix(cmd[len(table):], " RENAME ") {
		return cmd
	}
	var b strings.Builder
	b.WriteString(table + "\n  ")
	depth, quote := 0, rune(0)
	skip := true // blanks before a clause
	for _, r := range cmd[len(table):] {
		if skip && r == ' ' {
			continue
		}
		skip = false
		b.WriteRune(r)
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
		case r == '\'' || r == '"':
			quote = r
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			b.WriteString("\n  ")
			skip = true
		}
	}
	return b.String()
}

// explain says what the statement does that lint refuses without a reason, which
// is the migration's own, and what is lost when it is taken back.
func explain(s *statement, source schema.Change) {
	allow := func(code string) { s.allowed = append(s.allowed, code) }
	switch c := source.(type) {
	case *schema.AddTable:
		s.loses = fmt.Sprintf("every row of %q", c.T.Name)
	case *schema.DropTable:
		allow("DS102")
		s.irreversible = fmt.Sprintf("the rows of %q are gone", c.T.Name)
	case *schema.ModifyTable:
		var added []string
		last := c.Changes[len(c.Changes)-1] // what takes the place of a rule
		for _, x := range c.Changes {
			switch x := x.(type) {
			case *schema.AddColumn:
				added = append(added, fmt.Sprintf("%q.%q", c.T.Name, x.C.Name))
			case *schema.DropColumn:
				allow("DS103")
				s.irreversible = fmt.Sprintf("the values of %q.%q are gone", c.T.Name, x.C.Name)
			case *schema.DropForeignKey:
				if a, ok := last.(*schema.AddForeignKey); !ok || !sameRows(x.F, a.F) {
					allow("CD101")
				}
			case *schema.DropCheck:
				if a, ok := last.(*schema.AddCheck); !ok || !holdsAsMuch(x.C, a.C) {
					allow("drop-protection")
				}
			case *schema.DropIndex:
				if x.I.Unique {
					allow("drop-protection")
				}
			case *schema.AddIndex:
				if x.I.Unique {
					allow("MF101")
				}
			}
		}
		if len(added) > 0 {
			s.loses = "the values of " + strings.Join(added, ", ")
		}
	}
}
