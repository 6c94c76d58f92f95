package migrationlint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// lostProtections are the rules that the database no longer keeps.
func (h *history) lostProtections(s *step, e effect) []Finding {
	var found []Finding
	report := func(o catalogue.Object, what string) {
		found = append(found, h.finding(s.stmt, dropProtection, fmt.Sprintf("drops the %s of %q", what, o.Table)))
	}
	dropped := map[string]bool{} // tables that are gone, or have lost a column
	for _, o := range e.dropped {
		if o.Kind == catalogue.Table || o.Kind == catalogue.Column {
			dropped[o.Table] = true
		}
	}
	for _, o := range e.dropped {
		if dropped[o.Table] || !h.existed(o.Table, s.after) {
			continue
		}
		if barelyDropped(s.words) && (o.Kind == catalogue.Check || o.Kind == catalogue.ForeignKey) && h.before.holds(o) {
			found = append(found, h.finding(s.stmt, dropWaiting, fmt.Sprintf("drops the %s %q of %q without IF EXISTS", o.Kind, o.Name, o.Table)))
		}
		if now, ok := s.after.schema.Get(o.Kind, o.Table, o.Name); ok {
			switch {
			case HoldsAsMuch(o.Def, now.Def), !strings.Contains(s.words, "DROP"): // a change of a column's type makes its rules again
			case o.Kind == catalogue.ForeignKey:
				found = append(found, h.finding(s.stmt, dropForeignKey, fmt.Sprintf("puts another foreign key in the place of %q of %q", o.Name, o.Table)))
			case o.Kind != catalogue.Index || strings.HasPrefix(o.Def, "UNIQUE "):
				report(o, fmt.Sprintf("%s %q for another that may hold less", o.Kind, o.Name))
			}
			continue
		}
		switch {
		case o.Kind == catalogue.Check && !s.keepsNotNull(o),
			o.Kind == catalogue.PrimaryKey, o.Kind == catalogue.Unique, o.Kind == catalogue.Exclusion,
			o.Kind == catalogue.Index && strings.HasPrefix(o.Def, "UNIQUE ") && o.Valid():
			report(o, fmt.Sprintf("%s %q", o.Kind, o.Name))
		}
	}
	for _, c := range e.changed {
		if c.after.Kind == catalogue.Column && notNull(c.before) && !notNull(c.after) && h.existed(c.after.Table, s.after) {
			report(c.after, fmt.Sprintf("NOT NULL of %q", c.after.Name))
		}
		if c.after.Kind != catalogue.Column && !deferrable.MatchString(c.before.Def) && deferrable.MatchString(c.after.Def) && h.existed(c.after.Table, s.after) {
			found = append(found, h.finding(s.stmt, dropProtection, fmt.Sprintf("makes the %s %q of %q deferrable", c.after.Kind, c.after.Name, c.after.Table)))
		}
	}
	return found
}

var notNullCheck = regexp.MustCompile(`^CHECK \(\(("(?:[^"]|"")+"|\w+) IS NOT NULL\)\)`)

// keepsNotNull tells whether a check only says of a column that it is not NULL,
// which the column itself does.
func (s *step) keepsNotNull(check catalogue.Object) bool {
	m := notNullCheck.FindStringSubmatch(check.Def)
	if m == nil {
		return false
	}
	c, ok := s.after.schema.Get(catalogue.Column, check.Table, strings.ReplaceAll(strings.Trim(m[1], `"`), `""`, `"`))
	return ok && notNull(c)
}

var (
	dropsConstraint = regexp.MustCompile(`\bDROP CONSTRAINT( IF EXISTS)?`)
	deferrable      = regexp.MustCompile(`[^T] DEFERRABLE`)
	onDelete        = regexp.MustCompile(` ON (DELETE|UPDATE) (CASCADE|RESTRICT|SET NULL|SET DEFAULT)`)
)

// barelyDropped tells whether a statement drops a constraint that has to be there.
func barelyDropped(words string) bool {
	return slices.Contains(dropsConstraint.FindAllString(words, -1), "DROP CONSTRAINT")
}

// holds tells whether an object of its kind and name is in the snapshot.
func (s *snapshot) holds(o catalogue.Object) bool {
	_, ok := s.schema.Get(o.Kind, o.Table, o.Name)
	return ok
}

// HoldsAsMuch tells whether a constraint refuses all that another does, as far as
// their definitions show: they are equal, but for what happens to the rows that
// refer to one that is deleted, or the new one is a check that says the same and
// more. NOT VALID makes no difference: new rows are held.
func HoldsAsMuch(old, now string) bool {
	plain := func(def string) string {
		return onDelete.ReplaceAllString(strings.TrimSuffix(strings.TrimSuffix(def, catalogue.NotValid), catalogue.Invalid), "")
	}
	if old, now = plain(old), plain(now); old == now {
		return true
	}
	if !strings.HasPrefix(old, "CHECK ") || !strings.HasPrefix(now, "CHECK ") {
		return false
	}
	said := conjuncts(strings.TrimPrefix(now, "CHECK "))
	return !slices.ContainsFunc(conjuncts(strings.TrimPrefix(old, "CHECK ")), func(c string) bool { return !slices.Contains(said, c) })
}

// conjuncts are the conditions that an expression, as PostgreSQL prints it,
// demands all of.
func conjuncts(expr string) []string {
	expr = strings.TrimSpace(expr)
	depth, begin, whole := 0, 0, strings.HasPrefix(expr, "(") // whole: one pair of parentheses
	var parts []string
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\'' || c == '"':
			end := strings.IndexByte(expr[i+1:], c)
			if end < 0 {
				return []string{expr}
			}
			i += end + 1
		case c == '(':
			depth++
		case c == ')':
			depth--
			if whole = whole && (depth > 0 || i == len(expr)-1); whole && depth == 0 {
				return conjuncts(expr[1:i])
			}
		case depth == 0 && strings.HasPrefix(expr[i:], " AND "):
			parts = append(parts, conjuncts(expr[begin:i])...)
			begin = i + len(" AND ")
		}
	}
	return append(parts, expr[begin:])
}
