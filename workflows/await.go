package workflows

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// await waits until a node has a fact, with a timer that survives everything.
func (d *deployment) await(ctx workflow.Context, step *deploy.Step, node string, config json.RawMessage, timeout time.Duration) (activities.ActionResult, error) {
	var c activities.AwaitConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return activities.ActionResult{}, err
	}
	if own, ok := c.For(); ok && own > 0 && (timeout == 0 || own < timeout) {
		timeout = own
	}
	if timeout == 0 {
		timeout = defaultAwait
	}
	name, did := c.Signal, "signal"
	if c.Fact != "" {
		name, did = c.Fact, "tell"
	}
	known := func() bool { return len(d.board.unknown(node, []string{name})) == 0 }
	if !known() {
		status := d.board.at[stepOn{step.Name, node}]
		status.Message = waitsFor(name, []string{node})
		d.show(ctx)
		if c.Fact != "" {
			d.askMeanwhile(ctx, node, c.Fact, func() bool { return known() || status.State != deploy.StepRunning })
		}
		ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: timeout, TimerOptions: workflow.TimerOptions{Summary: "Await " + name + " of " + node},
		}, func() bool { return known() || d.stopping() })
		if err != nil {
			return activities.ActionResult{}, err
		}
		if !ok {
			return activities.ActionResult{}, &deploy.Failure{Kind: deploy.KindTimeout, Message: fmt.Sprintf("%s did not %s %s within %s", node, did, name, timeout)}
		}
		if !known() {
			return activities.ActionResult{}, errStopping
		}
	}
	value, _ := deploy.Member(d.board.named[node].facts, name)
	return activities.ActionResult{Message: shownFact(name, value)}, nil
}

// shownFact tells a fact in a line.
func shownFact(name string, value any) string {
	const most = 200
	return name + " = " + shortened(deploy.HideSealed(fmt.Sprint(value)), most)
}

// shortened is the beginning of a text that is longer than so many bytes.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
