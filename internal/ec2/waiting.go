package ec2

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// waiting awaits that nodes run and have an address: one listing for the whole
// deployment at a time.
type waiting struct {
	provider   *Provider
	deployment string
	// names are the nodes'.
	names []string
	// launched are the instances that this attempt has launched, by node; "" is
	// one that another attempt has.
	launched map[string]string
	// started are stopped instances that this attempt has started.
	started []string
}

// unseenError says that instances whose launch was confirmed are in no list.
type unseenError struct{ nodes []string }

func (e *unseenError) Error() string {
	return "launch: instances of these nodes are in no list: " + strings.Join(e.nodes, ", ")
}

// wait returns the nodes' instances once all run. It begins with what was seen
// already, if anything was. It fails with *unseenError where nodes do not show.
func (w *waiting) wait(ctx context.Context, seen machines) (map[string]types.Instance, error) {
	for begin := time.Now(); ; {
		if seen.live == nil {
			var err error
			if seen, err = w.provider.machines(ctx, w.deployment, anyState); err != nil {
				return nil, err
			}
		}
		running, err := w.look(ctx, seen, time.Since(begin))
		if err != nil {
			return nil, err
		}
		if len(running) == len(w.names) {
			return running, w.provider.removeSurplus(ctx, seen, w.names)
		}
		if err := w.provider.pause(ctx); err != nil {
			return nil, apiError("await that instances run", err)
		}
		seen = machines{}
	}
}

// look sorts out what was seen: which nodes run, and whether one never will.
func (w *waiting) look(ctx context.Context, seen machines, waited time.Duration) (map[string]types.Instance, error) {
	running := map[string]types.Instance{}
	var stopped, unseen []string
	for _, node := range w.names {
		if err := w.died(seen, node); err != nil {
			return nil, err
		}
		live := seen.live[node]
		if len(live) == 0 {
			unseen = append(unseen, node)
			continue
		}
		i := live[0]
		id, state := aws.ToString(i.InstanceId), stateOf(i)
		switch {
		case state == types.InstanceStateNameRunning && w.provider.address(i) != "":
			running[node] = i
			continue
		case state == types.InstanceStateNameStopped:
			stopped = append(stopped, id)
		}
		if patience := w.provider.cfg.Patience; waited > patience {
			return nil, &LaunchError{Node: node, Instance: id, State: string(state), Message: fmt.Sprintf("is still %s after %s", state, patience)}
		}
	}
	if len(unseen) > 0 && waited > w.provider.cfg.Visible {
		return nil, &unseenError{unseen}
	}
	return running, w.start(ctx, stopped)
}

// died says why an instance that this attempt launched, or began to wait for, is gone.
func (w *waiting) died(seen machines, node string) error {
	for _, i := range seen.dead[node] {
		if id := aws.ToString(i.InstanceId); id == w.launched[node] && len(seen.live[node]) == 0 {
			failure := &LaunchError{Node: node, Instance: id, State: string(stateOf(i)), Message: fmt.Sprintf("is %s instead of running", stateOf(i))}
			if i.StateReason != nil {
				failure.Code, failure.Reason = aws.ToString(i.StateReason.Code), aws.ToString(i.StateReason.Message)
			}
			return failure
		}
	}
	return nil
}

// start starts those stopped instances that have not been started by now, by one call.
func (w *waiting) start(ctx context.Context, stopped []string) error {
	stopped = slices.DeleteFunc(stopped, func(id string) bool { return slices.Contains(w.started, id) })
	if len(stopped) == 0 {
		return nil
	}
	if _, err := w.provider.ec2.StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: stopped}); err != nil {
		return apiError("start stopped instances", err)
	}
	w.started = append(w.started, stopped...)
	return nil
}

// pause waits between two looks.
func (p *Provider) pause(ctx context.Context) error {
	timer := time.NewTimer(p.cfg.Poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
