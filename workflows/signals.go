package workflows

import (
	"go.temporal.io/sdk/workflow"
)

// maxEarly bounds what is kept of signals that come before the plan is known:
// nodes of an earlier operation may still be talking.
const maxEarly = 1000

// listen records signals of nodes as facts, for as long as the operation runs.
// Who waits for them looks at the board.
func (d *deployment) listen(ctx workflow.Context) {
	signals := workflow.GetSignalChannelWithOptions(ctx, NodeSignal, workflow.SignalChannelOptions{
		Description: `A node's own message {"node", "name", "value"}; it becomes a fact of that node.`,
	})
	workflow.GoNamed(ctx, "listen", func(ctx workflow.Context) {
		for {
			var m NodeMessage
			if !signals.Receive(ctx, &m) {
				return
			}
			if d.plan == nil {
				if len(d.early) < maxEarly {
					d.early = append(d.early, m)
				}
				continue
			}
			d.board.learn(m.Node, m.Name, m.Value)
		}
	})
}

// takeEarly puts on the board what was signalled before the nodes were known.
func (d *deployment) takeEarly() {
	for _, m := range d.early {
		d.board.learn(m.Node, m.Name, m.Value)
	}
	d.early = nil
}
