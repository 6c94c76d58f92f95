package diagram

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
	"entgo.io/ent/schema/field"
)

// A section is a domain with its entities, in the order of its files and of
// the declarations in them.
type section struct {
	*domain
	entities []*entity
}

type entity struct {
	name, table string
	synopsis    string // first sentence of the type's comment
	domain      *domain
	join        bool // a row says nothing but that two others belong together
	columns     []column
	keys        []key
	uniques     []string // unique sets of several columns, and partial ones
	pos         position
}

type position struct{ file, line int }

type column struct {
	name, typ       string
	primary, unique bool
	foreign         bool
	notes           []string
}

// A key is a column that points to a row of another entity.
type key struct {
	column   string
	role     string // name of the edge
	to       *entity
	nullable bool
	unique   bool // at most one row points to the other one
	cascade  bool // the row is deleted with the other one
}

// load reads the graph that is declared in a directory.
func load(dir string) ([]section, error) {
	dir, err := filepath.Abs(dir) // a relative one would be taken for an import path
	if err != nil {
		return nil, err
	}
	// The type of the ids is not in the schema; it is that of ent/entc.go.
	g, err := entc.LoadGraph(dir, &gen.Config{IDType: &field.TypeInfo{Type: field.TypeInt64}})
	if err != nil {
		return nil, err
	}
	synopses, err := readSynopses(dir)
	if err != nil {
		return nil, err
	}
	list, err := g.Tables()
	if err != nil {
		return nil, err
	}
	tables := make(map[string]*schema.Table)
	for _, t := range list {
		tables[t.Name] = t
	}

	entities := make(map[string]*entity)
	for _, n := range g.Nodes {
		d, pos, err := locate(n.Pos())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
		entities[n.Name] = &entity{
			name: n.Name, table: n.Table(), domain: d, pos: pos,
			synopsis: synopses[n.Name],
			join:     n.IsEdgeSchema() && !slices.ContainsFunc(n.Fields, func(f *gen.Field) bool { return !f.IsEdgeField() }),
		}
	}
	for _, n := range g.Nodes {
		if err := entities[n.Name].read(n, tables[n.Table()], entities); err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
	}

	sections := make([]section, len(domains))
	for i := range domains {
		sections[i].domain = &domains[i]
		for _, n := range g.Nodes {
			if e := entities[n.Name]; e.domain == &domains[i] {
				sections[i].entities = append(sections[i].entities, e)
			}
		}
		if len(sections[i].entities) == 0 {
			return nil, fmt.Errorf("domain %q has no entity: correct its files in internal/diagram/domain.go", domains[i].title)
		}
		slices.SortFunc(sections[i].entities, func(a, b *entity) int {
			if a.pos.file != b.pos.file {
				return a.pos.file - b.pos.file
			}
			return a.pos.line - b.pos.line
		})
	}
	return sections, nil
}

// locate finds the domain of an entity by where it is declared: "file:line".
func locate(pos string) (*domain, position, error) {
	i := strings.LastIndexByte(pos, ':')
	if i < 0 {
		return nil, position{}, fmt.Errorf("declared at an unknown place %q", pos)
	}
	file := strings.TrimSuffix(filepath.Base(pos[:i]), ".go")
	var line int
	if _, err := fmt.Sscan(pos[i+1:], &line); err != nil {
		return nil, position{}, fmt.Errorf("declared at an unknown place %q", pos)
	}
	for d := range domains {
		if f := slices.Index(domains[d].files, file); f >= 0 {
			return &domains[d], position{f, line}, nil
		}
	}
	return nil, position{}, fmt.Errorf("the file %s.go belongs to no domain: give it to one in internal/diagram/domain.go", file)
}

// readSynopses returns the first sentence of every type's comment.
func readSynopses(dir string) (map[string]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	pkg, err := doc.NewFromFiles(fset, files, "schema")
	if err != nil {
		return nil, err
	}
	synopses := make(map[string]string)
	for _, t := range pkg.Types {
		synopses[t.Name] = pkg.Synopsis(t.Doc)
	}
	return synopses, nil
}

// read takes the columns and keys of an entity from its type and its table.
func (e *entity) read(n *gen.Type, table *schema.Table, entities map[string]*entity) error {
	columns := make(map[string]*schema.Column)
	for _, c := range table.Columns {
		columns[c.Name] = c
	}
	actions := make(map[string]schema.ReferenceOption)
	for _, fk := range table.ForeignKeys {
		actions[fk.Columns[0].Name] = fk.OnDelete
	}
	var unique map[string]bool
	unique, e.uniques = uniqueness(table)

	for _, edge := range n.Edges {
		if !edge.OwnFK() || edge.M2M() {
			continue
		}
		c, ok := columns[edge.Rel.Column()]
		if !ok {
			return fmt.Errorf("edge %s: the table has no column %s", edge.Name, edge.Rel.Column())
		}
		e.keys = append(e.keys, key{
			column:   c.Name,
			role:     edge.Name,
			to:       entities[edge.Type.Name],
			nullable: c.Nullable,
			unique:   unique[c.Name],
			cascade:  actions[c.Name] == schema.Cascade,
		})
	}
	for _, f := range append([]*gen.Field{n.ID}, n.Fields...) {
		c, ok := columns[f.StorageKey()]
		if !ok {
			return fmt.Errorf("field %s: the table has no column %s", f.Name, f.StorageKey())
		}
		typ, note, err := columnType(c)
		if err != nil {
			return err
		}
		col := column{
			name:    c.Name,
			typ:     typ,
			primary: f == n.ID,
			unique:  unique[c.Name],
			foreign: slices.ContainsFunc(e.keys, func(k key) bool { return k.column == c.Name }),
		}
		if note != "" {
			col.notes = append(col.notes, note)
		}
		if c.Nullable {
			col.notes = append(col.notes, "null")
		}
		if f.Sensitive() {
			col.notes = append(col.notes, "secret")
		}
		e.columns = append(e.columns, col)
	}
	return nil
}

// uniqueness tells which columns are unique by themselves, and what else is.
func uniqueness(table *schema.Table) (single map[string]bool, sets []string) {
	single = make(map[string]bool)
	for _, c := range table.Columns {
		if c.Unique {
			single[c.Name] = true
		}
	}
	for _, index := range table.Indexes {
		if !index.Unique {
			continue
		}
		partial := index.Annotation != nil && index.Annotation.Where != ""
		if len(index.Columns) == 1 && !partial {
			single[index.Columns[0].Name] = true
			continue
		}
		var names []string
		for _, c := range index.Columns {
			names = append(names, "`"+c.Name+"`")
		}
		set := strings.Join(names, " + ")
		if partial {
			set += " where `" + index.Annotation.Where + "`"
		}
		if !slices.Contains(sets, set) {
			sets = append(sets, set)
		}
	}
	return single, sets
}

// columnType is the type of a column on PostgreSQL. Its digits, which a type
// in a diagram has no room for, are in the note.
func columnType(c *schema.Column) (typ, note string, err error) {
	if t := c.SchemaType[dialect.Postgres]; t != "" {
		if digits, ok := strings.CutPrefix(t, "numeric"); ok {
			return "numeric", strings.Trim(digits, "()"), nil
		}
		return t, "", nil
	}
	switch c.Type {
	case field.TypeBool:
		return "boolean", "", nil
	case field.TypeInt64:
		return "bigint", "", nil
	case field.TypeTime:
		return "timestamptz", "", nil
	case field.TypeJSON:
		return "jsonb", "", nil
	case field.TypeUUID:
		return "uuid", "", nil
	case field.TypeString:
		return "text", "", nil
	}
	return "", "", fmt.Errorf("column %s: no name for the type %s", c.Name, c.Type)
}
