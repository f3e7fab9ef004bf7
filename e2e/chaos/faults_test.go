package chaos

import (
	"regexp"
	"time"

	"github.com/stretchr/testify/require"
)

// engineFaults are those of the Docker engine's API, which is this provider's cloud.
func engineFaults() []scenario {
	create, start := regexp.MustCompile(`/containers/create$`), regexp.MustCompile(`/containers/[^/]+/start$`)
	list, remove := regexp.MustCompile(`/containers/json$`), regexp.MustCompile(`/containers/[^/]+$`)
	launching := func(f engineFault) func(r *run) {
		return func(r *run) {
			r.at("launch/0", given, func() bool {
				r.engine.fail(f)
				return false
			})
			r.start(3)
			r.completes()
			if r.engine.clear() != f.times {
				r.Error("not all faults struck")
			}
			r.good(3)
		}
	}
	return []scenario{
		{"the engine fails before it makes a container", false, launching(engineFault{method: "POST", path: create, times: 2})},
		{"the engine fails after it made a container", true, launching(engineFault{method: "POST", path: create, times: 2, effect: true})},
		{"no answer for 15 s, and no container", false, launching(engineFault{method: "POST", path: create, times: 1, hang: 15 * time.Second})},
		{"no answer for 15 s, but a container", false, launching(engineFault{method: "POST", path: create, times: 1, hang: 15 * time.Second, effect: true})},
		{"the answer is lost when a container was started", true, launching(engineFault{method: "POST", path: start, times: 2, hang: time.Millisecond, effect: true})},
		{"a container is not started", false, launching(engineFault{method: "POST", path: start, times: 2})},
		{"the engine cannot list containers, three times", false, launching(engineFault{method: "GET", path: list, times: 3})},
		{"the answer is lost when a container was removed", false, func(r *run) {
			r.start(3)
			r.completes()
			r.good(3)
			r.strike()
			r.engine.fail(engineFault{method: "DELETE", path: remove, times: 2, hang: time.Millisecond, effect: true})
			r.destroy()
			r.over()
		}},
		{"the engine cannot remove containers, twice", false, func(r *run) {
			r.start(3)
			r.completes()
			r.strike()
			r.engine.fail(engineFault{method: "DELETE", path: remove, times: 2})
			r.destroy()
			r.over()
		}},
	}
}

// ends are faults while a deployment is taken away.
func ends() []scenario {
	kill := func(activity string, p point) func(r *run) {
		return func(r *run) {
			r.start(3)
			r.completes()
			r.at(activity, p, func() bool {
				r.killWorker()
				return p != reported
			})
			r.destroy()
			r.over()
		}
	}
	return []scenario{
		{"kill the worker when nodes are to be terminated", false, kill("terminate", given)},
		{"kill the worker when nodes have been terminated", true, kill("terminate", unreported)},
		{"kill Temporal and the worker while nodes are terminated", false, func(r *run) {
			r.start(3)
			r.completes()
			reached := r.upon("terminate", given)
			answer := r.Aiolos(r.T, "destroy", r.name, "--confirm", r.name, "--detach")
			require.Equal(r, 0, answer.Code, "%s\n%s", answer.Stdout, answer.Stderr)
			r.await(reached)
			r.strike()
			r.killLab(r.T)
			r.killWorker()
			r.Up(r.T)
			r.completes()
			r.nothingLeft(r.T)
		}},
	}
}
