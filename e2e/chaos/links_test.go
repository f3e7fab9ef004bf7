package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
)

// Rules of a node's packet filter, in a table of their own.
const (
	noSSH     = "chain in { type filter hook input priority -300; tcp dport 22 drop; }; chain out { type filter hook output priority -300; tcp sport 22 drop; };"
	nothing   = "chain in { type filter hook input priority -300; iif != lo drop; }; chain out { type filter hook output priority -300; oif != lo drop; };"
	deaf      = "chain in { type filter hook input priority -300; iif != lo drop; };"
	mute      = "chain out { type filter hook output priority -300; oif != lo drop; };"
	noGluster = "chain in { type filter hook input priority -300; tcp dport 24007 drop; tcp sport 24007 drop; };"
)

// What puts rules into force, and takes them away.
func filtered(rules string) string { return "nft 'table inet chaos { " + rules + " }'" }

const healed = "nft delete table inet chaos"

// filter puts rules into force on a node.
func (r *run) filter(id, rules string) {
	r.Helper()
	labtest.On(r.T, id, filtered(rules))
}

// heal takes them away.
func (r *run) heal(id string) {
	r.Helper()
	labtest.On(r.T, id, healed)
}

// cut puts rules into force for a while. It is for a proxy's call, as quietly is.
func (r *run) cut(node, rules string, length time.Duration) {
	r.quietly(node, filtered(rules))
	time.AfterFunc(length, func() { r.quietly(node, healed) })
}

// links are faults of the network between a node and the rest of the world.
func links() []scenario {
	cut := func(rules string, length time.Duration) func(r *run) {
		return func(r *run) {
			r.start(3)
			id := r.puppetRuns(r.some(3))
			r.strike()
			r.filter(id, rules)
			time.Sleep(length)
			r.heal(id)
			r.completes()
			r.good(3)
		}
	}
	return []scenario{
		{"cut the link to a node's sshd for 30 s while Puppet runs", false, cut(noSSH, 30*time.Second)},
		{"cut a node off for two minutes while Puppet runs", false, cut(nothing, 2*time.Minute)},
		{"a node hears nothing for 20 s while Puppet runs", true, cut(deaf, 20*time.Second)},
		{"nobody hears a node for 20 s while Puppet runs", false, cut(mute, 20*time.Second)},
		{"cut the link to a node for 20 s when it is to be connected to", false, func(r *run) {
			node := r.some(3)
			reached := r.upon("launch/0", unreported)
			r.start(3)
			r.await(reached)
			id := r.node(node)
			r.strike()
			r.filter(id, nothing)
			time.Sleep(20 * time.Second)
			r.heal(id)
			r.completes()
			r.good(3)
		}},
		{"cut a peer off from the pool for 15 s when the volume is to be made", false, func(r *run) {
			r.at("volume/storage-0", given, func() bool {
				r.cut("storage-2", noGluster, 15*time.Second)
				return false
			})
			r.start(3)
			r.completes()
			r.good(3)
		}},
		{"reset the connection to a node while Puppet runs", true, func(r *run) {
			r.start(3)
			id := r.puppetRuns(r.some(3))
			r.strike()
			resetConnections(r, id)
			r.completes()
			r.good(3)
		}},
		{"a node is 300 ms away, there and back", false, func(r *run) {
			reached := r.upon("launch/0", unreported)
			r.start(3)
			r.await(reached)
			r.strike()
			far(r, r.node(r.some(3)), 300*time.Millisecond)
			r.completes()
			r.good(3)
		}},
	}
}

// resetConnections ends what serves the SSH connections of a node, but not its sshd.
func resetConnections(r *run, id string) {
	r.Helper()
	labtest.On(r.T, id, "pkill -9 -f '^sshd: [a-z]+' ; true")
}

// far puts a relay that takes its time before a node's sshd.
func far(r *run, id string, delay time.Duration) {
	r.Helper()
	pid := labtest.Docker(r.T, "inspect", "--format", "{{.State.Pid}}", id)
	self, err := os.Executable()
	require.NoError(r, err)
	cmd := exec.Command("nsenter", "-t", pid, "-n", self, "-test.run", "^TestChaos$")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=0.0.0.0:2222,127.0.0.1:22,%s", relayEnv, delay))
	require.NoError(r, cmd.Start())
	r.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	labtest.Eventually(r.T, "the relay listens", 10*time.Second, func() bool {
		out, err := exec.Command("docker", "exec", id, "ss", "-ltn").Output()
		return err == nil && strings.Contains(string(out), ":2222")
	})
	labtest.On(r.T, id, "nft 'table ip chaos { chain pre { type nat hook prerouting priority -100; tcp dport 22 redirect to :2222; }; }'")
	resetConnections(r, id)
}
