// Package providertest is what every provider of nodes has to fulfil, as tests
// that run against any of them.
package providertest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// Provider is what is tested; activities.Provider is the same.
type Provider interface {
	Profiles() []string
	Images() []string
	Disks() map[string][]deploy.Disk
	Find(ctx context.Context, deployment string) ([]deploy.Instance, error)
	Launch(ctx context.Context, deployment string, nodes []deploy.Launch) ([]deploy.Instance, error)
	Terminate(ctx context.Context, deployment string, nodes []string) ([]string, error)
}

// Subject is a provider, and what its tests have to know.
type Subject struct {
	// New returns a provider in an environment of its own, or one that is shared;
	// the tests use deployments with names of their own in either case.
	New func(t *testing.T) Fixture
	// Faults says that Fixture.Faults are there. Without them those tests do not
	// exist, rather than being skipped.
	Faults bool
	// Every bounds the time of those tests: one in so many calls goes wrong; 0 means
	// each. The first one does in any case.
	Every int
	// Fixed says that the machines exist already and are only assigned, so that
	// a node that is launched again may have the same ID.
	Fixed bool
	// Nodes is how many nodes the tests may launch at once, at least 3; 0 means 3.
	Nodes int
	// LongName is as long a deployment's name as is allowed; "" means 40 characters.
	LongName string
}

// Fixture is one provider under test.
type Fixture struct {
	Provider
	// Profile is one of its hardware profiles, and Disks the data disks that nodes
	// of the tests get.
	Profile string
	Disks   []deploy.Disk
	// UserData is given to every node.
	UserData []byte
	// Machines counts what really is there of a deployment, found or not.
	Machines func(t *testing.T, deployment string) int
	// Leftovers lists whatever else there is of a deployment; nil means that
	// there can be nothing.
	Leftovers func(t *testing.T, deployment string) []string
	// Faults has calls to the outside go wrong; nil means that it cannot be done.
	Faults Faults
}

// Faults has calls to the outside go wrong.
type Faults interface {
	// Fail has the n-th call from now on go wrong, counted from 1, and all others
	// go right. With after it takes effect all the same, and its answer is lost.
	Fail(n int, after bool)
	// Heal has all calls go right. It tells whether one went wrong since Fail.
	Heal() (failed bool)
}

// Run holds a provider against the contract.
func Run(t *testing.T, s Subject) {
	if s.Nodes == 0 {
		s.Nodes = 3
	}
	if s.Every == 0 {
		s.Every = 1
	}
	if s.LongName == "" {
		s.LongName = "a23456789-b23456789-c23456789-d234567890"
	}
	tests := []struct {
		name string
		test func(t *testing.T, s Subject)
	}{
		{"nothing", nothing},
		{"life", life},
		{"order", order},
		{"terminate one", terminateOne},
		{"terminate none", terminateNone},
		{"deployments apart", apart},
		{"concurrent attempts", concurrentAttempts},
		{"concurrent deployments", concurrentDeployments},
		{"refusals", refusals},
		{"names", names},
		{"limits", limits},
		{"cancelled", cancelled},
	}
	if s.Faults {
		tests = append(tests, []struct {
			name string
			test func(t *testing.T, s Subject)
		}{
			{"launch with every call failing", launchWithFaults},
			{"terminate with every call failing", terminateWithFaults},
		}...)
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) { c.test(t, s) })
	}
}

// Nodes are the first nodes of a group, as a plan wants them.
func (f Fixture) Nodes(deployment, group string, count int) []deploy.Launch {
	nodes := make([]deploy.Launch, count)
	for i := range nodes {
		nodes[i] = f.Node(deployment, group, i)
	}
	return nodes
}

// Node is one of them.
func (f Fixture) Node(deployment, group string, index int) deploy.Launch {
	name := nodeName(group, index)
	return deploy.Launch{UserData: f.UserData, NodeSpec: deploy.NodeSpec{
		Name: name, Group: group, Index: index, Hostname: deployment + "-" + name, Profile: f.Profile, Disks: f.Disks,
	}}
}

// fixture makes a provider, and sees to it that nothing of the deployments stays.
func fixture(t *testing.T, s Subject, deployments ...string) Fixture {
	t.Helper()
	f := s.New(t)
	f.clear(t, deployments...)
	return f
}

// clear has the deployments terminated when the test ends.
func (f Fixture) clear(t *testing.T, deployments ...string) {
	t.Cleanup(func() {
		if f.Faults != nil {
			f.Faults.Heal()
		}
		for _, d := range deployments {
			_, err := f.Terminate(context.Background(), d, nil)
			require.NoError(t, err)
			f.gone(t, d)
		}
	})
}

// gone wants nothing to be left of a deployment.
func (f Fixture) gone(t *testing.T, deployment string) {
	t.Helper()
	require.Zero(t, f.Machines(t, deployment))
	if f.Leftovers != nil {
		require.Empty(t, f.Leftovers(t, deployment))
	}
	found, err := f.Find(context.Background(), deployment)
	require.NoError(t, err)
	require.Empty(t, found)
}
