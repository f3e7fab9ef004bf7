// Command go deploys from a Go program: it starts the deployment that its first
// argument names with the request in the file that its second one names, follows it
// to the end, and prints the outcome as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"aiolos/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go NAME REQUEST.json")
		os.Exit(2)
	}
	if err := run(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name, file string) error {
	text, err := os.ReadFile(file) //nolint:gosec // whoever runs it names the file
	if err != nil {
		return err
	}
	var request client.Request
	if err := json.Unmarshal(text, &request); err != nil {
		return err
	}
	c, err := client.Dial(ctx, "")
	if err != nil {
		return err
	}
	defer c.Close()

	operation, err := c.Deploy(ctx, name, request)
	var running *client.RunningError
	if errors.As(err, &running) {
		fmt.Fprintf(os.Stderr, "%s runs on %s already; waiting for it\n", running.Type, name)
		operation, err = c.Find(ctx, name)
	}
	if err != nil {
		return err
	}
	outcome, err := operation.Follow(ctx, func(s client.Status) {
		fmt.Fprintf(os.Stderr, "%s: %s, %d steps\n", s.Deployment, s.State, len(s.Steps))
	})
	var failed *client.FailedError
	if errors.As(err, &failed) {
		for _, f := range failed.Failures {
			fmt.Fprintln(os.Stderr, f.Kind, "in", f.Step, "on", f.Node)
		}
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(outcome)
}
