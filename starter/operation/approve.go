package operation

import (
	"context"

	"aiolos/workflows"
)

// Approve tells a running operation whether a step may go on. Its errors are
// those of Decide.
func Approve(ctx context.Context, t Temporal, deployment string, approval workflows.Approval) (string, error) {
	_, said, err := Decide(ctx, t, deployment, workflows.ApproveUpdate, approval)
	return said, err
}
