package workflows

import (
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/deploy"
)

// Doctor looks whether what deployments stand on can work, and changes nothing.
func Doctor(ctx workflow.Context) (deploy.Findings, error) {
	return call(ctx, summarized(planning(), "doctor", "Look at what deployments stand on"), deeds.Diagnose, activities.DiagnoseInput{})
}
