package diagram

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	schemaDir = "../../ent/schema"
	docsDir   = "../../docs"
)

func TestDocsShowTheGraph(t *testing.T) {
	files, err := Draw(schemaDir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(docsDir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/%s is not what the schema draws: run go generate ./... and commit the result", name)
		}
	}
}

func TestDrawingTwiceGivesTheSame(t *testing.T) {
	first, err := Draw(schemaDir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Draw(schemaDir)
	if err != nil {
		t.Fatal(err)
	}
	for name := range first {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s differs between two drawings of the same schema", name)
		}
	}
}

func TestEveryEntityIsDrawnOnce(t *testing.T) {
	files, err := Draw(schemaDir)
	if err != nil {
		t.Fatal(err)
	}
	sections := mustLoad(t)
	var all []*entity
	for _, s := range sections {
		all = append(all, s.entities...)
	}
	if len(all) == 0 {
		t.Fatal("no entities")
	}
	page, svg := string(files[Page]), string(files[Overview])
	for _, e := range all {
		if n := strings.Count(page, "    "+e.name+" {\n"); n != 1 {
			t.Errorf("the page draws %s %d times", e.name, n)
		}
		want := 1
		if e.join {
			want = 0
		}
		if n := strings.Count(svg, `fill="#1f2328">`+e.name+"<"); n != want {
			t.Errorf("the overview names %s %d times, want %d", e.name, n, want)
		}
		if e.synopsis == "" {
			t.Errorf("%s has no comment", e.name)
		}
	}
}

func TestLinesSayHowManyAndWhatIsDeleted(t *testing.T) {
	sections := mustLoad(t)
	for _, want := range []string{
		`User ||--o| UserProfile : "user"`,         // one each
		`Forum ||--o{ Post : "forum"`,              // any number
		`Post |o--o{ Post : "parent"`,              // of the same entity, and perhaps none
		`User |o..o{ CommunityMember : "approver"`, // which outlives its approver
	} {
		if !slices.ContainsFunc(sections, func(s section) bool { return strings.Contains(s.mermaid(), want+"\n") }) {
			t.Errorf("no diagram has the line %s", want)
		}
	}
}

func TestColumnsSayKeysAndNotes(t *testing.T) {
	sections := mustLoad(t)
	for _, want := range []string{
		`bigint id PK`,
		`varchar(254) email UK`,
		`varchar(128) password "secret"`,
		`bigint user_id FK, UK`,
		`bigint parent_post_id FK "null"`,
		`timestamptz created_at`,
		`numeric amount "10,2"`,
	} {
		if !slices.ContainsFunc(sections, func(s section) bool { return strings.Contains(s.mermaid(), "        "+want+"\n") }) {
			t.Errorf("no diagram has the column %s", want)
		}
	}
}

func TestOverviewIsWellFormed(t *testing.T) {
	d := xml.NewDecoder(strings.NewReader(overview(mustLoad(t))))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEntityWithoutDomainIsAnError(t *testing.T) {
	_, _, err := locate("ent/schema/marketplace.go:12")
	if err == nil || !strings.Contains(err.Error(), "marketplace.go belongs to no domain") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

func TestSchemaFilesBelongToOneDomain(t *testing.T) {
	seen := make(map[string]string)
	for _, d := range domains {
		for _, f := range d.files {
			if other, ok := seen[f]; ok {
				t.Errorf("%s.go belongs to %s and to %s", f, other, d.title)
			}
			seen[f] = d.title
			if _, err := os.Stat(filepath.Join(schemaDir, f+".go")); err != nil {
				t.Errorf("domain %s: %v", d.title, err)
			}
		}
	}
}

func mustLoad(t *testing.T) []section {
	t.Helper()
	sections, err := load(schemaDir)
	if err != nil {
		t.Fatal(err)
	}
	return sections
}
