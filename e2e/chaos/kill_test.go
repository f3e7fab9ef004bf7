package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/lab/labtest"
)

// activityIDs are all activities of a deployment of three nodes. A deployment
// without faults is held against them.
var activityIDs = []string{
	"plan", "launch/0", "connect/storage-0", "connect/storage-1", "connect/storage-2",
	"configure/storage-0", "configure/storage-1", "configure/storage-2",
	"pool/storage-0", "volume/storage-0", "verify/storage-0",
}

// scenarios are all there are, in the order of the table.
func scenarios() []scenario {
	all := killPoints()
	for _, more := range [][]scenario{processes(), links(), machines(), gluster(), engineFaults(), signals(), ends()} {
		all = append(all, more...)
	}
	return all
}

// killPoints kill the worker at every boundary between activities, and on both
// sides of each.
func killPoints() []scenario {
	short := map[string]point{"launch/0": unreported, "configure/storage-1": given, "pool/storage-0": reported, "volume/storage-0": unreported}
	var all []scenario
	for _, id := range activityIDs {
		for _, p := range []point{given, unreported, reported} {
			all = append(all, scenario{
				name: fmt.Sprintf("kill the worker: %s %s", id, p), short: short[id] == p,
				run: func(r *run) {
					r.at(id, p, func() bool {
						r.killWorker()
						return p != reported
					})
					r.start(3)
					r.completes()
					r.good(3)
				},
			})
		}
	}
	return all
}

// puppetRuns waits until Puppet is at work on a node, and returns its container.
func (r *run) puppetRuns(node string) string {
	r.Helper()
	id := r.node(node)
	labtest.Eventually(r.T, "Puppet runs on "+node, time.Minute, func() bool {
		out, err := exec.Command("docker", "exec", id, "ps", "-eo", "args").Output()
		return err == nil && strings.Contains(string(out), "puppet apply")
	})
	return id
}

// processes are faults of Aiolos's own processes, and of Temporal.
func processes() []scenario {
	during := func(do func(r *run)) func(r *run) {
		return func(r *run) {
			r.start(3)
			r.puppetRuns(r.some(3))
			r.strike()
			do(r)
			r.completes()
			r.good(3)
		}
	}
	atMoment := func(id string, p point, do func(r *run)) func(r *run) {
		return func(r *run) {
			reached := r.upon(id, p)
			r.start(3)
			r.await(reached)
			r.strike()
			do(r)
			r.completes()
			r.good(3)
		}
	}
	lab := func(r *run) {
		r.killLab(r.T)
		r.Up(r.T)
	}
	both := func(r *run) {
		r.killLab(r.T)
		r.killWorker()
		r.Up(r.T)
	}
	return []scenario{
		{"kill Temporal while Puppet runs", true, during(lab)},
		{"kill Temporal when a node has been launched", false, atMoment("launch/0", reported, lab)},
		{"kill Temporal when the volume is to be made", false, atMoment("volume/storage-0", given, lab)},
		{"kill Temporal and the worker while Puppet runs", false, during(both)},
		{"kill Temporal and the worker when the nodes are to be launched", false, atMoment("launch/0", given, both)},
		{"kill Temporal and the worker when the pool has been made", true, atMoment("pool/storage-0", reported, both)},
		{"stop the worker for a minute while Puppet runs", false, during(func(r *run) {
			r.signalWorker(syscall.SIGSTOP)
			time.Sleep(time.Minute)
			r.signalWorker(syscall.SIGCONT)
		})},
		{"stop the worker for a minute when the volume is to be made", false, atMoment("volume/storage-0", given, func(r *run) {
			r.signalWorker(syscall.SIGSTOP)
			time.Sleep(time.Minute)
			r.signalWorker(syscall.SIGCONT)
		})},
		{"stop Temporal for a minute while Puppet runs", false, during(func(r *run) {
			require.NoError(r, syscall.Kill(r.PID(r.T), syscall.SIGSTOP))
			time.Sleep(time.Minute)
			require.NoError(r, syscall.Kill(r.PID(r.T), syscall.SIGCONT))
		})},
		{"kill the worker five times", true, during(func(r *run) {
			for range 5 {
				r.killWorker()
				labtest.Eventually(r.T, "there is a worker again", time.Minute, func() bool { return r.workerPID() != 0 })
				time.Sleep(time.Duration(r.rng.IntN(2000)) * time.Millisecond)
			}
		})},
		{"another worker takes over, on other ports", false, during(anotherWorker)},
	}
}

// anotherWorker kills the worker, which does not come back until a second one, such
// as another machine's, has gone on for a while.
func anotherWorker(r *run) {
	release := r.hold(r.T)
	defer release()
	text, err := os.ReadFile(r.dir + "/worker.yaml")
	require.NoError(r, err)
	// Nodes signal to the port of the first, which is free once that is gone.
	config := strings.Replace(string(text), ":"+strconv.Itoa(r.Base+7), ":"+strconv.Itoa(r.Base+6), 1)
	path := r.dir + "/other.yaml"
	require.NoError(r, os.WriteFile(path, []byte(config), 0o600))
	r.killWorker()
	other := exec.Command(labtest.Bin("aiolos-worker"), "--config", path)
	other.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+r.Address(), "DOCKER_HOST=unix://"+r.dir+"/engine.sock")
	require.NoError(r, other.Start())
	defer func() {
		_ = other.Process.Signal(syscall.SIGTERM)
		_ = other.Wait()
	}()
	r.completes()
}
