// Command child has a workflow of somebody else's deploy: release NAME REQUEST.json.
// The workflow runs Deploy as its child and goes on with the outcome.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// queue is the task queue of this program's own worker.
const queue = "releases"

// Outcome is the part of a deployment's outcome that Release goes on with.
type Outcome struct {
	State   string         `json:"state"`
	Outputs map[string]any `json:"outputs"`
}

// Release deploys, and would then do what else belongs to a release.
func Release(ctx workflow.Context, name string, request map[string]any) (Outcome, error) {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: name, // the deployment's name is the workflow ID
		TaskQueue:  "aiolos",
		// What has begun to be deployed is not left half done when the release ends.
		ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
	})
	var outcome Outcome
	err := workflow.ExecuteChildWorkflow(ctx, "Deploy", request).Get(ctx, &outcome)
	return outcome, err
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: child NAME REQUEST.json")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name, file string) error {
	text, err := os.ReadFile(file) //nolint:gosec // whoever runs it names the file
	if err != nil {
		return err
	}
	var request map[string]any
	if err := json.Unmarshal(text, &request); err != nil {
		return err
	}
	options := envconfig.MustLoadDefaultClientOptions()
	options.Logger = log.NewStructuredLogger(slog.Default())
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return err
	}
	defer c.Close()
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(Release)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()

	release, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "release-" + name, TaskQueue: queue}, Release, name, request)
	if err != nil {
		return err
	}
	var outcome Outcome
	if err := release.Get(ctx, &outcome); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(outcome)
}
