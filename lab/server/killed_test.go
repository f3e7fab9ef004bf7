package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/lab/server"
)

// host is the process that is killed: it runs a server in dir until it is told
// to stop, and says on standard output when the server is there.
func host(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	text, err := os.ReadFile(filepath.Join(dir, "options.json"))
	if err != nil {
		return err
	}
	var o server.Options
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	s, err := server.Start(ctx, o)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	return s.Stop()
}

func startHost(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(executable)
	cmd.Env = append(os.Environ(), "SERVER_TEST_HOST="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	return cmd
}

// count is a workflow with one activity that heartbeats how far it got, and
// waits at 3 until it is let on.
func count(ctx workflow.Context) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, HeartbeatTimeout: 2 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1},
	})
	var result string
	err := workflow.ExecuteActivity(ctx, "Count").Get(ctx, &result)
	return result, err
}

// TestKilled kills a server in the middle of a heartbeating activity, with its
// worker, and starts both again: the workflow goes on, and the activity knows
// how far it was.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	o := options(t, dir)
	text, err := json.Marshal(o)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "options.json"), text, 0o600))

	startWorker := func(c client.Client, goOn <-chan struct{}) worker.Worker {
		w := worker.New(c, "test", worker.Options{WorkerStopTimeout: time.Second})
		w.RegisterWorkflow(count)
		w.RegisterActivityWithOptions(func(ctx context.Context) (string, error) {
			var from int
			if activity.HasHeartbeatDetails(ctx) {
				if err := activity.GetHeartbeatDetails(ctx, &from); err != nil {
					return "", err
				}
			}
			for i := from; i <= 3; i++ {
				activity.RecordHeartbeat(ctx, i)
			}
			beat := time.NewTicker(200 * time.Millisecond)
			defer beat.Stop()
			for {
				select {
				case <-goOn:
					return fmt.Sprintf("attempt %d from %d", activity.GetInfo(ctx).Attempt, from), nil
				case <-beat.C:
					activity.RecordHeartbeat(ctx, 3)
				case <-ctx.Done():
					return "", ctx.Err()
				}
			}
		}, activity.RegisterOptions{Name: "Count"})
		require.NoError(t, w.Start())
		return w
	}

	process := startHost(t, dir)
	first := dial(t, fmt.Sprintf("127.0.0.1:%d", o.GRPCPort))
	w := startWorker(first, nil)
	run, err := first.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "counting", TaskQueue: "test"}, count)
	require.NoError(t, err)
	// Heartbeats are sent in batches, the first at once, so wait for what the
	// server has rather than for what the activity did.
	require.Eventually(t, func() bool {
		answer, err := first.DescribeWorkflowExecution(t.Context(), "counting", "")
		pending := answer.GetPendingActivities()
		return err == nil && len(pending) == 1 && string(pending[0].GetHeartbeatDetails().GetPayloads()[0].GetData()) == "3"
	}, 10*time.Second, 50*time.Millisecond)

	require.NoError(t, process.Process.Kill())
	_ = process.Wait()
	w.Stop()

	startHost(t, dir)
	second := dial(t, fmt.Sprintf("127.0.0.1:%d", o.GRPCPort))
	goOn := make(chan struct{})
	close(goOn)
	w = startWorker(second, goOn)
	defer w.Stop()
	var result string
	require.NoError(t, second.GetWorkflow(t.Context(), run.GetID(), run.GetRunID()).Get(t.Context(), &result))
	require.Equal(t, "attempt 2 from 3", result)
}
