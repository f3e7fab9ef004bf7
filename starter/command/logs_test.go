package command_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/starter/temporaltest"
	"aiolos/workflows"
)

// kept plays a worker that reads the output of jobs: two pieces each, cut within a line.
func kept(mu *sync.Mutex, jobs map[string][]deploy.LoggedJob) func(*temporaltest.Run) {
	return func(r *temporaltest.Run) {
		if r.Type() != workflows.LogsType {
			return
		}
		var in deploy.LogRequest
		r.Input(&in)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case in.Job == "":
			var found []deploy.LoggedJob
			for _, j := range jobs[in.Node.Name] {
				if in.Step == "" || in.Step == j.Step {
					found = append(found, j)
				}
			}
			r.Return(deploy.Log{Jobs: found})
		case in.Offset == 0:
			r.Return(deploy.Log{Text: "one\n\ttwo \x1b[31mre", Offset: 14, More: true})
		default:
			r.Return(deploy.Log{Text: "d\x1b[0m\rtwo done\nlast", Offset: 30, Ended: true})
		}
	}
}

func logging(b *bench) *temporaltest.Run {
	s := deploy.Status{Deployment: "pool", State: deploy.StateRunning}
	for _, name := range []string{"web-0", "web-1", "web-2"} {
		n := deploy.NodeStatus{Name: name, Group: "web", Address: "10.0.0.1"}
		if name == "web-2" {
			n.Address = "" // not launched yet
		}
		s.Nodes = append(s.Nodes, n)
		s.Steps = append(s.Steps, deploy.StepStatus{Name: "configure", Node: name, State: deploy.StepRunning, Attempts: 1})
	}
	s.Steps = append(s.Steps, deploy.StepStatus{Name: "migrate", Node: "web-0", State: deploy.StepWaiting})
	return b.server.Add("pool", workflows.DeployType).With(workflows.StateAttribute, deploy.StateRunning).Says(s)
}

func TestLogs(t *testing.T) {
	b := newBench(t)
	logging(b)
	var mu sync.Mutex
	b.server.OnStart = kept(&mu, map[string][]deploy.LoggedJob{
		"web-0": {{ID: "pool.r.configure.web-0.1", Step: "configure", Attempt: 1}, {ID: "pool.r.migrate.web-0.2", Step: "migrate", Attempt: 2}},
		"web-1": {{ID: "pool.r.configure.web-1.1", Step: "configure", Attempt: 1}},
	})
	r := b.run("logs", "pool", "web-1", "configure")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "one\ntwo done\nlast\n", r.out)
	r = b.run("logs", "pool")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "web-0 configure | one\nweb-0 configure | two done\nweb-0 configure | last\n"+
		"web-0 migrate | one\nweb-0 migrate | two done\nweb-0 migrate | last\n"+
		"web-1 configure | one\nweb-1 configure | two done\nweb-1 configure | last\n", r.out)
	r = b.run("logs", "pool", "web-0", "migrate", "--json")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, `{"node":"web-0","step":"migrate","attempt":2,"line":"one"}`, strings.SplitN(r.out, "\n", 2)[0])

	for args, complaint := range map[string]string{
		"logs pool web-7":                  "web-0, web-1, web-2",
		"logs pool web-0 instal":           "configure, migrate",
		"logs pool web-0 configure 1 more": "one argument too many",
		"logs":                             "NAME is missing",
	} {
		r = b.run(strings.Fields(args)...)
		require.Equal(t, 2, r.code, args)
		require.Contains(t, r.err, complaint)
	}
	r = b.run("logs", "pool", "web-2")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "no output is kept")
	require.Equal(t, 1, b.run("logs", "nobody").code)
}

// TestLogsFollow begins before there is a job, and ends with the operation.
func TestLogsFollow(t *testing.T) {
	b := newBench(t)
	run := logging(b)
	var mu sync.Mutex
	jobs := map[string][]deploy.LoggedJob{}
	b.server.OnStart = kept(&mu, jobs)
	ended := make(chan result, 1)
	go func() { ended <- b.run("logs", "pool", "web-0", "-f") }()
	require.Eventually(t, func() bool { return b.server.Queries() > 2 }, 10*time.Second, 5*time.Millisecond)
	mu.Lock()
	jobs["web-0"] = []deploy.LoggedJob{{ID: "pool.r.migrate.web-0.1", Step: "migrate", Attempt: 1}}
	mu.Unlock()
	run.Says(deploy.Status{Deployment: "pool", State: deploy.StateRunning, Nodes: []deploy.NodeStatus{{Name: "web-0", Address: "10.0.0.1"}},
		Steps: []deploy.StepStatus{{Name: "migrate", Node: "web-0", State: deploy.StepRunning, Attempts: 1}}})
	run.Complete(deploy.Outcome{Deployment: "pool", State: deploy.StateDone})
	r := <-ended
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "web-0 migrate | one\nweb-0 migrate | two done\nweb-0 migrate | last\n", r.out, "each line once")
}
