package main

import (
	"regexp"
	"slices"

	"ariga.io/atlas/sql/schema"
)

// withoutImplied leaves out the drops that come with those of a column, and puts
// renames in the place of a drop and an addition that differ in nothing but the
// name.
func withoutImplied(changes []schema.Change) []schema.Change {
	for _, c := range changes {
		if m, ok := c.(*schema.ModifyTable); ok {
			m.Changes = renamedOnly(slices.DeleteFunc(m.Changes, func(c schema.Change) bool { return comesWithColumn(m, c) }))
		}
	}
	return changes
}

// comesWithColumn tells whether the server drops something by itself when one of
// its columns is dropped, and nobody loses more than the column. A key or a unique
// rule that is about other columns too is a rule that is lost.
func comesWithColumn(m *schema.ModifyTable, c schema.Change) bool {
	switch c := c.(type) {
	case *schema.DropForeignKey:
		if slices.ContainsFunc(c.F.Columns, func(k *schema.Column) bool { return keeps(m, k) }) {
			return false
		}
	case *schema.DropIndex:
		if c.I.Unique && slices.ContainsFunc(c.I.Parts, func(p *schema.IndexPart) bool { return p.C == nil || keeps(m, p.C) }) {
			return false
		}
	}
	for _, x := range m.Changes {
		d, ok := x.(*schema.DropColumn)
		if !ok {
			continue
		}
		switch c := c.(type) {
		case *schema.DropForeignKey:
			if slices.ContainsFunc(c.F.Columns, func(k *schema.Column) bool { return k.Name == d.C.Name }) {
				return true
			}
		case *schema.DropIndex:
			if slices.ContainsFunc(c.I.Parts, func(p *schema.IndexPart) bool { return p.C != nil && p.C.Name == d.C.Name }) {
				return true
			}
		case *schema.DropCheck:
			if regexp.MustCompile(`\b` + regexp.QuoteMeta(d.C.Name) + `\b`).MatchString(c.C.Expr) {
				return true
			}
		}
	}
	return false
}

// keeps tells whether the column stays in its table.
func keeps(m *schema.ModifyTable, c *schema.Column) bool {
	return !slices.ContainsFunc(m.Changes, func(x schema.Change) bool {
		d, ok := x.(*schema.DropColumn)
		return ok && d.C.Name == c.Name
	})
}

// renamedOnly pairs the indexes, keys and checks that are dropped and added. Their
// names hold those of tables and columns, so that they change with them.
func renamedOnly(changes []schema.Change) []schema.Change {
	var all []schema.Change
	taken := map[schema.Change]bool{}
	for _, c := range changes {
		for _, d := range changes {
			if taken[c] || taken[d] {
				continue
			}
			if r := renameOf(c, d); r != nil {
				all = append(all, r)
				taken[c], taken[d] = true, true
			}
		}
	}
	for _, c := range changes {
		if !taken[c] {
			all = append(all, c)
		}
	}
	return all
}

// renameOf returns the rename that a drop and an addition amount to, or nil.
func renameOf(gone, come schema.Change) schema.Change {
	switch d := gone.(type) {
	case *schema.DropIndex:
		if a, ok := come.(*schema.AddIndex); ok && sameIndex(d.I, a.I) {
			return &schema.RenameIndex{From: d.I, To: a.I}
		}
	case *schema.DropForeignKey:
		if a, ok := come.(*schema.AddForeignKey); ok && sameKey(d.F, a.F) {
			return &schema.RenameConstraint{From: d.F, To: a.F}
		}
	case *schema.DropCheck:
		if a, ok := come.(*schema.AddCheck); ok && d.C.Expr == a.C.Expr {
			return &schema.RenameConstraint{From: d.C, To: a.C}
		}
	}
	return nil
}

func sameIndex(a, b *schema.Index) bool {
	// Partial indexes and those with operator classes are told by their attributes,
	// which are not compared here: they are made anew.
	return a.Unique == b.Unique && len(a.Attrs) <= 1 && len(b.Attrs) == 0 &&
		slices.EqualFunc(a.Parts, b.Parts, func(p, q *schema.IndexPart) bool {
			return p.C != nil && q.C != nil && p.C.Name == q.C.Name && p.Desc == q.Desc
		})
}

func sameKey(a, b *schema.ForeignKey) bool { return a.OnDelete == b.OnDelete && sameRows(a, b) }

// sameRows tells whether two keys hold the same rows to the same others.
func sameRows(a, b *schema.ForeignKey) bool {
	same := func(p, q *schema.Column) bool { return p.Name == q.Name }
	return a.RefTable.Name == b.RefTable.Name &&
		slices.EqualFunc(a.Columns, b.Columns, same) && slices.EqualFunc(a.RefColumns, b.RefColumns, same)
}
