package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"aiolos/deploy"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

// decided plays a worker that takes every decision about a deployment that
// needs attention, and completes it then.
func decided(t *testing.T, b *bench) (name *string, got map[string]any) {
	name, got = new(string), map[string]any{}
	b.server.OnUpdate = func(r *temporaltest.Run, update string, input *commonpb.Payloads) (any, error) {
		*name = update
		clear(got)
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(input, &got))
		if got["step"] == "nothing" || got["node"] == "nowhere" {
			return nil, fails(deploy.KindInvalidRequest, deploy.Failure{Kind: deploy.KindInvalidRequest, Message: "step: found that; allowed: a failed step"})
		}
		r.Complete(deploy.Outcome{Deployment: r.ID(), State: deploy.StateDone})
		return "recorded of " + r.ID(), nil
	}
	return name, got
}

// paused starts the sample deployment and leaves it in need of attention.
func paused(t *testing.T, b *bench, w *worker) {
	t.Helper()
	b.server.OnStart = func(r *temporaltest.Run) {
		if r.Type() != workflows.DeployType {
			w.takes(r)
			return
		}
		r.Says(deploy.Status{
			Deployment: r.ID(), State: deploy.StateNeedsAttention,
			Steps:    []deploy.StepStatus{{Name: "configure", Node: "db-0", State: deploy.StepFailed}},
			Failures: []deploy.Failure{{Kind: deploy.KindJob, Step: "configure", Node: "db-0", Message: "exit code 7", Evidence: []string{"no such file"}}},
		})
	}
	b.env["AIOLOS_PARAM_password"] = "correct horse"
	r := b.run("deploy", "shop", "testdata/app/app.yaml", "--on-failure", "pause")
	require.Equal(t, 3, r.code, r.err)
	clear(b.env)
	_, told, _ := strings.Cut(r.err, "\nshop: NeedsAttention\n")
	golden(t, "attention", told)
	status := b.run("status", "shop")
	require.Equal(t, 0, status.code)
	require.Contains(t, status.out, "  aiolos skip shop configure --node db-0 ")
}

func TestDecisions(t *testing.T) {
	for _, c := range []struct {
		args []string
		name string
		sent map[string]any
	}{
		{[]string{"retry", "shop"}, workflows.RetryUpdate, map[string]any{"by": "me@here"}},
		{[]string{"retry", "shop", "configure", "--node", "db-0", "--by", "you"}, workflows.RetryUpdate, map[string]any{"step": "configure", "node": "db-0", "by": "you"}},
		{[]string{"retry", "shop", "-p", "nodes=2"}, workflows.RetryUpdate, map[string]any{"parameters": map[string]any{"nodes": "2"}, "by": "me@here"}},
		{[]string{"skip", "shop", "configure"}, workflows.SkipUpdate, map[string]any{"step": "configure", "by": "me@here"}},
		{[]string{"abort", "shop", "--rollback"}, workflows.AbortUpdate, map[string]any{"rollback": true, "by": "me@here"}},
		{[]string{"replace-node", "shop", "db-0"}, workflows.ReplaceNodeUpdate, map[string]any{"node": "db-0", "by": "me@here"}},
	} {
		for _, more := range [][]string{nil, {"--json"}, {"--detach"}, {"--detach", "--json"}} {
			b, w := newBench(t), newWorker(t)
			paused(t, b, w)
			name, got := decided(t, b)
			r := b.run(append(c.args, more...)...)
			require.Equal(t, 0, r.code, "%q: %s", c.args, r.err)
			require.Equal(t, c.name, *name)
			require.Equal(t, c.sent, got)
			switch len(more) {
			case 0:
				require.Equal(t, "recorded of shop\nshop: Done, nothing changed\n", r.out)
			case 2:
				require.JSONEq(t, `{"deployment": "shop", "recorded": "recorded of shop"}`, r.out)
			}
		}
	}
}

func TestRefusedDecisions(t *testing.T) {
	b, w := newBench(t), newWorker(t)
	r := b.run("retry", "shop")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "no deployment of that name")
	paused(t, b, w)
	name, _ := decided(t, b)
	for _, args := range [][]string{{"retry", "shop", "nothing"}, {"skip", "shop", "nothing"}, {"replace-node", "shop", "nowhere"}} {
		r := b.run(args...)
		require.Equal(t, 2, r.code, "%q", args)
		require.Contains(t, r.err, "step: found that; allowed: a failed step")
	}
	*name = ""
	for _, args := range [][]string{
		{"retry"}, {"retry", "a", "b", "c"}, {"retry", "Shop"}, {"skip", "shop"}, {"abort"}, {"abort", "shop", "db"}, {"replace-node", "shop"},
		{"retry", "shop", "-p", "nodes"}, {"retry", "shop", "-p", "nodes=zero"}, {"retry", "shop", "-p", "node=2"}, {"retry", "shop", "-p", "password=short"},
	} {
		require.Equal(t, 2, b.run(args...).code, "%q", args)
	}
	require.Empty(t, *name, "nothing was sent")
	b.server.Runs("shop")[0].Complete(deploy.Outcome{})
	r = b.run("abort", "shop")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "no operation runs on shop")
}

// TestSecretsOfARetry seals what is changed, wherever it comes from.
func TestSecretsOfARetry(t *testing.T) {
	const plain = "correct horse battery"
	for _, args := range [][]string{{"-p", "password=" + plain}, {"-p", "password="}} {
		b, w := newBench(t), newWorker(t)
		paused(t, b, w)
		_, got := decided(t, b)
		b.ask = answer(plain)
		r := b.run(append([]string{"retry", "shop"}, args...)...)
		require.Equal(t, 0, r.code, r.err)
		require.NotContains(t, r.out+r.err, plain)
		opened, err := w.key.Open("shop", got["parameters"].(map[string]any)["password"].(string))
		require.NoError(t, err)
		require.Equal(t, plain, string(opened))
	}
}

// TestFollowPastAPause waits for what goes on beside a failed step.
func TestFollowPastAPause(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = func(r *temporaltest.Run) {
		s := deploy.Status{Deployment: "pool", State: deploy.StateNeedsAttention, Steps: []deploy.StepStatus{
			{Name: "configure", Node: "storage-0", State: deploy.StepRunning}, {Name: "configure", Node: "storage-1", State: deploy.StepFailed},
		}}
		r.Says(s)
		s.State = deploy.StateRolledBack
		s.Left = []string{"launch on storage-1: it stays"}
		r.Says(s)
		r.Fail(fails(deploy.KindJob, deploy.Failure{Kind: deploy.KindJob, Step: "configure", Node: "storage-1", Message: "exit code 7"}))
	}
	r := b.run("deploy", "pool", "glusterfs", "--on-failure", "rollback")
	require.Equal(t, 1, r.code, r.err)
	require.Contains(t, r.err, "pool: RolledBack\n  configure on storage-1: exit code 7\n  left: launch on storage-1: it stays\n")
	require.Equal(t, deploy.OnFailureRollback, request(t, b.server.Runs("pool")[0]).OnFailure)
	r = b.run("deploy", "pool", "glusterfs", "--on-failure", "explode")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "pause, rollback, fail")
}

func TestDestroyAsks(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = func(r *temporaltest.Run) {
		r.Complete(deploy.Outcome{Deployment: "pool", State: deploy.StateDestroyed})
	}
	for _, c := range []struct {
		typed string
		args  []string
		code  int
	}{{"", nil, 2}, {"loop", nil, 2}, {"", []string{"--confirm", "loop"}, 2}, {"pool", nil, 0}, {"", []string{"--confirm", "pool"}, 0}} {
		before := len(b.server.Runs("pool"))
		b.types = answer(c.typed)
		r := b.run(append([]string{"destroy", "pool"}, c.args...)...)
		require.Equal(t, c.code, r.code, r.err)
		if c.code != 0 {
			require.Contains(t, r.err, "nothing was removed")
			require.Len(t, b.server.Runs("pool"), before)
		}
	}
}
