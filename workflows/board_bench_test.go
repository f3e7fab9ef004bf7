package workflows

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// filled is a board of nodes with five steps each, of which nothing is done.
func filled(nodes int) *board {
	b := newBoard()
	for i := range nodes {
		name := fmt.Sprint("storage-", i)
		b.addNode(deploy.NodeSpec{Name: name, Group: "storage", Index: i})
		for step := range 5 {
			b.addStep(fmt.Sprint("step-", step), name)
		}
		b.launched(deploy.Instance{Node: name, Group: "storage", Index: i, ID: "id-" + name, Address: "10.0.0.1", Hostname: "demo-" + name})
	}
	return b
}

// BenchmarkBoard1000 goes through five steps on a thousand nodes, each of which signals once.
func BenchmarkBoard1000(b *testing.B) {
	now := time.Unix(0, 0)
	for b.Loop() {
		board := filled(1000)
		for _, s := range board.steps {
			board.start(s, now)
			board.finish(s, deploy.StepDone, now, "22 resources: 14 changed")
		}
		for _, n := range board.nodes {
			board.learn(n.Name, "glusterup", "true")
		}
		require.True(b, board.met(deploy.Need{Step: "step-4", Of: deploy.NeedAll}, "storage-0"))
	}
}

// BenchmarkStatus1000 answers the query "status" about a thousand nodes, as JSON.
func BenchmarkStatus1000(b *testing.B) {
	board := filled(1000)
	for b.Loop() {
		text, err := json.Marshal(deploy.Status{Deployment: "demo", Nodes: board.nodeStatus(), Steps: board.stepStatus()})
		require.NoError(b, err)
		b.SetBytes(int64(len(text)))
	}
}
