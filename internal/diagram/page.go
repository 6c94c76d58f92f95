package diagram

import (
	"fmt"
	"slices"
	"strings"
)

// page is the Markdown page with the diagrams of all domains.
func page(sections []section) string {
	var b strings.Builder
	b.WriteString("<!-- Generated from ent/schema by go generate. DO NOT EDIT. -->\n\n# The graph\n\n")
	entities, joins := count(sections)
	fmt.Fprintf(&b, "%d entities, %d of which only join two others, in %d domains. "+
		"The overview leaves the joins out.\n\n", entities, joins, len(sections))
	b.WriteString("![The domains, their entities, and which domains they point to](" + Overview + ")\n\n")

	for _, g := range groups {
		var links []string
		for _, s := range sections {
			if s.group == g {
				links = append(links, s.link())
			}
		}
		fmt.Fprintf(&b, "- %s: %s\n", g.title, strings.Join(links, " · "))
	}
	b.WriteString(legend)

	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		for _, e := range s.entities {
			name := "**" + e.name + "**"
			if e.table != e.name {
				name += " (table `" + e.table + "`)"
			}
			fmt.Fprintf(&b, "- %s: %s", name, e.summary())
			if len(e.uniques) > 0 {
				fmt.Fprintf(&b, " Unique: %s.", strings.Join(e.uniques, "; "))
			}
			b.WriteString("\n")
		}
		b.WriteString("\n```mermaid\n" + s.mermaid() + "```\n")
		if out := s.pointsTo(sections); len(out) > 0 {
			fmt.Fprintf(&b, "\nPoints to: %s.\n", strings.Join(links(out), ", "))
		}
		if in := s.pointedToBy(sections); len(in) > 0 {
			fmt.Fprintf(&b, "\nIs pointed to by: %s.\n", strings.Join(links(in), ", "))
		}
	}
	return b.String()
}

const legend = `
## How to read the diagrams

A box is an entity: type, name, key and notes of each column. PK is the primary
key, FK points to another row, UK is unique by itself; "null" may be absent and
"secret" is never printed; a numeric has its digits and how many of them stand
after the point. A box without columns belongs to another domain.

A line leads from the row that is pointed to, to the rows that point to it, and
bears the name of the edge in the client: ` + "`author`" + ` of a post is ` + "`post.QueryAuthor()`" + `.
Its ends tell how many there are: two bars are exactly one, a bar and a ring at
most one, a ring and a crow's foot any number. Rows at a drawn line are deleted
with the one they point to; those at a dotted line are not.
`

// summary is what a row is. The comment of a type begins with its name, which
// stands before the summary already.
func (e *entity) summary() string {
	s := strings.TrimPrefix(e.synopsis, e.name+" ")
	s = strings.TrimPrefix(s, "is ")
	return s
}

func (s section) link() string {
	return "[" + s.title + "](#" + strings.ReplaceAll(strings.ToLower(s.title), " ", "-") + ")"
}

func links(sections []section) []string {
	var l []string
	for _, s := range sections {
		l = append(l, s.link())
	}
	return l
}

// pointsTo returns the other domains that the entities of s point to.
func (s section) pointsTo(sections []section) []section {
	var out []section
	for _, o := range sections {
		if s.points(o.domain) {
			out = append(out, o)
		}
	}
	return out
}

func (s section) pointedToBy(sections []section) []section {
	var in []section
	for _, o := range sections {
		if o.points(s.domain) {
			in = append(in, o)
		}
	}
	return in
}

// points tells whether an entity of s points to one of another domain.
func (s section) points(to *domain) bool {
	return s.domain != to && slices.ContainsFunc(s.entities, func(e *entity) bool {
		return slices.ContainsFunc(e.keys, func(k key) bool { return k.to.domain == to })
	})
}

func count(sections []section) (entities, joins int) {
	for _, s := range sections {
		entities += len(s.entities)
		for _, e := range s.entities {
			if e.join {
				joins++
			}
		}
	}
	return entities, joins
}
