package workflows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// Bounds of what a person says, in characters.
const (
	maxBy      = 200
	maxComment = 2000
)

// approvals takes a person's decisions for as long as the operation runs. One
// that no step awaits is refused, and does not enter the history.
func (d *deployment) approvals(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, ApproveUpdate, func(ctx workflow.Context, a Approval) (string, error) {
		step, err := d.awaitingApproval(a)
		if err != nil {
			return "", err
		}
		d.approved[step] = a
		verb := "approved"
		if a.Reject {
			verb = "rejected"
		}
		return fmt.Sprintf("%s of %s: %s by %s", step, d.name, verb, a.By), nil
	}, workflow.UpdateHandlerOptions{
		Description: `A person's decision {"step", "by", "comment", "reject"} that a step of the action approve awaits.`,
		Validator: func(a Approval) error {
			_, err := d.awaitingApproval(a)
			return err
		},
	})
}

// awaitingApproval is the step that a decision is for.
func (d *deployment) awaitingApproval(a Approval) (string, error) {
	wrong := func(field, value, allowed string) error {
		e := &deploy.InvalidError{Problems: []deploy.Problem{{Field: field, Value: value, Allowed: allowed}}}
		return temporal.NewNonRetryableApplicationError(e.Error(), string(deploy.KindInvalidRequest), nil)
	}
	if by := strings.TrimSpace(a.By); by == "" || len(by) > maxBy {
		return "", wrong("by", a.By, fmt.Sprintf("who decides, in 1 to %d characters", maxBy))
	}
	if len(a.Comment) > maxComment {
		return "", wrong("comment", a.Comment[:maxBy]+"…", fmt.Sprintf("at most %d characters", maxComment))
	}
	open := d.openApprovals()
	switch {
	case a.Step == "" && len(open) == 1:
		return open[0], nil
	case slices.Contains(open, a.Step):
		return a.Step, nil
	case len(open) == 0:
		return "", wrong("step", a.Step, "none: no step awaits an approval now")
	}
	return "", wrong("step", a.Step, "one that awaits an approval: "+strings.Join(open, ", "))
}

// awaitApproval waits for a person, on however many nodes the step runs: one
// decision holds for all of them.
func (d *deployment) awaitApproval(ctx workflow.Context, step *deploy.Step, node string, config json.RawMessage, timeout time.Duration) (activities.ActionResult, error) {
	var c activities.ApproveConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return activities.ActionResult{}, err
	}
	d.awaited[step.Name] = true
	d.board.at[stepOn{step.Name, node}].Message = deploy.AwaitsApproval(deploy.HideSealed(c.Message))
	d.show(ctx)
	decided := func() bool {
		_, ok := d.approved[step.Name]
		return ok
	}
	wait := func() bool { return decided() || d.stopping() }
	if timeout == 0 {
		if err := workflow.Await(ctx, wait); err != nil {
			return activities.ActionResult{}, err
		}
	} else {
		ok, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: timeout, TimerOptions: workflow.TimerOptions{Summary: "Await approval of " + step.Name},
		}, wait)
		if err != nil {
			return activities.ActionResult{}, err
		}
		if !ok {
			return activities.ActionResult{}, &deploy.Failure{Kind: deploy.KindTimeout, Message: fmt.Sprintf("nobody approved within %s", timeout)}
		}
	}
	if !decided() {
		return activities.ActionResult{}, errStopping
	}
	a := d.approved[step.Name]
	said := ""
	if a.Comment != "" {
		said = ": " + a.Comment
	}
	if a.Reject {
		return activities.ActionResult{}, &deploy.Failure{Kind: deploy.KindRejected, Message: "rejected by " + a.By + said}
	}
	result := activities.ActionResult{Message: "approved by " + a.By + said, Facts: map[string]any{activities.FactApprovedBy: a.By}}
	if node == step.Nodes[0] {
		result.Changes = []string{fmt.Sprintf("%s approved by %s%s", step.Name, a.By, said)}
	}
	return result, nil
}
