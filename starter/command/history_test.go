package command_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

func TestHistory(t *testing.T) {
	b := newBench(t)
	first := b.server.Add("pool", workflows.DeployType).At(time.Now().Add(-3 * time.Hour))
	first.Given(temporaltest.Payloads(deploy.Request{Blueprint: "glusterfs", Parameters: map[string]any{"nodes": 2}})).By("me@here")
	first.Complete(deploy.Outcome{Deployment: "pool", State: deploy.StateDone, Changes: []string{"launched storage-0", "launched storage-1"}})
	second := b.server.Add("pool", workflows.DeployType).At(time.Now().Add(-2 * time.Minute))
	second.Says(deploy.Status{Deployment: "pool", State: deploy.StateFailed, Changes: []string{"launched storage-2"}})
	second.Fail(fails(deploy.KindPuppet, deploy.Failure{Kind: deploy.KindPuppet, Step: "configure", Node: "storage-2", Message: "1 resource failed"}))
	b.server.Add("other", workflows.DeployType)

	r := b.run("history", "pool")
	require.Equal(t, 0, r.code, r.err)
	operations := strings.Split(r.out, "\n\n")
	require.Len(t, operations, 2)
	require.Contains(t, operations[0], "(2 min ago)  Deploy  Failed after 2:0")
	require.Contains(t, operations[0], "  changed  launched storage-2\n")
	require.Contains(t, operations[0], "1 resource failed")
	require.Contains(t, operations[1], "(3 h ago)  Deploy  Done after 3:00 h\n  asked    glusterfs, nodes=2\n  by       me@here\n")
	require.Contains(t, operations[1], "  changed  launched storage-0\n  changed  launched storage-1\n")

	r = b.run("history", "pool", "--last", "1", "--json")
	require.Equal(t, 0, r.code, r.err)
	var all []operation.Past
	require.NoError(t, json.Unmarshal([]byte(r.out), &all))
	require.Len(t, all, 1)
	require.Equal(t, deploy.StateFailed, all[0].State)
	require.Equal(t, []string{"launched storage-2"}, all[0].Changes)
	require.Equal(t, 2, b.run("history", "pool", "--last", "0").code)
	require.Equal(t, 1, b.run("history", "nobody").code)
}
