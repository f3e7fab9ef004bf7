package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// TestCheck: drift made by hand is found, nothing is changed by looking, and
// deploying mends it.
func TestCheck(t *testing.T) {
	labtest.NeedEngine(t)
	c := &checking{Lab: labtest.Start(t, "e2echeck", 20633), blueprint: checkedBlueprint(t)}
	t.Run("before anything exists", func(t *testing.T) { c.beforeAnything(t) })
	c.Deploy(t, "pool", c.blueprint, "-p", "nodes=2")
	c.ids = c.Containers(t, "pool")
	ok := t.Run("nothing differs, and nothing is changed", func(t *testing.T) { c.inSync(t) })
	t.Run("nodes are missing, or too many", func(t *testing.T) { c.nodes(t) })
	if ok {
		t.Run("drift is found, and mended by deploying", func(t *testing.T) { c.drifted(t) })
	}
}

type checking struct {
	*labtest.Lab
	blueprint string
	ids       map[string]string
}

// option is set on the volume of the blueprint that is checked.
const option = "performance.cache-size"

// checkedBlueprint is the built-in pool with an option of the volume, and scripts with and
// without a guard.
func checkedBlueprint(t *testing.T) string {
	t.Helper()
	text, ok := deploy.Builtin("glusterfs")
	require.True(t, ok)
	const before = "      rebalance: \"${params.rebalance}\"\n"
	changed := strings.Replace(string(text), before, before+"      options: {"+option+": 64MB}\n", 1)
	require.NotEqual(t, string(text), changed)
	changed = strings.Replace(changed, "\noutputs:\n", `
  guarded:
    on: storage
    run:
      creates: /etc/guarded
      files: [{path: /etc/guarded.conf, content: "as it shall be\n"}]
      script: touch /etc/guarded
  free:
    on: storage[0]
    run: {script: "echo word=hello >> $AIOLOS_OUTPUT", outputs: [word]}
  told:
    on: storage[0]
    run: {creates: /etc/told, script: 'echo "$WORD" > /etc/told', env: {WORD: "${storage[0].word}"}}
outputs:
`, 1)
	path := filepath.Join(t.TempDir(), "checked.yaml")
	require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
	return path
}

// check checks the pool, and wants an exit code.
func (c *checking) check(t *testing.T, code int, nodes string) deploy.Outcome {
	t.Helper()
	r := c.Aiolos(t, "deploy", "pool", c.blueprint, "-p", "nodes="+nodes, "--check", "--json")
	require.Equal(t, code, r.Code, "%s\n%s", r.Stdout, r.Stderr)
	var outcome deploy.Outcome
	require.NoError(t, json.Unmarshal([]byte(r.Stdout), &outcome), "%s", r.Stdout)
	require.Empty(t, outcome.Changes)
	return outcome
}

// told says whether a difference was found whose text has these words.
func told(o deploy.Outcome, step, node, words string) bool {
	for _, d := range o.Differences {
		if d.Step == step && d.Node == node && strings.Contains(d.What, words) {
			return true
		}
	}
	return false
}

func (c *checking) beforeAnything(t *testing.T) {
	outcome := c.check(t, 4, "2")
	require.Equal(t, deploy.StateDrifted, outcome.State)
	require.Len(t, outcome.Differences, 2)
	require.True(t, told(outcome, deploy.StepLaunch, "storage-0", "does not exist"))
	require.Empty(t, c.Containers(t, "pool"), "a check launches nothing")
}

// traces is what a check could have left on a node: names, times, owners and modes of
// files, but for what daemons and timers write by themselves.
func (c *checking) traces(t *testing.T, node string) string {
	t.Helper()
	return labtest.On(t, c.ids[node], `find /etc /usr /opt /root /home /srv /var/lib/aiolos /var/lib/puppet /var/cache/puppet -xdev \
		! -path /var/lib/aiolos -printf '%p %T@ %s %m %U %G\n' 2>/dev/null | sort`)
}

func (c *checking) inSync(t *testing.T) {
	before := []string{c.traces(t, "storage-0"), c.traces(t, "storage-1")}
	outcome := c.check(t, 0, "2")
	require.Equal(t, deploy.StateInSync, outcome.State)
	require.Empty(t, outcome.Differences)
	because := map[string]string{}
	for _, u := range outcome.NotChecked {
		because[u.Step] = u.Because
	}
	require.Contains(t, because["free"], "neither creates nor unless")
	require.Contains(t, because["told"], "the fact word of storage-0")
	require.Contains(t, because["verify"], "write")
	require.NotContains(t, because, "configure")
	for i, was := range before {
		is := c.traces(t, labtest.Storage(i))
		require.Empty(t, onlyIn(is, was), "on node %d", i)
		require.Empty(t, onlyIn(was, is), "on node %d", i)
	}
	for _, event := range c.Events(t, "pool").GetEvents() {
		require.NotEqual(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, event.GetEventType(), "a check has nothing signalled")
	}
	require.Equal(t, deploy.StateInSync, c.Status(t, "pool").State)
}

// onlyIn are the lines of a text that another one has not.
func onlyIn(text, other string) []string {
	known := map[string]bool{}
	for line := range strings.Lines(other) {
		known[strings.TrimSpace(line)] = true
	}
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); !known[line] {
			lines = append(lines, line)
		}
	}
	return lines
}

func (c *checking) nodes(t *testing.T) {
	missing := c.check(t, 4, "3")
	require.True(t, told(missing, deploy.StepLaunch, "storage-2", "does not exist"), "%+v", missing.Differences)
	extra := c.check(t, 4, "1")
	require.True(t, told(extra, deploy.StepLaunch, "storage-1", "none of those"), "%+v", extra.Differences)
	require.Equal(t, c.ids, c.Containers(t, "pool"))
}

func (c *checking) drifted(t *testing.T) {
	const tuning = "/usr/local/sbin/aiolos-gluster-tuning"
	labtest.On(t, c.ids["storage-0"], "gluster --mode=script volume set vol01 "+option+" 32MB")
	labtest.On(t, c.ids["storage-0"], "echo '# by hand' >> "+tuning)
	labtest.On(t, c.ids["storage-0"], "rm /etc/guarded && echo otherwise > /etc/guarded.conf")
	labtest.On(t, c.ids["storage-1"], "systemctl stop glusterd")

	outcome := c.check(t, 4, "2")
	for _, want := range [][3]string{
		{"configure", "storage-0", "File[" + tuning + "]"},
		{"configure", "storage-1", "Service[glusterd]"},
		{"pool", "storage-0", "glusterd does not run"},
		{"volume", "storage-0", option},
		{"guarded", "storage-0", "/etc/guarded does not exist"},
		{"guarded", "storage-0", "/etc/guarded.conf differs"},
	} {
		require.True(t, told(outcome, want[0], want[1], want[2]), "%v: %+v", want, outcome.Differences)
	}
	require.False(t, told(outcome, "guarded", "storage-1", ""))
	require.Equal(t, deploy.StateDrifted, c.Status(t, "pool").State)
	require.Contains(t, c.Aiolos(t, "list").Stdout, string(deploy.StateDrifted))
	// It is still as it was.
	require.Equal(t, "inactive", labtest.On(t, c.ids["storage-1"], "systemctl is-active glusterd || true"))
	require.Equal(t, "otherwise", labtest.On(t, c.ids["storage-0"], "cat /etc/guarded.conf; ! test -e /etc/guarded"))
	require.Contains(t, labtest.On(t, c.ids["storage-0"], "cat "+tuning), "# by hand")
	require.Contains(t, labtest.On(t, c.ids["storage-0"], "gluster volume info vol01"), "32MB")

	mended := c.Deploy(t, "pool", c.blueprint, "-p", "nodes=2")
	require.Contains(t, mended.Changes, "set option "+option+" of volume vol01")
	require.Equal(t, deploy.StateInSync, c.check(t, 0, "2").State)
	c.PoolIsGood(t, "pool", 2)
	r := c.Aiolos(t, "watch", "pool")
	require.Equal(t, 0, r.Code, "what is watched is the check: %s", r.Stderr)
	c.Record(t, "pool", "check")
}
