package view

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/starter/operation"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares what was rendered with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

var began = time.Date(2026, 1, 2, 12, 3, 0, 0, time.UTC)

// at is a moment of the deployment, in seconds from its start.
func at(seconds float64) *time.Time {
	t := began.Add(time.Duration(seconds * float64(time.Second)))
	return &t
}

func done(name, node string, from, to float64, message string) deploy.StepStatus {
	return deploy.StepStatus{Name: name, Node: node, State: deploy.StepDone, Attempts: 1, Started: at(from), Finished: at(to), Message: message}
}

func running(name, node string, from float64, attempts int, message string) deploy.StepStatus {
	return deploy.StepStatus{Name: name, Node: node, State: deploy.StepRunning, Attempts: attempts, Started: at(from), Message: message}
}

func waiting(name, node, message string) deploy.StepStatus {
	return deploy.StepStatus{Name: name, Node: node, State: deploy.StepWaiting, Message: message}
}

// pool is a pool of three nodes in the middle of its deployment.
func pool() operation.Snapshot {
	s := operation.Snapshot{Run: operation.Run{Deployment: "pool", Type: "Deploy"}, Started: began}
	s.Status = deploy.Status{Deployment: "pool", Blueprint: "glusterfs", Provider: "docker", State: deploy.StateRunning}
	for i := range 3 {
		name := fmt.Sprintf("storage-%d", i)
		s.Status.Nodes = append(s.Status.Nodes, deploy.NodeStatus{
			Name: name, Group: "storage", Index: i, Address: fmt.Sprintf("172.18.0.%d", i+2), Hostname: "pool-" + name,
		})
		s.Status.Steps = append(s.Status.Steps, done("launch", name, 0.4, 2.5, "launched"))
	}
	s.Status.Steps = append(s.Status.Steps,
		done("connect", "storage-0", 2.5, 3.3, ""), done("connect", "storage-1", 2.5, 3.4, ""), done("connect", "storage-2", 2.5, 4.1, ""),
		done("configure", "storage-0", 3.3, 12.5, "12 resources changed"),
		running("configure", "storage-1", 3.4, 2, "Notice: /Stage[main]/Glusterfs::Package/Package[glusterfs-server]/ensure: created"),
		deploy.StepStatus{Name: "configure", Node: "storage-2", State: deploy.StepFailed, Attempts: 1, Started: at(4.1), Finished: at(11), Message: "Package[glusterfs-server] failed"},
		done("glusterup", "storage-0", 12.5, 12.6, "glusterup = yes"),
		waiting("glusterup", "storage-1", ""), waiting("glusterup", "storage-2", ""),
		waiting("pool", "storage-0", "waits for glusterup of storage-1, storage-2"),
		waiting("volume", "storage-0", ""), waiting("verify", "storage-0", ""),
	)
	return s
}

func TestTree(t *testing.T) {
	finished := pool()
	finished.Closed = *at(20)
	finished.Status.State = deploy.StateFailed
	planning := operation.Snapshot{
		Run: operation.Run{Deployment: "pool", Type: "Deploy"}, Started: began, Notes: []string{"no worker answers on the task queue aiolos"},
		Status: deploy.Status{Deployment: "pool", State: deploy.StatePlanning},
	}
	many := pool()
	for i := 3; i < 200; i++ {
		name := fmt.Sprintf("storage-%d", i)
		many.Status.Nodes = append(many.Status.Nodes, deploy.NodeStatus{Name: name, Group: "storage", Index: i})
		many.Status.Steps = append(many.Status.Steps, done("launch", name, 0.4, 2.5, "launched"), running("connect", name, 2.5, 1, "waits for sshd"))
	}
	for _, c := range []struct {
		name     string
		snapshot operation.Snapshot
		size     Size
	}{
		{"running-80", pool(), Size{80, 24}},
		{"running-120", pool(), Size{120, 40}},
		{"running-50", pool(), Size{50, 24}},
		{"running-low", pool(), Size{80, 9}},
		{"failed-80", finished, Size{80, 24}},
		{"planning-80", planning, Size{80, 24}},
		{"many-80", many, Size{80, 24}},
		{"many-200", many, Size{200, 50}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := Tree(c.snapshot, *at(14.2), c.size, false)
			golden(t, c.name, strings.Join(lines, "\n")+"\n")
		})
	}
}

func TestTreeFitsEveryTerminal(t *testing.T) {
	for width := 1; width < 130; width += 7 {
		for height := 1; height < 30; height += 3 {
			lines := Tree(pool(), *at(14.2), Size{width, height}, false)
			require.LessOrEqual(t, len(lines), max(1, height-1))
			for _, line := range lines {
				require.LessOrEqual(t, Width(line), width, "%dx%d: %q", width, height, line)
			}
		}
	}
}

func TestColoursAddNothing(t *testing.T) {
	size := Size{80, 24}
	coloured := strings.Join(Tree(pool(), *at(14.2), size, true), "\n")
	require.Contains(t, coloured, red)
	require.Equal(t, strings.Join(Tree(pool(), *at(14.2), size, false), "\n"), escapes.ReplaceAllString(coloured, ""))
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	lines := Lines{Out: &out, Zone: time.UTC}
	s := pool()
	all := s.Status.Steps
	s.Status.State, s.Status.Steps = deploy.StatePlanning, nil
	s.Notes = []string{"no worker answers on the task queue aiolos"}
	lines.Show(s, *at(0.2))
	lines.Show(s, *at(0.3))
	s.Notes, s.Status.State, s.Status.Steps = nil, deploy.StateRunning, []deploy.StepStatus{
		running("launch", "storage-0", 0.4, 1, ""), running("launch", "storage-1", 0.4, 1, ""), waiting("connect", "storage-0", ""),
	}
	lines.Show(s, *at(0.5))
	s.Status.Steps = []deploy.StepStatus{done("launch", "storage-0", 0.4, 2.5, "launched"), running("launch", "storage-1", 0.4, 2, "attempt 1 failed: throttled")}
	lines.Show(s, *at(2.6))
	s.Status.Steps = all
	lines.Show(s, *at(14.2))
	lines.Show(s, *at(15))
	s.Status.State = deploy.StateFailed
	lines.Show(s, *at(19.9)) // the workflow says so, a moment before it has ended
	s.Closed = *at(20)
	s.Status.Steps[len(all)-1].State = deploy.StepSkipped
	lines.Show(s, *at(20.1))
	golden(t, "lines", out.String())
}

func TestReports(t *testing.T) {
	render := func(f func(*bytes.Buffer)) string {
		var out bytes.Buffer
		f(&out)
		return out.String()
	}
	nodes := pool().Status.Nodes
	golden(t, "outcome", render(func(b *bytes.Buffer) {
		Outcome(b, deploy.Outcome{
			Deployment: "pool", State: deploy.StateDone, Nodes: nodes, Outputs: map[string]any{"mount": "pool-storage-0:/vol01", "bricks": []any{"a", 1.0}},
			Changes: []string{"launched storage-0", "Puppet changed 12 resources on storage-0"},
		})
	}))
	golden(t, "outcome-same", render(func(b *bytes.Buffer) {
		Outcome(b, deploy.Outcome{Deployment: "pool", State: deploy.StateDone, Nodes: nodes[:1], Changes: []string{}})
	}))
	golden(t, "outcome-destroyed", render(func(b *bytes.Buffer) {
		Outcome(b, deploy.Outcome{Deployment: "pool", State: deploy.StateDestroyed, Nodes: nodes, Changes: []string{"removed storage-0"}, Left: []string{"the network: in use"}})
	}))
	golden(t, "outcome-nothing", render(func(b *bytes.Buffer) {
		Outcome(b, deploy.Outcome{Deployment: "pool", State: deploy.StateDestroyed})
	}))
	golden(t, "failures", render(func(b *bytes.Buffer) {
		Failures(b, &operation.FailedError{Deployment: "pool", State: deploy.StateFailed, Failures: []deploy.Failure{
			{Kind: deploy.KindPuppet, Step: "configure", Node: "storage-2", Message: "1 resource failed", Evidence: []string{"Package[glusterfs-server]: no such package\nE: Unable to locate package", "\x1b[31mcolour\x1b[0m"}},
			{Kind: deploy.KindInvalidRequest, Message: "provider: found \"mars\"; allowed: docker\nparameters.nodes: not set; allowed: an integer"},
		}})
	}))
	golden(t, "status", render(func(b *bytes.Buffer) { Status(b, pool(), *at(14.2)) }))
	golden(t, "list", render(func(b *bytes.Buffer) {
		List(b, []operation.Listed{
			{Deployment: "pool", State: deploy.StateDone, Blueprint: "glusterfs", Nodes: 3, Started: began},
			{Deployment: "a-longer-name", State: operation.StateTerminated, Started: began},
		}, *at(14.2), time.UTC)
	}))
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0.0 s", 0: "0.0 s", 940 * time.Millisecond: "0.9 s", 9949 * time.Millisecond: "9.9 s", 9960 * time.Millisecond: "10 s",
		59 * time.Second: "59 s", 59600 * time.Millisecond: "1:00 min", 3599 * time.Second: "59:59 min", 3599600 * time.Millisecond: "1:00 h", 25 * time.Hour: "25:00 h",
	} {
		require.Equal(t, want, duration(d), d)
	}
}

// TestScreen looks at what stands on a terminal after several drawings.
func TestScreen(t *testing.T) {
	var out bytes.Buffer
	screen := Screen{Out: &out}
	screen.Draw([]string{"one", "two", "three"}, 80)
	require.Equal(t, "\rone\x1b[K\ntwo\x1b[K\nthree\x1b[K\n\x1b[J", out.String())
	out.Reset()
	screen.Draw([]string{strings.Repeat("x", 80), bold + "y" + plain}, 80)
	require.True(t, strings.HasPrefix(out.String(), "\x1b[3A\r"), "%q", out.String())
	out.Reset()
	// Half as wide, the first line has become two.
	screen.Draw([]string{"z"}, 40)
	require.True(t, strings.HasPrefix(out.String(), "\x1b[3A\r"), "%q", out.String())
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "a\tb\nc\r": "a b c", "\x1b[31mred\x1b[0m": "red", "\x1b]0;title\x07x": "x", "\x1b]8;;http://a\x1b\\y": "y",
		"a\x00\x07b\u202ec": "abc", "bad\xff": "bad\uFFFD", "\u009b31mx": "31mx", "日本": "日本",
	} {
		require.Equal(t, want, Clean(in), "%q", in)
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07x", "\x1b\x1b[[A", "日本\xff\u202e"} {
		f.Add(seed, 10)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		clean := Clean(s)
		for _, r := range clean {
			if unicode.IsControl(r) {
				t.Fatalf("%q keeps %q", clean, r)
			}
		}
		n &= 0xff
		if w := Width(fit(clean, n)); w > n {
			t.Fatalf("%q takes %d of %d columns", fit(clean, n), w, n)
		}
	})
}
