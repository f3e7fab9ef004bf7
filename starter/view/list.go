package view

import (
	"fmt"
	"io"
	"time"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

// List prints the deployments that there are.
func List(out io.Writer, all []operation.Listed, now time.Time, zone *time.Location) {
	columns(out, []string{"NAME", "STATE", "BLUEPRINT", "NODES", "STARTED"}, func(line func(...any)) {
		for _, l := range all {
			nodes := "-"
			if l.Nodes > 0 {
				nodes = fmt.Sprint(l.Nodes)
			}
			blueprint := "-"
			if l.Blueprint != "" {
				blueprint = l.Blueprint
			}
			state := string(l.State)
			if l.Provider == deploy.ProviderSimulation {
				state += " (simulation)"
			}
			line(l.Deployment, state, blueprint, nodes, moment(l.Started, now, zone))
		}
	})
}
