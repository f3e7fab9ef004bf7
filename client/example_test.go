package client_test

import (
	"context"
	"errors"
	"fmt"

	"aiolos/client"
	"aiolos/deploy"
)

func ExampleClient_Deploy() {
	ctx := context.Background()
	c, done := demo(client.Outcome{Deployment: "pool", State: deploy.StateDone, Outputs: map[string]any{"mount": "pool-storage-0:/vol01"}})
	defer done() // a program has c, err := client.Dial(ctx, "") and c.Close()

	operation, err := c.Deploy(ctx, "pool", client.Request{
		Blueprint:  "glusterfs",
		Parameters: map[string]any{"nodes": 3},
		OnFailure:  deploy.OnFailureRollback, // nobody is there to decide
	})
	var running *client.RunningError
	if errors.As(err, &running) {
		operation, err = c.Find(ctx, "pool") // wait for that one instead
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	outcome, err := operation.Wait(ctx)
	var failure *client.Failure
	switch {
	case errors.As(err, &failure):
		fmt.Println(failure.Kind, "in", failure.Step, "on", failure.Node)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(outcome.State, outcome.Outputs["mount"])
	}
	// Output: Done pool-storage-0:/vol01
}

func ExampleOperation_Follow() {
	ctx := context.Background()
	c, done := demo(client.Outcome{Deployment: "pool", State: deploy.StateDone, Changes: []string{"launched storage-0"}})
	defer done()
	operation, err := c.Deploy(ctx, "pool", client.Request{Blueprint: "glusterfs"})
	if err != nil {
		fmt.Println(err)
		return
	}
	outcome, err := operation.Follow(ctx, func(s client.Status) {
		for _, step := range s.Steps {
			fmt.Println(step.Name, "on", step.Node, "is", step.State)
		}
	})
	fmt.Println(outcome.Changes, err)
	// Output:
	// launch on storage-0 is done
	// [launched storage-0] <nil>
}
