package deploy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Outline is what the plan says, for those who draw it: that of its blueprint, with
// everything filled in.
func (p *Plan) Outline() Outline {
	o := Outline{Name: p.Blueprint}
	for _, g := range p.Groups {
		o.Groups = append(o.Groups, OutlineGroup{
			Name: g.Name, Count: strconv.Itoa(g.Count), Profile: g.Profile, Image: g.Image, Disks: len(g.Disks), Facts: g.Facts,
		})
	}
	for i := range p.Steps {
		o.Steps = append(o.Steps, p.outlineStep(&p.Steps[i]))
	}
	return o
}

func (p *Plan) outlineStep(s *Step) OutlineStep {
	out := OutlineStep{Name: s.Name, Action: s.Action, When: s.When, Timeout: s.Timeout}
	if s.Parallel > 0 {
		out.Parallel = strconv.Itoa(s.Parallel)
	}
	if s.Retry != nil {
		out.Retry = s.Retry.Attempts
	}
	for _, n := range s.Needs {
		out.Needs = append(out.Needs, OutlineNeed(n))
	}
	on := map[string]int{}
	for _, name := range s.Nodes {
		group, _, _ := SplitNodeName(name)
		if on[group] == 0 {
			out.Groups = append(out.Groups, group)
		}
		on[group]++
	}
	out.Whole = !slices.ContainsFunc(p.Groups, func(g Group) bool { return on[g.Name] > 0 && on[g.Name] < g.Count })
	switch {
	case out.Whole:
		out.On = strings.Join(out.Groups, ", ")
	case len(s.Nodes) == 1:
		out.On = s.Nodes[0]
	default:
		out.On = fmt.Sprintf("%d nodes", len(s.Nodes))
	}
	return out
}
