package command_test

import (
	"context"
	"encoding/json"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"aiolos/deploy"
	"aiolos/starter/operation"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

// keeper plays a worker whose providers hold things.
type keeper struct {
	held deploy.Belongings
	// listed is called when it is asked, before it answers.
	listed func()

	mu       sync.Mutex
	excepted []string
	removals []deploy.DestroyRequest
}

func (k *keeper) takes(r *temporaltest.Run) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch r.Type() {
	case workflows.BelongingsType:
		r.Input(&k.excepted)
		if k.listed != nil {
			k.listed()
		}
		r.Return(k.held)
	case workflows.DestroyType:
		var request deploy.DestroyRequest
		r.Input(&request)
		k.removals = append(k.removals, request)
		outcome := deploy.Outcome{Deployment: r.ID(), State: deploy.StateDestroyed}
		for _, name := range request.Only {
			outcome.Changes = append(outcome.Changes, "removed "+name)
		}
		r.Says(deploy.Status{Deployment: r.ID(), State: deploy.StateDestroyed})
		r.Complete(outcome)
	}
}

// thing is one that was made some time ago; a negative time is not known.
func thing(provider, deployment, kind, id string, age time.Duration) deploy.Belonging {
	b := deploy.Belonging{Provider: provider, Deployment: deployment, Kind: kind, ID: id, Billed: kind != "security group"}
	if kind != "security group" {
		b.Node = "db-0"
	}
	if age >= 0 {
		b.Made = time.Now().Add(-age)
	}
	return b
}

// destroyed is a deployment that was, at a provider, as the newest operation on it.
func (b *bench) destroyed(name, provider string) {
	b.server.Add(name, workflows.DeployType).Complete(deploy.Outcome{})
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(deploy.DestroyRequest{Provider: provider})
	if err != nil {
		panic(err)
	}
	b.server.Add(name, workflows.DestroyType).Given(payloads).With(workflows.StateAttribute, string(deploy.StateDestroyed)).Complete(deploy.Outcome{})
}

const day = 24 * time.Hour

func newKeeper(t *testing.T) (*bench, *keeper) {
	b, k := newBench(t), &keeper{}
	b.server.Retention = 3 * day
	b.server.OnStart = k.takes
	b.destroyed("gone", "ec2")
	b.destroyed("moved", "docker")
	b.destroyed("usual", "")
	b.server.Add("lives", workflows.DeployType).At(time.Now().Add(-2*day)).With(workflows.StateAttribute, string(deploy.StateDone)).Complete(deploy.Outcome{})
	b.server.Add("failed", workflows.DeployType).Fail(fails(deploy.KindLaunch))
	b.server.Add("half", workflows.DestroyType).Fail(fails(deploy.KindLaunch))
	b.server.Add("theirs", "Invoice")
	k.held = deploy.Belongings{DefaultProvider: "ec2", Unseen: []string{"hosts: m3 does not answer"}, Belongings: []deploy.Belonging{
		thing("ec2", "gone", "instance", "i-1", 5*day), thing("ec2", "gone", "volume", "vol-1", 5*day), thing("ec2", "gone", "security group", "sg-1", -1),
		thing("ec2", "moved", "instance", "i-2", day),
		thing("docker", "moved", "container", "c-2", 90*time.Minute),
		thing("ec2", "usual", "volume", "vol-3", day),
		thing("ec2", "never", "instance", "i-4", day),
		thing("ec2", "forgotten", "instance", "i-5", day), thing("ec2", "forgotten", "volume", "vol-5", 4*day),
		thing("ec2", "ageless", "security group", "sg-6", -1),
		thing("ec2", "theirs", "instance", "i-7", day), thing("ec2", "", "volume", "vol-8", day),
		// What the lists of Temporal had not told yet.
		thing("ec2", "half", "instance", "i-9", day), thing("ec2", "failed", "instance", "i-10", day), thing("ec2", "lives", "instance", "i-11", day),
	}}
	return b, k
}

var destroyedAt = regexp.MustCompile(`destroyed \d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)

func TestOrphans(t *testing.T) {
	b, k := newKeeper(t)
	r := b.run("orphans")
	require.Equal(t, 0, r.code, r.err)
	require.Empty(t, r.err)
	golden(t, "orphans", destroyedAt.ReplaceAllString(r.out, "destroyed THEN"))
	require.Subset(t, k.excepted, []string{"lives", "failed", "half"})
	require.NotContains(t, k.excepted, "gone")
	require.Empty(t, k.removals)

	r = b.run("orphans", "--json")
	require.Equal(t, 0, r.code, r.err)
	var found operation.Leftovers
	require.NoError(t, json.Unmarshal([]byte(r.out), &found))
	require.Len(t, found.Orphans, 6)
	require.Len(t, found.Doubtful, 6)
}

func TestRemoveOrphans(t *testing.T) {
	want := []deploy.DestroyRequest{
		{Provider: "ec2", Only: []string{"instance i-1", "volume vol-1", "security group sg-1"}},
		{Provider: "docker", Only: []string{"container c-2"}},
		{Provider: "ec2", Only: []string{"volume vol-3"}},
		{Provider: "ec2", Only: []string{"instance i-4"}},
	}
	t.Run("asked", func(t *testing.T) {
		b, k := newKeeper(t)
		answer := "6"
		b.types = func(context.Context, string) (string, error) { return answer, nil }
		r := b.run("orphans", "--remove")
		require.Equal(t, 0, r.code, r.err)
		require.Equal(t, want, k.removals)
		require.Contains(t, r.out, "gone: Destroyed, 3 changes\n  removed instance i-1\n")
		for _, answer = range []string{"", "5", "yes"} {
			k.removals = nil
			r = b.run("orphans", "--remove")
			require.Equal(t, 2, r.code)
			require.Contains(t, r.err, "nothing was removed")
			require.Empty(t, k.removals)
		}
	})
	t.Run("nobody to ask", func(t *testing.T) {
		b, k := newKeeper(t)
		r := b.run("orphans", "--remove")
		require.Equal(t, 2, r.code)
		require.Empty(t, k.removals)
		require.Empty(t, k.excepted, "the worker is not even asked")
		r = b.run("orphans", "--remove", "--yes", "--json")
		require.Equal(t, 0, r.code, r.err)
		require.Equal(t, want, k.removals)
		var outcomes []deploy.Outcome
		require.NoError(t, json.Unmarshal([]byte(r.out), &outcomes))
		require.Len(t, outcomes, 4)
	})
	t.Run("lives again", func(t *testing.T) {
		// Between the list and its confirmation, someone deploys under the old name.
		b, k := newKeeper(t)
		b.types = func(context.Context, string) (string, error) {
			b.server.Add("gone", workflows.DeployType)
			b.server.Add("never", workflows.DeployType).Complete(deploy.Outcome{})
			return "6", nil
		}
		r := b.run("orphans", "--remove")
		require.Equal(t, 1, r.code)
		require.Contains(t, r.err, "an operation on gone has begun since; nothing of it was removed")
		require.Contains(t, r.err, "an operation on never has begun since")
		require.Equal(t, want[1:3], k.removals, "the others are removed")
	})
	t.Run("lives when it is listed", func(t *testing.T) {
		b, k := newKeeper(t)
		k.listed = func() { b.server.Add("gone", workflows.DeployType) }
		r := b.run("orphans")
		require.NotContains(t, r.out, "i-1 ")
	})
}

func TestNoOrphans(t *testing.T) {
	b := newBench(t)
	b.server.OnStart = (&keeper{}).takes
	r := b.run("orphans", "--remove", "--yes")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "No orphans.\n", r.out)
}

// TestOrphansOfALostDatabase: where Temporal remembers nothing from before a thing was made,
// that it has no run of it says nothing.
func TestOrphansOfALostDatabase(t *testing.T) {
	b := newBench(t)
	b.server.Retention = 3 * day
	k := &keeper{held: deploy.Belongings{DefaultProvider: "ec2", Belongings: []deploy.Belonging{thing("ec2", "shop", "volume", "vol-1", day)}}}
	b.server.OnStart = k.takes
	b.server.Add("new", workflows.DeployType).With(workflows.StateAttribute, string(deploy.StateDone)).Complete(deploy.Outcome{})
	r := b.run("orphans", "--json")
	require.Equal(t, 0, r.code, r.err)
	var found operation.Leftovers
	require.NoError(t, json.Unmarshal([]byte(r.out), &found))
	require.Empty(t, found.Orphans)
	require.Len(t, found.Doubtful, 1)
	require.Contains(t, found.Doubtful[0].Why, "its database may be a new one")
}
