package deploy

import (
	"slices"
	"strings"
)

// inOrder returns the steps so that none comes before one that it needs, and
// else in the order of the blueprint. If that cannot be, cycle is the way from
// a step to itself.
func inOrder(steps []stepSpec) (ordered []stepSpec, cycle []string) {
	placed := map[string]bool{}
	for len(ordered) < len(steps) {
		next := slices.IndexFunc(steps, func(s stepSpec) bool {
			return !placed[s.name] && !slices.ContainsFunc(s.needs, func(n needSpec) bool { return !placed[n.step] })
		})
		if next < 0 {
			return nil, findCycle(steps, placed)
		}
		placed[steps[next].name] = true
		ordered = append(ordered, steps[next])
	}
	return ordered, nil
}

// findCycle walks from need to need among the steps that could not be placed;
// as each of them needs another one of them, it comes back to one it has seen.
func findCycle(steps []stepSpec, placed map[string]bool) []string {
	first := slices.IndexFunc(steps, func(s stepSpec) bool { return !placed[s.name] })
	var way []string
	for name := steps[first].name; ; {
		if at := slices.Index(way, name); at >= 0 {
			return append(way[at:], name)
		}
		way = append(way, name)
		s := steps[slices.IndexFunc(steps, func(s stepSpec) bool { return s.name == name })]
		name = s.needs[slices.IndexFunc(s.needs, func(n needSpec) bool { return !placed[n.step] })].step
	}
}

// arrows writes a cycle: a → b → a.
func arrows(cycle []string) string { return strings.Join(cycle, " → ") }

// number gives every step its track. A step goes on the track of the step that
// it needs if that is the last there so far, on the same nodes, and if it needs
// nothing else but steps of that track on its own node: whatever else it needs,
// it has to wait for, and must not hold up others meanwhile.
func number(steps []Step) {
	var tracks [][]int
	for i := range steps {
		s := &steps[i]
		s.Track = slices.IndexFunc(tracks, func(track []int) bool {
			last := steps[track[len(track)-1]]
			return slices.Equal(last.Nodes, s.Nodes) &&
				slices.Contains(s.Needs, Need{Step: last.Name, Of: NeedOwn}) &&
				!slices.ContainsFunc(s.Needs, func(n Need) bool {
					return n.Of != NeedOwn || !slices.ContainsFunc(track, func(j int) bool { return steps[j].Name == n.Step })
				})
		})
		if s.Track < 0 {
			s.Track = len(tracks)
			tracks = append(tracks, nil)
		}
		tracks[s.Track] = append(tracks[s.Track], i)
	}
}
