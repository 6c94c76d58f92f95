package diagram

import (
	"fmt"
	"html"
	"strings"
)

// Measures of the overview, in pixels.
const (
	width     = 1000
	gutter    = 40 // on both sides of the groups, for the arrows
	padding   = 14
	gap       = 12
	across    = 4 // cards beside each other
	cardWidth = (width - 2*gutter - 2*padding - (across-1)*gap) / across

	groupHead = 40
	groupGap  = 22
	cardHead  = 30
	row       = 18
	smallRow  = 16
	captions  = 30
)

// A card is a domain in the overview.
type card struct {
	section
	x, y, height int
	names        []string
	targets      []section // of the same group
}

// A strip is a group in the overview.
type strip struct {
	*group
	y, height int
	cards     []*card
}

// overview draws the groups under each other, the domains of each as cards with
// the names of their entities, and arrows between the groups.
func overview(sections []section) string {
	y := groupGap
	var strips []*strip
	for _, g := range groups {
		s := &strip{group: g, y: y}
		s.fill(sections)
		strips = append(strips, s)
		y += s.height + groupGap
	}

	var p picture
	p.open(width, y+captions)
	// An arrow leads from every group to those that it points to; those to the
	// same one share a lane beside the groups, in turns left and right.
	lane := 0
	for _, to := range strips {
		var from []*strip
		for _, s := range strips {
			if s != to && s.points(to) {
				from = append(from, s)
			}
		}
		if len(from) > 0 {
			p.arrows(from, to, lane)
			lane++
		}
	}
	for _, s := range strips {
		p.strip(s)
	}
	p.text(gutter, y+8, `font-size="12" fill="#57606a"`,
		"An arrow leads from rows to those that they point to. Entities that only join two others are left out.")
	p.WriteString("</svg>\n")
	return p.String()
}

// fill lays out the cards of a group: each goes where there is most room.
func (s *strip) fill(sections []section) {
	for _, sec := range sections {
		if sec.group == s.group {
			s.cards = append(s.cards, &card{section: sec})
		}
	}
	var bottoms [across]int
	for i := range bottoms {
		bottoms[i] = s.y + groupHead
	}
	for _, c := range s.cards {
		c.measure(sections)
		best := 0
		for i := range bottoms {
			if bottoms[i] < bottoms[best] {
				best = i
			}
		}
		c.x, c.y = gutter+padding+best*(cardWidth+gap), bottoms[best]
		bottoms[best] += c.height + gap
	}
	for _, b := range bottoms {
		s.height = max(s.height, b-gap+padding-s.y)
	}
}

// measure finds out what goes into a card and how high that is.
func (c *card) measure(sections []section) {
	for _, e := range c.entities {
		if !e.join {
			c.names = append(c.names, e.name)
		}
	}
	c.height = cardHead + len(c.names)*row + 6
	for _, t := range c.pointsTo(sections) {
		if t.group == c.group {
			c.targets = append(c.targets, t)
		}
	}
	if len(c.targets) > 0 {
		c.height += len(c.targets)*smallRow + 8
	}
}

func (s *strip) points(to *strip) bool {
	for _, a := range s.cards {
		for _, b := range to.cards {
			if a.points(b.domain) {
				return true
			}
		}
	}
	return false
}

// A picture is an SVG document being written.
type picture struct{ strings.Builder }

func (p *picture) printf(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *picture) open(width, height int) {
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" font-size="13" role="img">`, width, height)
	p.printf(`<!-- Generated from ent/schema by go generate. DO NOT EDIT. -->`)
	p.printf(`<title>The entity graph of CommunityBuilder</title>`)
	// A ground of its own, so that the picture is readable on dark pages too.
	p.printf(`<rect width="%d" height="%d" rx="10" fill="#ffffff"/>`, width, height)
}

func (p *picture) text(x, y int, attributes, s string) {
	p.printf(`<text x="%d" y="%d" %s>%s</text>`, x, y, attributes, html.EscapeString(s))
}

// arrows draws a line from each group to the one it points to.
func (p *picture) arrows(from []*strip, to *strip, lane int) {
	edge, out := gutter, -1
	if lane%2 == 1 {
		edge, out = width-gutter, 1
	}
	x := edge + out*(20+8*(lane/2))
	end := to.y + to.height/2
	p.printf(`<g fill="none" stroke="%s" stroke-width="2" stroke-linejoin="round">`, to.color)
	for _, s := range from {
		p.printf(`<path d="M%d %dH%dV%dH%d"/>`, edge, s.y+s.height/2, x, end, edge+out*8)
	}
	p.printf(`<path fill="%s" d="M%d %dl%d -5v10z"/>`, to.color, edge+out, end, out*9)
	p.printf(`</g>`)
}

func (p *picture) strip(s *strip) {
	p.printf(`<rect x="%d" y="%d" width="%d" height="%d" rx="10" fill="%s" fill-opacity="0.08"/>`,
		gutter, s.y, width-2*gutter, s.height, s.color)
	p.printf(`<text x="%d" y="%d"><tspan font-size="17" font-weight="bold" fill="%s">%s</tspan><tspan dx="12" fill="#57606a">%s</tspan></text>`,
		gutter+padding, s.y+26, s.color, html.EscapeString(s.title), html.EscapeString(s.says))
	for _, c := range s.cards {
		p.card(c)
	}
}

func (p *picture) card(c *card) {
	p.printf(`<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="#ffffff" stroke="%s" stroke-opacity="0.45"/>`,
		c.x, c.y, cardWidth, c.height, c.group.color)
	p.text(c.x+12, c.y+20, fmt.Sprintf(`font-weight="bold" fill="%s"`, c.group.color), c.title)
	for i, name := range c.names {
		p.text(c.x+12, c.y+cardHead+13+i*row, `fill="#1f2328"`, name)
	}
	if len(c.targets) == 0 {
		return
	}
	y := c.y + c.height - len(c.targets)*smallRow - 8
	p.printf(`<path d="M%d %dh%d" stroke="#d0d7de"/>`, c.x+12, y, cardWidth-24)
	for _, t := range c.targets {
		y += smallRow
		p.text(c.x+12, y, `font-size="12" fill="#57606a"`, "→ "+t.title)
	}
}
