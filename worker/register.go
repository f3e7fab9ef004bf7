package main

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/workflows"
)

// register has a worker host every workflow and every activity.
func register(w worker.Registry, deeds *activities.Deeds) {
	w.RegisterWorkflowWithOptions(workflows.Deploy, workflow.RegisterOptions{Name: workflows.DeployType})
	w.RegisterWorkflowWithOptions(workflows.Destroy, workflow.RegisterOptions{Name: workflows.DestroyType})
	w.RegisterWorkflowWithOptions(workflows.Plan, workflow.RegisterOptions{Name: workflows.PlanType})
	w.RegisterWorkflowWithOptions(workflows.SealingKey, workflow.RegisterOptions{Name: workflows.SealingKeyType})
	w.RegisterWorkflowWithOptions(workflows.Notify, workflow.RegisterOptions{Name: workflows.NotifyType})
	activities.Register(w, deeds)
}
