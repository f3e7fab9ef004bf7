package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"aiolos/deploy"
)

// Plan prints what deploying would come to: the nodes, and the steps in an order
// in which none comes before one that it needs.
func Plan(out io.Writer, preview deploy.Preview, actions []deploy.ActionType) error {
	p := preview.Plan
	explain, err := newExplainer(preview, actions)
	if err != nil {
		return err
	}
	there := len(explain.existing)
	fmt.Fprintln(out, Clean(fmt.Sprintf("%s: %s on %s, %s: %d %s, %d to launch; %s",
		p.Deployment, p.Blueprint, p.Provider, Count(len(p.Nodes), "node", "nodes"), there, one(there, "exists", "exist"), len(p.Nodes)-there,
		Count(len(p.Steps), "step", "steps"))))
	if p.Provider == deploy.ProviderSimulation {
		Notes(out, []string{deploy.SimulationNote})
	}
	if len(p.Parameters) > 0 {
		fmt.Fprintln(out)
		columns(out, []string{"PARAMETER", "VALUE"}, func(line func(...any)) {
			for _, name := range slices.Sorted(maps.Keys(p.Parameters)) {
				line(name, text(p.Parameters[name]))
			}
		})
	}
	fmt.Fprintln(out)
	planNodes(out, p, explain.existing)
	for _, g := range p.Groups {
		if len(g.Facts) > 0 {
			fmt.Fprintf(out, "Facts that facter tells of each node of %s: %s\n", Clean(g.Name), Clean(strings.Join(g.Facts, ", ")))
		}
	}
	if len(p.Steps) > 0 {
		fmt.Fprintln(out, "\nSteps, each on a node as soon as what it waits for is there:")
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		fmt.Fprintf(out, "\n%3d. %s\n", i+1, Clean(fmt.Sprintf("%s (%s) on %s", s.Name, s.Action, many(s.Nodes))))
		for _, line := range explain.step(s) {
			fmt.Fprintf(out, "     %s\n", Clean(line))
		}
	}
	_, err = fmt.Fprintln(out, "\nNothing was changed.")
	return err
}

func planNodes(out io.Writer, p *deploy.Plan, existing map[string]deploy.Instance) {
	columns(out, []string{"NODE", "STATE", "ADDRESS", "PROFILE", "DISKS", "PLACE"}, func(line func(...any)) {
		for _, n := range p.Nodes {
			state, address := "to launch", "-"
			if i, ok := existing[n.Name]; ok {
				state, address = "exists", i.Address
			}
			disks := make([]string, len(n.Disks))
			for i, d := range n.Disks {
				disks[i] = fmt.Sprintf("%s %d GB", d.Device, d.SizeGB)
			}
			place := n.Image
			if n.Zones > 0 {
				place = strings.TrimSpace(fmt.Sprintf("%s zone %d", place, n.Zone))
			}
			line(n.Name, state, address, n.Profile, orDash(strings.Join(disks, ", ")), orDash(place))
		}
	})
}

// many lists names, but not more than a person would read.
func many(names []string) string {
	const most = 5
	switch {
	case len(names) == 0:
		return "no node"
	case len(names) <= most:
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, %s … %s (%d nodes)", names[0], names[1], names[len(names)-1], len(names))
}

func one(n int, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

// seconds is a bound in seconds as a blueprint would write it.
func seconds(n int) string {
	switch {
	case n%3600 == 0:
		return fmt.Sprintf("%dh", n/3600)
	case n%60 == 0:
		return fmt.Sprintf("%dm", n/60)
	default:
		return fmt.Sprintf("%ds", n)
	}
}
