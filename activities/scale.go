package activities

import (
	"fmt"
	"strings"

	"aiolos/deploy"
)

// mostCentral is on how many nodes in all a deployment's own workflow may run steps,
// and how many nodes a check may look at: each lengthens one history, and Temporal ends
// a workflow whose history has 51,200 events (limit.historyCount.error).
const mostCentral = 2000

// checkScale refuses what one history could not hold.
func checkScale(plan *deploy.Plan, request deploy.Request) error {
	var problems []deploy.Problem
	if n := len(plan.Nodes); request.Mode == deploy.ModeCheck && n > mostCentral {
		problems = append(problems, deploy.Problem{
			Field: "mode", Value: fmt.Sprintf("%s of %d nodes", request.Mode, n), Allowed: fmt.Sprintf("up to %d nodes", mostCentral),
		})
	}
	central := map[string]bool{}
	for _, a := range Actions() {
		central[a.Name] = a.Central() && a.Nature != NatureApprove
	}
	total := 0
	var names []string
	for _, s := range plan.Steps {
		if s.Parallel > 0 || central[s.Action] {
			total += len(s.Nodes)
			names = append(names, s.Name)
		}
	}
	if total > mostCentral {
		problems = append(problems, deploy.Problem{
			Field: "steps." + strings.Join(names, ", "), Value: fmt.Sprintf("on %d nodes in all", total),
			Allowed: fmt.Sprintf("%d nodes in all for steps that are rolling, or concern all nodes", mostCentral),
		})
	}
	if len(problems) > 0 {
		return &deploy.InvalidError{Problems: problems}
	}
	return nil
}
