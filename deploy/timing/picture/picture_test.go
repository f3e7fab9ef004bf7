package picture_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/deploy/timing"
	"aiolos/deploy/timing/picture"
)

var update = flag.Bool("update", false, "write the golden files")

// simulated is a deployment of a number of nodes, each of which takes its time; with few
// enough workers that some have to wait.
func simulated(nodes int) timing.Record {
	random := rand.New(rand.NewPCG(7, uint64(nodes)))
	began := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time {
		return began.Add(time.Duration(seconds * float64(time.Second))).Truncate(time.Millisecond)
	}
	r := timing.Record{Began: began, Status: deploy.Status{Deployment: "demo", Blueprint: "web", State: deploy.StateDone}, Plan: &deploy.Plan{Blueprint: "web", Steps: []deploy.Step{
		{Name: "configure", Action: "puppet"},
		{Name: "up", Action: "await", Needs: []deploy.Need{{Step: "configure", Of: deploy.NeedOwn}}},
		{Name: "pool", Action: "gluster_pool", Track: 1, Needs: []deploy.Need{{Step: "up", Of: deploy.NeedAll}}},
		{Name: "verify", Action: "run", Track: 2, Needs: []deploy.Need{{Step: "pool", Of: deploy.NeedAll}}},
	}}}
	done := func(step, node string, from, taken, ended, to float64, activity bool) {
		started, finished := at(from), at(to)
		r.Status.Steps = append(r.Status.Steps, deploy.StepStatus{Name: step, Node: node, State: deploy.StepDone, Started: &started, Finished: &finished})
		if activity {
			r.Deeds = append(r.Deeds, timing.Deed{ID: step + "/" + node, Scheduled: at(from + 0.02), Started: at(taken), Ended: at(ended), Attempts: 1})
		}
	}
	r.Deeds = append(r.Deeds, timing.Deed{ID: "plan", Scheduled: at(0.05), Started: at(0.1), Ended: at(0.4), Attempts: 1})
	launched, pooled := 0.5+2+float64(nodes)/200, 0.0
	free := make([]float64, max(nodes/3, 2)) // workers' places
	for i := range nodes {
		node := fmt.Sprintf("web-%d", i)
		r.Plan.Nodes = append(r.Plan.Nodes, deploy.NodeSpec{Name: node, Group: "web", Index: i})
		done(deploy.StepLaunch, node, 0.5, 0.6, launched-0.05, launched, false)
		connected := launched + 0.5 + random.Float64()*2
		done(deploy.StepConnect, node, launched, launched+0.05, connected-0.03, connected, true)
		place := i % len(free)
		taken := max(connected+0.05, free[place])
		ended := taken + 4 + random.ExpFloat64()*2
		free[place] = ended
		done("configure", node, connected, taken, ended, ended+0.05, true)
		up := ended + 0.05 + random.Float64()*0.4
		done("up", node, ended+0.05, 0, 0, up, false)
		pooled = max(pooled, up)
	}
	r.Deeds = append(r.Deeds, timing.Deed{ID: "launch/0", Scheduled: at(0.52), Started: at(0.6), Ended: at(launched - 0.05), Attempts: 1})
	done("pool", "web-0", pooled, pooled+0.04, pooled+1.2, pooled+1.25, true)
	last := pooled
	for i := range nodes {
		ended := pooled + 1.3 + random.Float64()*1.5
		last = max(last, ended+0.05)
		done("verify", fmt.Sprintf("web-%d", i), pooled+1.25, pooled+1.3, ended, ended+0.05, true)
	}
	r.Ended = at(last + 0.1)
	return r
}

// TestGolden holds the pictures as they were when somebody last looked at them.
func TestGolden(t *testing.T) {
	running := simulated(5)
	running.Running, running.Ended = true, running.Began.Add(7*time.Second)
	for i := range running.Status.Steps {
		s := &running.Status.Steps[i]
		if s.Finished != nil && s.Finished.After(running.Ended) {
			s.Finished, s.State = nil, deploy.StepRunning
		}
		if s.Started.After(running.Ended) {
			s.Started, s.State = nil, deploy.StepWaiting
		}
	}
	marked := simulated(2)
	marked.Status.Simulated = true
	for name, r := range map[string]timing.Record{
		"marked": marked,
		"3":      simulated(3), "40": simulated(picture.MostNodes), "41": simulated(picture.MostNodes + 1), "1000": simulated(1000),
		"running": running, "nothing": {Status: deploy.Status{Deployment: "<no&thing>"}},
	} {
		t.Run(name, func(t *testing.T) {
			told := timing.Of(r)
			got := picture.Draw(&told)
			file := "testdata/" + name + ".svg"
			if *update {
				require.NoError(t, os.WriteFile(file, got, 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
			wellFormed(t, got)
			const most = 200 << 10
			require.Less(t, len(got), most, "it does not grow with the nodes")
		})
	}
}

func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

// TestInDocs holds the picture in the documentation against what was recorded of a
// deployment of real nodes.
func TestInDocs(t *testing.T) {
	const file = "../../../docs/images/timing-three-nodes.svg"
	text, err := os.ReadFile("testdata/three-nodes.json")
	require.NoError(t, err)
	var told timing.Timing
	require.NoError(t, json.Unmarshal(text, &told))
	got := picture.Draw(&told)
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "make it anew: go test ./deploy/timing/picture -update")
}
