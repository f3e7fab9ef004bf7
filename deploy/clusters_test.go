package deploy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

// TestPostgreSQLPlan: the standbys wait for what the primary makes, each for the
// same password and for its own slot.
func TestPostgreSQLPlan(t *testing.T) {
	p, err := builtin(t, "postgresql").Plan("pg", deploy.Request{Parameters: map[string]any{"standbys": 3}}, "docker", nil)
	require.NoError(t, err)
	require.Len(t, p.Nodes, 4)
	e, err := p.Evaluator(actions)
	require.NoError(t, err)
	facts := board{"primary-0.address": "192.0.2.1"}
	_, missing, err := e.Config(step(t, p, "follow"), "standby-2", facts)
	require.NoError(t, err)
	require.Equal(t, []deploy.Missing{{Node: "primary-0", Fact: "replication_password"}}, missing)
	facts["primary-0.replication_password"] = deploy.Sealed("AAAA")
	config, missing, err := e.Config(step(t, p, "follow"), "standby-2", facts)
	require.NoError(t, err)
	require.Empty(t, missing)
	require.Contains(t, string(config), `"SLOT":"standby_2"`)
	require.Equal(t, []deploy.Need{{Step: "follow", Of: deploy.NeedAll}}, step(t, p, "write").Needs)
	_, err = builtin(t, "postgresql").Plan("pg", deploy.Request{Parameters: map[string]any{"standbys": 1}}, "docker", existing("standby", 0, 1))
	require.ErrorContains(t, err, "parameters.standbys")
}

// TestEtcdPlan: nobody starts before all addresses are known; a cluster that
// there is is joined, and not founded anew.
func TestEtcdPlan(t *testing.T) {
	p, err := builtin(t, "etcd").Plan("kv", deploy.Request{Parameters: map[string]any{"members": 5}}, "docker", nil)
	require.NoError(t, err)
	require.Equal(t, []deploy.Need{{Step: "healthy", Of: "3"}}, step(t, p, "quorum").Needs)
	require.Equal(t, 1, step(t, p, "roll").Parallel)
	require.Equal(t, 1, step(t, p, "join").Parallel)
	e, err := p.Evaluator(actions)
	require.NoError(t, err)
	facts := board{}
	for i, node := range p.Nodes {
		facts[node.Name+".founded"] = map[bool]string{true: "yes", false: "no"}[i < 3]
	}
	for node, joins := range map[string]bool{"etcd-0": false, "etcd-4": true} {
		founds, _, err := e.When(step(t, p, "found"), node, facts)
		require.NoError(t, err)
		require.False(t, founds)
		wanted, _, err := e.When(step(t, p, "join"), node, facts)
		require.NoError(t, err)
		require.Equal(t, joins, wanted)
	}
	_, missing, err := e.Config(step(t, p, "found"), "etcd-0", facts)
	require.NoError(t, err)
	require.Len(t, missing, 5)
	_, err = builtin(t, "etcd").Plan("kv", deploy.Request{Parameters: map[string]any{"members": 4}}, "docker", nil)
	require.ErrorContains(t, err, "one of: 1, 3, 5, 7")
}
