// Package diagram draws the entity graph: a page with a Mermaid diagram of each
// domain, and an SVG picture of them all. It reads the schema and not the
// generated client, which may be missing.
package diagram

import "fmt"

// The files that [Draw] makes.
const (
	Page     = "graph.md"
	Overview = "graph.svg"
)

// Draw returns the contents of the files named above, by name, for the schema in
// a directory. The same schema gives the same bytes. An entity that belongs to
// no domain is an error that names its file.
func Draw(schemaDir string) (map[string][]byte, error) {
	sections, err := load(schemaDir)
	if err != nil {
		return nil, fmt.Errorf("diagram: %w", err)
	}
	return map[string][]byte{
		Page:     []byte(page(sections)),
		Overview: []byte(overview(sections)),
	}, nil
}
