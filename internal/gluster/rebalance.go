package gluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// The marker is an option of the volume that gluster itself gives no meaning. It
// is set before bricks are added and says what is to follow, so that an
// interrupted expansion is completed by the next attempt. Options of the kind
// cannot be removed one by one; the value markerDone stands for nothing owed.
const (
	marker     = "user.aiolos-rebalance"
	markerDone = "done"
)

// Where a rebalance stands (gf_defrag_status_t), moving files or fixing layout.
const (
	rebalanceRuns       = 1
	rebalanceDone       = 3
	rebalanceLayoutRuns = 5
	rebalanceLayoutDone = 7
)

func (i rebalanceInfo) runs() bool {
	return i.Status == rebalanceRuns || i.Status == rebalanceLayoutRuns
}
func (i rebalanceInfo) done() bool {
	return i.Status == rebalanceDone || i.Status == rebalanceLayoutDone
}

// rebalance lets the added bricks be used, and waits until that is done.
func (e *ensurer) rebalance(ctx context.Context) error {
	name, mode := e.want.Name, e.want.rebalance()
	// One that runs is the one owed, started by an attempt that did not see its
	// end: gluster adds no bricks while a rebalance runs.
	if now, err := e.rebalanceStatus(ctx); err != nil {
		return err
	} else if !now.runs() {
		args := []string{"volume", "rebalance", name, "start"}
		if mode == RebalanceLayout {
			args = []string{"volume", "rebalance", name, "fix-layout", "start"}
		}
		// Gluster always takes ten seconds for it.
		e.progress(fmt.Sprintf("starting the rebalance (%s) of volume %s", mode, name))
		if err := e.change(ctx, "rebalance", args, nil); err != nil {
			return err
		}
	}
	err := await(ctx, "the rebalance of volume "+name, e.progress, func(ctx context.Context) ([]string, error) {
		now, err := e.rebalanceStatus(ctx)
		var failed *CommandError
		switch {
		case errors.As(err, &failed) && failed.temporary:
			return []string{failed.Error()}, nil
		case err != nil:
			return nil, err
		case now.done():
			return nil, nil
		case now.runs() || now.Status == 0:
			return now.busy(), nil
		}
		return nil, &CommandError{Op: "volume rebalance " + name, Message: "the rebalance ended before it was done: " + strings.Join(now.busy(), "; ")}
	})
	if err != nil {
		return err
	}
	e.result.Rebalanced = true
	return e.set(ctx, []option{{marker, markerDone}})
}

// rebalanceStatus returns the zero value where there was none yet, which gluster
// tells as a failure without a code of its own.
func (e *ensurer) rebalanceStatus(ctx context.Context) (rebalanceInfo, error) {
	r, err := e.cli.look(ctx, "volume rebalance "+e.want.Name+" status", "volume", "rebalance", e.want.Name, "status")
	var failed *CommandError
	if errors.As(err, &failed) && failed.Errno != 0 && !failed.temporary {
		return rebalanceInfo{}, nil
	}
	return r.Rebalance, err
}

// busy says on which nodes it is not done.
func (i rebalanceInfo) busy() []string {
	out := []string{}
	for _, n := range i.Nodes {
		if n.Status != rebalanceDone && n.Status != rebalanceLayoutDone {
			line := fmt.Sprintf("%s: %s", n.Name, n.StatusStr)
			if n.Failures > 0 {
				line += fmt.Sprintf(", %d failures", n.Failures)
			}
			out = append(out, line)
		}
	}
	if len(out) == 0 {
		out = append(out, "no node has told yet")
	}
	return out
}
