package doctor

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WriteText writes the report for a person to read. Differences are summarised
// by kind, and rules that could not be examined counted, unless verbose is set.
func (r *Report) WriteText(w io.Writer, verbose bool) error {
	var b bytes.Buffer
	r.writeHead(&b)
	r.writeDifferences(&b, verbose)
	r.writeWaiting(&b)
	r.writeEntities(&b)
	r.writeViolations(&b)
	r.writeRows(&b, verbose)
	if r.Healthy() {
		fmt.Fprintln(&b, "All is well.")
	} else {
		fmt.Fprintf(&b, "This database needs attention: %s.\n", strings.Join(r.Problems, "; "))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (r *Report) writeHead(b *bytes.Buffer) {
	version := "none"
	if r.Version.Database != "" {
		version = r.Version.Database
	}
	t := newTable(b)
	t.line("Database", fmt.Sprintf("%s (as %s)", r.Server.Database, r.Server.User))
	t.line("Server", fmt.Sprintf("PostgreSQL %s, %s", r.Server.Version, r.Server.Encoding))
	for _, p := range r.Server.Problems {
		t.line("", p)
	}
	t.line("Version", fmt.Sprintf("%s (this program: %s)", version, r.Version.Module))
	t.line("", r.Version.Advice)
	t.end()
}

func (r *Report) writeDifferences(b *bytes.Buffer, verbose bool) {
	if len(r.Differences) == 0 {
		fmt.Fprintf(b, "The schema is that of version %s.\n\n", r.Version.Compared)
		return
	}
	fmt.Fprintf(b, "The schema differs from that of version %s:\n", r.Version.Compared)
	t := newTable(b)
	which := "FOR EXAMPLE"
	if verbose {
		which = "WHICH"
	}
	t.line("  DIFFERENCE", "COUNT", which)
	hidden := 0
	byKind := map[Kind][]Difference{}
	for _, d := range r.Differences {
		byKind[d.Kind] = append(byKind[d.Kind], d)
	}
	for _, k := range kinds {
		ds := byKind[k]
		if len(ds) == 0 {
			continue
		}
		name := string(k)
		if k.Harmless() {
			name += " (harmless)"
		}
		t.line("  "+name, number(len(ds), len("COUNT")), ds[0].String())
		for _, d := range ds[1:] {
			// What is missing altogether is always named.
			if verbose || k == MissingTable || k == MissingColumn {
				t.line("", "", d.String())
			} else {
				hidden++
			}
		}
	}
	t.end()
	if hidden > 0 {
		b.Truncate(b.Len() - 1) // the sentence belongs to the table
		fmt.Fprint(b, "  --verbose lists them all.\n\n")
	}
}

func (r *Report) writeEntities(b *bytes.Buffer) {
	t := newTable(b)
	t.line("ENTITY", "TABLE", "      ROWS", "PROBLEMS")
	rows, problems := 0, 0
	for _, e := range r.Entities {
		trouble := number(e.Problems, len("PROBLEMS"))
		if e.Problems == 0 {
			trouble = ""
		}
		if e.Error != "" {
			trouble = strings.TrimSpace(trouble + " " + e.Error)
		}
		t.line(e.Name, e.Table, number(e.Rows, 10), trouble)
		rows, problems = rows+e.Rows, problems+e.Problems
	}
	t.line(count(len(r.Entities), "entity", "entities"), "", number(rows, 10), number(problems, len("PROBLEMS")))
	t.end()
}

func (r *Report) writeViolations(b *bytes.Buffer) {
	if len(r.Violations) == 0 {
		return
	}
	fmt.Fprintln(b, "Values that do not decode or break a rule:")
	t := newTable(b)
	t.line("  ENTITY", "COLUMN", "RULE", "  ROWS", "IDS")
	for _, v := range r.Violations {
		rows := number(v.Rows, 6)
		if v.AtLeast {
			rows += " or more"
		}
		t.line("  "+v.Entity, v.Column, v.Rule, rows, firstOf(v.IDs, v.Rows))
	}
	t.end()
}

// firstOf names rows by the ids of the first ones, of as many as there are.
func firstOf(ids []int64, rows int) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = strconv.FormatInt(id, 10)
	}
	if rows > len(ids) {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// textTable is a table with aligned columns.
type textTable struct {
	b  *bytes.Buffer
	to *bytes.Buffer
	w  *tabwriter.Writer
}

func newTable(to *bytes.Buffer) *textTable {
	b := new(bytes.Buffer)
	return &textTable{b: b, to: to, w: tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)}
}

func (t *textTable) line(cells ...string) {
	fmt.Fprintln(t.w, strings.Join(cells, "\t"))
}

// end writes the table, without blanks at the ends of lines, and an empty line.
func (t *textTable) end() {
	_ = t.w.Flush() // a buffer takes everything
	for line := range strings.Lines(t.b.String()) {
		t.to.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	t.to.WriteByte('\n')
}

// number is a number with its thousands set apart, aligned to the right.
func number(n, width int) string { return fmt.Sprintf("%*s", width, grouped(n)) }

func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
