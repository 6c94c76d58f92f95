package doctor

import (
	"bytes"
	"fmt"

	"github.com/communitybuilder/communitybuilder/adopt"
	"github.com/communitybuilder/communitybuilder/internal/rulecheck"
)

// writeWaiting writes which rules wait for rows to be repaired.
func (r *Report) writeWaiting(b *bytes.Buffer) {
	if len(r.Waiting) == 0 {
		return
	}
	fmt.Fprintln(b, "Rules that wait for rows to be repaired; `communitybuilder adopt validate` adds them then:")
	t := newTable(b)
	t.line("  RULE", "TABLE", "  ROWS", "IDS", "NEW ROWS")
	for _, f := range r.Waiting {
		bound := "held to it"
		if f.Response == adopt.Waits {
			bound = "not held to it"
		}
		if f.Unknown != "" {
			t.line("  "+f.Rule, f.Table, "", f.Unknown, bound)
			continue
		}
		t.line("  "+f.Rule, f.Table, number(int(f.Rows), 6), firstOf(f.IDs, int(f.Rows)), bound)
	}
	t.end()
}

func (r *Report) writeRows(b *bytes.Buffer, verbose bool) {
	var mistakes, usual, unexamined []rulecheck.Finding
	for _, f := range r.Rows {
		switch {
		case f.Error != "":
			unexamined = append(unexamined, f)
		case f.Mistake():
			mistakes = append(mistakes, f)
		default:
			usual = append(usual, f)
		}
	}
	writeBroken(b, "Rows that break a rule:", mistakes)
	writeBroken(b, "For information, rows that break a rule without anybody's mistake:", usual)
	switch {
	case len(unexamined) == 0:
	case !verbose:
		fmt.Fprintf(b, "%s; --verbose says which and why.\n\n", count(len(unexamined), "rule could not be examined", "rules could not be examined"))
	default:
		fmt.Fprintln(b, "Rules that could not be examined:")
		t := newTable(b)
		t.line("  RULE", "TABLE", "WHY")
		for _, f := range unexamined {
			t.line("  "+f.Rule, f.Table, f.Error)
		}
		t.end()
	}
}

// writeBroken writes what was found, if anything was.
func writeBroken(b *bytes.Buffer, title string, found []rulecheck.Finding) {
	if len(found) == 0 {
		return
	}
	fmt.Fprintln(b, title)
	t := newTable(b)
	t.line("  RULE", "TABLE", "  ROWS", "IDS", "WHAT IT SAYS")
	for _, f := range found {
		says := f.Says
		if f.Column != "" {
			says = f.Column + ": " + says
		}
		if f.Usual != "" {
			says += " (" + f.Usual + ")"
		}
		t.line("  "+f.Rule, f.Table, number(f.Rows, 6), firstOf(f.IDs, f.Rows), says)
	}
	t.end()
}
