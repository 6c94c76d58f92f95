package main

import (
	"fmt"
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

// A plan is the changes in the form that keeps nobody out, in the order in which
// its parts are applied. Each part is a file, and each index one of its own.
type plan struct {
	// first makes tables and columns, and adds rules that bind new rows only.
	first []schema.Change
	// renamed are constraints that differ in nothing but the name.
	renamed []statement
	// indexes of tables that are there are made while others write to them.
	indexes []schema.Change
	// keys of several columns refer to those indexes.
	keys []schema.Change
	// validated are the rules that the rows from before are checked for, as
	// ALTER TABLE statements.
	validated []statement
	// required makes columns NOT NULL, which a validated rule has proved.
	required []statement
	// dropped is what nothing needs any more.
	dropped []schema.Change
	// replaced puts indexes in the place of those that they replace.
	replaced []statement
}

// split turns Atlas's changes into a plan. An error says what has no safe form.
func split(changes []schema.Change) (*plan, error) {
	p := &plan{}
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.AddTable:
			p.addTable(c)
		case *schema.DropTable:
			p.dropped = append(p.dropped, c)
		case *schema.ModifyTable:
			if err := p.modifyTable(c); err != nil {
				return nil, err
			}
		default:
			p.first = append(p.first, c)
		}
	}
	return p, nil
}

// addTable leaves the keys of several columns for later: they may refer to an
// index that is made after the table, of this one or another.
func (p *plan) addTable(c *schema.AddTable) {
	var keys []schema.Change
	var rest []*schema.ForeignKey
	for _, k := range c.T.ForeignKeys {
		if len(k.Columns) > 1 {
			keys = append(keys, p.addKey(c.T, k))
		} else {
			rest = append(rest, k)
		}
	}
	c.T.ForeignKeys = rest
	p.first = append(p.first, c)
	if len(keys) > 0 {
		p.keys = append(p.keys, &schema.ModifyTable{T: c.T, Changes: keys})
	}
}

func (p *plan) addKey(t *schema.Table, k *schema.ForeignKey) *schema.AddForeignKey {
	p.validate(t, k.Symbol)
	return &schema.AddForeignKey{F: k, Extra: []schema.Clause{&postgres.NotValid{}}}
}

func (p *plan) addCheck(t *schema.Table, k *schema.Check) *schema.AddCheck {
	p.validate(t, k.Name)
	return &schema.AddCheck{C: k, Extra: []schema.Clause{&postgres.NotValid{}}}
}

func (p *plan) validate(t *schema.Table, name string) {
	p.validated = append(p.validated, statement{
		comment: fmt.Sprintf("Check the rows of %q", t.Name),
		cmd:     fmt.Sprintf("ALTER TABLE %q VALIDATE CONSTRAINT %q", t.Name, name),
	})
}

func (p *plan) addIndex(t *schema.Table, i *schema.Index) {
	p.indexes = append(p.indexes, &schema.ModifyTable{T: t, Changes: []schema.Change{
		&schema.AddIndex{I: i, Extra: []schema.Clause{&postgres.Concurrently{}}},
	}})
}

func (p *plan) modifyTable(m *schema.ModifyTable) error {
	modify := func(cs ...schema.Change) []schema.Change {
		if len(cs) == 0 {
			return nil
		}
		return []schema.Change{&schema.ModifyTable{T: m.T, Changes: cs}}
	}
	// Rules have statements of their own, so that they can be taken back before the
	// columns that they are about.
	var first, rules, drops, columns []schema.Change
	rule := func(cs ...schema.Change) { rules = append(rules, modify(cs...)...) }
	for _, c := range m.Changes {
		switch c := c.(type) {
		case *schema.AddColumn:
			if !c.C.Type.Null && c.C.Default == nil && !generated(c.C) {
				return fmt.Errorf("the column %q.%q is NOT NULL without a default, which rows and programs that are there can't satisfy: "+
					"give it a default in the database (entsql.Default), or make it Optional and Nillable first", m.T.Name, c.C.Name)
			}
			first = append(first, c)
		case *schema.ModifyColumn:
			if c.Change.Is(schema.ChangeNull) && !c.To.Type.Null {
				rule(p.require(m.T, c.To))
				c.Change &^= schema.ChangeNull
			}
			if c.Change != schema.NoChange {
				first = append(first, c)
			}
		case *schema.AddCheck:
			rule(p.addCheck(m.T, c.C))
		case *schema.ModifyCheck:
			rule(&schema.DropCheck{C: c.From}, p.addCheck(m.T, c.To))
		case *schema.AddForeignKey:
			if key := p.addKey(m.T, c.F); len(c.F.Columns) > 1 {
				p.keys = append(p.keys, modify(key)...)
			} else {
				rule(key)
			}
		case *schema.ModifyForeignKey:
			// In one statement, so that the rows are never without a key.
			rule(&schema.DropForeignKey{F: c.From}, p.addKey(m.T, c.To))
		case *schema.AddIndex:
			p.addIndex(m.T, c.I)
		case *schema.ModifyIndex:
			p.replace(m.T, c)
		case *schema.RenameConstraint:
			p.rename(m.T, nameOf(c.From), nameOf(c.To))
		case *schema.DropIndex, *schema.DropForeignKey, *schema.DropCheck:
			drops = append(drops, c)
		case *schema.DropColumn:
			columns = append(columns, c)
		default:
			first = append(first, c)
		}
	}
	p.first = append(append(p.first, modify(first...)...), rules...)
	for _, c := range append(drops, columns...) {
		p.dropped = append(p.dropped, modify(c)...)
	}
	return nil
}

func (p *plan) rename(t *schema.Table, old, name string) {
	cmd := func(from, to string) string {
		return fmt.Sprintf("ALTER TABLE %q RENAME CONSTRAINT %q TO %q", t.Name, from, to)
	}
	p.renamed = append(p.renamed, statement{
		comment: fmt.Sprintf("Rename constraint %q of %q to %q", old, t.Name, name),
		cmd:     cmd(old, name), reverse: []string{cmd(name, old)},
	})
}

func nameOf(constraint schema.Object) string {
	switch c := constraint.(type) {
	case *schema.ForeignKey:
		return c.Symbol
	case *schema.Check:
		return c.Name
	default:
		return ""
	}
}

// require makes a column NOT NULL by way of a check, which can be validated while
// others write: then the server knows without looking that no row has NULL.
func (p *plan) require(t *schema.Table, c *schema.Column) *schema.AddCheck {
	name := strings.ToLower(t.Name) + "_" + c.Name + "_required"
	name = name[:min(len(name), 63)]
	check := fmt.Sprintf("CHECK (%q IS NOT NULL)", c.Name)
	p.required = append(p.required,
		statement{
			comment: fmt.Sprintf("Every row has %q", c.Name),
			cmd:     fmt.Sprintf("ALTER TABLE %q ALTER COLUMN %q SET NOT NULL", t.Name, c.Name),
			reverse: []string{fmt.Sprintf("ALTER TABLE %q ALTER COLUMN %q DROP NOT NULL", t.Name, c.Name)},
		},
		statement{
			comment: "Which the column itself says now",
			cmd:     fmt.Sprintf("ALTER TABLE %q DROP CONSTRAINT IF EXISTS %q", t.Name, name),
			reverse: []string{fmt.Sprintf("ALTER TABLE %q ADD CONSTRAINT %q %s", t.Name, name, check)},
		})
	return p.addCheck(t, schema.NewCheck().SetName(name).SetExpr(fmt.Sprintf("%q IS NOT NULL", c.Name)))
}

// replace makes an index under another name, and lets it take the place and name
// of the old one when it is there.
func (p *plan) replace(t *schema.Table, c *schema.ModifyIndex) {
	now := *c.To
	now.Name = c.To.Name[:min(len(c.To.Name), 59)] + "_new"
	p.addIndex(t, &now)
	p.replaced = append(p.replaced, statement{
		comment: fmt.Sprintf("Put index %q in its place", c.To.Name),
		cmd:     fmt.Sprintf("ALTER INDEX %q RENAME TO %q", now.Name, c.To.Name),
		reverse: []string{fmt.Sprintf("ALTER INDEX %q RENAME TO %q", c.To.Name, now.Name)},
	})
	p.dropped = append(p.dropped, &schema.ModifyTable{T: t, Changes: []schema.Change{&schema.DropIndex{I: c.From}}})
}

// generated tells whether the server gives a column its values.
func generated(c *schema.Column) bool {
	for _, a := range c.Attrs {
		switch a.(type) {
		case *postgres.Identity, *schema.GeneratedExpr:
			return true
		}
	}
	return false
}
