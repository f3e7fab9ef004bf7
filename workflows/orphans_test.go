package workflows_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"aiolos/activities"
	"aiolos/deploy"
	"aiolos/workflows"
)

// keeper is a provider that tells what it holds, and how it is.
type keeper struct {
	provider
	held     []deploy.Belonging
	err      error
	findings []deploy.Finding
}

func (k *keeper) Belongings(context.Context) ([]deploy.Belonging, error) { return k.held, k.err }

func (k *keeper) Discard(_ context.Context, deployment string, only []string) ([]deploy.Belonging, error) {
	var gone []deploy.Belonging
	k.held = slices.DeleteFunc(k.held, func(b deploy.Belonging) bool {
		meant := b.Deployment == deployment && slices.Contains(only, b.Name())
		if meant {
			gone = append(gone, b)
		}
		return meant
	})
	return gone, k.err
}

func (k *keeper) Doctor(context.Context) []deploy.Finding { return slices.Clone(k.findings) }

// stage is an environment of the three workflows.
func stage(providers map[string]activities.Provider, checks ...func(context.Context) deploy.Finding) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflow(workflows.Doctor)
	env.RegisterWorkflow(workflows.Belongings)
	env.RegisterWorkflow(workflows.Destroy)
	activities.Register(env, &activities.Deeds{Providers: providers, DefaultProvider: "ec2", Checks: checks})
	return env
}

func TestDoctor(t *testing.T) {
	env := stage(map[string]activities.Provider{
		"ec2":    &keeper{findings: []deploy.Finding{deploy.Fine("credentials", "account 1"), deploy.Wrong("quota", deploy.VerdictFailed, "0 vCPUs", "ask for more")}},
		"docker": &provider{},
	}, func(context.Context) deploy.Finding { return deploy.Fine("gateway", "answers") })
	env.ExecuteWorkflow(workflows.Doctor)
	require.NoError(t, env.GetWorkflowError())
	var got deploy.Findings
	require.NoError(t, env.GetWorkflowResult(&got))
	require.True(t, got.Failed())
	var seen []string
	for _, f := range got.Findings {
		seen = append(seen, f.Of+" "+f.Check+" "+string(f.Verdict))
	}
	require.Equal(t, []string{"worker process ok", "worker clock ok", "worker gateway ok", "docker provider ok", "ec2 credentials ok", "ec2 quota failed"}, seen)
}

func belongings(n int) []deploy.Belonging {
	var all []deploy.Belonging
	for range n {
		all = append(all, deploy.Belonging{Deployment: "gone", Kind: "volume", ID: "vol-0123456789abcdef0", Node: "storage-0"})
	}
	return all
}

func TestBelongings(t *testing.T) {
	held := append(belongings(deploy.MaxBelongings+2), deploy.Belonging{Deployment: "lives", Kind: "volume", ID: "vol-1"})
	env := stage(map[string]activities.Provider{
		"ec2": &keeper{held: held}, "docker": &provider{}, "hosts": &keeper{held: belongings(1), err: errors.New("m3 does not answer")},
	})
	env.ExecuteWorkflow(workflows.Belongings, []string{"lives", "other"})
	require.NoError(t, env.GetWorkflowError())
	var got deploy.Belongings
	require.NoError(t, env.GetWorkflowResult(&got))
	require.Equal(t, "ec2", got.DefaultProvider)
	require.Equal(t, []string{"docker: it does not tell what it holds", "hosts: m3 does not answer"}, got.Unseen)
	require.Len(t, got.Belongings, deploy.MaxBelongings)
	require.Equal(t, 3, got.More)
	require.Equal(t, "ec2", got.Belongings[0].Provider)
	for _, b := range got.Belongings {
		require.Equal(t, "gone", b.Deployment)
	}
}

// TestDestroyOnly removes what is named, whatever else there is, and asks no node.
func TestDestroyOnly(t *testing.T) {
	one := deploy.Belonging{Deployment: "pool", Kind: "volume", ID: "vol-1"}
	other := deploy.Belonging{Deployment: "pool", Kind: "volume", ID: "vol-2"}
	k := &keeper{held: []deploy.Belonging{one, other}, provider: provider{existing: []deploy.Instance{{Node: "storage-0", Group: "storage"}}}}
	run := func(provider string) *testsuite.TestWorkflowEnvironment {
		env := stage(map[string]activities.Provider{"ec2": k, "docker": &k.provider})
		env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "pool", TaskQueue: workflows.TaskQueue})
		env.ExecuteWorkflow(workflows.Destroy, deploy.DestroyRequest{Provider: provider, Only: []string{"volume vol-2", "volume vol-9"}})
		return env
	}
	env := run("")
	require.NoError(t, env.GetWorkflowError())
	var outcome deploy.Outcome
	require.NoError(t, env.GetWorkflowResult(&outcome))
	require.Equal(t, deploy.StateDestroyed, outcome.State)
	require.Equal(t, []string{"removed volume vol-2"}, outcome.Changes)
	require.Equal(t, []string{"volume vol-9: it is gone already, or serves something else"}, outcome.Left)
	require.Equal(t, []deploy.Belonging{one}, k.held)
	require.Empty(t, k.terminated)

	var failed *temporal.ApplicationError
	require.ErrorAs(t, run("docker").GetWorkflowError(), &failed)
	require.Equal(t, string(deploy.KindInvalidRequest), failed.Type())
	require.Empty(t, k.terminated)
}
