package svg

import (
	"math"
	"slices"
)

// link is a stretch of an arrow in one gap: it goes across from one place to
// another. Each end leads up, out of the gap's top, or down.
type link struct {
	a, b     float64
	aUp, bUp bool
	track    int
}

func (l *link) straight() bool { return l.a == l.b && l.aUp != l.bUp }
func (l *link) ends() (left, right float64) {
	return min(l.a, l.b), max(l.a, l.b)
}

// makeLinks divides arrows into what they do in each gap. The gap above row n
// is gaps[n].
func (s *scene) makeLinks() {
	for _, a := range s.arrows {
		a.straighten()
		below, above := &s.gaps[a.from.row+1], &s.gaps[a.to.row]
		if !a.passing {
			a.links = []*link{{a: a.start, aUp: true, b: a.end}}
			below.links = append(below.links, a.links[0])
		} else {
			back := a.to.row <= a.from.row
			first, last := &link{a: a.start, aUp: true, b: a.corridor, bUp: back}, &link{a: a.corridor, aUp: !back, b: a.end}
			a.links = []*link{first, last}
			below.links = append(below.links, first)
			above.links = append(above.links, last)
		}
		_, h := extent(a.label)
		above.label = max(above.label, h)
	}
	for i := range s.gaps {
		s.gaps[i].makeTracks()
	}
}

// straighten takes out what is less than a pixel aside.
func (a *arrow) straighten() {
	if a.passing && math.Abs(a.end-a.corridor) < 1 {
		a.end = a.corridor
	}
	above := a.end
	if a.passing {
		above = a.corridor
	}
	if math.Abs(a.start-above) < 1 {
		a.start = above
	}
}

// makeTracks puts links that would touch below each other, in an order with few
// crossings.
func (g *gap) makeTracks() {
	var across []*link
	for _, l := range g.links {
		if !l.straight() {
			across = append(across, l)
		}
	}
	across = arranged(across)
	for i, l := range across {
		for _, other := range across[:i] {
			if touch(l, other) {
				l.track = max(l.track, other.track+1)
			}
		}
		g.tracks = max(g.tracks, l.track+1)
	}
}

// arranged orders links from top to bottom. Of few, all orders are tried.
func arranged(links []*link) []*link {
	total := func(links []*link) (sum int) {
		for i := range links {
			for j := range links[:i] {
				sum += crossings(links[j], links[i])
			}
		}
		return sum
	}
	const few = 6
	if len(links) <= few {
		best, least := slices.Clone(links), total(links)
		permute(links, 0, func(order []*link) {
			if sum := total(order); sum < least {
				best, least = slices.Clone(order), sum
			}
		})
		return best
	}
	for range links {
		for i := 1; i < len(links); i++ {
			if crossings(links[i], links[i-1]) < crossings(links[i-1], links[i]) {
				links[i-1], links[i] = links[i], links[i-1]
			}
		}
	}
	return links
}

const near = 7.0

func touch(l, other *link) bool {
	left, right := l.ends()
	otherLeft, otherRight := other.ends()
	return left < otherRight+near && otherLeft < right+near
}

// crossings counts how often two links cross if one is above the other. To run
// along each other is worse than to cross.
func crossings(upper, lower *link) int {
	const along = 20
	type end struct {
		x  float64
		up bool
	}
	ends := func(l *link) [2]end { return [2]end{{l.a, l.aUp}, {l.b, l.bUp}} }
	count := 0
	for _, e := range ends(upper) {
		if left, right := lower.ends(); !e.up && e.x > left && e.x < right {
			count++
		}
		for _, f := range ends(lower) {
			if !e.up && f.up && math.Abs(e.x-f.x) < near {
				count += along
			}
		}
	}
	for _, e := range ends(lower) {
		if left, right := upper.ends(); e.up && e.x > left && e.x < right {
			count++
		}
	}
	return count
}
