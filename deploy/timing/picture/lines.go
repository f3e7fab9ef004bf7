package picture

import (
	"cmp"
	"slices"
	"strings"

	"aiolos/deploy/timing"
)

// lines draw a line for each node. What overlaps on a node stands below each other.
func (p *picture) lines() {
	where := map[timing.Place]float64{}
	for _, node := range p.byNode() {
		if node.name != "" {
			p.tag(node.name, "", bar)
		} else {
			p.tag("(all)", "", bar)
		}
		var free []timing.Took // when each row below each other is free again
		for _, s := range node.spans {
			row := slices.IndexFunc(free, func(f timing.Took) bool { return f <= s.From() })
			if row < 0 {
				row = len(free)
				free = append(free, 0)
			}
			free[row] = s.To()
			y := p.y + float64(row)*(bar+2)
			where[s.Place] = y
			p.bar(s.Place, s.Parts, y, bar, s.Critical)
		}
		p.y += float64(max(len(free), 1))*(bar+2) + between - 2
	}
	p.links(where)
}

// links lead along the critical path from one node to the next.
func (p *picture) links(where map[timing.Place]float64) {
	for i := range p.t.Path {
		leg := &p.t.Path[i]
		if leg.After == nil || leg.After.Node == leg.Node {
			continue
		}
		from, known := where[*leg.After]
		to, too := where[leg.Place]
		if !known || !too || from == to {
			continue
		}
		x := p.x(leg.From)
		if from < to {
			from += bar
		} else {
			to += bar
		}
		put(&p.over, `<line x1="%[1]v" x2="%[1]v" y1="%[2]v" y2="%[3]v" stroke="%[4]s" stroke-width="2.2"/>`, x, from, to, ink)
	}
}

// line is a node with its steps, the first first.
type line struct {
	name  string
	spans []timing.Span
}

// byNode sorts the steps by node, in the order in which the nodes first had one; the
// whole operation's come first.
func (p *picture) byNode() []line {
	var all []line
	at := map[string]int{}
	for _, s := range p.t.Spans {
		k, known := at[s.Node]
		if !known {
			k = len(all)
			at[s.Node] = k
			all = append(all, line{name: s.Node})
		}
		all[k].spans = append(all[k].spans, s)
	}
	for _, l := range all {
		slices.SortStableFunc(l.spans, func(a, b timing.Span) int { return cmp.Compare(a.From(), b.From()) })
	}
	slices.SortStableFunc(all, func(a, b line) int {
		if a.name == "" || b.name == "" {
			return strings.Compare(a.name, b.name)
		}
		return 0
	})
	return all
}
