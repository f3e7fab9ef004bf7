package deploy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
)

func TestRequestCheck(t *testing.T) {
	for want, r := range map[string]deploy.Request{
		`blueprint: not set; allowed: one of: etcd, glusterfs, nodes, postgresql`:                                                                  {},
		`blueprint: found "glusterfz"; allowed: did you mean glusterfs? one of: etcd, glusterfs, nodes, postgresql`:                                {Blueprint: "glusterfz"},
		`blueprint: found "../nodes"; allowed: one of: etcd, glusterfs, nodes, postgresql`:                                                         {Blueprint: "../nodes"},
		`blueprint: found "A"; allowed: 1 to 40 lower-case letters, digits and hyphens, a letter first`:                                            {Blueprint: "A", Source: "name: a"},
		`source: found "524289 bytes"; allowed: at most 524288 bytes`:                                                                              {Source: strings.Repeat("x", deploy.MaxSourceBytes+1)},
		`provider: found "a b"; allowed: 1 to 40 lower-case letters, digits and hyphens, a letter first`:                                           {Blueprint: "nodes", Provider: "a b"},
		`on_failure: found "panic"; allowed: one of: fail, pause, rollback`:                                                                        {Blueprint: "nodes", OnFailure: "panic"},
		"blueprint: not set; allowed: one of: etcd, glusterfs, nodes, postgresql\non_failure: found \"x\"; allowed: one of: fail, pause, rollback": {OnFailure: "x"},
		"": {Blueprint: "nodes", Provider: "docker", OnFailure: "fail"},
	} {
		err := r.Check()
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, want)
	}
	require.NoError(t, deploy.Request{Source: "name: a"}.Check())
	require.NoError(t, deploy.DestroyRequest{}.Check())
	require.Error(t, deploy.DestroyRequest{Provider: "A"}.Check())
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "demo", "a-1", strings.Repeat("a", 40)} {
		require.NoError(t, deploy.CheckName(name))
	}
	for _, name := range []string{"", "A", "1a", "-a", "a-", "a_b", "a.b", "a\n", "a b", "ä", "a/../b", strings.Repeat("a", 41)} {
		var invalid *deploy.InvalidError
		require.ErrorAs(t, deploy.CheckName(name), &invalid, name)
	}
}

func TestBuiltins(t *testing.T) {
	require.Equal(t, []string{"etcd", "glusterfs", "nodes", "postgresql"}, deploy.BuiltinNames())
	for _, name := range deploy.BuiltinNames() {
		b := builtin(t, name)
		require.NotEmpty(t, b.Description)
		for _, p := range b.Parameters {
			require.NotEmpty(t, p.Description, p.Name)
			require.NotNil(t, p.Default, p.Name)
		}
		_, err := b.Plan("x", deploy.Request{Blueprint: name}, "docker", nil)
		require.NoError(t, err)
	}
	_, ok := deploy.Builtin("../builtin")
	require.False(t, ok)
	text, _ := deploy.Builtin("nodes")
	_, err := deploy.ReadBlueprint("other", text, actions)
	require.EqualError(t, err, `name (line 1, column 7): found "nodes"; allowed: other, as it is called where it is asked for`)
}
