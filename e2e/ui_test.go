package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"aiolos/deploy"
	"aiolos/lab/labtest"
)

// brokenBlueprint fails until somebody mends its node.
const brokenBlueprint = `
name: web
groups:
  web: {count: 1, profile: small-x86_64, disks: []}
steps:
  greet:
    on: web
    run: {script: "ls /etc/motd.d/greeting"}
`

// ui is a person at the lab's UI.
type ui struct {
	*labtest.Lab
	*browser
}

// TestUI does in a real browser, and by nothing else than Temporal's UI, what a
// person does: starts deployments by the form, follows them, and decides.
// AIOLOS_PICTURES=1 keeps what was seen as the pictures of the guide.
func TestUI(t *testing.T) {
	labtest.NeedEngine(t)
	u := &ui{labtest.Start(t, "e2eui", 19320), nil}
	for _, c := range []struct {
		name string
		do   func(*ui, *testing.T)
	}{
		{"wrong input is refused at once, in words", (*ui).wrong},
		{"a deployment is started by the form, and followed to its end", (*ui).complete},
		{"one that needs attention is understood, and retried", (*ui).attention},
		{"deployments are found by their search attributes", (*ui).found},
	} {
		ok := t.Run(c.name, func(t *testing.T) {
			c.do(&ui{u.Lab, openBrowser(t)}, t)
		})
		if !ok {
			return
		}
	}
}

// keep keeps a picture for the guide, where that is asked for.
func (u *ui) keep(name string) {
	u.Helper()
	if os.Getenv("AIOLOS_PICTURES") == "1" {
		u.picture(filepath.Join("..", "docs", "images", name+".png"))
	}
}

// starts fills in the form for starting a workflow, and sends it.
func (u *ui) starts(name string, input any, picture string) {
	u.Helper()
	text, err := json.Marshal(input)
	require.NoError(u.TB, err)
	u.open(u.UI() + "/namespaces/default/workflows")
	u.clicks("Start Workflow")
	u.types("#workflowId", name)
	u.types("#taskQueue", "aiolos")
	u.types("#workflowType", "Deploy")
	u.pastes("[role=textbox][aria-label=Data]", string(text))
	u.sees("Task Queue is Active")
	if picture != "" {
		u.keep(picture)
	}
	u.clicks("Start Workflow")
	labtest.Eventually(u.TB, "it was started", patience, func() bool { return u.Aiolos(u.TB, "status", name).Stdout != "" })
	u.open(u.UI() + "/namespaces/default/workflows/" + name)
	u.sees(name, "Deploy")
}

func (u *ui) wrong(t *testing.T) {
	u.starts("wrong", map[string]any{"blueprint": "glusterfs", "parameters": map[string]any{"nodes": 0, "volumes": "x"}}, "")
	u.sees("FAILED", "parameters.nodes", "an integer from 1 to 1000", "parameters.volumes", "did you mean volume?")
	u.keep("ui-wrong")
	require.Empty(t, u.Containers(t, "wrong"))
}

func (u *ui) complete(t *testing.T) {
	u.starts("demo", map[string]any{"blueprint": "glusterfs", "parameters": map[string]any{"nodes": 1}}, "ui-start")
	u.sees("COMPLETED", `"state": "Done"`)
	u.clicks("Event History")
	u.sees("Workflow Execution Completed", "Plan glusterfs", "Launch storage-0", "Connect to storage-0", "configure: Puppet on storage-0", "Volume on storage-0", "Verify on storage-0")
	u.clicks("User Metadata")
	u.sees("Current Details", "host name", "demo-storage-0", "verify")
	u.keep("ui-details")
	u.clicks("Search Attributes")
	u.sees("AiolosBlueprint", "glusterfs", "AiolosNodes", "AiolosProvider", "docker", "AiolosState")
	u.PoolIsGood(t, "demo", 1)
}

func (u *ui) attention(t *testing.T) {
	u.starts("web", map[string]any{"blueprint": "web", "source": brokenBlueprint}, "")
	labtest.Eventually(t, "it needs attention", patience, func() bool { return u.Status(t, "web").State == deploy.StateNeedsAttention })
	u.open(u.UI() + "/namespaces/default/workflows/web")
	u.clicks("User Metadata")
	u.sees("NeedsAttention", "greet on web-0: the script ended with exit code", "No such file or directory", "retry", `{"node":"web-0"}`)
	u.keep("ui-attention")
	labtest.On(t, u.Containers(t, "web")["web-0"], "mkdir -p /etc/motd.d && touch /etc/motd.d/greeting")
	u.clicks("More Actions")
	u.clicks("Send an Update")
	u.clicksOn("#update-confirmation-modal [data-testid=update-select-button]")
	u.sees("Attempt failed steps anew")
	u.clicks("retry")
	u.pastes("#update-confirmation-modal [role=textbox][aria-label=Data]", `{"by": "a person at the UI"}`)
	u.keep("ui-retry")
	u.clicks("Submit")
	u.sees("COMPLETED")
	u.clicks("Timeline")
	u.sees(`"state": "Done"`)
}

// found looks for deployments as the saved views of the guide do.
func (u *ui) found(*testing.T) {
	u.open(u.UI() + "/namespaces/default/workflows?query=" + "AiolosBlueprint%3D%22glusterfs%22%20AND%20ExecutionStatus%3D%22Completed%22")
	u.sees("demo")
	require.NotContains(u.TB, u.text(), "wrong")
	u.keep("ui-list")
}
