package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"aiolos/lab/labtest"
)

// rig is a lab whose worker talks to the world through proxies.
type rig struct {
	*labtest.Lab
	dir      string
	temporal *temporalProxy
	engine   *engineProxy
	client   client.Client
	// calm is what the worker holds when nothing runs.
	calm holdings
}

// wrapper runs in place of the worker, and becomes it. It lets the worker outlive
// a lab that is killed; the next lab then finds it, and starts none beside it. So
// that the next lab finds its ports free, the worker listens elsewhere, for signals as
// well, and a relay stands at the port where the lab asks for its health.
const wrapper = `#!/bin/sh
dir='%s' worker='%s'
health='%d' own='%d' gateway='%d' signals='%d'
alive() { [ -n "$old" ] && [ "$(readlink "/proc/$old/exe")" = "$worker" ]; }
while [ -e "$dir/hold" ]; do sleep 0.1; done
old=$(cat "$dir/worker.pid" 2>/dev/null)
%s="127.0.0.1:$health,127.0.0.1:$own,0s" '%s' -test.run '^TestChaos$' &
echo $! >"$dir/relay.pid"
if alive; then
	trap 'kill "$old"' TERM
	while alive; do sleep 0.1; done
	exit 1
fi
echo $$ >"$dir/worker.pid"
export TEMPORAL_ADDRESS='%s' DOCKER_HOST='unix://%s'
sed "s/:$health/:$own/; s/:$gateway/:$signals/" "$dir/lab/worker.yaml" >"$dir/worker.yaml"
exec setpriv --pdeathsig clear "$worker" --config "$dir/worker.yaml"
`

// newRig brings a lab up with ports from base on.
func newRig(t *testing.T, name string, base int) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{dir: dir, Lab: &labtest.Lab{Name: name, Base: base, State: filepath.Join(dir, "lab"), Program: filepath.Join(dir, "aiolos-lab")}}
	// The lab starts the worker that lies beside it.
	copyFile(t, labtest.Bin("aiolos-lab"), r.Program)
	address, socket := "127.0.0.1:"+strconv.Itoa(base+5), filepath.Join(dir, "engine.sock")
	self, err := os.Executable()
	require.NoError(t, err)
	script := fmt.Sprintf(wrapper, dir, labtest.Bin("aiolos-worker"), base+4, base+7, base+3, base+8, relayEnv, self, address, socket)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "aiolos-worker"), []byte(script), 0o700)) //nolint:gosec // it is run
	r.temporal = startTemporalProxy(t, address, r.Address())
	r.engine = startEngineProxy(t, socket)
	t.Cleanup(r.killWorker) // one that has outlived its lab
	r.Begin(t)
	r.client = labtest.Dial(t, r.Address())
	return r
}

// copyFile gives a file a second name, or copies it to another file system.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if os.Link(from, to) == nil {
		return
	}
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, text, 0o700)) //nolint:gosec // it is run
}

// workerPID returns the process that is the worker now; 0 where there is none.
func (r *rig) workerPID() int { return r.process("worker.pid", labtest.Bin("aiolos-worker")) }

// process returns the ID in a file, if it is of a process that runs this program.
func (r *rig) process(file, program string) int {
	text, err := os.ReadFile(filepath.Join(r.dir, file))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || path != program {
		return 0
	}
	return pid
}

// endRelay frees the port where the lab asks for the worker's health.
func (r *rig) endRelay() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	if pid := r.process("relay.pid", self); pid != 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// signalWorker sends the worker a signal. It may be called in a proxy's call, and
// so never ends the test.
func (r *rig) signalWorker(signal syscall.Signal) {
	if pid := r.workerPID(); pid != 0 {
		_ = syscall.Kill(pid, signal)
	}
}

// killWorker kills the worker and returns once it is gone.
func (r *rig) killWorker() {
	pid := r.workerPID()
	r.signalWorker(syscall.SIGKILL)
	for range 500 {
		if r.workerPID() != pid {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.endRelay()
}

// hold keeps the lab from starting a new worker, until the returned function is called.
func (r *rig) hold(t *testing.T) (release func()) {
	t.Helper()
	path := filepath.Join(r.dir, "hold")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	return func() { _ = os.Remove(path) }
}

// killLab kills the process that is Temporal, and returns once it is gone.
func (r *rig) killLab(t *testing.T) {
	t.Helper()
	pid := r.PID(t)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	labtest.Eventually(t, "the lab is gone", 10*time.Second, func() bool { return !r.labRuns(pid) })
	r.endRelay()
}

func (r *rig) labRuns(pid int) bool {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && path == r.Program
}
