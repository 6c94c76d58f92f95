package diagram

import (
	"fmt"
	"strings"
)

// mermaid draws the entities of a domain as a Mermaid entity diagram. Entities
// of other domains that they point to are boxes without columns.
func (s section) mermaid() string {
	var b strings.Builder
	b.WriteString("erDiagram\n")
	for _, e := range s.entities {
		fmt.Fprintf(&b, "    %s {\n", e.name)
		for _, c := range e.columns {
			b.WriteString("        " + c.mermaid() + "\n")
		}
		b.WriteString("    }\n")
	}
	for _, e := range s.entities {
		for _, k := range e.keys {
			fmt.Fprintf(&b, "    %s %s %s : \"%s\"\n", k.to.name, k.mermaid(), e.name, k.role)
		}
	}
	return b.String()
}

func (c column) mermaid() string {
	var keys []string
	if c.primary {
		keys = append(keys, "PK")
	}
	if c.foreign {
		keys = append(keys, "FK")
	}
	if c.unique && !c.primary {
		keys = append(keys, "UK")
	}
	words := []string{c.typ, c.name}
	if len(keys) > 0 {
		words = append(words, strings.Join(keys, ", "))
	}
	if len(c.notes) > 0 {
		words = append(words, `"`+strings.Join(c.notes, ", ")+`"`)
	}
	return strings.Join(words, " ")
}

// mermaid is the line from the row that is pointed to, to those that point.
func (k key) mermaid() string {
	one, line, many := "||", "..", "o{"
	if k.nullable {
		one = "|o"
	}
	if k.cascade {
		line = "--"
	}
	if k.unique {
		many = "o|"
	}
	return one + line + many
}
