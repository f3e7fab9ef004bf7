package command_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/term"

	"aiolos/deploy"
	"aiolos/starter/command"
	"aiolos/starter/operation"
	"aiolos/starter/temporaltest"
	"aiolos/starter/view"
	"aiolos/workflows"
)

// watchVariable has this program be the command line at a terminal, instead of a test.
const watchVariable = "AIOLOS_TEST_WATCH"

// simulatedBegin is when simulated deployments began; simulatedNow is what the clock says then.
var (
	simulatedBegin = time.Date(2026, 1, 2, 12, 3, 0, 0, time.UTC)
	simulatedNow   = simulatedBegin.Add(95 * time.Second)
)

// watchAtTerminal is the command line `aiolos watch pool`, at a clock that stands still.
func watchAtTerminal() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return command.Run(ctx, command.Setting{
		Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Dial: operation.Dial, Pace: operation.UsualPace(),
		Terminal: func() (view.Size, bool) {
			width, height, err := term.GetSize(int(os.Stderr.Fd()))
			return view.Size{Width: width, Height: height}, err == nil
		},
		Now: func() time.Time { return simulatedNow },
	}, []string{"watch", "pool"})
}

// simulated is a deployment of many nodes in its midst: most are done, some run, one slowly,
// one anew, one has failed, and the first waits for the others.
func simulated(nodes int) deploy.Status {
	s := deploy.Status{Deployment: "pool", Blueprint: "glusterfs", Provider: "docker", State: deploy.StateRunning}
	at := func(seconds int) *time.Time {
		t := simulatedBegin.Add(time.Duration(seconds) * time.Second)
		return &t
	}
	for i := range nodes {
		name := fmt.Sprintf("storage-%d", i)
		s.Nodes = append(s.Nodes, deploy.NodeStatus{Name: name, Group: "storage", Index: i, Address: "10.0.0.1", Hostname: "pool-" + name})
		step := func(name string, from, to int, message string) deploy.StepStatus {
			return deploy.StepStatus{Name: name, Node: s.Nodes[i].Name, State: deploy.StepDone, Attempts: 1, Started: at(from), Finished: at(to), Message: message}
		}
		configure := step("configure", 5, 20+i%7, "12 resources changed")
		up := step("glusterup", 30, 31, "glusterup = yes")
		switch {
		case i == 1:
			configure.State, configure.Finished, configure.Attempts = deploy.StepRunning, nil, 2
			configure.Message = "Notice: /Stage[main]/Glusterfs::Package/Package[glusterfs-server]/ensure: created"
			up = deploy.StepStatus{Name: "glusterup", Node: name, State: deploy.StepWaiting}
		case i == 2 || i == 17:
			configure.State, configure.Message = deploy.StepFailed, "1 resource failed: Package[glusterfs-server]"
			up = deploy.StepStatus{Name: "glusterup", Node: name, State: deploy.StepWaiting}
		case i%10 == 3:
			configure.State, configure.Finished, configure.Message = deploy.StepRunning, nil, "Info: Applying configuration version '1'"
			configure.Started = at(90 - i%50)
			up = deploy.StepStatus{Name: "glusterup", Node: name, State: deploy.StepWaiting}
		}
		s.Steps = append(s.Steps, step("launch", 0, 2, "launched"), step("connect", 2, 4, ""), configure, up)
	}
	s.Steps = append(s.Steps,
		deploy.StepStatus{Name: "pool", Node: "storage-0", State: deploy.StepWaiting, Message: "waits for glusterup of storage-1, storage-2"},
		deploy.StepStatus{Name: "volume", Node: "storage-0", State: deploy.StepWaiting})
	return s
}

// TestWatchAtATerminal looks at real terminals of several sizes, and leaves them by Ctrl-C.
func TestWatchAtATerminal(t *testing.T) {
	needsTmux(t)
	for _, nodes := range []int{3, 20, 200} {
		for _, size := range []view.Size{{Width: 80, Height: 24}, {Width: 200, Height: 50}} {
			t.Run(fmt.Sprintf("%d nodes, %d columns", nodes, size.Width), func(t *testing.T) {
				b := newBench(t)
				run := b.server.Add("pool", workflows.DeployType).At(simulatedBegin).Says(simulated(nodes))
				name := filepath.Join("watch", fmt.Sprintf("%d-%d", nodes, size.Width))
				pane := watching(t, b.server, size)
				pane.shows(t, "pool: Running for 1:35 min")
				golden(t, name, pane.settled(t))

				pane.tmux(t, "send-keys", "C-c")
				pane.shows(t, "Deploy of pool goes on. Come back to it with: aiolos watch pool")
				require.False(t, run.Ended())
				require.Equal(t, "130", pane.code(t))
			})
		}
	}
}

// TestWatchKilledAndRestarted kills watch in the middle again and again: whoever comes back
// sees what one sees who was there all the time.
func TestWatchKilledAndRestarted(t *testing.T) {
	needsTmux(t)
	b := newBench(t)
	size := view.Size{Width: 80, Height: 24}
	run := b.server.Add("pool", workflows.DeployType).At(simulatedBegin)
	stayed := watching(t, b.server, size)
	whole := simulated(20)
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	points := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // not for anything secret
	for range 4 {
		n := 1 + points.IntN(len(whole.Steps)-1)
		part := whole
		part.Steps = whole.Steps[:n]
		killed := watching(t, b.server, size)
		killed.shows(t, "pool: ")
		run.Says(part)
		if points.IntN(2) == 0 {
			killed.shows(t, "storage: ")
		} else {
			time.Sleep(time.Duration(points.IntN(500)) * time.Millisecond) // any moment will do
		}
		killed.kill(t)
	}
	run.Says(whole)
	stayed.shows(t, "2 failed")
	came := watching(t, b.server, size)
	came.shows(t, "2 failed")
	want := came.settled(t)
	require.Eventually(t, func() bool { return stayed.capture(t) == want }, 20*time.Second, 50*time.Millisecond)
	require.False(t, run.Ended())
}

func needsTmux(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		require.NotEqual(t, "1", os.Getenv("AIOLOS_ENGINE"), "tmux is missing")
		t.Skip("left out: needs tmux")
	}
}

// pane is a terminal in which aiolos watch runs.
type pane struct{ socket, exit, pid string }

// watching opens a terminal. The shell in it stays, and keeps what was shown.
func watching(t *testing.T, server *temporaltest.Server, size view.Size) *pane {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	// Names of sockets are short.
	directory, err := os.MkdirTemp("", "watch")
	require.NoError(t, err)
	p := &pane{socket: filepath.Join(directory, "tmux"), exit: filepath.Join(directory, "exit"), pid: filepath.Join(directory, "pid")}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", p.socket, "kill-server").Run() //nolint:noctx // after the test's context
		_ = os.RemoveAll(directory)
	})
	script := fmt.Sprintf("trap : INT; sh -c 'echo $$ >%s; exec env %s=%s NO_COLOR=1 %s'; echo $? >%s; exec cat", p.pid, watchVariable, server.Address, self, p.exit)
	// Without its own configuration, every tmux draws the same.
	p.tmux(t, "-u", "-f", os.DevNull, "new-session", "-d", "-x", strconv.Itoa(size.Width), "-y", strconv.Itoa(size.Height), "sh", "-c", script, ";", "set", "status", "off")
	return p
}

func (p *pane) tmux(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tmux", append([]string{"-S", p.socket}, args...)...)
	cmd.Env = append(os.Environ(), "TMUX=", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func (p *pane) capture(t *testing.T) string {
	t.Helper()
	return strings.TrimRight(p.tmux(t, "capture-pane", "-p"), "\n") + "\n"
}

func (p *pane) shows(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(p.capture(t), text) }, 20*time.Second, 20*time.Millisecond, "%s in %s", text, p.capture(t))
}

// settled is what is shown once it does not change any more.
func (p *pane) settled(t *testing.T) string {
	t.Helper()
	last := ""
	require.Eventually(t, func() bool {
		now := p.capture(t)
		same := now == last && strings.Contains(now, "storage: ")
		last = now
		return same
	}, 20*time.Second, 300*time.Millisecond)
	return last
}

func (p *pane) code(t *testing.T) string {
	t.Helper()
	var code []byte
	require.Eventually(t, func() bool {
		code, _ = os.ReadFile(p.exit)
		return len(code) > 0
	}, 20*time.Second, 20*time.Millisecond)
	return strings.TrimSpace(string(code))
}

// kill ends watch as nothing can defend itself against.
func (p *pane) kill(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(p.pid)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	process, err := os.FindProcess(pid)
	require.NoError(t, err)
	require.NoError(t, process.Kill())
	require.Equal(t, "137", p.code(t))
}
