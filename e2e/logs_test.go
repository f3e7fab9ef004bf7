package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"aiolos/lab/labtest"
	"aiolos/workflows"
)

// talk is a blueprint whose jobs print something that nobody may see.
const talk = `name: talk
parameters: {word: {type: string, sensitive: true}}
groups: {web: {count: 2, profile: small-x86_64}}
steps:
  say:
    on: web
    run:
      env: {WORD: "${params.word}", WHERE: "${node.name}"}
      script: |
        for i in 1 2 3 4 5 6; do echo "line $i on $WHERE with $WORD"; sleep 0.5; done
  fall:
    on: web[0]
    needs: [{step: say, of: all}]
    run: {script: "echo about to fall; exit 7"}
`

// TestLogs shows what jobs print: while they run, when they have ended, and where the
// machine is gone.
func TestLogs(t *testing.T) {
	labtest.NeedEngine(t)
	l := labtest.Start(t, "e2elogs", 21233)
	const word = "abracadabra-17"
	file := filepath.Join(t.TempDir(), "talk.yaml")
	write(t, file, talk)
	r := l.AiolosWith(t, []string{"AIOLOS_PARAM_word=" + word}, "deploy", "talk", file, "--on-failure", "fail", "--detach")
	require.Equal(t, 0, r.Code, r.Stderr)

	// It begins before there are any nodes, and ends with the operation.
	live := l.Aiolos(t, "logs", "talk", "web-1", "say", "--follow")
	require.Equal(t, 0, live.Code, live.Stderr)
	require.Equal(t, 6, strings.Count(live.Stdout, " on web-1 with "), live.Stdout)
	require.Contains(t, live.Stdout, "line 6 on web-1 with ")

	all := l.Aiolos(t, "logs", "talk")
	require.Equal(t, 0, all.Code, all.Stderr)
	for _, says := range []string{"line 1 on web-0", "line 6 on web-1", "about to fall"} {
		require.Contains(t, all.Stdout, says)
	}
	structured := l.Aiolos(t, "logs", "talk", "web-0", "fall", "--json")
	require.Contains(t, structured.Stdout, `"about to fall"`)
	for _, r := range []labtest.Result{live, all, structured} {
		require.NotContains(t, r.Stdout+r.Stderr, word)
	}

	unknown := l.Aiolos(t, "logs", "talk", "web-7", "hop")
	require.Equal(t, 2, unknown.Code)
	require.Contains(t, unknown.Stderr, "web-7")
	require.Contains(t, unknown.Stderr, "one of: web-0, web-1")
	require.Contains(t, unknown.Stderr, "hop")

	labtest.Docker(t, "rm", "-f", l.Container("talk", "web-1"))
	gone := l.Aiolos(t, "logs", "talk", "web-1")
	require.Equal(t, 1, gone.Code, gone.Stdout)
	require.Contains(t, gone.Stderr, "web-1")
	require.Contains(t, l.Aiolos(t, "logs", "talk", "web-0").Stdout, "about to fall", "another node's is there still")

	c := labtest.Dial(t, l.Address())
	found, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: fmt.Sprintf("WorkflowType = '%s'", workflows.LogsType)})
	require.NoError(t, err)
	require.NotEmpty(t, found.GetExecutions())
	for _, e := range found.GetExecutions() {
		require.NotContains(t, l.History(t, e.GetExecution().GetWorkflowId()), word)
	}
}
