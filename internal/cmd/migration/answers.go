package main

import (
	"fmt"
	"slices"
	"strings"

	"ariga.io/atlas/sql/schema"

	"github.com/communitybuilder/communitybuilder/internal/migrationlint"
)

// An answer is a kind of thing that the graph can't say, so that whoever makes the
// migration has to.
type answer string

const (
	rename answer = "rename"
	drop   answer = "drop"
	unique answer = "unique"
)

// answers are what was answered: for a rename the new name, by the old one;
// otherwise by the name of the thing.
type answers map[answer]map[string]string

func (a answers) add(kind answer, list string) error {
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		old, name, ok := strings.Cut(s, "=")
		if ok != (kind == rename) || old == "" || ok && name == "" {
			return fmt.Errorf("%q is not of the form %s", s, map[answer]string{
				rename: "Table.old=new or Old=New", drop: "Table.old or Old", unique: "index_name"}[kind])
		}
		if a[kind] == nil {
			a[kind] = map[string]string{}
		}
		a[kind][old] = name
	}
	return nil
}

func (a answers) has(kind answer, name string) bool {
	_, ok := a[kind][name]
	return ok
}

// A question is one thing that has to be answered first.
type question struct {
	Text    string
	Choices []string // such as rename="Post.text=body"
}

// A QuestionsError means that the graph leaves open what is to be done. Nothing
// was written.
type QuestionsError struct{ Questions []question }

func (e *QuestionsError) Error() string {
	var b strings.Builder
	b.WriteString("say what is meant; nothing was written\n")
	for _, q := range e.Questions {
		fmt.Fprintf(&b, "  %s:\n", q.Text)
		for _, c := range q.Choices {
			fmt.Fprintf(&b, "      %s\n", c)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// questions are what the changes leave open after the answers: drops, which may be
// renames, and unique indexes over rows that are there.
func (a answers) questions(changes []schema.Change) []question {
	var open []question
	var gone, come []*schema.Table
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.DropTable:
			gone = append(gone, c.T)
		case *schema.AddTable:
			come = append(come, c.T)
		case *schema.ModifyTable:
			open = append(open, a.ofTable(c)...)
		}
	}
	for _, t := range gone {
		if a.has(drop, t.Name) {
			continue
		}
		q := question{Text: fmt.Sprintf("the graph has no table %q any more", t.Name), Choices: []string{choice(drop, t.Name)}}
		for _, n := range come {
			if alike(t, n) {
				q.Choices = append(q.Choices, choice(rename, t.Name+"="+n.Name))
			}
		}
		open = append(open, q)
	}
	return open
}

func (a answers) ofTable(m *schema.ModifyTable) []question {
	var open []question
	table := m.T.Name
	for _, c := range m.Changes {
		switch c := c.(type) {
		case *schema.DropColumn:
			name := table + "." + c.C.Name
			if a.has(drop, name) {
				continue
			}
			q := question{Text: fmt.Sprintf("the graph has no column %q.%q any more", table, c.C.Name), Choices: []string{choice(drop, name)}}
			for _, n := range m.Changes {
				if n, ok := n.(*schema.AddColumn); ok && compatible(c.C, n.C) {
					q.Choices = append(q.Choices, choice(rename, name+"="+n.C.Name))
				}
			}
			open = append(open, q)
		case *schema.DropForeignKey:
			open = a.constraint(open, table, c.F.Symbol, "foreign key")
		case *schema.DropCheck:
			open = a.constraint(open, table, c.C.Name, "check")
		case *schema.ModifyCheck:
			if !holdsAsMuch(c.From, c.To) {
				open = a.constraint(open, table, c.From.Name, "such check")
			}
		case *schema.ModifyForeignKey:
			if !sameRows(c.From, c.To) {
				open = a.constraint(open, table, c.From.Symbol, "such foreign key")
			}
		case *schema.DropIndex:
			if c.I.Unique {
				open = a.constraint(open, table, c.I.Name, "unique index")
			}
		case *schema.AddIndex:
			if c.I.Unique {
				open = a.equalRows(open, table, c.I.Name)
			}
		case *schema.ModifyIndex: // one goes, another comes
			if c.Change == schema.ChangeComment {
				continue
			}
			if c.From.Unique {
				open = a.constraint(open, table, c.From.Name, "such unique index")
			}
			if c.To.Unique {
				open = a.equalRows(open, table, c.To.Name)
			}
		}
	}
	return open
}

func (a answers) equalRows(open []question, table, index string) []question {
	if !a.has(unique, index) {
		open = append(open, question{
			Text:    fmt.Sprintf("the index %q fails if two rows of %q are equal: look in production first", index, table),
			Choices: []string{choice(unique, index)},
		})
	}
	return open
}

func (a answers) constraint(open []question, table, name, what string) []question {
	if full := table + "." + name; !a.has(drop, full) {
		open = append(open, question{
			Text:    fmt.Sprintf("the graph has no %s %q in %q any more", what, name, table),
			Choices: []string{choice(drop, full)},
		})
	}
	return open
}

func holdsAsMuch(old, now *schema.Check) bool {
	return migrationlint.HoldsAsMuch("CHECK ("+old.Expr+")", "CHECK ("+now.Expr+")")
}

func choice(kind answer, what string) string { return fmt.Sprintf("%s=%q", kind, what) }

// compatible tells whether a column may be another under a new name.
func compatible(old, now *schema.Column) bool {
	return old.Type.Raw == now.Type.Raw || sameType(old, now)
}

func sameType(a, b *schema.Column) bool {
	return fmt.Sprintf("%T", a.Type.Type) == fmt.Sprintf("%T", b.Type.Type)
}

// alike tells whether a table may be another under a new name: most of its columns
// are in both.
func alike(old, now *schema.Table) bool {
	n := 0
	for _, c := range old.Columns {
		if slices.ContainsFunc(now.Columns, func(d *schema.Column) bool { return d.Name == c.Name }) {
			n++
		}
	}
	return 2*n > len(old.Columns)
}
