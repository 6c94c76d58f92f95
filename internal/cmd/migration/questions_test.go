package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ariga.io/atlas/sql/schema"
)

// On a terminal the questions are asked one after the other.
func TestAskingOnATerminal(t *testing.T) {
	m := newModule(t)
	m.change(func(s *schema.Schema) {
		c := table(s, "Community")
		for i, column := range c.Columns {
			if column.Name == "description" {
				c.Columns[i].Name = "about"
			}
		}
	})
	var asked []string
	r := request{Name: "rename_description_to_about", answers: answers{}, desired: m.desired, ask: func(q string) string {
		asked = append(asked, q)
		if strings.Contains(q, "What is it for") {
			return "The word is shorter."
		}
		for line := range strings.Lines(q) {
			if n, c, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && strings.HasPrefix(c, `rename="Community.description=about"`) {
				return n
			}
		}
		return ""
	}}
	files, err := r.make(t.Context(), m.directories, server(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 2 || len(files) != 1 || !strings.Contains(files[0].text(), `RENAME COLUMN "description" TO "about"`) {
		t.Errorf("asked %q, made %q", asked, descriptions(files))
	}
	if !strings.Contains(files[0].text(), "nolint BC102 The word is shorter.") {
		t.Errorf("the reason is missing in\n%s", files[0].text())
	}
}

// An index of the same name may be another rule.
func TestAnIndexThatBecomesUniqueOrDoesNotStayItIsAskedFor(t *testing.T) {
	m := newModule(t)
	m.change(func(s *schema.Schema) {
		pages, _ := table(s, "Post").Index("post_forum_id_is_pinned_created_at_id")
		pages.Unique = true
		series, _ := table(s, "Meeting").Index("meeting_series_id_series_sequence")
		series.Unique = false
	})
	m.asks(t, "replace_two_indexes", `unique="post_forum_id_is_pinned_created_at_id"`, `drop="Meeting.meeting_series_id_series_sequence"`)
	m.must(t, "replace_two_indexes", "unique=post_forum_id_is_pinned_created_at_id", "drop=Meeting.meeting_series_id_series_sequence")
}

// A rule over several columns is more than the column that goes.
func TestARuleThatGoesWithAColumnIsAskedFor(t *testing.T) {
	m := newModule(t)
	m.change(func(s *schema.Schema) {
		meeting := table(s, "Meeting")
		gone := func(i *schema.Index) bool {
			return slices.ContainsFunc(i.Parts, func(p *schema.IndexPart) bool { return p.C != nil && p.C.Name == "series_sequence" })
		}
		meeting.Indexes = slices.DeleteFunc(meeting.Indexes, gone)
		meeting.Attrs = slices.DeleteFunc(meeting.Attrs, func(a schema.Attr) bool {
			c, ok := a.(*schema.Check)
			return ok && strings.Contains(c.Expr, "series_sequence")
		})
		meeting.Columns = slices.DeleteFunc(meeting.Columns, func(c *schema.Column) bool { return c.Name == "series_sequence" })
	})
	m.asks(t, "drop_series_sequence", `drop="Meeting.series_sequence"`, `drop="Meeting.meeting_series_id_series_sequence"`)
	m.must(t, "drop_series_sequence", "drop=Meeting.series_sequence,Meeting.meeting_series_id_series_sequence")
}

// What lint refuses stays only if it was asked for.
func TestFilesThatLintRefuses(t *testing.T) {
	m := newModule(t)
	m.change(func(s *schema.Schema) {
		name, _ := table(s, "Community").Column("name")
		name.Type.Type = &schema.StringType{T: "character varying", Size: 7}
		name.Type.Raw = ""
	})
	settled := m.names()
	sum := func() string {
		b, err := os.ReadFile(filepath.Join(m.migrations(), "atlas.sum"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := sum()
	for _, tt := range []struct {
		name  string
		keep  bool
		reply string
		stays bool
	}{{"nobody there", false, "", false}, {"no", false, "no", false}, {"yes", false, "yes", true}, {"told", true, "", true}} {
		files, err := m.make(t, "shorten_names")
		if err != nil {
			t.Fatal(err)
		}
		var ask func(string) string
		if tt.reply != "" {
			ask = func(string) string { return tt.reply }
		}
		err = m.accept(files, tt.keep, ask, func() error { return report(t.Context(), m.directories, io.Discard, settled.has, server(t)) })
		if !errors.Is(err, errRefused) {
			t.Fatalf("%s: got %v, want that it is refused", tt.name, err)
		}
		if stays := !slices.Equal(m.names(), settled); stays != tt.stays || stays != (sum() != before) {
			t.Errorf("%s: there are %q", tt.name, m.names())
		}
		if tt.stays {
			if err := m.remove(files); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Nobody answers from the null device.
func TestTheNullDeviceIsNoTerminal(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only looked at
	if interactive(f) {
		t.Error("somebody is asked")
	}
}

// A check of the same name may hold less; one that says the same and more does not.
func TestACheckThatMayHoldLessIsAskedFor(t *testing.T) {
	m := newModule(t)
	m.change(func(s *schema.Schema) {
		c := table(s, "Community")
		c.AddColumns(like(s, "name", "motto"))
		c.AddChecks(schema.NewCheck().SetName("community_motto_there").SetExpr("(motto)::text <> ''::text"))
	})
	m.must(t, "add_motto")
	becomes := func(expr string) func(*schema.Schema) {
		return func(s *schema.Schema) {
			for _, a := range table(s, "Community").Attrs {
				if c, ok := a.(*schema.Check); ok && c.Name == "community_motto_there" {
					c.Expr = expr
				}
			}
		}
	}
	m.change(becomes("((motto)::text <> ''::text) AND ((motto)::text <> 'a'::text)"))
	files := m.must(t, "forbid_another_motto")
	if !strings.Contains(files[0].text(), `DROP CONSTRAINT IF EXISTS "community_motto_there"`) {
		t.Errorf("it fails where the check waits:\n%s", files[0].text())
	}
	m.change(becomes("(motto)::text <> 'a'::text"))
	m.asks(t, "allow_no_motto", `drop="Community.community_motto_there"`)
	m.must(t, "allow_no_motto", "drop=Community.community_motto_there")
}
