package adopt

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteText writes the plan for people to read, with the statements of every step
// if sql is true.
func (p *Plan) WriteText(w io.Writer, sql bool) error {
	t := &text{w: w}
	t.line("The database will have the schema of version %s.", p.Version)
	t.head("Where its parts stand")
	t.table(func(w io.Writer) {
		for _, at := range p.Positions {
			_, _ = fmt.Fprintf(w, "  %s\t%s\n", at.Part, at.At) // Flush returns the error
		}
	})
	p.writeSteps(t, sql)
	t.head("Rows that break a rule")
	p.writeFindings(t)
	t.list("Rules that wait until their rows are repaired", p.waits())
	t.list("What is in the database and nobody's here, and stays", p.Kept)
	t.list("What keeps the takeover from being possible", p.Obstacles)
	return t.err
}

func (p *Plan) writeSteps(t *text, sql bool) {
	if len(p.Steps) == 0 {
		t.head("Nothing is left to do")
		return
	}
	t.head(fmt.Sprintf("%s, about %s in all", count(len(p.Steps), "step"), seconds(p.Seconds)))
	t.table(func(w io.Writer) {
		for i, s := range p.Steps {
			_, _ = fmt.Fprintf(w, "  %d\t%s\t%s\t%s\n", i+1, seconds(s.Seconds), s.Title, locked(s.Locks)) // Flush returns the error
			for _, stmt := range s.SQL {
				if sql {
					_, _ = fmt.Fprintf(w, "\t\t    %s;\n", strings.ReplaceAll(strings.TrimSpace(stmt), "\n", "\n\t\t    "))
				}
			}
		}
	})
}

// locked names the locks that keep somebody waiting, if only for as long as it
// takes to change the catalogue.
func locked(locks []Lock) string {
	var tables []string
	for _, l := range locks {
		if l.Mode == accessExclusive || l.Mode == shareRowExclusive {
			tables = append(tables, l.Table)
		}
	}
	switch {
	case len(tables) == 0:
		return "keeps nobody waiting"
	case len(tables) > 4:
		return fmt.Sprintf("locks %s and %d more for a moment", strings.Join(tables[:3], ", "), len(tables)-3)
	default:
		return fmt.Sprintf("locks %s for a moment", strings.Join(tables, ", "))
	}
}

func (p *Plan) writeFindings(t *text) {
	if len(p.Findings) == 0 {
		t.line("  none")
	}
	for _, f := range p.Findings {
		if f.Unknown != "" {
			t.line("  %s of %s: can't be examined yet, %s", f.Rule, f.Table, f.Unknown)
			continue
		}
		t.line("  %s of %s: %s (%s): %s", f.Rule, f.Table, count(int(f.Rows), "row"), f.Says, f.Response.Means(f.Rule))
		t.line("    %s", f.SQL)
		if f.Repair != "" {
			t.line("    --repair %s: %s", f.Rule, f.Repair)
		}
	}
}

func (p *Plan) waits() []string {
	var lines []string
	for _, w := range p.Waiting {
		bound := "is not there yet"
		if w.Bound {
			bound = "binds new rows"
		}
		lines = append(lines, fmt.Sprintf("%s of %s: %s", w.Rule, w.Table, bound))
	}
	return lines
}

// seconds is a time as exact as it is known.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d < time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// A text is written until that fails.
type text struct {
	w   io.Writer
	err error
}

func (t *text) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

func (t *text) head(title string) { t.line("\n%s:", title) }

func (t *text) list(title string, items []string) {
	if len(items) == 0 {
		return
	}
	t.head(title)
	for _, item := range items {
		t.line("  %s", item)
	}
}

func (t *text) table(rows func(io.Writer)) {
	w := tabwriter.NewWriter(t.w, 0, 0, 2, ' ', 0)
	rows(w)
	if t.err == nil {
		t.err = w.Flush()
	}
}
