package workflows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aiolos/deploy"
)

// possibilities are what a person can do where the deployment waits for one: which
// update to send, and with what.
func (d *deployment) possibilities() []deploy.PossibleUpdate {
	var all []deploy.PossibleUpdate
	add := func(update string, input any, does string) {
		all = append(all, deploy.PossibleUpdate{Update: update, Input: input, Does: does})
	}
	for _, step := range d.openApprovals() {
		add(ApproveUpdate, Approval{Step: step, By: "you"}, "lets the step go on; with `\"reject\": true`, it fails")
	}
	if failed := d.waiting(func(*deploy.StepStatus) bool { return true }); len(failed) > 0 {
		first := failed[0]
		add(RetryUpdate, Retry{}, "attempts again what failed, once its cause is mended")
		add(SkipUpdate, Skip{Step: first.Name, Node: first.Node}, "takes it for done")
		if first.Node != "" {
			add(ReplaceNodeUpdate, ReplaceNode{Node: first.Node}, "puts a fresh machine in its place")
		}
		add(AbortUpdate, Abort{}, "ends it as failed, and what was made stays; with `\"rollback\": true`, it is unmade")
	}
	return all
}

// possible says so in Markdown.
func (d *deployment) possible() string {
	var lines strings.Builder
	for _, p := range d.possibilities() {
		text, _ := json.Marshal(p.Input)
		fmt.Fprintf(&lines, "- `%s` with `%s` %s\n", p.Update, text, p.Does)
	}
	if lines.Len() == 0 {
		return ""
	}
	return "\nWhat can be done, by *More Actions*, *Send an Update*:\n\n" + lines.String()
}

// openApprovals are the steps that a person has to decide about.
func (d *deployment) openApprovals() []string {
	if len(d.awaited) == 0 {
		return nil
	}
	var open []string
	for _, s := range d.board.steps {
		if _, decided := d.approved[s.Name]; s.State == deploy.StepRunning && d.awaited[s.Name] && !decided && !slices.Contains(open, s.Name) {
			open = append(open, s.Name)
		}
	}
	return open
}
