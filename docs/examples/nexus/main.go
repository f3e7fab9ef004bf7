// Command nexus deploys from another namespace: nexus NAME REQUEST.json. A workflow in
// the namespace of the callers calls the Nexus operation "deploy" of the service
// "aiolos", through the endpoint that the script setup beside it has made.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// What the operator has made, and this program's own task queue.
const (
	namespace = "callers"
	endpoint  = "aiolos"
	queue     = "releases"
)

// Deployment is what the operation takes.
type Deployment struct {
	Deployment string         `json:"deployment"`
	Request    map[string]any `json:"request"`
}

// Outcome is the part of what the operation returns that Release goes on with.
type Outcome struct {
	State   string         `json:"state"`
	Outputs map[string]any `json:"outputs"`
}

// Release deploys, and would then do what else belongs to a release.
func Release(ctx workflow.Context, deployment Deployment) (Outcome, error) {
	service := workflow.NewNexusClient(endpoint, "aiolos")
	var outcome Outcome
	err := service.ExecuteOperation(ctx, "deploy", deployment, workflow.NexusOperationOptions{Summary: "Deploy " + deployment.Deployment}).Get(ctx, &outcome)
	return outcome, err
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: nexus NAME REQUEST.json")
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
	deployment := Deployment{Deployment: name}
	if err := json.Unmarshal(text, &deployment.Request); err != nil {
		return err
	}
	options := envconfig.MustLoadDefaultClientOptions()
	options.Namespace = namespace
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

	release, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "release-" + name, TaskQueue: queue}, Release, deployment)
	if err != nil {
		return err
	}
	var outcome Outcome
	if err := release.Get(ctx, &outcome); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(outcome)
}
