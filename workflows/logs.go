package workflows

import (
	"go.temporal.io/sdk/workflow"

	"aiolos/deploy"
)

// Logs tells which jobs there are on a node, or a piece of what one has printed, and
// changes nothing. It is a workflow of its own, so that it neither waits for an operation nor
// lengthens its history.
func Logs(ctx workflow.Context, request deploy.LogRequest) (deploy.Log, error) {
	return call(ctx, summarized(reaching(), "logs", "Output on "+request.Node.Name), deeds.Logs, request)
}
