package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/workflows"
)

// attach takes the Deploy that is in the way of a start for what was to be started,
// and says where it was asked for something else.
func (s *Setting) attach(ctx context.Context, t operation.Temporal, run operation.Run, request deploy.Request, err error) (operation.Run, error) {
	var running *operation.RunningError
	if !errors.As(err, &running) || running.Type != workflows.DeployType {
		return run, err
	}
	was, _, err := operation.Requested(ctx, t, running.Deployment)
	if err != nil {
		return run, err
	}
	said := "is followed"
	if !alike(was, request) {
		said = "is followed, but was asked for something else: deploy again once it is over"
	}
	fmt.Fprintf(s.Err, "%s runs on %s already; it %s.\n", running.Type, running.Deployment, said)
	return running.Run, nil
}

// alike compares what two operations were asked for, but for sensitive values: sealed
// anew, the same one is another text.
func alike(a, b deploy.Request) bool {
	first, err := json.Marshal(a)
	second, other := json.Marshal(b)
	return err == nil && other == nil && deploy.HideSealed(string(first)) == deploy.HideSealed(string(second))
}
