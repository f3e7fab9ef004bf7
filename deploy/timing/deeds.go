package timing

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"aiolos/deploy"
)

// deedsByPlace finds out whose step on which node each activity did, the first first.
func (c *course) deedsByPlace() map[Place][]Deed {
	all := map[Place][]Deed{}
	launches := map[int]Deed{}
	for _, d := range c.r.Deeds {
		step, node, _ := strings.Cut(d.ID, "/")
		first, err := strconv.Atoi(node)
		switch {
		case step == deploy.StepLaunch && err == nil:
			launches[first] = d
		case step == "scrub":
			step, node, _ = strings.Cut(node, "/")
			all[Place{step, node}] = append(all[Place{step, node}], d)
		case step == "undo" || step == StepRollback:
			all[Place{Step: StepRollback}] = append(all[Place{Step: StepRollback}], d)
		case node != "" || step == StepPlan:
			all[Place{step, node}] = append(all[Place{step, node}], d)
		}
	}
	if c.r.Plan != nil {
		// A launch is for all nodes from its number on, up to the next one's.
		var last *Deed
		for i := range c.r.Plan.Nodes {
			if d, ok := launches[i]; ok {
				last = &d
			}
			if last != nil {
				all[Place{deploy.StepLaunch, c.r.Plan.Nodes[i].Name}] = []Deed{*last}
			}
		}
	}
	for _, deeds := range all {
		slices.SortStableFunc(deeds, func(a, b Deed) int {
			return cmp.Or(a.Scheduled.Compare(b.Scheduled), strings.Compare(a.ID, b.ID))
		})
	}
	return all
}
