package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
	"github.com/communitybuilder/communitybuilder/migrations"
)

// Whatever is asked for, the files are safe, apply to a database with rows, lead
// to the graph, and can be taken back.
func TestMakingMigrations(t *testing.T) {
	m := newModule(t)
	db := filled(t)
	begin := migrations.Latest()
	apply := func() {
		t.Helper()
		if _, err := migrations.New(os.DirFS(m.migrations())).Apply(t.Context(), db.DB); err != nil {
			t.Fatal(err)
		}
	}
	rows := count(t, db, `SELECT count(*) FROM "Community"`)
	if rows == 0 {
		t.Fatal("there are no communities to keep")
	}
	if _, err := m.make(t, "add_nothing_yet"); !errors.Is(err, errNothing) {
		t.Fatalf("got %v, want that there is nothing to do", err)
	}

	m.change(func(s *schema.Schema) {
		c := table(s, "Community")
		motto := like(s, "name", "motto")
		id, _ := c.Column("id")
		c.AddColumns(motto)
		c.AddChecks(schema.NewCheck().SetName("community_motto_there").SetExpr("(motto)::text <> ''::text"))
		pages, _ := table(s, "Post").Index("post_forum_id_is_pinned_created_at_id")
		pages.Parts = pages.Parts[:2]
		c.AddIndexes(schema.NewIndex("community_motto").AddColumns(motto), schema.NewUniqueIndex("community_motto_id").AddColumns(motto, id))
	})
	m.change(func(s *schema.Schema) {
		c := table(s, "Community")
		id, _ := c.Column("id")
		idType := *id.Type
		pin := schema.NewTable("Pin").SetSchema(s)
		pin.AddColumns(&schema.Column{Name: "id", Type: &idType, Attrs: id.Attrs}, like(s, "id", "community_id"), like(s, "name", "label"))
		pin.SetPrimaryKey(schema.NewPrimaryKey(pin.Columns[0]))
		pin.AddForeignKeys(schema.NewForeignKey("pin_community").AddColumns(pin.Columns[1]).SetRefTable(c).AddRefColumns(id).SetOnDelete(schema.Cascade))
		pin.AddIndexes(schema.NewIndex("pin_community_id").AddColumns(pin.Columns[1]))
		s.AddTables(pin)
	})
	m.asks(t, "add_pins_and_mottos", `unique="community_motto_id"`)
	files := m.must(t, "add_pins_and_mottos", "unique=community_motto_id")
	if got := descriptions(files); !slices.Equal(got, []string{"add_pins_and_mottos", "add_community_motto", "add_community_motto_id",
		"add_post_forum_id_is_pinned_created_at_id_new", "validate_pins_and_mottos", "drop_pins_and_mottos_remains"}) {
		t.Errorf("got files %q", got)
	}
	if undo := files[0].undo(); !strings.Contains(undo, `loses every row of "Pin", the values of "Community"."motto"`) {
		t.Errorf("undone by\n%s", undo)
	}
	apply()
	exec(t, db, `INSERT INTO "Pin" (community_id, label) SELECT id, 'a' FROM "Community"`)

	m.change(func(s *schema.Schema) {
		pin := table(s, "Pin")
		pin.AddChecks(schema.NewCheck().SetName("pin_label_there").SetExpr("(label)::text <> ''::text"))
		pin.AddForeignKeys(schema.NewForeignKey("pin_itself").AddColumns(pin.Columns[0]).SetRefTable(pin).AddRefColumns(pin.Columns[0]))
		pin.Columns[2].Type.Null = false
	})
	if got := descriptions(m.must(t, "add_pin_rules")); !slices.Equal(got, []string{"add_pin_rules", "validate_pin_rules", "require_pin_rules"}) {
		t.Errorf("got files %q", got)
	}
	apply()

	bare := m.changes[0]
	m.changes[0] = func(s *schema.Schema) {
		bare(s)
		motto, _ := table(s, "Community").Column("motto")
		motto.Name = "slogan"
		for _, a := range table(s, "Community").Attrs {
			if c, ok := a.(*schema.Check); ok && c.Name == "community_motto_there" {
				c.Expr = strings.ReplaceAll(c.Expr, "motto", "slogan") // as the server does
			}
		}
	}
	m.change(func(s *schema.Schema) { table(s, "Pin").Name = "Bookmark" })
	m.asks(t, "rename_pins_and_mottos", `rename="Community.motto=slogan"`, `drop="Community.motto"`, `rename="Pin=Bookmark"`, `drop="Pin"`)
	m.must(t, "rename_pins_and_mottos", "rename=Community.motto=slogan,Pin=Bookmark")
	exec(t, db, `UPDATE "Community" SET motto = 'kept' WHERE id = (SELECT min(id) FROM "Community")`)
	apply()
	if n := count(t, db, `SELECT count(*) FROM "Community" WHERE slogan = 'kept'`); n != 1 {
		t.Errorf("%d values are kept, want 1", n)
	}
	if n := count(t, db, `SELECT count(*) FROM "Bookmark"`); n != rows {
		t.Errorf("%d bookmarks, want %d", n, rows)
	}
	bookmarked, _, _ := strings.Cut(m.names()[len(m.names())-1], "_")

	m.change(func(s *schema.Schema) { table(s, "Community").AddColumns(notNull(like(s, "name", "tone"))) })
	if _, err := m.make(t, "add_community_tone"); err == nil || !strings.Contains(err.Error(), "without a default") {
		t.Errorf("got %v, want that a default is missing", err)
	}
	m.changes = m.changes[:len(m.changes)-1]

	// Back, and forth again.
	d := migrations.New(os.DirFS(m.migrations()))
	if _, err := d.Down(t.Context(), db.DB, begin, true); err != nil {
		t.Fatal(err)
	}
	equalSchema(t, db, begin)
	apply()
	if _, err := d.Down(t.Context(), db.DB, bookmarked, true); err != nil {
		t.Fatal(err)
	}

	m.changes = nil
	m.asks(t, "drop_bookmarks_and_slogans", `drop="Community.slogan"`, `drop="Community.community_motto_id"`, `drop="Bookmark"`)
	for _, f := range m.must(t, "drop_bookmarks_and_slogans", "drop=Community.slogan,Community.community_motto_id,Bookmark") {
		if f.concurrently == strings.Contains(f.undo(), "communitybuilder:irreversible") {
			t.Errorf("what was dropped comes back:\n%s", f.undo())
		}
	}
	apply()
	if n := count(t, db, `SELECT count(*) FROM "Community"`); n != rows {
		t.Errorf("%d communities, want %d", n, rows)
	}
	drv, err := postgres.Open(db)
	if err != nil {
		t.Fatal(err)
	}
	desired, err := m.desired()
	if err != nil {
		t.Fatal(err)
	}
	if left, err := dbschema.DiffTo(t.Context(), drv, desired); err != nil || len(left) > 0 {
		t.Errorf("%d changes are left (%v)", len(left), err)
	}
	equalSchema(t, db, begin)
}

// A name, a reason or an answer that can't be taken is refused, and nothing is written.
func TestWhatIsAskedFor(t *testing.T) {
	m := newModule(t)
	m.change(func(s *schema.Schema) { table(s, "Community").AddColumns(like(s, "name", "motto")) })
	before := m.names()
	for _, tt := range []struct{ name, why, says string }{
		{"diff", "x", "name"},
		{"update_things", "x", "could be any migration's"},
		{"added_motto", "x", "imperative"},
		{"add_motto", "", "why"},
	} {
		r := request{Name: tt.name, Why: tt.why, answers: answers{}, desired: m.desired}
		if _, err := r.make(t.Context(), m.directories, server(t)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.says)
		}
	}
	if after := m.names(); !slices.Equal(before, after) {
		t.Errorf("written: %q", after)
	}
	for _, s := range []string{"Post.text", "=body", "Post.text="} {
		if err := (answers{}).add(rename, s); err == nil {
			t.Errorf("rename=%q is taken", s)
		}
	}
}
