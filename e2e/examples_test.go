package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// TestExamples: every way of docs/examples to start a deployment, against one lab.
func TestExamples(t *testing.T) {
	labtest.NeedEngine(t)
	e := newExamples(t)
	e.Lab = labtest.Start(t, "e2eexamples", 20533)
	for _, way := range []struct {
		name    string
		program string
		outcome func(t *testing.T, said []byte) deploy.Outcome
	}{
		{"go", e.goProgram(t, "go"), plainOutcome},
		{"python", e.python(t, "python/deploy.py"), plainOutcome},
		{"typescript", e.typescript(t), plainOutcome},
		{"curl", e.file("curl/deploy"), ended},
		{"temporal-cli", e.file("temporal-cli/deploy"), func(t *testing.T, said []byte) deploy.Outcome { return within[deploy.Outcome](t, said, "result") }},
		{"update-with-start", e.file("update-with-start/deploy"), func(t *testing.T, said []byte) deploy.Outcome {
			return within[deploy.Outcome](t, said, "updateResult")
		}},
		{"child", e.goProgram(t, "child"), plainOutcome},
		{"nexus", e.nexus(t), plainOutcome},
	} {
		t.Run(way.name, func(t *testing.T) {
			said := e.run(t, way.program, way.name, e.file("request.json"))
			outcome := way.outcome(t, said)
			require.Equal(t, deploy.StateDone, outcome.State, "%s", said)
			require.Equal(t, map[string]any{"machine": way.name + "-web-0"}, outcome.Outputs)
			ids := e.Containers(t, way.name)
			require.Equal(t, "Hello", labtest.On(t, ids["web-0"], "cat /etc/motd"))
			// What failed has to be told as such: the word is none that the blueprint allows.
			code, words := e.fails(t, way.program, way.name, e.wrongRequest(t))
			require.NotZero(t, code)
			require.Contains(t, words, string(deploy.KindInvalidRequest))
			require.Contains(t, words, "parameters.word")
		})
	}
	t.Run("schedule", func(t *testing.T) { e.scheduled(t) })
}

// scheduled: what the nightly run starts works on the deployment that it names.
func (e *examples) scheduled(t *testing.T) {
	labtest.On(t, e.Containers(t, "go")["web-0"], "echo otherwise > /etc/motd")
	e.run(t, e.file("schedule/nightly"), "go", e.file("check.json"))
	c := labtest.Dial(t, e.Address())
	schedule := c.ScheduleClient().GetHandle(t.Context(), "nightly-go")
	var id string
	labtest.Eventually(t, "the schedule starts a run", time.Minute, func() bool {
		told, err := schedule.Describe(t.Context())
		require.NoError(t, err)
		if len(told.Info.RecentActions) == 0 {
			return false
		}
		id = told.Info.RecentActions[0].StartWorkflowResult.WorkflowID
		return true
	})
	require.True(t, strings.HasPrefix(id, "nightly-go-"), id)
	var outcome deploy.Outcome
	require.NoError(t, c.GetWorkflow(t.Context(), id, "").Get(t.Context(), &outcome))
	require.Equal(t, "go", outcome.Deployment)
	require.Equal(t, deploy.StateDrifted, outcome.State)
	require.Equal(t, []deploy.Difference{{Step: "greet", Node: "web-0", What: "the script would run: the command of unless fails"}}, outcome.Differences)
	require.Equal(t, "otherwise", labtest.On(t, e.Containers(t, "go")["web-0"], "cat /etc/motd"))
	found, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "AiolosState = 'Drifted' AND WorkflowId = 'go'"})
	require.NoError(t, err)
	require.EqualValues(t, 1, found.GetCount())
	require.NoError(t, schedule.Delete(t.Context()))
}

// plainOutcome reads an outcome that is all that a program says.
func plainOutcome(t *testing.T, said []byte) deploy.Outcome {
	t.Helper()
	var outcome deploy.Outcome
	require.NoError(t, json.Unmarshal(said, &outcome), "%s", said)
	return outcome
}

// ended reads the outcome from the last event of a history.
func ended(t *testing.T, said []byte) deploy.Outcome {
	t.Helper()
	type completed struct{ Result []deploy.Outcome }
	history := within[struct {
		Events []struct{ WorkflowExecutionCompletedEventAttributes completed }
	}](t, said, "history")
	require.Len(t, history.Events, 1)
	return history.Events[0].WorkflowExecutionCompletedEventAttributes.Result[0]
}

// within reads one field of what a program says.
func within[T any](t *testing.T, said []byte, field string) T {
	t.Helper()
	fields := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal(said, &fields), "%s", said)
	var value T
	require.NoError(t, json.Unmarshal(fields[field], &value), "%s", said)
	return value
}

// nexus prepares the caller's namespace and the endpoint as an operator does.
func (e *examples) nexus(t *testing.T) string {
	t.Helper()
	e.run(t, e.file("nexus/setup"))
	return e.goProgram(t, "nexus")
}

// run runs an example, and wants it to succeed.
func (e *examples) run(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := e.command(t, program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s:\n%s\n%s", program, stdout.String(), stderr.String())
	return stdout.Bytes()
}

// fails runs an example, and returns its exit code and all that it says.
func (e *examples) fails(t *testing.T, program string, args ...string) (int, string) {
	t.Helper()
	cmd := e.command(t, program, args...)
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", said)
	return exit.ExitCode(), string(said)
}

func (e *examples) command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "TEMPORAL_ADDRESS="+e.Address(), "TEMPORAL_HTTP=http://127.0.0.1:"+strconv.Itoa(e.Base+1),
		"PATH="+filepath.Join(e.tools, "venv", "bin")+":"+os.Getenv("PATH"))
	return cmd
}

// wrongRequest is the examples' request with a word that the blueprint refuses.
func (e *examples) wrongRequest(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(e.file("request.json"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "wrong.json")
	require.NoError(t, os.WriteFile(path, bytes.Replace(text, []byte(`"word": "Hello"`), []byte(`"word": "no word"`), 1), 0o600))
	return path
}
