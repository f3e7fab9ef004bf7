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
	const about = `A node's own message {"node", "name", "value"}; it becomes a fact of that node.`
	receive(ctx, "listen", NodeSignal, about, func(_ workflow.Context, m NodeMessage) {
		switch {
		case d.plan != nil:
			d.board.learn(m.Node, m.Name, m.Value)
		case len(d.early) < maxEarly:
			d.early = append(d.early, m)
		}
	})
}

// receive takes signals of a name, one after the other, for as long as the workflow runs.
func receive[M any](ctx workflow.Context, who, name, description string, take func(workflow.Context, M)) {
	signals := workflow.GetSignalChannelWithOptions(ctx, name, workflow.SignalChannelOptions{Description: description})
	workflow.GoNamed(ctx, who, func(ctx workflow.Context) {
		for {
			var m M
			if !signals.Receive(ctx, &m) {
				return
			}
			take(ctx, m)
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
